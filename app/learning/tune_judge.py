"""Would this sample have alerted with other settings? Asked of the real trigger, with the frames' recorded facts.

All but exact for the least area: each frame's area is recorded even below it, and motion learns the same whatever
it is, but for frames that rest while somebody is followed and repeat the area before. Exact for a higher score, and
for the vote. For a mask an estimate, which replaying the pictures then confirms (tune_replay.py): a blob keeps the
share of its area that its box has outside the mask. Of the threshold nothing is told, because what did not come up to
the one that was set is not recorded (tune_clips.py).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import cv2
import numpy as np

from app.domain import Box
from app.learning.tune_case import Case, Moment, Rest
from app.learning.tune_knobs import Knobs, Polygon
from app.settings import CameraSettings, Settings
from app.vision.mask import watched
from app.vision.trigger import Answer, Started, Trigger
from app.vision.visitor import visitors

_GRID = (160, 120)
"""Pixels in which masks are measured: those of the motion step."""

_SAME_PLACE = 0.5
"""So much of what an event was about lies in the mask, and it was about the mask's place."""


class Verdict(NamedTuple):
    """`motion` and `person` as in the seed's table; `alert` is what people would have been told."""

    motion: bool
    person: bool
    alert: bool


class Judge:
    """Judges cases under `settings` with some knobs turned."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._covers: dict[tuple[Polygon, ...], Cover] = {}
        self._verdicts: dict[tuple[object, ...], Verdict] = {}

    def verdict(self, case: Case, knobs: Knobs) -> Verdict:
        """What `case` would have been. Raises KeyError for a camera that is not in the settings."""
        # Asked again and again by a search and by those of other days; a Pi takes milliseconds for one.
        key = (
            case.id,
            knobs.min_area_percent,
            knobs.min_score,
            knobs.min_moving_frames,
            knobs.confirm_below,
            knobs.masks.get(case.camera, ()),
        )
        if key not in self._verdicts:
            self._verdicts[key] = self._verdict(case, knobs)
        return self._verdicts[key]

    def _verdict(self, case: Case, knobs: Knobs) -> Verdict:
        camera = self._settings.camera(case.camera)
        cover = self._cover(camera, knobs)
        person = self._settings.person.model_copy(
            update={
                "min_height_pixels": self._settings.person.min_height_pixels
                * min(1.0, case.size[0] / camera.width_pixels)
            }
        )
        vote = {"min_moving_frames": knobs.min_moving_frames, "confirm_below": knobs.confirm_below}
        trigger = Trigger(self._settings.trigger.model_copy(update=vote))
        least, start = knobs.min_score or 0.0, case.moments[0].time
        moved = sightings = 0
        alert = False
        for moment in case.moments:
            boxes, area = _moving(moment, cover, case.size, knobs.min_area_percent)
            moved += bool(area >= knobs.min_area_percent)
            answers = []
            if moment.people is not None:
                people = [one for one in moment.people if one.score >= least]
                sightings += bool(people)
                guests = visitors(people, boxes, case.size, person)
                answers = [
                    Answer(
                        moment.time - start,
                        guests[0].score if guests else None,
                        people[0].score if people else None,
                    )
                ]
            transitions = trigger.step(
                moment.time - start,
                moving=area >= knobs.min_area_percent,
                area_percent=area,
                answers=answers,
                gated=case.gated,
            )
            alert = alert or any(isinstance(one, Started) for one in transitions)
        return Verdict(moved >= knobs.min_moving_frames, sightings > 0, alert)

    def false_alarm_is_gone(self, case: Case, knobs: Knobs) -> bool:
        """Not in the frames up to the alert, and not in what is known of the rest of the event."""
        if self.verdict(case, knobs).alert or case.rest is None:
            return False
        return self._rules_out(case.rest, knobs, self._cover(self._settings.camera(case.camera), knobs))

    @staticmethod
    def _rules_out(rest: Rest, knobs: Knobs, cover: Cover | None) -> bool:
        if rest.peak_area_percent < knobs.min_area_percent:
            return True
        if rest.best_score is not None and knobs.min_score is not None and rest.best_score <= knobs.min_score:
            return True
        return (
            cover is not None
            and bool(rest.boxes)
            and all(cover.share(*box) >= _SAME_PLACE for box in rest.boxes)
        )

    def _cover(self, camera: CameraSettings, knobs: Knobs) -> Cover | None:
        polygons = (*self._settings.motion.ignore, *camera.ignore, *knobs.masks.get(camera.name, ()))
        if not polygons:
            return None
        if polygons not in self._covers:
            self._covers[polygons] = Cover(polygons)
        return self._covers[polygons]


class Cover:
    """How much of a rectangle some polygons cover."""

    def __init__(self, polygons: tuple[Polygon, ...]) -> None:
        covered = (watched(polygons, *_GRID) == 0).astype(np.uint8)
        self._sums: np.ndarray[Any, Any] = cv2.integral(covered)

    def share(self, x: float, y: float, w: float, h: float) -> float:
        """0..1; the rectangle in fractions of the frame, of which at least one grid pixel is looked at."""
        columns, rows = _GRID
        left = min(max(round(x * columns), 0), columns - 1)
        top = min(max(round(y * rows), 0), rows - 1)
        right = min(max(round((x + w) * columns), left + 1), columns)
        bottom = min(max(round((y + h) * rows), top + 1), rows)
        sums = self._sums
        inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return float(inside) / ((right - left) * (bottom - top))


def _moving(
    moment: Moment, cover: Cover | None, size: tuple[int, int], least: float
) -> tuple[list[Box], float]:
    """The boxes that still count, and the biggest blob's area, percent of the frame.

    Only the biggest one's area is recorded; another's is at most that, and at most its box.
    """
    width, height = size
    boxes, biggest = [], 0.0 if moment.boxes else moment.area_percent
    for box in moment.boxes:
        area = min(moment.area_percent, 100 * box.w * box.h / (width * height))
        if box is moment.boxes[0]:
            area = moment.area_percent
        if cover is not None:
            area *= 1 - cover.share(box.x / width, box.y / height, box.w / width, box.h / height)
        biggest = max(biggest, area)
        if area >= least:
            boxes.append(box)
    return boxes, biggest
