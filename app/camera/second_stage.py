"""The second stage in the camera: what `pycam learn` made, read anew when it changes, and what it does to an alert.

`look` belongs to the recorder's thread, as everything that touches the disk; the rest to the loop's.
"""

from __future__ import annotations

import logging

from app.camera.sample import SampleJob, facts
from app.rules import Verdict
from app.settings.learning import LearningSettings
from app.store.events import EventRecord
from app.store.learned import Learned, Stamp
from app.vision.pipeline import Outcome
from app.vision.quieten import Fit, UnusableFit, judge, read_fit, speaks_against

log = logging.getLogger(__name__)

HELD = "it is probably nothing, going by the tags"
"""Completes 'because …' of an event that is recorded without an alert."""


class SecondStage:
    """Whatever is wrong with the file: it is logged once, and alerts go out as if there were none."""

    def __init__(self, learned: Learned, settings: LearningSettings) -> None:
        self._learned, self._settings = learned, settings
        self._fit: Fit | None = None
        self._stamp: Stamp | None = None
        self._failed = ""

    def look(self) -> None:
        """Read the file if it is another than last time. Never raises."""
        try:
            stamp = self._learned.stamp()
            if stamp == self._stamp:
                return
            text = self._learned.read()
            self._fit = None if text is None else read_fit(text)
            self._stamp, self._failed = stamp, ""
        except (UnusableFit, ValueError) as error:
            self._refuse(f"it is no fit for this pycam: {error}")
            self._stamp = stamp
        except OSError as error:
            self._refuse(str(error))
            self._stamp = None
        else:
            log.info("%s", "nothing is learned any more" if self._fit is None else _told(self._fit))

    def judged(self, event: EventRecord, sample: SampleJob) -> EventRecord:
        """A new event, with what its sample says of it; in the mode `hold` it may then not be announced."""
        fit, never_above = self._fit, self._settings.never_above
        if fit is None or not sample.frames:
            return event
        frames, size = facts(sample)
        judgement = judge(
            fit,
            frames,
            size,
            camera=event.camera,
            person_model=event.person_model,
            never_above=never_above,
        )
        quiet = judgement.quiet and not speaks_against(event.person_score, never_above)
        changes: dict[str, object] = {"nothing_probability": judgement.probability, "quietened": quiet}
        if quiet and event.announced and self._settings.quieten == "hold":
            changes |= {"announced": False, "muted_why": HELD}
        return event.model_copy(update=changes)

    def lifted(self, event: EventRecord, outcome: Outcome, alert: Verdict) -> EventRecord | None:
        """A quietened event that is now seen too well for that; announced, if only this stage held it. Else None."""
        if not event.quietened:
            return None
        scores = (person.score for seen in outcome.seen for person in seen.people)
        if not speaks_against(max(scores, default=0.0), self._settings.never_above):
            return None
        lifted: dict[str, object] = {"quietened": False}
        if event.muted_why == HELD:
            lifted |= {"announced": alert.yes, "muted_why": "" if alert.yes else alert.why}
        return event.model_copy(update=lifted)

    def _refuse(self, why: str) -> None:
        self._fit = None
        if why != self._failed:
            log.error("what pycam learned cannot be used, alerts go out without it: %s", why)
        self._failed = why


def _told(fit: Fit) -> str:
    return (
        f"alerts that are nothing to {fit.threshold:.0%} are quietened, going by "
        f"{fit.told.get('people', 0) + fit.told.get('false_alarms', 0):.0f} tags"
    )
