"""What clips cost: `python -m bench.recording [ROUNDS]`.

1. The frame loop (the real one: motion, trigger, jobs) at 30 frames a second, in turns without clips, with the
   pre-roll alone, and with a clip being written to the disk. The baseline is the loop without clips in the same run.
   Beside it, the processor time of the whole process for each frame: the encoder has a thread of its own.
2. Memory of a pre-roll of 30 s at ten frames a second. The baseline is the same pictures kept as they are.

The footage is made up, with a camera's grain, which is what an encoder spends its bytes on.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any, cast

import cv2
import numpy as np

from app.camera.clip_desk import ClipDesk
from app.camera.film import Film
from app.camera.film_strip import APPROACH_SECONDS, FilmStrip
from app.camera.loop import CameraLoop
from app.camera.orders import Orders
from app.camera.recorder import Recorder
from app.domain import Box, Detection, new_event_id
from app.media.frame import Frame
from app.rules import Verdict
from app.settings.clips import ClipSettings
from app.settings.schema import CameraSettings, Settings, StorageSettings, TrainingSettings
from app.store.events import EventRecord, EventStore
from app.vision.gate import InlineGate, Picture
from app.vision.modelfile import ModelError
from app.vision.pipeline import pipeline_for
from bench.footage import render

SIZES = ((640, 480), (1280, 720))
ROUNDS = 5
FRAMES_PER_SECOND = 30
BLOCK = 90  # frames in one turn: three seconds, so that the pre-roll outlives the turns without it
POOL = 60
SCENE = "visits"
PRE_ROLL_SECONDS = 30.0
MODES = ("no clips", "pre-roll", "recording")
ARMED = Orders(Verdict(True, "the bench armed it"), None, None, None)


class Nobody:
    """A detector that costs nothing and sees nobody: the loop is measured, not the model, and no alert."""

    name, min_score = "nobody", 0.5
    input_size = (416, 320)
    skipped: tuple[ModelError, ...] = ()

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        """Nobody."""
        return []


class NoRecorder:
    """Takes every job and does nothing."""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_args, **_more: None


class Switch:
    """A film that can be taken out of the loop."""

    def __init__(self, film: Film) -> None:
        self.film, self.on = film, False

    def frame(self, frame: Picture, now: float, *, watching: bool, wanted: bool = True) -> None:
        """To the film, if it is in."""
        if self.on:
            self.film.frame(frame, now, watching=watching, wanted=wanted)


@dataclass
class Cost:
    """Of one mode."""

    steps: list[float] = field(default_factory=list)
    """Seconds of each step of the loop."""
    processor: float = 0.0
    """Seconds of processor time of the whole process, in all."""


def pictures(width: int, height: int) -> list[np.ndarray[Any, Any]]:
    """Consecutive pictures of somebody walking through."""
    return [bgr for bgr, _ in itertools.islice(render(SCENE, 1, width, height), 40, 40 + POOL)]


def frames(pool: list[np.ndarray[Any, Any]], fps: float) -> Iterator[Frame]:
    """There and back again, for ever: no jump that a camera would not have."""
    order = [*range(len(pool)), *range(len(pool) - 2, 0, -1)]
    for index in itertools.count():
        bgr = pool[order[index % len(order)]]
        yield Frame(bgr=bgr, luma=None, time=1e9 + index / fps, media_time=index / fps, index=index)


def loop_cost(width: int, height: int, rounds: int, folder: Path) -> dict[str, Cost]:
    """Each mode's, in turns."""
    camera = CameraSettings(name="front", source="made-up", fps=FRAMES_PER_SECOND)
    settings = Settings(
        cameras=(camera,),
        storage=StorageSettings(data=folder, min_free_mb=0),
        training=TrainingSettings(enabled=False),
    )
    done: list[EventRecord] = []
    events = EventStore(folder / "events")
    desk = ClipDesk("front", events, settings.storage, lambda event, _told: done.append(event))
    film = Film(settings.clips, desk, fps=FRAMES_PER_SECOND)
    switch, gate = Switch(film), InlineGate(Nobody())
    loop = CameraLoop(
        settings,
        camera,
        pipeline=pipeline_for(settings, camera, gate),
        gate=gate,
        orders=lambda: ARMED,
        recorder=cast(Recorder, NoRecorder()),
        picture_answered=lambda _wish: None,
        film=cast(Film, switch),
    )
    film.start()
    costs = {mode: Cost() for mode in MODES}
    coming = frames(pictures(width, height), FRAMES_PER_SECOND)
    for turn in range(rounds + 1):
        for mode in MODES:
            cost, switch.on = Cost(), mode != "no clips"
            event = EventRecord(id=new_event_id("front", time.time()), camera="front", started=0)
            before = time.process_time()
            due = time.perf_counter()
            for number, frame in enumerate(itertools.islice(coming, BLOCK)):
                if mode == "recording" and number == 0:
                    film.begin(event, frame.media_time)
                begun = time.perf_counter()
                loop.step(frame)
                cost.steps.append(time.perf_counter() - begun)
                due += 1 / FRAMES_PER_SECOND
                time.sleep(max(0.0, due - time.perf_counter()))
            if mode == "recording":
                film.end(event, last_active=frame.media_time, quiet=False)
                while len(done) < turn + 1:
                    time.sleep(0.01)
            cost.processor = time.process_time() - before
            if turn:  # the first only fills caches
                costs[mode].steps += cost.steps
                costs[mode].processor += cost.processor
    film.close()
    problems = {event.clip_problem for event in done} | {"" if event.clip else "no clip" for event in done}
    if problems != {""}:
        raise RuntimeError(f"the clips of this bench are not whole: {problems}")
    return costs


