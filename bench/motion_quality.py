"""How well motion tells visits from weather, on made-up footage, and how well its peers do.

    python -m bench.motion_quality [SEED ...] [--everyday | --hard] [--alone]

Recall: visits answered by an alert, which is motion in 3 of 5 frames. False alarms: alerts while nobody is there
or has just been, at most one in ten seconds, per quiet minute. Precision and F1: of single frames that have a clear
answer. Delay: from the first clear frame to the alert. Quiet after: seconds from the end of a visit to the end of
the motion, at worst.

Seeds below HOLD_OUT_FROM are there to choose settings by; those from it on are only measured. Peers run in on the
first frames, there and back, because some learn for twenty seconds; ours gets no such help. Each peer is shown at
the gate on its blob's area that suits it best on these very clips, and at the gate it comes with.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice, repeat

import cv2

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import FRAMES_PER_SECOND, HARD_SCENES, SCENES, render
from bench.peers import Frigate, Peer, Recipe, knn, mog2

HOLD_OUT_FROM = 100
VOTES, WINDOW = 3, 5
AFTERWARDS_FRAMES = 15  # an alert this soon after a visit still belongs to it
COOLDOWN_FRAMES = 100
LULL_FRAMES = 5  # motion that pauses for no longer is one motion still
RUN_IN_FRAMES = 40  # nobody comes before

OURS = "pycam"
PEERS: dict[str, Callable[[], Peer]] = {
    "recipe": Recipe,
    "MOG2 320": mog2,
    "KNN 320": knn,
    "Frigate": Frigate,
}
OWN_GATES = {"recipe": 2.67, "Frigate": Frigate.OWN_GATE_PERCENT}
GATES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.67)
"""Percent of the frame."""


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


def judge(scenes: Iterable[str], seed: int, width: int = 640, height: int = 480) -> Score:
    """A fresh detector of ours on each scene of one seed."""
    score = Score()
    for scene in scenes:
        clip = watch(scene, seed, (), width, height)
        score.add(clip.truth, clip.moving(OURS, 0))
    return score


@dataclass
class Clip:
    """What each detector made of one scene: the area of its biggest blob, frame by frame, in percent."""

    scene: str
    truth: str
    areas: dict[str, list[float]]

    def moving(self, detector: str, gate_percent: float) -> list[bool]:
        return [area > gate_percent for area in self.areas[detector]]


def watch(scene: str, seed: int, peers: Iterable[str], width: int = 640, height: int = 480) -> Clip:
    """Ours and the named peers over one scene. Of ours an area counts once it calls it motion."""
    detector = MotionDetector(MotionSettings())
    others = {name: PEERS[name]() for name in peers}
    clip = Clip(scene, "", {name: [] for name in (OURS, *others)})
    start = (
        [frame for frame, _ in islice(render(scene, seed, width, height), RUN_IN_FRAMES)] if others else []
    )
    for frame in [*start, *start[::-1]] * 2 + start:
        for peer in others.values():
            peer.step(frame)
    for frame, mark in render(scene, seed, width, height):
        clip.truth += mark
        motion = detector.step(frame)
        clip.areas[OURS].append(motion.area_percent if motion.moving else 0.0)
        for name, peer in others.items():
            clip.areas[name].append(peer.step(frame))
    return clip


def total(clips: Iterable[Clip], detector: str, gate_percent: float = 0.0) -> Score:
    score = Score()
    for clip in clips:
        score.add(clip.truth, clip.moving(detector, gate_percent))
    return score


def scene_table(clips: list[Clip]) -> None:
    """Ours, scene by scene."""
    print(f"{'scene':28}{HEADINGS}")
    for scene in dict.fromkeys(clip.scene for clip in clips):
        print(f"{scene:28}{line(total((clip for clip in clips if clip.scene == scene), OURS))}")
    print(f"{'all':28}{line(total(clips, OURS))}")


def peer_table(clips: list[Clip]) -> None:
    """Ours and the peers, pans apart: no detector is told of them, and each sees a new picture."""
    still = [clip for clip in clips if not clip.scene.startswith("pan")]
    groups = {
        "everyday": [clip for clip in still if clip.scene in SCENES],
        "hard": [clip for clip in still if clip.scene in HARD_SCENES],
        "pan": [clip for clip in clips if clip.scene.startswith("pan")],
    }
    print(f"{'scenes':10}{'detector':10}{'gate %':>8}{HEADINGS}")
    for group, shown in groups.items():
        for name in (OURS, *PEERS) if shown else ():
            if name == OURS:
                print(
                    f"{group:10}{name:10}{MotionSettings().min_area_percent:>8.2f}{line(total(shown, name))}"
                )
                continue
            for gate in dict.fromkeys((best_gate(still, name), OWN_GATES.get(name, best_gate(still, name)))):
                print(f"{group:10}{name:10}{gate:>8.2f}{line(total(shown, name, gate))}")


def best_gate(clips: list[Clip], detector: str) -> float:
    """The gate that suits it best: one more visit in ten noticed is worth one more false alarm a minute."""

    def worth(gate: float) -> float:
        score = total(clips, detector, gate)
        return score.recall - 0.1 * score.false_alarms_per_minute

    return max(GATES, key=worth)


HEADINGS = (
    f"{'visits':>8}{'recall':>8}{'false/min':>11}{'precision':>11}{'F1':>7}{'delay':>7}{'quiet after s':>15}"
)


def line(score: Score) -> str:
    delay = f"{sorted(score.delays)[len(score.delays) // 2]}" if score.delays else "–"
    after = f"{max(score.afterwards) / FRAMES_PER_SECOND:.1f}" if score.afterwards else "–"
    return (
        f"{score.visits:>8}{score.recall:>8.2f}{score.false_alarms_per_minute:>11.2f}"
        f"{score.precision:>11.3f}{score.f1:>7.3f}{delay:>7}{after:>15}"
    )


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench.motion_quality")
    options.add_argument("seed", nargs="*", type=int, default=[1])
    options.add_argument(
        "--alone", action="store_true", help="without the peers, which take most of the time"
    )
    which = options.add_mutually_exclusive_group()
    which.add_argument("--everyday", action="store_true", help="the first twenty scenes only")
    which.add_argument("--hard", action="store_true", help="the others only")
    asked = options.parse_args()
    scenes = [*([] if asked.hard else SCENES), *([] if asked.everyday else HARD_SCENES)]
    pairs = [(scene, seed) for scene in scenes for seed in asked.seed]
    peers = () if asked.alone else tuple(PEERS)
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        clips = list(pool.map(watch, *zip(*pairs, strict=True), repeat(peers)))
    kind = {"hold-out" if seed >= HOLD_OUT_FROM else "tuning" for seed in asked.seed}
    print(
        f"seeds {', '.join(map(str, asked.seed))} ({' and '.join(sorted(kind))}), 640×480, 10 frames a second\n"
    )
    scene_table(clips)
    if peers:
        print()
        peer_table(clips)


if __name__ == "__main__":
    main()
