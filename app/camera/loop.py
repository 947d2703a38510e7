"""What one frame leads to. No Redis and no disk here: orders are looked up, jobs are handed over."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.camera.event import begun, ended, grown, showing
from app.camera.film import Film
from app.camera.head import HeadStatus
from app.camera.jobs import AlertJob, BetterPictureJob, KeepPictureJob, PictureJob, PostJob, UpdateJob
from app.camera.orders import Orders, in_words
from app.camera.recorder import Recorder
from app.camera.ring import Ring
from app.camera.sample import SampleJob, decided_by
from app.camera.second_stage import SecondStage
from app.camera.showcase import Showcase
from app.domain import new_event_id
from app.rules import Verdict
from app.settings.schema import CameraSettings, Settings
from app.slack.camera_messages import not_nothing
from app.state.wishes import Picture as PictureWish
from app.store.events import EventRecord
from app.vision.gate import Gate, Picture
from app.vision.pipeline import Evidence, Outcome, Pipeline
from app.vision.trigger import Developed, Ended, EndReason, Started, Transition, Visit

log = logging.getLogger(__name__)

PICTURE_PATIENCE_SECONDS = 3.0
"""Somebody waits for a picture and no frame comes: after this long the last one kept is sent."""

PICTURE_EXPIRES_SECONDS = 60.0
"""Nobody waits for a picture asked for longer ago (the camera process was away)."""


@dataclass(frozen=True, slots=True)
class LoopStatus:
    """What the reporter tells others. Replaced as a whole."""

    passes: int = 0
    """Times round the loop, with a frame or without: as long as it grows, the loop lives."""
    frames: int = 0
    last_frame_at: float | None = None
    event_id: str | None = None


class CameraLoop:
    """One camera. `step` with each frame, `idle` when none came, `finish` at the end; all from one thread."""

    def __init__(
        self,
        settings: Settings,
        camera: CameraSettings,
        *,
        pipeline: Pipeline,
        gate: Gate,
        orders: Callable[[], Orders],
        recorder: Recorder,
        picture_answered: Callable[[PictureWish], None],
        second_stage: SecondStage | None = None,
        head: Callable[[], HeadStatus] | None = None,
        film: Film | None = None,
        epoch: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._camera, self._pipeline, self._gate = settings, camera, pipeline, gate
        self._orders, self._recorder, self._picture_answered = orders, recorder, picture_answered
        self._second_stage = second_stage
        self._head, self._disturbances, self._film = head, 0, film
        self._epoch, self._monotonic = epoch, monotonic
        self._ring = Ring(settings.training.frames)
        self._event: EventRecord | None = None
        self._showcase: Showcase | None = None
        self._answered = ""
        self._frame_at, self._kept_at = monotonic(), float("-inf")
        self._quiet_since: float | None = None
        self._sample_settings = decided_by(settings, camera)
        self.status = LoopStatus()

    def step(self, frame: Picture) -> None:
        """Look at one frame and hand over what follows from it."""
        orders, now = self._orders(), self._monotonic()
        self._frame_at = now
        self._mind_head(now)
        outcome = self._pipeline.step(frame, watching=orders.watch.yes)
        if self._film is not None:
            wanted = outcome is not None
            self._film.frame(frame, self._pipeline.time, watching=orders.watch.yes, wanted=wanted)
        if outcome is not None:
            self._look(outcome, orders, now)
        self._answer_picture(orders.picture, frame)
        self._pass(frames=1)

    def idle(self) -> None:
        """No frame came in time."""
        if self._monotonic() - self._frame_at > PICTURE_PATIENCE_SECONDS:
            self._answer_picture(self._orders().picture, None)
        self._pass()

    def finish(self, reason: EndReason) -> None:
        """No more frames will come: end the event that is open."""
        self._follow(self._pipeline.finish(reason), None, self._orders())
        if self._film is not None:
            self._film.stand_down()
        self._pass()

    def _mind_head(self, now: float) -> None:
        """While the camera turns, and once more if it turned between two frames, nothing it shows is motion."""
        if self._head is None:
            return
        head = self._head()
        if now < head.still_at or head.disturbances != self._disturbances:
            self._disturbances = head.disturbances
            self._pipeline.reseed()

    def _look(self, outcome: Outcome, orders: Orders, now: float) -> None:
        if orders.watch.yes and self._settings.training.enabled:
            self._ring.add(outcome)
        if self._second_stage is not None and self._event is not None:
            lifted = self._second_stage.lifted(self._event, outcome, orders.alert(self._epoch()))
            self._lift(self._event, lifted, outcome.evidence)
        self._follow(outcome.transitions, outcome, orders)
        if self._showcase is not None:
            self._show_better(self._showcase.look(outcome))
        if orders.watch.yes:
            self._keep_picture(outcome.frame, now)
            self._maybe_quiet_sample(outcome)
        else:
            self._ring.clear()
            self._quiet_since = None

    def _pass(self, *, frames: int = 0) -> None:
        before = self.status
        self.status = LoopStatus(
            passes=before.passes + 1,
            frames=before.frames + frames,
            last_frame_at=self._epoch() if frames else before.last_frame_at,
            event_id=self._event.id if self._event else None,
        )

    def _follow(self, transitions: Sequence[Transition], outcome: Outcome | None, orders: Orders) -> None:
        for transition in transitions:
            match transition:
                case Started(visit) if outcome is not None and outcome.evidence is not None:
                    self._start(visit, outcome, outcome.evidence, orders.alert(self._epoch()))
                case Developed(visit) if self._event is not None:
                    self._event = grown(self._event, visit)
                    self._recorder.submit(UpdateJob(self._event))
                case Ended(visit, reason) if self._event is not None:
                    self._end(self._event, visit, reason, outcome)

    def _start(self, visit: Visit, outcome: Outcome, evidence: Evidence, alert: Verdict) -> None:
        started = outcome.epoch(visit.started)
        event = begun(
            self._camera.name, visit, started=started, evidence=evidence, gate=self._gate, alert=alert
        )
        sample = self._sample(event.id, "alert")
        if self._second_stage is not None:
            event = self._second_stage.judged(event, sample)
        self._event = event
        self._showcase = Showcase(evidence, outcome.time)
        self._offset = started - visit.started
        if self._film is not None:
            self._film.begin(event, visit.started)
        training = self._settings.training.enabled
        self._recorder.submit(AlertJob(event, evidence.frame, evidence.boxes, training))
        if training:
            self._recorder.submit_sample(sample)
        log.info(
            "event %s: %s%s%s",
            event.id,
            "motion" if visit.score is None else f"a {event.label}, score {visit.score:.2f}",
            f", nothing to {event.nothing_probability:.0%}" if event.nothing_probability is not None else "",
            "" if event.announced else f"; not announced because {in_words(event.muted_why)}",
        )

    def _lift(self, event: EventRecord, lifted: EventRecord | None, evidence: Evidence | None) -> None:
        """What was taken for nothing and is now seen well is an alert like any other."""
        if lifted is None or evidence is None:
            return
        self._event = lifted
        log.info("event %s is not nothing after all", event.id)
        if lifted.announced and not event.announced:
            training = self._settings.training.enabled
            self._recorder.submit(AlertJob(lifted, evidence.frame, evidence.boxes, training))
            return
        self._recorder.submit(UpdateJob(lifted))
        if lifted.announced:  # an edit alone rings no bell
            self._recorder.submit(PostJob(not_nothing(self._camera.name, lifted.label), lambda: None))

    def _show_better(self, evidence: Evidence | None) -> None:
        """The alert's picture gives way to a better one."""
        if evidence is None or self._event is None or self._showcase is None:
            return
        self._event = showing(self._event, evidence)
        self._recorder.submit(
            BetterPictureJob(self._event, evidence.frame, evidence.boxes, self._showcase.count)
        )

    def _end(self, event: EventRecord, visit: Visit, reason: EndReason, outcome: Outcome | None) -> None:
        self._event = event = ended(event, visit, self._offset + visit.last_active, reason)
        self._recorder.submit(UpdateJob(event))
        if self._showcase is not None:
            if outcome is not None:
                self._show_better(self._showcase.look(outcome))
            self._show_better(self._showcase.last())
        if self._film is not None:
            self._film.end(self._event, last_active=visit.last_active, quiet=reason == "quiet")
        self._event = self._showcase = None
        log.info("event %s ended after %.0f s: %s", event.id, visit.last_active - visit.started, reason)

    def _sample(self, id_: str, reason: Any) -> SampleJob:
        return SampleJob(
            id=id_,
            camera=self._camera.name,
            reason=reason,
            frames=self._ring.frames(),
            min_moving_frames=self._settings.trigger.min_moving_frames,
            person_model=self._gate.model,
            min_score=self._gate.min_score,
            settings=self._sample_settings,
        )

    def _maybe_quiet_sample(self, outcome: Outcome) -> None:
        training = self._settings.training
        if not training.enabled:
            return
        if self._quiet_since is None:
            self._quiet_since = outcome.time
        due = outcome.time - self._quiet_since >= training.quiet_every_minutes * 60
        if due and outcome.visit is None and self._ring.still:
            self._quiet_since = outcome.time
            self._recorder.submit_sample(
                self._sample(new_event_id(self._camera.name, outcome.frame.time), "quiet")
            )

    def _keep_picture(self, frame: Picture, now: float) -> None:
        if now - self._kept_at >= self._settings.storage.last_image_seconds:
            self._kept_at = now
            self._recorder.submit_picture(KeepPictureJob(self._camera.name, frame))

    def _answer_picture(self, wish: PictureWish | None, frame: Picture | None) -> None:
        if wish is None or wish.id == self._answered:
            return
        self._answered = wish.id
        now = self._epoch()
        if now - wish.at > PICTURE_EXPIRES_SECONDS:
            return
        answered = partial(self._picture_answered, wish)
        self._recorder.submit(PictureJob(self._camera.name, wish.channel, frame, now, answered, wish.fresh))