class NoDesk:
    """Nothing is written here."""

    problem = ""

    def __getattr__(self, _name: str) -> Callable[..., None]:
        return lambda *_args, **_more: None


def pre_roll_bytes(scene: str, width: int, height: int) -> tuple[int, float]:
    """(bytes held, seconds held) once the pre-roll is full."""
    seconds = PRE_ROLL_SECONDS + APPROACH_SECONDS
    strip = FilmStrip(
        ClipSettings(pre_roll_seconds=PRE_ROLL_SECONDS, pre_roll_max_mb=1024), cast(Any, NoDesk()), fps=10
    )
    made = [bgr for bgr, _ in itertools.islice(render(scene, 1, width, height), 40, 40 + POOL)]
    for frame in itertools.islice(frames(made, 10), round((seconds + 5) * 10)):
        strip.look(frame.media_time, frame.bgr)
    held = strip.pre_roll.since(float("-inf"))
    return strip.pre_roll.bytes, held[-1].pts - held[0].pts + 0.1


def main() -> int:
    """Print what was found."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    cv2.setNumThreads(1)
    print(f"the frame loop, {rounds} turns of {BLOCK} frames each, {FRAMES_PER_SECOND} frames a second")
    for width, height in SIZES:
        with tempfile.TemporaryDirectory(prefix="pycam-bench-") as folder:
            costs = loop_cost(width, height, rounds, Path(folder))
        base = costs["no clips"]
        print(f"{width}×{height}")
        for mode, cost in costs.items():
            middle, late = median(cost.steps), quantiles(cost.steps, n=100)[98]
            count = len(cost.steps)
            print(
                f"  {mode:10} step, median {middle * 1e3:6.2f} ms (ratio {middle / median(base.steps):4.2f})"
                f"   p99 {late * 1e3:6.2f} ms (ratio {late / quantiles(base.steps, n=100)[98]:4.2f})"
                f"   processor {cost.processor / count * 1e3:6.2f} ms a frame"
            )
    print(
        f"\na pre-roll of {PRE_ROLL_SECONDS:.0f} s (and {APPROACH_SECONDS:.0f} s for the approach), 10 frames a second"
    )
    for width, height in SIZES:
        for scene in (SCENE, "night visits"):
            held, seconds = pre_roll_bytes(scene, width, height)
            raw = seconds * 10 * width * height * 3
            print(
                f"  {width}×{height}, {scene:12}: {held / 1e6:6.2f} MB for {seconds:.1f} s,"
                f" {held / seconds / 125:6.0f} kbit/s; the pictures as they are: {raw / 1e6:6.0f} MB"
                f" (ratio {held / raw:.4f})"
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
