"""Made-up footage with its truth, the same for the same scene and seed on every machine.

    for frame, truth in render("visits", seed=1): ...

`frame` is height×width×3 uint8 BGR at 10 frames per second; `truth` is "1" while somebody moves in view, "0"
while nobody is there, and "-" where either answer is right: half out of view, or standing still.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

FRAMES_PER_SECOND = 10
FRAMES = 400
FIRST_VISIT = 40

Image = np.ndarray[Any, np.dtype[np.float32]]
Frame = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass(frozen=True)
class Scene:
    """What is in front of the camera, and how the camera takes it."""

    contrasts: tuple[float, ...] = ()
    """Grey levels between a visitor's clothes and the room; one is drawn for each visit. None: nobody comes."""
    height: float = 0.4
    """A visitor's height as a share of the frame's."""
    crossing_frames: tuple[int, int] = (35, 60)
    stand_frames: int = 0
    """How long each visitor stands still in the middle."""
    noise_levels: float = 3.0
    brightness: float = 1.0
    clouds: float = 0.0
    """How far the daylight swings, as a share; one swing takes 40 s."""
    lamp: bool = False
    """A lamp is switched every ten seconds or so."""
    exposure: float = 0.0
    """How strongly the camera darkens the picture when somebody bright comes, and the reverse."""
    leaves: bool = False
    shake: bool = False
    """Wind on the camera's mast: the view wanders by up to half a percent of its width."""
    rain: bool = False


SCENES = {
    "day": Scene(),
    "night": Scene(noise_levels=8, brightness=0.35),
    "clouds": Scene(clouds=0.25),
    "lamp": Scene(lamp=True),
    "leaves": Scene(leaves=True),
    "shake": Scene(shake=True),
    "rain": Scene(rain=True),
    "visits": Scene(contrasts=(-50, -30, 30, 60)),
    "faint visits": Scene(contrasts=(-9, 9)),
    "far visits": Scene(contrasts=(-40, 40), height=0.13),
    "fast visits": Scene(contrasts=(-40, 40), crossing_frames=(9, 12)),
    "slow visits": Scene(contrasts=(-30, 30), crossing_frames=(80, 100)),
    "standing visits": Scene(contrasts=(-40, 40), stand_frames=60),
    "night visits": Scene(contrasts=(-24, 24), noise_levels=8, brightness=0.35),
    "cloudy visits": Scene(contrasts=(-30, 30), clouds=0.25),
    "lamp visits": Scene(contrasts=(-30, 30), lamp=True),
    "exposed visits": Scene(contrasts=(-60, 60), exposure=0.6),
    "leafy visits": Scene(contrasts=(-40, 40), leaves=True),
    "shaken visits": Scene(contrasts=(-40, 40), shake=True),
    "rainy visits": Scene(contrasts=(-40, 40), rain=True),
}


@dataclass(frozen=True)
class Visit:
    """One way through the view. `x` is the figure's centre, 0..1 of the width, beyond it when out of view."""

    start: int
    walk_frames: int
    stand_frames: int
    leftwards: bool
    contrast: float
    feet: float

    def at(self, frame: int) -> tuple[float, bool] | None:
        """Where the visitor is and whether they walk, or None."""
        since = frame - self.start
        half = self.walk_frames // 2
        if not 0 <= since < self.walk_frames + self.stand_frames:
            return None
        walking = not half <= since < half + self.stand_frames
        steps = since if since < half else max(half, since - self.stand_frames)
        x = -0.1 + 1.2 * (steps + 0.5) / self.walk_frames
        return (1 - x if self.leftwards else x), walking


