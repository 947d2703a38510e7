"""How well motion tells visits from weather, on made-up footage: `python -m bench.motion_quality [SEED ...]`.

Recall: visits answered by an alert, which is motion in 3 of 5 frames. False alarms: alerts while nobody is there
or has just been, at most one in ten seconds, per quiet minute. F1: of single frames that have a clear answer.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import cv2

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import FRAMES_PER_SECOND, SCENES, render

VOTES, WINDOW = 3, 5
AFTERWARDS_FRAMES = 15  # an alert this soon after a visit still belongs to it
COOLDOWN_FRAMES = 100


@dataclass
class Score:
    """Counts over any number of clips."""

    visits: int = 0
    noticed: int = 0
    false_alarms: int = 0
    quiet_frames: int = 0
    hits: int = 0
    wrong: int = 0
    missed: int = 0
    delays: list[int] = field(default_factory=list)

    def add(self, truth: str, moving: list[bool]) -> None:
        """Judge one clip: its truth and the detector's answers, frame by frame."""
        alert = [sum(moving[max(0, i - WINDOW + 1) : i + 1]) >= VOTES for i in range(len(moving))]
        near = [False] * len(truth)
        for first, last in visits(truth):
            for i in range(first, min(len(truth), last + AFTERWARDS_FRAMES)):
                near[i] = True
            answered = [i for i in range(first, last + 1) if alert[i]]
            self.visits += 1
            self.noticed += bool(answered)
            self.delays += [max(0, answered[0] - truth.index("1", first))] if answered else []
        self.quiet_frames += near.count(False)
        silent_until = 0
        for i, fired in enumerate(alert):
            if fired and i >= silent_until:
                self.false_alarms += not near[i]
                silent_until = i + COOLDOWN_FRAMES
        pairs = list(zip(truth, moving, strict=True))
        self.hits += pairs.count(("1", True))
        self.wrong += pairs.count(("0", True))
        self.missed += pairs.count(("1", False))

    @property
    def recall(self) -> float:
        return self.noticed / max(1, self.visits)

    @property
    def false_alarms_per_minute(self) -> float:
        return self.false_alarms / max(1, self.quiet_frames) * FRAMES_PER_SECOND * 60

    @property
    def f1(self) -> float:
        return 2 * self.hits / max(1, 2 * self.hits + self.wrong + self.missed)


def visits(truth: str) -> list[tuple[int, int]]:
    """First and last frame of each visit, half-seen frames included."""
    spans, start = [], None
    for i, mark in enumerate(truth + "0"):
        if mark != "0" and start is None:
            start = i
        elif mark == "0" and start is not None:
            spans.append((start, i - 1))
            start = None
    return [(first, last) for first, last in spans if "1" in truth[first : last + 1]]


def judge(scenes: Iterable[str], seed: int, width: int = 640, height: int = 480) -> Score:
    """A fresh detector on each scene of one seed."""
    score = Score()
    for scene in scenes:
        detector = MotionDetector(MotionSettings())
        truth, moving = "", []
        for frame, mark in render(scene, seed, width, height):
            truth += mark
            moving.append(detector.step(frame).moving)
        score.add(truth, moving)
    return score


def main() -> None:
    cv2.setNumThreads(1)
    seeds = [int(word) for word in sys.argv[1:]] or [1]
    print(f"{'scene':18}{'visits':>8}{'recall':>8}{'false alarms/min':>18}{'frame F1':>10}{'delay':>7}")
    whole = Score()
    for scene in SCENES:
        part = Score()
        for seed in seeds:
            clip = judge([scene], seed)
            for total in (part, whole):
                for name, value in vars(clip).items():
                    setattr(total, name, getattr(total, name) + value)
        print(line(scene, part))
    print(line("all", whole))


def line(name: str, score: Score) -> str:
    delay = f"{sorted(score.delays)[len(score.delays) // 2]}" if score.delays else "–"
    return (
        f"{name:18}{score.visits:>8}{score.recall:>8.2f}{score.false_alarms_per_minute:>18.2f}"
        f"{score.f1:>10.3f}{delay:>7}"
    )


if __name__ == "__main__":
    main()
