"""What tuning and learning would gain, for the message of the week. Nothing is proposed, and nothing changed."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from app.learning.learn import Learned, learn
from app.learning.tune import LEAST_TAGS, Tuned
from app.learning.tune_cli import tuned
from app.settings import Settings
from app.slack.digest_facts import Gain, Verdict
from app.store import learned as learned_store
from app.store.events import EventStore
from app.store.samples import Sample
from app.store.tuning import Busy, Tuning

log = logging.getLogger(__name__)

TUNE_SECONDS = 1800.0
"""More than 500 samples take on a Pi 4; a message without this line is better than none."""


class TooSlow(BaseException):
    """It was given up. No Exception: most of the time the person model is at work, and the gate bears all of its."""


def tuning_gain(
    settings: Settings,
    samples: Sequence[Sample],
    *,
    tune: Callable[[Settings], Tuned] = tuned,
    seconds: float = TUNE_SECONDS,
) -> Gain:
    """What `/tune` would say now. `samples`: all on this disk; where few are tagged, nothing is tried."""
    tags = sum(sample.tag is not None and sample.record.reason == "alert" for sample in samples)
    if tags < LEAST_TAGS:
        why = f"{tags} of the alerts whose samples are on this disk are tagged, {LEAST_TAGS} are needed"
        return Gain(Verdict.NOTHING, why=why)
    try:
        with Tuning(settings.storage.data).alone(), _given_up_after(seconds):
            found = tune(settings)
    except Busy:
        return Gain(Verdict.BUSY)
    except TooSlow:
        log.warning("tuning took longer than %.0f min and was given up", seconds / 60)
        return Gain(Verdict.SLOW)
    except Exception:  # whatever it is, the message goes out
        log.exception("what tuning would gain cannot be said")
        return Gain(Verdict.FAILED)
    if found.knobs is None or found.unseen is None:
        return Gain(Verdict.NOTHING, why=found.why)
    return Gain(Verdict.SPARES, gone=found.unseen.gone, of=found.unseen.false_alarms)


def learning_gain(settings: Settings, samples: Sequence[Sample], now: float) -> Gain | None:
    """What `pycam learn` would quieten; None where it would nothing, or is in force already: then events say it."""
    kept = learned_store.Learned(settings.storage.data)
    try:
        if kept.stamp() is not None:
            return None
        with kept.alone():
            found: Learned = learn(
                samples, settings, now, event_of=EventStore(settings.storage.data / "events").get
            )
    except Busy:
        return None
    except Exception:  # as above
        log.exception("what learning would gain cannot be said")
        return None
    return Gain(Verdict.SPARES, gone=found.gone, of=found.false_alarms) if found.fit is not None else None


@contextmanager
def _given_up_after(seconds: float) -> Iterator[None]:
    """Raises TooSlow within the block once `seconds` are over; in the main thread alone, which hears of the alarm."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
