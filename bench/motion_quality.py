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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice, repeat

import cv2

from app.vision.motion import MotionDetector, MotionSettings
from bench.footage import FRAMES_PER_SECOND, HARD_SCENES, SCENES, render
from bench.footage_real import CLIP, real_clip
from bench.motion_score import Score
from bench.peers import Frame, Frigate, Peer, Recipe, knn, mog2

__all__ = ["Score", "judge"]

HOLD_OUT_FROM = 100
RUN_IN_FRAMES = 40  # nobody comes before

OURS = "pycam"
REAL = "real clip"
PEERS: dict[str, Callable[[], Peer]] = {
    "recipe": Recipe,
    "MOG2 320": mog2,
    "KNN 320": knn,
    "Frigate": Frigate,
}
OWN_GATES = {"recipe": 2.67, "Frigate": Frigate.OWN_GATE_PERCENT}
GATES = (0.1, 0.2, 0.4, 0.8, 1.6, 2.67)
"""Percent of the frame."""


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
    start = [frame for frame, _ in islice(_footage(scene, seed, width, height), RUN_IN_FRAMES)]
    for frame in [*start, *start[::-1]] * 2 + start if others else []:
        for peer in others.values():
            peer.step(frame)
    for frame, mark in _footage(scene, seed, width, height):
        clip.truth += mark
        motion = detector.step(frame)
        clip.areas[OURS].append(motion.area_percent if motion.moving else 0.0)
        for name, peer in others.items():
            clip.areas[name].append(peer.step(frame))
    return clip


def _footage(scene: str, seed: int, width: int, height: int) -> Iterator[tuple[Frame, str]]:
    return real_clip(width, height) if scene == REAL else render(scene, seed, width, height)


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
    print(f"{'all but the real':28}{line(total((clip for clip in clips if clip.scene != REAL), OURS))}")


def group_table(clips: list[Clip]) -> None:
    """Ours and the peers, if they watched, pans apart: no detector is told of them, and each sees a new picture."""
    still = [clip for clip in clips if clip.scene != REAL and not clip.scene.startswith("pan")]
    groups = {
        "everyday": [clip for clip in still if clip.scene in SCENES],
        "hard": [clip for clip in still if clip.scene in HARD_SCENES],
        "pan": [clip for clip in clips if clip.scene.startswith("pan")],
        "real": [clip for clip in clips if clip.scene == REAL],
    }
    print(f"{'scenes':10}{'detector':10}{'gate %':>8}{HEADINGS}")
    for group, shown in groups.items():
        for name in shown[0].areas if shown else ():
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
    """A row under HEADINGS. Where nobody came there is nothing to find, only alarms to raise."""
    false = f"{score.false_alarms_per_minute:>11.2f}"
    if not score.visits:
        return f"{0:>8}{'–':>8}{false}{'–':>11}{'–':>7}{'–':>7}{'–':>15}"
    delay = f"{sorted(score.delays)[len(score.delays) // 2]}" if score.delays else "–"
    return (
        f"{score.visits:>8}{score.recall:>8.2f}{false}{score.precision:>11.3f}{score.f1:>7.3f}{delay:>7}"
        f"{max(score.afterwards) / FRAMES_PER_SECOND:>15.1f}"
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
    if CLIP.is_file():
        pairs.append((REAL, 0))
    else:
        print(f"left out: the real clip, {CLIP} is not there\n")
    peers = () if asked.alone else tuple(PEERS)
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(1,)) as pool:
        clips = list(pool.map(watch, *zip(*pairs, strict=True), repeat(peers)))
    kind = {"hold-out" if seed >= HOLD_OUT_FROM else "tuning" for seed in asked.seed}
    print(
        f"seeds {', '.join(map(str, asked.seed))} ({' and '.join(sorted(kind))}), 640×480, 10 frames a second\n"
    )
    scene_table(clips)
    print()
    group_table(clips)


if __name__ == "__main__":
    main()