def render(name: str, seed: int, width: int = 640, height: int = 480) -> Iterator[tuple[Frame, str]]:
    """FRAMES frames of one of SCENES and their truth."""
    scene = SCENES[name]
    rng = np.random.default_rng([seed, list(SCENES).index(name)])
    margin = max(2, width // 100)
    room = _room(rng, width + 2 * margin, height + 2 * margin)
    grain = [_grain(rng, width, height, scene.noise_levels) for _ in range(8)]
    visits = _visits(rng, scene)
    swing = float(rng.uniform(0, 2 * math.pi))
    tree = _tree(rng, width, height)
    gusts = rng.uniform(0, 2 * math.pi, 3)
    switches = {
        int(at) for at in np.arange(90, FRAMES, 100) + rng.integers(-10, 10, len(range(90, FRAMES, 100)))
    }
    lamp, exposure, sway = 1.0, 1.0, np.zeros(2)
    for number in range(FRAMES):
        seconds = number / FRAMES_PER_SECOND
        if scene.shake:
            sway = np.clip(0.6 * sway + rng.normal(0, margin / 4, 2), -margin + 1, margin - 1)
        image = _view(room, width, height, margin, sway)
        if scene.leaves:
            wind = sum(
                math.sin(2 * math.pi * f * seconds + p) for f, p in zip((0.5, 0.9, 1.7), gusts, strict=True)
            )
            image *= 1 - 0.25 * (0.5 + wind / 6) * np.roll(tree, round(3 * wind), 1)[:, :, None]
        truth, balance = "0", 0.0
        for visit in visits:
            place = visit.at(number)
            if place is None:
                continue
            x, walking = place
            share = _paint(image, visit, x, scene.height, seconds if walking else 0.0)
            truth = "1" if walking and share > 0.4 else "-"
            balance = visit.contrast * share
        if scene.rain:
            _rain(rng, image)
        if scene.lamp and number in switches:
            lamp = 1.45 - lamp  # full, or less than half
        exposure += 0.2 * (1 - scene.exposure * 0.004 * balance - exposure)
        light = (
            scene.brightness
            * lamp
            * exposure
            * (1 + scene.clouds * math.sin(seconds * 2 * math.pi / 40 + swing))
        )
        noise = np.roll(grain[number % len(grain)], tuple(rng.integers(0, (height, width))), (0, 1))
        yield np.clip(image * light + noise, 0, 255).astype(np.uint8), truth


def _room(rng: np.random.Generator, width: int, height: int) -> Image:
    """Walls, furniture and texture, darker and brighter ones, BGR."""
    room = np.full((height, width), 115, np.float32)
    for cells, levels in ((3, 25), (16, 12), (60, 7)):
        patches = rng.normal(0, levels, (cells, cells)).astype(np.float32)
        room += cv2.resize(patches, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(14):
        x, y = rng.uniform(0, 0.9, 2)
        w, h = rng.uniform(0.04, 0.25, 2)
        corner = (int((x + w) * width), int((y + h) * height))
        shade = np.zeros_like(room)
        cv2.rectangle(shade, (int(x * width), int(y * height)), corner, float(rng.uniform(-40, 40)), -1)
        room += shade
    tint = np.array([0.92, 1.0, 1.06], np.float32)
    return np.clip(room, 15, 235)[:, :, None] * tint


def _grain(rng: np.random.Generator, width: int, height: int, levels: float) -> Image:
    """Sensor noise as a camera delivers it: the channels have some of it in common."""
    shared = rng.standard_normal((height, width, 1), np.float32)
    own = rng.standard_normal((height, width, 3), np.float32)
    return np.asarray(levels * (0.6 * shared + 0.8 * own), np.float32)


def _tree(rng: np.random.Generator, width: int, height: int) -> Image:
    """How much shadow a tree throws where, 0..1: blotches within a round crown."""
    blotches = cv2.resize(
        rng.random((12, 16)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    crown = np.zeros((height, width), np.float32)
    centre = (int(rng.uniform(0.25, 0.75) * width), int(rng.uniform(0.2, 0.5) * height))
    cv2.circle(crown, centre, height // 5, 1.0, -1)
    return np.asarray(np.clip(blotches, 0, 1) * cv2.blur(crown, (height // 10, height // 10)), np.float32)


def _view(room: Image, width: int, height: int, margin: int, sway: np.ndarray[Any, Any]) -> Image:
    if not sway.any():
        return room[margin : margin + height, margin : margin + width].copy()
    shift = np.array([[1, 0, sway[0] - margin], [0, 1, sway[1] - margin]])
    return np.asarray(
        cv2.warpAffine(room, shift, (width, height), borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _visits(rng: np.random.Generator, scene: Scene) -> list[Visit]:
    visits, start = [], FIRST_VISIT + int(rng.integers(0, 20))
    while scene.contrasts:
        walk = int(rng.integers(*scene.crossing_frames, endpoint=True))
        if start + walk + scene.stand_frames >= FRAMES:
            break
        contrast, feet = float(rng.choice(scene.contrasts)), float(rng.uniform(0.65, 0.95))
        visits.append(Visit(start, walk, scene.stand_frames, bool(rng.integers(2)), contrast, feet))
        start += walk + scene.stand_frames + int(rng.integers(45, 70))
    return visits


def _paint(image: Image, visit: Visit, x: float, share_of_height: float, seconds: float) -> float:
    """Draw a walking figure over the image; returns how much of it is in view, 0..1."""
    height, width = image.shape[:2]
    tall = share_of_height * height
    middle, foot = x * width, visit.feet * height
    shape = np.zeros((height, width), np.float32)

    def spot(across: float, up: float) -> tuple[int, int]:
        return round(middle + across * tall), round(foot - up * tall)

    stride = 0.13 * math.sin(2 * math.pi * 1.1 * seconds)
    thick = max(1, round(0.07 * tall))
    for side in (-1, 1):
        cv2.line(shape, spot(0, 0.48), spot(side * stride, 0.02), 1.0, thick)
        cv2.line(shape, spot(side * 0.1, 0.78), spot(-side * stride, 0.45), 1.0, max(1, thick // 2))
    cv2.ellipse(shape, spot(0, 0.63), (round(0.12 * tall), round(0.2 * tall)), 0, 0, 360, 1.0, -1)
    cv2.circle(shape, spot(0, 0.91), round(0.08 * tall), 1.0, -1)
    whole = 2 * 0.13 * tall
    in_view = min(width, middle + whole / 2) - max(0, middle - whole / 2)
    left, right = max(0, int(middle - tall)), min(width, int(middle + tall) + 1)
    if left < right:
        cover = cv2.blur(shape[:, left:right], (3, 3))[:, :, None]
        behind = image[:, left:right]
        clothes = 0.4 * behind + 0.6 * cv2.blur(behind, (25, 25)) + visit.contrast
        image[:, left:right] = behind * (1 - cover) + clothes * cover
    return max(0.0, in_view / whole)


def _rain(rng: np.random.Generator, image: Image) -> None:
    """Thin bright streaks, each in one frame only."""
    height, width = image.shape[:2]
    streaks = np.zeros((height, width), np.float32)
    for x, y in rng.integers(0, (width, height), (40, 2)):
        cv2.line(streaks, (int(x), int(y)), (int(x) + 2, int(y) + height // 16), 25.0, 1)
    image += streaks[:, :, None]
