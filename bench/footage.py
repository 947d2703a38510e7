"""Made-up footage with its truth, the same for the same scene and seed on every machine.

    for frame, truth in render("visits", seed=1): ...

`frame` is height×width×3 uint8 BGR at 10 frames per second; `truth` is "1" while somebody moves in view, "0"
while nobody is there, and "-" where either answer is right: half out of view, standing still, or in view while the
camera itself turns or goes over to infrared.

Each family of what can happen has a file of its own: footage_scenes (what there is), _room, _people, _weather, _light,
_insects, _camera.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from bench.footage_camera import Compression, Infrared, clumped, grain, pan_margin, panned, view
from bench.footage_insects import Moths, Spider
from bench.footage_light import CloudShadows, MainsFlicker, PorchLamp, Television, switch_frames
from bench.footage_people import FIRST_VISIT, Visit, paint, visits
from bench.footage_room import furnished
from bench.footage_scenes import FRAMES_PER_SECOND, HARD_SCENES, SCENES, Scene, Thing
from bench.footage_weather import Downpour, Drizzle, Snow, Tree

__all__ = ["FIRST_VISIT", "FRAMES_PER_SECOND", "HARD_SCENES", "SCENES", "render"]

Image = np.ndarray[Any, np.dtype[np.float32]]
Frame = np.ndarray[Any, np.dtype[np.uint8]]


class Painter(Protocol):
    """Something that paints itself into the picture."""

    def paint(self, image: Image, number: int) -> None:
        """Into the frame of this number, float32 BGR, before the scene's own light is put on it."""
        ...


THINGS: dict[Thing, Callable[[np.random.Generator, int, int, float], Painter]] = {
    "drizzle": Drizzle,
    "downpour": Downpour,
    "snow": Snow,
    "moths": Moths,
    "spider": Spider,
    "porch lamp": PorchLamp,
    "television": Television,
    "mains flicker": MainsFlicker,
    "cloud shadows": CloudShadows,
}
"""Made of (randomness, width, height, light); what shines in the camera's own lamp does not
get darker with the light."""


def render(name: str, seed: int, width: int = 640, height: int = 480) -> Iterator[tuple[Frame, str]]:
    """The frames of one of SCENES or HARD_SCENES and their truth."""
    known = SCENES | HARD_SCENES
    scene = known[name]
    rng = np.random.default_rng([seed, list(known).index(name)])
    margin = max(2, width // 100)
    beside = pan_margin(width) if scene.pan else 0
    room = furnished(rng, width + 2 * margin + beside, height + 2 * margin)
    grains = [grain(rng, width, height, scene.noise_levels) for _ in range(8)]
    people = visits(
        rng,
        scene.frames,
        scene.contrasts,
        scene.crossing_frames,
        scene.stand_frames,
        already_there=scene.already_there,
    )
    swing = float(rng.uniform(0, 2 * math.pi))
    tree = Tree(rng, width, height)
    switches = switch_frames(rng, scene.frames)
    things = [THINGS[thing](rng, width, height, scene.brightness) for thing in scene.things]
    infrared = Infrared(rng, width, height, scene.frames) if scene.infrared else None
    compression = Compression() if scene.compressed else None
    if compression:
        grains = [clumped(noise) for noise in grains]
    lamp, exposure, sway = 1.0, 1.0, np.zeros(2)
    for number in range(scene.frames):
        seconds = number / FRAMES_PER_SECOND
        if scene.shake:
            sway = np.clip(0.6 * sway + rng.normal(0, margin / 4, 2), -margin + 1, margin - 1)
        turned, unsettled = panned(number, width) if scene.pan else (0, False)
        image = view(room, width, height, (margin + turned, margin), sway)
        if scene.leaves:
            tree.paint(image, number)
        truth, balance = _people(image, scene, people, number)
        for thing in things:
            thing.paint(image, number)
        if scene.lamp and number in switches:
            lamp = 1.45 - lamp  # full, or less than half
        exposure += 0.2 * (1 - scene.exposure * 0.004 * balance - exposure)
        clouds = 1 + scene.clouds * math.sin(seconds * 2 * math.pi / 40 + swing)
        light = scene.brightness * lamp * exposure * clouds
        noise = np.roll(grains[number % len(grains)], tuple(rng.integers(0, (height, width))), (0, 1))
        if infrared:
            unsettled = infrared.settling(number)
            image, noise = infrared.lit(image, number, light), noise * infrared.noise(number)
        else:
            image *= light
        frame = np.clip(image + noise, 0, 255).astype(np.uint8)
        if compression:
            frame = compression.take(frame)
        yield frame, "-" if unsettled and truth == "1" else truth


def _people(image: Image, scene: Scene, people: list[Visit], number: int) -> tuple[str, float]:
    """Paint who is there; the truth, and by how many grey levels they make the picture brighter where they are."""
    truth, balance = "0", 0.0
    seconds = number / FRAMES_PER_SECOND
    for visit in people:
        where = visit.at(number)
        if where is None:
            continue
        x, walking = where
        if scene.fidgets and not walking:
            x += 0.003 * math.sin(1.7 * seconds)
        share = paint(image, visit, x, scene.height, seconds if walking else 0.0)
        truth = "1" if walking and share > 0.4 else "-"
        balance = visit.contrast * share
    return truth, balance
