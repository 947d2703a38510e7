"""Which of the people that the gate saw can be visitors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain import Box, Detection
from app.settings.labels import PERSON
from app.settings.schema import PersonSettings

_EDGE = 0.015  # of the frame's height: boxes of somebody cut off by the frame's edge end this close to it
_ANIMAL = (
    0.5  # of the least height of a person is enough for anything else: a dog is half as tall, a car no taller
)
_REACH_DOWN = 0.9  # of the frame's height: so far down reaches somebody so near that the head is out of view


def visitors(
    detections: Iterable[Detection],
    moved: Sequence[Box],
    frame_size: tuple[int, int],
    settings: PersonSettings,
) -> list[Detection]:
    """Those who may start an event: people first, then what else was looked for; each in the order given.

    `frame_size` is (width, height); boxes are its pixels.
    Three kinds of people are left out: those who are far away (they pass by, and of so few pixels any network
    is unsure); those where nothing moved (a poster, a coat on a hook, a sleeper, while a curtain moves); and
    those who hang into the picture from above and end in mid-air (an arm; of a whole person so near that the
    head is cut off, the body reaches the lower edge; an animal may come down from a wall).
    """
    height = frame_size[1]
    least = max(settings.min_height_pixels, settings.min_height_percent / 100 * height)
    found = [
        detection
        for detection in detections
        if detection.box.h >= (least if detection.label == PERSON else _ANIMAL * least)
        and any(_overlap(detection.box, box) for box in moved)
        and not (detection.label == PERSON and _hangs_in(detection.box, height))
    ]
    return sorted(found, key=lambda detection: detection.label != PERSON)


def _hangs_in(box: Box, height: int) -> bool:
    return box.y <= _EDGE * height and box.y + box.h < _REACH_DOWN * height


def _overlap(one: Box, other: Box) -> bool:
    return (
        one.x < other.x + other.w
        and other.x < one.x + one.w
        and one.y < other.y + other.h
        and other.y < one.y + one.h
    )
