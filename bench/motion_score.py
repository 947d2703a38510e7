"""Judging what a motion detector answered, frame by frame, against the truth of a clip; see `bench.motion_quality`."""

from __future__ import annotations

from dataclasses import dataclass, field

from bench.footage_scenes import FRAMES_PER_SECOND

VOTES, WINDOW = 3, 5
AFTERWARDS_FRAMES = 15  # an alert this soon after a visit still belongs to it
COOLDOWN_FRAMES = 100
LULL_FRAMES = 5  # motion that pauses for no longer is one motion still


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
    afterwards: list[int] = field(default_factory=list)
    """For each visit, the frames from its end to the end of the motion."""

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
            self.afterwards.append(_motion_after(truth, moving, last))
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
    def precision(self) -> float:
        return self.hits / max(1, self.hits + self.wrong)

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


def _motion_after(truth: str, moving: list[bool], last: int) -> int:
    """For how many frames the motion of a visit goes on after its last frame."""
    end = last
    for i in range(last + 1, len(truth)):
        if truth[i] != "0" or i - end > LULL_FRAMES:
            break
        if moving[i]:
            end = i
    return end - last
