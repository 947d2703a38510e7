"""Pictures with truth for the person gate, by day and by a night of our own making.

    for picture in pictures("hold-out", depth=1.0): picture.frame, picture.people

Cut out of the clips in ../shared/clips at random places and scales, mirrored at random, the same for the same
arguments on every machine. The split is by clip, so that no room and no person is in both halves: `tune` is what
settings are chosen on, `hold-out` is only ever measured.

Truth: what the full-size model finds by day in the untouched frame at `SURE` or better. A picture that shows
somebody it is unsure of is left out, and where people know better than the model (`EMPTY_SECONDS`, when the floor of
three-visits is empty by hand-made truth), a find of the model's is no truth either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import av
import cv2
import numpy as np

from app.domain import Box
from app.vision.person import PersonDetector, load_detector

Half = Literal["tune", "hold-out"]
Frame = np.ndarray[Any, np.dtype[np.uint8]]

SHARED = Path(__file__).resolve().parents[2] / "shared"
CLIPS: dict[Half, tuple[str, ...]] = {
    "tune": ("worker", "road-cars"),
    "hold-out": ("three-visits", "hand-and-bottles"),
}
EMPTY_SECONDS = {"three-visits": ((0.0, 6.4), (21.0, 22.9), (46.2, 50.4))}
NO_TRUTH = ("hand-and-bottles",)  # an arm is neither a person nor nobody: pictures that show it are left out

SURE, UNSURE = 0.5, 0.08
MOMENTS = 60  # of each clip
SIZE = (640, 480)  # of a picture, as a Pi's camera is set by default


@dataclass(frozen=True)
class Picture:
    """A frame, BGR, and who is in it."""

    clip: str
    frame: Frame
    people: tuple[Box, ...]


@dataclass(frozen=True)
class _Shot:
    """A moment of a clip, by day."""

    clip: str
    frame: Frame
    people: tuple[Box, ...]
    unsure: tuple[Box, ...]


def missing() -> str:
    """What is not there of the clips and the model; empty if nothing is."""
    wanted = [SHARED / "models/yolox_nano.onnx"]
    wanted += [SHARED / f"clips/{clip}.mp4" for clips in CLIPS.values() for clip in clips]
    return ", ".join(str(path) for path in wanted if not path.is_file())


def pictures(
    half: Half,
    *,
    depth: float | None,
    count: int = 300,
    seed: int = 1,
    height: tuple[float, float] = (0.2, 0.9),
) -> Iterator[Picture]:
    """`count` pictures with somebody and as many with nobody. `depth`: of the night, None for
    the day. `height`: of the person, as a share of the picture's.

    Raises FileNotFoundError without the clips.
    """
    shots = _shots(half)
    with_people = [shot for shot in shots if shot.people]
    rng = np.random.default_rng([seed, ("tune", "hold-out").index(half)])
    made = {True: 0, False: 0}
    while min(made.values()) < count:
        somebody = made[True] <= made[False]
        shot = (with_people if somebody else shots)[
            int(rng.integers(len(with_people if somebody else shots)))
        ]
        picture = _view(rng, shot, height if somebody else None)
        darkness = int(rng.integers(2**32))  # drawn by day, too: the same views either way
        if picture is None or bool(picture.people) is not somebody:
            continue
        made[somebody] += 1
        yield replace(picture, frame=infrared(picture.frame, darkness, depth)) if depth else picture


def infrared(frame: Frame, seed: int, depth: float = 1.0) -> Frame:
    """The same moment as an infrared camera might show it. Each step is something such cameras do:

    1. grey, with a tone curve of its own: cloth reflects infrared otherwise than light (gamma 0.7..1.4)
    2. the lamp beside the lens lights the middle, not the corners (down to 0.25..0.6 of it), and little in all:
       0.16..0.4 of the day's brightness, divided by `depth`
    3. a lens that is focused for daylight: blur of 0.7..1.3 pixels sigma
    4. noise of the turned-up sensor, 4..9 levels, a third of it in clumps of two pixels (what
       demosaicing and sharpening leave), more in brighter places (shot noise)
    5. JPEG of quality 60, for what the camera's own compression makes of that
    """
    rng = np.random.default_rng(seed)
    gamma, lamp = rng.uniform(0.7, 1.4), rng.uniform(0.16, 0.4) / depth
    corner, blur = rng.uniform(0.25, 0.6), rng.uniform(0.7, 1.3)
    levels, middle = rng.uniform(4, 9), rng.uniform(0.35, 0.65, 2)
    rows, columns = frame.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    far = ((x / columns - middle[0]) ** 2 + (y / rows - middle[1]) ** 2) / 0.5
    light = (lamp * (corner + (1 - corner) * np.exp(-2 * far))).astype(np.float32)
    grey = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY).astype(np.float32) / 255
    grey = cv2.GaussianBlur(255 * grey**gamma * light, (0, 0), blur)
    fine = rng.standard_normal((rows, columns), np.float32)
    clumps = rng.standard_normal(((rows + 1) // 2, (columns + 1) // 2), np.float32)
    clumps = cv2.resize(clumps, (columns, rows), interpolation=cv2.INTER_LINEAR)
    grain = levels * np.sqrt(0.6 + grey / 100) * (0.82 * fine + 0.58 * clumps)
    packed = cv2.imencode(
        ".jpg", np.clip(grey + grain, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60]
    )
    return np.asarray(cv2.imdecode(packed[1], cv2.IMREAD_COLOR), np.uint8)


def _view(rng: np.random.Generator, shot: _Shot, height: tuple[float, float] | None) -> Picture | None:
    """The shot at a random place and scale, mirrored or not. None: it shows people only in part, or unsurely."""
    rows, columns = shot.frame.shape[:2]
    width, tall = SIZE
    if height is None:
        scale = tall / rows * rng.uniform(0.6, 2.5)
    else:
        person = shot.people[0]
        scale = rng.uniform(*height) * tall / person.h
    w, h = columns * scale, rows * scale
    left, top = (_place(rng, inner, outer) for inner, outer in ((w, width), (h, tall)))
    people = [_moved(box, scale, left, top) for box in shot.people]
    inside = [_inside(box) for box in people]
    unsure = [_inside(_moved(box, scale, left, top)) for box in shot.unsure]
    if any(0 < share < 0.8 for share in inside) or any(unsure):
        return None
    # Around a view that was shrunk lies the blurred rest of the room: plain, and nobody in it.
    canvas = surroundings(shot.clip).copy()
    if scale < 1:
        small = cv2.resize(shot.frame, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        move = np.array([[1, 0, left], [0, 1, top]], np.float32)
    else:
        small, move = shot.frame, np.array([[scale, 0, left], [0, scale, top]], np.float32)
    view = cv2.warpAffine(small, move, SIZE, dst=canvas, borderMode=cv2.BORDER_TRANSPARENT)
    kept = [box for box, share in zip(people, inside, strict=True) if share]
    if rng.integers(2):
        view = np.ascontiguousarray(view[:, ::-1])
        kept = [Box(width - box.x - box.w, *box[1:]) for box in kept]
    return Picture(shot.clip, np.asarray(view, np.uint8), tuple(kept))


def _place(rng: np.random.Generator, inner: float, outer: int) -> float:
    """Where a length of `inner` starts in one of `outer`: within it, or so that nothing of it is uncovered."""
    return float(rng.uniform(min(0, outer - inner), max(0, outer - inner)))


def _moved(box: Box, scale: float, left: float, top: float) -> Box:
    return Box(
        round(box.x * scale + left), round(box.y * scale + top), round(box.w * scale), round(box.h * scale)
    )


def _inside(box: Box) -> float:
    """The share of the box that is in the picture."""
    w = min(box.x + box.w, SIZE[0]) - max(box.x, 0)
    h = min(box.y + box.h, SIZE[1]) - max(box.y, 0)
    return max(w, 0) * max(h, 0) / max(box.w * box.h, 1)


@cache
def _teacher() -> PersonDetector:
    return load_detector(SHARED / "models/yolox_nano.onnx", min_score=UNSURE, night=None)


@cache
def surroundings(clip: str) -> Frame:
    """The room of the clip, `SIZE` and blurred until nobody and nothing is in it."""
    frames = [shot.frame for shot in _shots_of(clip)]
    room = np.median(np.stack(frames[:: max(1, len(frames) // 15)]), axis=0).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(cv2.resize(room, SIZE), (0, 0), 25), np.uint8)


def _shots(half: Half) -> list[_Shot]:
    """Of the half's clips, one after the other."""
    return [shot for clip in CLIPS[half] for shot in _shots_of(clip)]


@cache
def _shots_of(clip: str) -> list[_Shot]:
    """`MOMENTS` moments of the clip, evenly spread."""
    with av.open(str(SHARED / f"clips/{clip}.mp4")) as container:
        frames = [(image.time or 0.0, image) for image in container.decode(video=0)]
        shots = []
        for time, image in frames[:: max(1, len(frames) // MOMENTS)]:
            frame = image.to_ndarray(format="bgr24")
            found = _teacher().detect(frame)
            if any(start <= time <= end for start, end in EMPTY_SECONDS.get(clip, ())):
                found = []
            least = 2.0 if clip in NO_TRUTH else SURE
            people = tuple(one.box for one in found if one.score >= least)
            unsure = tuple(one.box for one in found if one.score < least)
            shots.append(_Shot(clip, frame, people, unsure))
    return shots
