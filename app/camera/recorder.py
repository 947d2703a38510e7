"""The recorder: everything that touches the disk, in a thread of its own, the urgent first.

Encoding and writing happen here (jobs.py has what the loop hands over). An alert goes, in this order, into the
outbox (people wait for it), the event store, and the samples.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from app.camera.announcer import Announcer
from app.camera.jobs import (
    AlertJob,
    BetterPictureJob,
    ClipJob,
    KeepPictureJob,
    PictureJob,
    PostJob,
    UpdateJob,
    Urgent,
)
from app.camera.sample import SampleJob, render
from app.camera.spare import SpareWriter
from app.domain import Box
from app.history.days import local
from app.media.annotate import annotate
from app.media.jpeg import encode_jpeg, is_whole_jpeg
from app.settings.schema import StorageSettings
from app.slack.camera_messages import no_picture
from app.slack.messages import picture_comment, picture_title
from app.store.events import EventRecord, EventStore
from app.store.pictures import LastPicture, LastPictures
from app.store.samples import SampleStore
from app.vision.gate import Picture

log = logging.getLogger(__name__)

RETRY_SECONDS = 3.0
MAX_URGENT_PICTURES = 30
"""Alerts waiting with their frame in memory (a disk that hangs); later ones wait without, a frame is a megabyte."""

MAX_SAMPLES = 1
"""Samples waiting behind the one being written; each holds some 28 MB of frames. Writing one takes a Pi a second or
two and events are trigger.cooldown_seconds apart, so more than one waits only for a disk that hangs."""

MAX_SAMPLES_OF_CLIP = 3
"""The same for a clip that is played faster than life: its events come faster, too, and a Pi is not where that runs."""


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
        max_samples: int = MAX_SAMPLES,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        """`between` is called every few seconds that nothing is to be recorded; it must not raise."""
        self._announcer, self._events, self._samples, self._pictures = announcer, events, samples, pictures
        self._spare, self._epoch, self._between = SpareWriter(storage), epoch, between
        self._changed = threading.Condition()
        self._urgent: deque[Urgent] = deque()
        # Few places: a newer one takes the place of one that still waits.
        self._samples_waiting: deque[SampleJob] = deque(maxlen=max_samples)
        self._keep: KeepPictureJob | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    @property
    def problem(self) -> str:
        """What is wrong with the disk; empty if nothing is."""
        return self._announcer.problem or self._spare.problem

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self, timeout: float = 10.0) -> None:
        """Write all that waits, then end. What the disk has not taken by then is lost, and said so."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(timeout)
        with self._changed:
            left = self._announcer.waiting + len(self._urgent)
        if left:
            log.error("the disk did not take %d messages and events before the end", left)
        elif self._thread.is_alive():
            log.warning("the disk is slow: a sample or a picture is not on it before the end")

    def submit(self, job: Urgent) -> None:
        """Something that must not be lost."""
        with self._changed:
            if len(self._urgent) >= MAX_URGENT_PICTURES:
                job = _without_frame(job)
            self._urgent.append(job)
            self._changed.notify_all()

    def submit_sample(self, job: SampleJob) -> None:
        """Something that is nice to have; the sample of an alert rather than a quiet one."""
        with self._changed:
            if job.reason == "quiet" and len(self._samples_waiting) == self._samples_waiting.maxlen:
                return
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
                self._retry()
                self._between()
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
                self._announcer.save(event, edit=event.announced)
            case ClipJob(event, told):
                self._clip_finished(event, told)
            case BetterPictureJob():
                self._better(job)
            case PostJob(text, told, trouble):
                notice = {"channel": None, "text": text} | ({"trouble": trouble} if trouble else {})
                self._announcer.put("post", notice, lane="alerts")
                told()
            case PictureJob():
                self._answer(job)
            case SampleJob():
                self._spare.write("sample", lambda: self._samples.save(*render(job)))
            case KeepPictureJob(camera, frame):
                self._spare.write("last picture", lambda: self._pictures.save(camera, encode_jpeg(frame.bgr)))

    def _alert(self, job: AlertJob) -> None:
        jpeg = _for_the_eye(job.frame, job.boxes) if job.frame else None
        if job.event.announced:
            payload = {"event": job.event.model_dump(mode="json"), "training": job.training}
            self._announcer.put("alert", payload, lane="alerts", picture=jpeg)
        self._announcer.save(job.event)
        if job.frame is not None:
            self._keep_evidence(job.event.id, job.frame)

    def _clip_finished(self, event: EventRecord, told: Callable[[], None]) -> None:
        """Its clip is on the disk, or there will be none: the one place that hears of it. A person may have deleted
        the event meanwhile."""
        if not self._announcer.renew(event, told, edit=event.announced):
            log.info("event %s was deleted meanwhile", event.id)
            return
        if event.announced and event.clip is not None:
            self._announcer.put("clip", {"event_id": event.id}, lane="clips", once=f"clip-{event.id}")

    def _better(self, job: BetterPictureJob) -> None:
        """A name of its own: an edit of the text that follows must not make the outbox forget the picture."""
        event = job.event
        if event.announced:
            jpeg = _for_the_eye(job.frame, job.boxes)
            payload = {"event_id": event.id, "picture_taken": job.frame.time}
            once = f"picture-{job.number}-{event.id}"
            self._announcer.put("edit", payload, lane="alerts", picture=jpeg, once=once)
        self._announcer.save(event)
        self._keep_evidence(event.id, job.frame)

    def _keep_evidence(self, event_id: str, frame: Picture) -> None:
        """Without boxes, which event.json has: nothing is painted over on the disk."""
        self._spare.write(
            "alert picture",
            lambda: self._events.save_picture(event_id, encode_jpeg(frame.bgr)),
            always=True,
        )

    def _answer(self, job: PictureJob) -> None:
        kept = None if job.frame or job.fresh else self._pictures.get(job.camera)
        if kept is not None and not is_whole_jpeg(kept.jpeg):
            kept = None  # it is not fsynced: a power cut may have left half of it
        if job.frame is not None:
            kept = LastPicture(encode_jpeg(job.frame.bgr), job.taken)
            fresh = kept.jpeg
            self._spare.write("last picture", lambda: self._pictures.save(job.camera, fresh))
        if kept is None:
            text = no_picture(job.camera, only_fresh=job.fresh)
            self._announcer.put("post", {"channel": job.channel, "text": text}, lane=job.channel)
        else:
            text = picture_comment(job.camera, kept.taken, self._epoch())
            title = picture_title(job.camera, kept.taken)
            payload = {"channel": job.channel, "text": text, "title": title}
            self._announcer.put("picture", payload, lane=job.channel, picture=kept.jpeg)
        job.answered()

    def _retry(self) -> None:
        waited = self._announcer.waiting
        self._announcer.retry()
        if waited and not self._announcer.waiting:
            self._spare.disk_works()


def _for_the_eye(frame: Picture, boxes: Iterable[Box]) -> bytes:
    """The alert's copy, with the boxes and when it was taken, by the clock of the house; a JPEG."""
    return encode_jpeg(annotate(frame.bgr, boxes, f"{local(frame.time):%Y-%m-%d %H:%M:%S %z}"))


def _without_frame(job: Urgent) -> Urgent:
    """The same, without the megabyte: text goes out and facts are kept."""
    match job:
        case AlertJob(event, _, _, training):
            return AlertJob(event, None, (), training)
        case BetterPictureJob(event):
            return UpdateJob(event)
        case _:
            return job
