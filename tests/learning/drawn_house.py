"""A made-up house whose samples are taken by the real eyes: what stirred is drawn, so the truth is known.

A textured grey room of 320×240; a tree on the left that gusts sway, people who walk on the right (or past the
tree), moths. A stand-in model takes what is very bright for a person and what is bright, the tree, for a doubtful
one, so that gusts are false alarms.
"""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from app.camera.ring import Kept, Ring
from app.camera.sample import SampleJob, render
from app.domain import Box, Detection, Tag, new_event_id
from app.learning.replay import gate_for
from app.learning.tune_clips import Shelf
from app.media.clips import ClipWriter, finish
from app.media.encoder import H264Encoder
from app.media.frame import Frame
from app.settings import Settings
from app.store.events import ClipFacts, EventRecord, EventStore, TagRecord
from app.store.samples import SampleStore
from app.vision.gate import Gate, InlineGate, NoGate
from app.vision.modelfile import ModelError
from app.vision.pipeline import pipeline_for
from app.vision.trigger import Ended, Started, Transition

WIDTH, HEIGHT = 320, 240
DAY = 86_400.0
MORNING = 1_780_000_000.0
RUN_IN_SECONDS, VISIT_SECONDS, TAIL_SECONDS = 3.0, 2.0, 3.0
TREE, PERSON = 200, 240

Picture = np.ndarray[Any, Any]
Paint = Callable[[Picture, float], None]


def gust(picture: Picture, seconds: float) -> None:
    """A crown of 40×90 swings 12 pixels either way."""
    left = 40 + round(12 * math.sin(2 * math.pi * 1.3 * seconds))
    picture[70:160, left : left + 40] = TREE


def walker(picture: Picture, seconds: float) -> None:
    """Somebody 30×120 walks from the middle to the right."""
    left = 150 + round(40 * seconds)
    picture[90:210, left : left + 30] = PERSON


def past_the_tree(picture: Picture, seconds: float) -> None:
    """Somebody 30×120 comes from behind the tree."""
    left = 20 + round(40 * seconds)
    picture[60:180, left : left + 30] = PERSON


def moth(picture: Picture, seconds: float) -> None:
    """Something thin, 6×57, as bright as a person, flutters where people walk."""
    left = 200 + round(20 * math.sin(2 * math.pi * 0.7 * seconds))
    picture[100:157, left : left + 6] = PERSON


@dataclass
class Model:
    """Scores what it takes for a person; the tree's is the doubtful one."""

    name: str = "drawn.onnx"
    tree_score: float = 0.55
    min_score: float = 0.4
    input_size: tuple[int, int] = (416, 320)
    skipped: tuple[ModelError, ...] = ()
    asked: int = 0

    def detect(self, frame: Picture, region: Box | None = None) -> list[Detection]:
        self.asked += 1
        grey = frame[:, :, 0].astype(int)
        found = []
        for low, high, score in ((220, 256, 0.9), (185, 215, self.tree_score)):
            ys, xs = np.nonzero((grey >= low) & (grey < high))
            if len(xs) > 300:
                box = Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
                found.append(Detection(box, score))
        return found


