"""The recorder: everything that touches the disk, in a thread of its own, the urgent first.

What the loop hands over are references and small facts; encoding and writing happen here. An alert goes, in
this order, into the outbox (people wait for it), the event store, and the samples.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from app.camera.announcer import Announcer
from app.camera.sample import SampleJob, render
from app.domain import Box
from app.media.annotate import annotate
from app.media.jpeg import encode_jpeg
from app.settings.schema import StorageSettings
from app.slack.messages import picture_comment
from app.store.events import EventRecord, EventStore
from app.store.files import DiskFull, free_mb
from app.store.pictures import LastPicture, LastPictures
from app.store.samples import SampleStore
from app.vision.gate import Picture

log = logging.getLogger(__name__)

RETRY_SECONDS = 3.0
MAX_URGENT_PICTURES = 30
"""Alerts waiting with their frame in memory (a disk that hangs); later ones wait without, a frame is a megabyte."""

MAX_SAMPLES = 3
"""Samples waiting to be written; each holds some 28 MB of frames."""


@dataclass(frozen=True, slots=True)
class AlertJob:
    """A new event. Announced if the record says so."""

    event: EventRecord
    frame: Picture | None
    boxes: tuple[Box, ...]
    training: bool


@dataclass(frozen=True, slots=True)
class UpdateJob:
    """An event as it is now."""

    event: EventRecord


@dataclass(frozen=True, slots=True)
class PostJob:
    """A sentence for the alerts channel; `told` is called when it is in the outbox."""

    text: str
    told: Callable[[], None]


@dataclass(frozen=True, slots=True)
class PictureJob:
    """The picture somebody asked for; `frame` None: none is to be had, send the last one kept."""

    camera: str
    channel: str
    frame: Picture | None
    taken: float
    answered: Callable[[], None]


@dataclass(frozen=True, slots=True)
class KeepPictureJob:
    """The camera's last picture, for when it is asked for and the camera is away."""

    camera: str
    frame: Picture


Urgent = AlertJob | UpdateJob | PostJob | PictureJob


class Recorder:
    """Hand jobs over with `submit` (never blocks); `close` finishes what waits."""

    def __init__(
        self,
        announcer: Announcer,
        events: EventStore,
        samples: SampleStore,
        pictures: LastPictures,
        storage: StorageSettings,
        *,
        epoch: Callable[[], float],
    ) -> None:
        self._announcer, self._events, self._samples, self._pictures = announcer, events, samples, pictures
        self._storage, self._epoch = storage, epoch
        self._changed = threading.Condition()
        self._urgent: deque[Urgent] = deque()
        # Few places: a newer one takes the place of one that still waits.
        self._samples_waiting: deque[SampleJob] = deque(maxlen=MAX_SAMPLES)
        self._keep: KeepPictureJob | None = None
        self._closing = False
        self._failing: set[str] = set()
        self._short_of_space = ""
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    @property
    def problem(self) -> str:
        """What is wrong with the disk; empty if nothing is."""
        return self._announcer.problem or self._short_of_space

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self, timeout: float = 10.0) -> None:
        """Write all that waits, then end. What the disk has not taken by then is lost, and said so."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        if self._announcer.waiting or self._thread.is_alive():
            log.error("the disk did not take %d messages and events before the end", self._announcer.waiting)

    def submit(self, job: Urgent) -> None:
        """Something that must not be lost."""
        with self._changed:
            if isinstance(job, AlertJob) and len(self._urgent) >= MAX_URGENT_PICTURES:
                job = AlertJob(job.event, None, (), job.training)
            self._urgent.append(job)
            self._changed.notify_all()

    def submit_sample(self, job: SampleJob) -> None:
        """Something that is nice to have."""
        with self._changed:
            self._samples_waiting.append(job)
            self._changed.notify_all()

    def submit_picture(self, job: KeepPictureJob) -> None:
        """Something that is nice to have."""
        with self._changed:
            self._keep = job
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work, RETRY_SECONDS)
                job = self._next()
                if job is None and self._closing:
                    break
            if job is None:
                self._announcer.retry()
                continue
            try:
                self._do(job)
            except Exception:  # one job that cannot be done must not end all that come after
                log.exception("a %s could not be recorded", type(job).__name__)
        self._announcer.retry()

    def _has_work(self) -> bool:
        return bool(self._urgent or self._samples_waiting or self._keep or self._closing)

    def _next(self) -> Urgent | SampleJob | KeepPictureJob | None:
        if self._urgent:
            return self._urgent.popleft()
        if self._samples_waiting:
            return self._samples_waiting.popleft()
        keep, self._keep = self._keep, None
        return keep

    def _do(self, job: Urgent | SampleJob | KeepPictureJob) -> None:
        match job:
            case AlertJob():
                self._alert(job)
            case UpdateJob(event):
                self._announcer.save(event)
                if event.announced:
                    self._announcer.put(
                        "edit", {"event_id": event.id}, lane="alerts", once=f"edit-{event.id}"
                    )
            case PostJob(text, told):
                self._announcer.put("post", {"channel": None, "text": text}, lane="alerts")
                told()
            case PictureJob():
                self._answer(job)
            case SampleJob():
                self._try("sample", lambda: self._samples.save(*render(job)))
            case KeepPictureJob(camera, frame):
                self._try("last picture", lambda: self._pictures.save(camera, encode_jpeg(frame.bgr)))

    def _alert(self, job: AlertJob) -> None:
        jpeg = encode_jpeg(annotate(job.frame.bgr, job.boxes)) if job.frame else None
        if job.event.announced:
            payload = {"event": job.event.model_dump(mode="json"), "training": job.training}
            self._announcer.put("alert", payload, lane="alerts", picture=jpeg)
        self._announcer.save(job.event)
        if jpeg is not None:
            self._try("alert picture", lambda: self._events.save_picture(job.event.id, jpeg), always=True)

    def _answer(self, job: PictureJob) -> None:
        kept = None if job.frame else self._pictures.get(job.camera)
        if job.frame is not None:
            kept = LastPicture(encode_jpeg(job.frame.bgr), job.taken)
            fresh = kept.jpeg
            self._try("last picture", lambda: self._pictures.save(job.camera, fresh))
        if kept is None:
            text = f"There is no picture of {job.camera}: the camera gives none, and none was kept."
            self._announcer.put("post", {"channel": job.channel, "text": text}, lane=job.channel)
        else:
            text = picture_comment(job.camera, kept.taken, self._epoch())
            payload = {"channel": job.channel, "text": text}
            self._announcer.put("picture", payload, lane=job.channel, picture=kept.jpeg)
        job.answered()

    def _try(self, what: str, write: Callable[[], None], *, always: bool = False) -> None:
        """Write something that may be missing. `always`: also on a disk that is nearly full. Logged once."""
        if not always and not self._has_space():
            return
        try:
            write()
        except (DiskFull, OSError) as error:
            if what not in self._failing:
                log.error("the %s could not be stored: %s", what, error)
            self._failing.add(what)
        else:
            self._failing.discard(what)

    def _has_space(self) -> bool:
        free, least = free_mb(self._storage.data), self._storage.min_free_mb
        if free >= least:
            if self._short_of_space:
                log.info("the disk has room again: %.0f MB free", free)
            self._short_of_space = ""
            return True
        if not self._short_of_space:
            log.error("only %.0f MB free, below min_free_mb: nothing but alerts and events is kept", free)
        self._short_of_space = f"only {free:.0f} MB of disk are free: no samples and pictures are kept"
        return False
