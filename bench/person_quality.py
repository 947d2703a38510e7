"""Who is found, by day and by night: `python -m bench.person_quality [night|size|vote] [--half tune|hold-out]`.

night   the gate without and with what it does to dark pictures, on the same pictures
size    by height of the person: the whole frame, against the region around what moved
vote    what a second look is worth before an alert: wrong starts and delay, rule by rule

Somebody is found if a box of theirs is found (intersection over union of 0.4 or more); a picture with any other box
is a mistake. Settings were chosen on the half called tune only (bench/person_footage.py).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import cv2

from app.domain import Box, Detection
from app.learning.report_intervals import wilson
from app.settings.night import NightSettings
from app.vision.person import PersonDetector, load_detector
from app.vision.region import region_of_interest
from bench.person_curve import curves
from bench.person_footage import SHARED, SIZE, Half, Picture, missing, pictures
from bench.person_vote import vote_table

MODELS = ("yolox_nano_person_416x320", "yolox_nano_person_320x256", "yolox_nano_person_256x192", "yolox_nano")
LEAST_SCORE = 0.02  # everything is kept, so that any threshold can be tried afterwards
SAME_PERSON = 0.4
LIGHTS = {"day": None, "night": 1.0, "deep night": 2.0}
"""How dark: see `infrared`."""

SIZES = ((0.08, 0.12), (0.12, 0.2), (0.2, 0.4), (0.4, 0.8))
"""Of the frame's height."""

Look = Callable[[Picture], list[Detection]]


@dataclass
class Scores:
    """Of each person the best score of their boxes; of each picture the best score of a box that is nobody's."""

    people: list[float] = field(default_factory=list)
    mistakes: list[float] = field(default_factory=list)

    def at(self, threshold: float) -> tuple[float, float]:
        """(precision, recall)."""
        found = sum(score >= threshold for score in self.people)
        wrong = sum(score >= threshold for score in self.mistakes)
        return found / max(found + wrong, 1), found / max(len(self.people), 1)

    def recall_at(self, precision: float) -> float:
        """The best recall of any threshold that keeps `precision`."""
        tried = (self.at(step / 100) for step in range(5, 96))
        return max((recall for reached, recall in tried if reached >= precision), default=0.0)


def judge(look: Look, shown: Iterable[Picture]) -> Scores:
    scores = Scores()
    for picture in shown:
        best, mistake = [0.0] * len(picture.people), 0.0
        for one in look(picture):
            whose = [i for i, person in enumerate(picture.people) if overlap(one.box, person) >= SAME_PERSON]
            for i in whose:
                best[i] = max(best[i], one.score)
            if not whose:
                mistake = max(mistake, one.score)
        scores.people += best
        scores.mistakes.append(mistake)
    return scores


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0..1."""
    w = min(one.x + one.w, other.x + other.w) - max(one.x, other.x)
    h = min(one.y + one.h, other.y + other.h) - max(one.y, other.y)
    shared = max(w, 0) * max(h, 0)
    return shared / (one.w * one.h + other.w * other.h - shared)


def whole_frame(detector: PersonDetector) -> Look:
    return lambda picture: detector.detect(picture.frame)


def around_motion(detector: PersonDetector) -> Look:
    """As the pipeline looks: where something moved, and everywhere after a look that found nobody there."""

    def look(picture: Picture) -> list[Detection]:
        aspect = detector.input_size[0] / detector.input_size[1]
        region = region_of_interest(picture.people, SIZE, aspect=aspect)
        return detector.detect(picture.frame, region)

    return look


def gate(model: str, *, night: bool) -> PersonDetector:
    """One that keeps every score, so that thresholds can be tried afterwards. `night`: made clear, or not."""
    path = SHARED / f"models/{model}.onnx"
    return load_detector(path, threads=2, min_score=LEAST_SCORE, night=NightSettings() if night else None)


def threshold(model: str) -> float:
    """As the appliance has it."""
    return load_detector(SHARED / f"models/{model}.onnx").min_score


def night_table(half: Half, count: int, seed: int, models: Iterable[str]) -> None:
    print(f"{half}: {count} pictures with somebody and {count} with nobody, seed {seed}")
    print(
        f"{'model':26} {'light':10} {'':7} {'precision':>9} {'recall':>7} {'of people, 95 %':>20} {'F1':>6}"
        "  recall at before's precision, at 0.95"
    )
    shown = {light: list(pictures(half, depth=d, count=count, seed=seed)) for light, d in LIGHTS.items()}
    for model in models:
        least = threshold(model)
        for light in LIGHTS:
            same = 0.0
            for after in (False, True):
                scores = judge(whole_frame(gate(model, night=after)), shown[light])
                precision, recall = scores.at(least)
                same = same if after else precision
                f1 = 2 * precision * recall / max(precision + recall, 1e-9)
                row = f"{model:26} {light:10} {'after' if after else 'before':7}"
                row += f" {precision:9.3f} {recall:7.3f} {found_of(scores, least):>20} {f1:6.3f}"
                print(f"{row}  {scores.recall_at(same):.3f}  {scores.recall_at(0.95):.3f}", flush=True)


def found_of(scores: Scores, least: float) -> str:
    """How many people were found, and from where to where the share may lie were they all different people."""
    found = sum(score >= least for score in scores.people)
    share = wilson(found, len(scores.people))
    return f"{found}/{len(scores.people)} {share.low:.2f}..{share.high:.2f}" if share else "0"


def size_table(half: Half, count: int, seed: int, model: str) -> None:
    print(f"{half}, {model}, {SIZE[0]}×{SIZE[1]}: share of people found (pictures with a wrong box)")
    print(f"{'height of the person':22} {'':5} {'whole frame':>32} {'region':>32}")
    least, detector = threshold(model), gate(model, night=True)
    for height in SIZES:
        for light in ("day", "night"):
            shown = pictures(half, depth=LIGHTS[light], count=count, seed=seed, height=height)
            # There must be somebody for something to move: pictures of nobody have no region.
            with_people = [picture for picture in shown if picture.people]
            cells = []
            for look in (whole_frame(detector), around_motion(detector)):
                scores = judge(look, with_people)
                wrong = sum(mistake >= least for mistake in scores.mistakes) / len(with_people)
                cells.append(f"{scores.at(least)[1]:.3f} {found_of(scores, least)} ({wrong:.2f})")
            pixels = f"{height[0]:.0%}..{height[1]:.0%} of the frame"
            print(f"{pixels:22} {light:5} {cells[0]:>32} {cells[1]:>32}", flush=True)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.person_quality")
    options.add_argument("table", nargs="*", choices=["night", "size", "vote"])
    options.add_argument("--half", choices=("tune", "hold-out"), default="hold-out")
    options.add_argument("--count", type=int, default=200, help="pictures of each kind (%(default)s)")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--models", nargs="+", default=list(MODELS))
    options.add_argument("--picture", type=Path, metavar="FILE", help="an SVG of the curve of `vote`")
    asked = options.parse_args()
    if lacking := missing():
        print(f"bench.person_quality needs the clips and the model; not there: {lacking}", file=sys.stderr)
        return 1
    cv2.setNumThreads(1)
    for table in asked.table or ("night", "size", "vote"):
        if table == "night":
            night_table(asked.half, asked.count, asked.seed, asked.models)
        elif table == "size":
            size_table(asked.half, asked.count // 2, asked.seed, asked.models[0])
        else:
            panels = vote_table(asked.half, asked.seed, asked.models[0])
            if asked.picture:
                asked.picture.write_text(curves(panels), encoding="utf-8")
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
