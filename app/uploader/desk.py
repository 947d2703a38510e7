"""Where a wish for an upload comes in, where its answer goes out, and what is said of uploads meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from app.state.connection import Client, StateUnavailable
from app.state.facts import UploadFact
from app.state.snapshot import read_snapshot
from app.state.wake import wake
from app.state.wishes import Upload
from app.store.files import DiskFull
from app.store.outbox import Outbox
from app.uploader.loop import Round, Uploader

log = logging.getLogger(__name__)


class Desk:
    """`look` is called by the thread that listens, `begin` by the uploader's own."""

    def __init__(self, uploader: Uploader, client: Client, outbox: Outbox) -> None:
        self._uploader, self._client, self._outbox = uploader, client, outbox
        self._lock = threading.Lock()
        self._asked: Upload | None = None
        self._taken: str | None = None
        """The id of the last wish that came in. None: it is not known yet which was the last one."""
        self._served = ""

    def look(self) -> None:
        """Take a wish that was not answered yet, also before a restart. Raises StateUnavailable."""
        _, wishes, facts = read_snapshot(self._client)
        with self._lock:
            if self._taken is None:
                self._taken = self._served = facts.upload.served if facts.upload else ""
            wish = wishes.upload
            if wish is None or wish.id == self._taken:
                return
            self._taken, self._asked = wish.id, wish
        self._uploader.want()

    def begin(self) -> Callable[[Round], None]:
        """A round begins: it is the answer to what was asked until now."""
        with self._lock:
            wish, self._asked = self._asked, None
        return lambda result: self._answer(wish, result) if wish is not None else None

    def fact(self, now: float) -> UploadFact | None:
        """What /pi_status says of uploads; None until Redis was read: nobody's answer may be forgotten there."""
        with self._lock:
            if self._taken is None:
                return None
            return UploadFact(
                at=now,
                waiting=self._uploader.waiting,
                last_success_at=self._uploader.last_success_at,
                problem=self._uploader.problem,
                served=self._served,
            )

    def _answer(self, wish: Upload, result: Round) -> None:
        text = f"<@{wish.by}> {summary(result)}"
        try:
            self._outbox.put("post", {"channel": wish.channel, "text": text}, lane=wish.channel)
            with self._lock:
                self._served = wish.id
            wake(self._client, "outbox")
        except (DiskFull, OSError) as error:
            log.error("the answer to /upload cannot be kept: %s (%s)", error, text)
        except StateUnavailable as error:
            log.debug("the notifier will look by itself: %s", error)


def summary(result: Round) -> str:
    """'3 samples uploaded (4.5 MB).' and what waits and why, for people."""
    if not result.uploaded and not result.waiting and not result.problem:
        return "Nothing to upload: no tagged sample waits."
    counted = f"{result.uploaded} sample{'' if result.uploaded == 1 else 's'}"
    parts = [
        f"{counted} uploaded ({result.size / 1e6:.1f} MB)." if result.uploaded else "Nothing was uploaded."
    ]
    if result.waiting:
        parts.append(f"{result.waiting} still wait{'s' if result.waiting == 1 else ''}.")
    if result.problem:
        parts.append(result.problem)
    return " ".join(parts)