class House:
    """Its samples, in `data`/samples. Nothing is taken twice at one moment: each call is later than the last.

    gated           whether there is a person model; else motion alone decides.
    visit_seconds   how long is painted; with `films`, an event has its clip, which goes on for TAIL_SECONDS.
    """

    def __init__(
        self,
        data: Path,
        settings: Settings | None = None,
        model: Model | None = None,
        *,
        gated: bool = True,
        films: bool = False,
        visit_seconds: float = VISIT_SECONDS,
    ) -> None:
        self.gated = gated
        self.films, self.visit_seconds = films, visit_seconds
        self.settings = settings or settings_for(data)
        self.store = SampleStore(data / "samples", max_mb=500)
        self.events = EventStore(data / "events")
        self.model = model or Model()
        self._now = MORNING
        rng = np.random.default_rng(7)
        patches = rng.normal(90, 15, (12, 16)).astype(np.float32)
        self._room = np.kron(patches, np.ones((20, 20), np.float32)).clip(40, 150)[:, :, None].repeat(3, 2)
        self._noise = rng.normal(0, 2.5, (8, HEIGHT, WIDTH, 1)).astype(np.float32)

    def copied(self, data: Path) -> House:
        """The same house, lived in so far, in another place."""
        shutil.copytree(self.settings.storage.data, data, dirs_exist_ok=True)
        storage = self.settings.storage.model_copy(update={"data": data})
        twin = House(
            data,
            self.settings.model_copy(update={"storage": storage}),
            replace(self.model),
            gated=self.gated,
            films=self.films,
            visit_seconds=self.visit_seconds,
        )
        twin._now = self._now
        return twin

    def next_day(self) -> None:
        """What comes now happens on another day."""
        self._now = MORNING + DAY * (1 + (self._now - MORNING) // DAY)

    def quiet(self) -> str:
        """A sample of nothing going on."""
        return self._take(None, None)

    def alert(self, paint: Paint, tag: Tag | None) -> str:
        """What `paint` draws makes an alert, which is then tagged. Fails if the eyes see no event in it."""
        return self._take(paint, tag)

    def shelf(self, gate: Gate | None = None) -> Shelf:
        """What tuning finds here. `gate`: the person model there is; None: whatever is installed."""
        return Shelf(
            event_of=self.events.get,
            clip_of=lambda event_id: self.events.file(event_id, "clip.mp4"),
            gate=lambda _classes: gate or gate_for(self.settings),
            clock=time.monotonic,
        )

    def _take(self, paint: Paint | None, tag: Tag | None) -> str:
        self._now += 600
        camera = self.settings.cameras[0]
        gate: Gate = InlineGate(self.model) if self.gated else NoGate("none is there")
        pipeline, ring = pipeline_for(self.settings, camera, gate), Ring(self.settings.training.frames)
        kept: list[Kept] | None = None
        over: list[Transition] = []
        frames = list(self._frames(paint))
        for frame in frames:
            outcome = pipeline.step(frame)
            assert outcome is not None
            ring.add(outcome)
            over += [t for t in outcome.transitions if isinstance(t, Ended)]
            if kept is None and any(isinstance(t, Started) for t in outcome.transitions):
                kept = ring.frames()
            if outcome.evidence is not None:
                evidence = outcome.evidence
        assert (kept is None) == (paint is None), "whether the eyes saw an event"
        sample_id = new_event_id(camera.name, self._now)
        if kept is not None:
            visit = [*over, *pipeline.finish()][0].visit
            event = EventRecord(
                id=sample_id,
                camera=camera.name,
                started=self._now,
                ended=self._now + visit.last_active - visit.started,
                peak_area_percent=visit.peak_area_percent,
                person_score=visit.score,
                boxes=tuple(tuple(box) for box in evidence.boxes),
                width=WIDTH,
                height=HEIGHT,
            )
            if self.films:
                clip = self._film(event.id, frames, visit.started)
                event = event.model_copy(update={"clip": clip})
            self.events.save(event)
        record, pictures = render(
            SampleJob(
                id=sample_id,
                camera=camera.name,
                reason="quiet" if paint is None else "alert",
                frames=kept or ring.frames(),
                min_moving_frames=self.settings.trigger.min_moving_frames,
                person_model=gate.model,
                min_score=gate.min_score,
                settings=in_force(self.settings),
            )
        )
        self.store.save(record, pictures)
        if tag is not None:
            self.store.tag(record.id, TagRecord(tag=tag, by="U1", at=self._now))
        return record.id

    def _film(self, event_id: str, frames: list[Frame], lead: float) -> ClipFacts:
        """As the camera makes it: encoded, written in fragments, packed."""
        encoder = H264Encoder((WIDTH, HEIGHT), crf=25, max_kbit=3000, fps=10)
        packets = [packet for frame in frames for packet in encoder.encode(frame.bgr, frame.media_time)]
        place = self.events.clip_place(event_id)
        recorded = place.with_name("recorded.mp4")
        writer = ClipWriter(recorded, encoder.stream, packets[0])
        for packet in packets:
            writer.add(packet)
        writer.close()
        clip = finish(recorded, place)
        recorded.unlink()
        return ClipFacts(
            seconds=clip.seconds,
            pre_roll_seconds=lead,
            bytes=clip.bytes,
            width=clip.width,
            height=clip.height,
        )

    def _frames(self, paint: Paint | None) -> Iterator[Frame]:
        tail = TAIL_SECONDS if self.films else 0.0
        for index in range(round((RUN_IN_SECONDS + self.visit_seconds + tail) * 10)):
            seconds = index / 10
            picture = self._room.copy()
            if paint is not None and 0 <= seconds - RUN_IN_SECONDS < self.visit_seconds:
                paint(picture, seconds - RUN_IN_SECONDS)
            elif paint is gust:
                paint(picture, 0)  # the tree stands still before the gust
            noisy = (picture + self._noise[index % 8]).clip(0, 255).astype(np.uint8)
            yield Frame(noisy, None, self._now + seconds, seconds, index)


def settings_for(data: Path, **sections: Any) -> Settings:
    """One camera of the house's size that stands still."""
    camera = {"name": "front", "source": "x.mp4", "width_pixels": WIDTH, "height_pixels": HEIGHT}
    return Settings.model_validate(
        {"cameras": [camera], "storage": {"data": data}, "slack": {"owners": ["U1"]}, **sections}
    )


def in_force(settings: Settings) -> dict[str, Any]:
    """As the camera writes it into a sample."""
    parts = {n: getattr(settings, n).model_dump(mode="json") for n in ("motion", "person", "trigger")}
    return parts | {"camera": {"fps": settings.cameras[0].fps, "ignore": []}}
