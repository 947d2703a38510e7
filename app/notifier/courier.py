"""One attempt at one item, and what follows from its outcome: done, again later, or set aside and reported."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable

from app.notifier import deliver, tell
from app.notifier.desk import Desk, Undeliverable
from app.notifier.lanes import ALERTS
from app.notifier.messenger import NotTold
from app.slack import messages
from app.slack.errors import CHANNEL_CODES, SlackError
from app.store.files import DiskFull
from app.store.outbox import Item, Outbox

log = logging.getLogger(__name__)

UNEXPECTED_TRIES = 8
"""So often an answer nobody foresaw (or a mistake of ours) is worth another try: some three minutes at the
default pauses. Then the item is set aside, so that it cannot hold up its lane for ever."""


class Courier:
    """Never raises for what can go wrong with an item. `chance` gives 0..1, for the jitter."""

    def __init__(self, desk: Desk, outbox: Outbox, *, chance: Callable[[], float] = random.random) -> None:
        self._desk, self._outbox = desk, outbox
        self._chance = chance

    def attempt(self, item: Item) -> float:
        """Do the item's next step; seconds it has to rest before the one after (0 if it is gone)."""
        try:
            pause = deliver.step(item, self._desk)
        except Undeliverable as error:
            return self._give_up(item, str(error))
        except (SlackError, NotTold) as error:
            return self._refused(item, error)
        except (DiskFull, OSError) as error:
            return self._put_off(item, f"the disk: {error}")
        except Exception as error:
            log.exception("sending the %s %s failed in a way nobody foresaw", item.kind, item.id)
            return self._unexpected(item, f"{type(error).__name__}, see the log")
        if pause is None:
            log.info("sent: %s %s", item.kind, item.id)
            self._desk.ledger.done(self._desk.ledger.latest(item))
            return 0.0
        return pause

    def _refused(self, item: Item, error: SlackError | NotTold) -> float:
        if isinstance(error, NotTold):
            return self._not_told(item, str(error))
        elsewhere = item.payload.get("channel") not in (None, self._desk.alerts_channel)
        if error.permanent or (elsewhere and error.code in CHANNEL_CODES):
            return self._give_up(item, str(error))
        if not error.understood:
            return self._unexpected(item, str(error))
        if error.retry_after is not None:
            return self._put_off(item, str(error), max(error.retry_after, self._backoff(1)))
        if error.advice:  # somebody has to do something first; trying every second would not hurry them
            return self._put_off(item, str(error), self._desk.settings.notifier.backoff_max_seconds)
        return self._put_off(item, str(error))

    def _not_told(self, item: Item, reason: str) -> float:
        attempts = self._desk.ledger.latest(item).attempts + 1
        if tell.out_of_patience(item, self._desk.now(), attempts):
            return self._give_up(item, f"{attempts} times: {reason}")
        # Not as often as Slack: a mail server that is asked with a wrong password every minute locks the account.
        return self._put_off(item, reason, self._backoff(attempts, tell.BACKOFF_MAX_SECONDS))

    def _unexpected(self, item: Item, reason: str) -> float:
        if self._desk.ledger.latest(item).attempts + 1 >= UNEXPECTED_TRIES:
            return self._give_up(item, f"{reason} ({UNEXPECTED_TRIES} times)")
        return self._put_off(item, reason)

    def _put_off(self, item: Item, reason: str, pause: float | None = None) -> float:
        attempts = self._desk.ledger.failed(item, reason).attempts
        if pause is None:
            pause = self._backoff(attempts)
        log.warning("%s %s, attempt %d, next in %.1f s: %s", item.kind, item.id, attempts, pause, reason)
        return pause

    def _backoff(self, attempts: int, most: float | None = None) -> float:
        """Doubles from backoff_seconds up to backoff_max_seconds (or `most`); the upper half of it is left to chance,
        so that lanes that failed together do not come back together."""
        notifier = self._desk.settings.notifier
        most = notifier.backoff_max_seconds if most is None else most
        # 2**63 seconds is as good as for ever, and the power stays a number that a float can hold.
        full = min(most, notifier.backoff_seconds * 2.0 ** min(attempts - 1, 63))
        return full * (0.5 + self._chance() / 2)

    def _give_up(self, item: Item, reason: str) -> float:
        log.error("%s %s is set aside: %s", item.kind, item.id, reason)
        try:
            self._desk.ledger.set_aside(item, reason)
            if item.payload.get("report") is not True:  # never a report about a report
                self._report(item, reason)
        except (DiskFull, OSError) as error:
            return self._put_off(item, f"cannot be set aside: {error}")
        return 0.0

    def _report(self, item: Item, reason: str) -> None:
        total = self._outbox.count_set_aside()
        text = messages.set_aside(item.kind, item.created, reason, total)
        payload = {"channel": None, "text": text, "report": True}
        self._outbox.put("post", payload, lane=ALERTS, once=f"report-{item.kind}", now=self._desk.now())
