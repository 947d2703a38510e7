"""One way to be told besides Slack: an address that the library Apprise understands. The only importer of apprise.

Apprise says whether it worked, and why not only in its log: that is listened to here, and goes nowhere else, because it
names recipients and repeats addresses. Its sockets have time-outs; who answers a byte at a time passes them all, so
each attempt runs in a thread that is given up after SEND_SECONDS. Until that one has ended, no other begins.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from app.logs import redact
from app.settings.notify import NotifyTarget

if TYPE_CHECKING:
    from apprise import NotifyBase

log = logging.getLogger(__name__)

SEND_SECONDS = 60.0
"""A mail with a picture over a slow line takes a few; some mail servers let a stranger wait half a minute."""

SOCKET_SECONDS = 20.0
"""For each answer of a server, unless the address says otherwise (cto=, rto=). Apprise's own 4 s give up on mail
servers that greet slowly on purpose."""

GRACE_SECONDS = 3.0
"""What is under way when the notifier ends may finish; systemd waits longer than that."""

_LOOK_SECONDS = 0.1
_REASON_LETTERS = 300

_AROUND_CAUSE = re.compile(r"HTTPS?ConnectionPool\([^()]*\): Max retries exceeded with url: .*?\(Caused by ")
"""What urllib3 says before the reason."""

_SHORTEST = 3
"""In a reason even a short topic is blotted out: it goes to Slack, and there is no log to be made unreadable."""

NOT_INSTALLED = "the library Apprise is not installed"
NOT_UNDERSTOOD = "Apprise does not understand the address"

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)
"""Why the attempt of this thread failed, as Apprise says it."""

_opening = threading.Lock()
"""Apprise loads its services when first asked."""


class NotTold(Exception):
    """It did not go out; trying again may help. The text holds no secret."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is told: plain text, and a JPEG or none."""

    title: str
    body: str
    picture: bytes | None = None


class Messenger:
    """Tells one target. `number`: its place in the list, from 1. `secrets`: what no reason may repeat."""

    def __init__(
        self,
        number: int,
        target: NotifyTarget,
        secrets: Sequence[str] = (),
        *,
        send_seconds: float = SEND_SECONDS,
        is_ending: Callable[[], bool] = lambda: False,
    ) -> None:
        self.number, self.target = number, target
        self._secrets = sorted({*target.words(_SHORTEST), *secrets}, key=len, reverse=True)
        self._send_seconds, self._is_ending = send_seconds, is_ending
        self._thread: threading.Thread | None = None

    @property
    def key(self) -> str:
        """Finds it again after a restart, wherever it then stands in the list. Eight hex digits: they prove nothing
        about the address to whoever reads the outbox."""
        said = f"{self.target.url.get_secret_value()} {self.target.when}"
        return hashlib.sha256(said.encode()).hexdigest()[:8]

    def service(self) -> str:
        """What Apprise calls the service, 'E-Mail'. Raises NotTold: not installed, or not understood."""
        return str(self._open().service_name)

    def send(self, note: Note) -> None:
        """Returns once the service has taken it. Raises NotTold."""
        if self._thread is not None and self._thread.is_alive():
            raise NotTold("the attempt before this one still hangs")
        outcome: list[str] = []
        self._thread = threading.Thread(
            target=lambda: outcome.append(self._attempt(note)), name=f"notify-{self.number}", daemon=True
        )
        began = time.monotonic()
        give_up_at = began + self._send_seconds
        self._thread.start()
        while self._thread.is_alive() and time.monotonic() < give_up_at:
            self._thread.join(_LOOK_SECONDS)
            if self._is_ending():
                give_up_at = min(give_up_at, began + GRACE_SECONDS)
        if not outcome:
            raise NotTold(f"no end of it within {time.monotonic() - began:.0f} s")
        if outcome[0]:
            raise NotTold(outcome[0])

    def _attempt(self, note: Note) -> str:
        """Why it failed; empty if it did not."""
        heard: list[str] = []
        _heard.set(heard)
        try:
            if self._handed_over(note):
                return ""
        except NotTold as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 — a library of 180 services: whatever one of them raises
            heard.append(f"{type(error).__name__}: {error}")
        return self._clean(": ".join(dict.fromkeys(heard))) or "Apprise does not say why"

    def _handed_over(self, note: Note) -> bool:
        service = self._open()
        from apprise import NotifyFormat, NotifyType  # noqa: PLC0415 — slow to import, and not always there
        from apprise.attachment.memory import AttachMemory  # noqa: PLC0415

        attach: Any = None
        if note.picture is not None:
            attach = AttachMemory(content=note.picture, name="alert.jpg", mimetype="image/jpeg")
        # Not Apprise.notify(): it sends from a pool that all targets share, and a few that hang would fill it.
        return bool(
            service.notify(
                title=note.title,
                body=note.body,
                notify_type=NotifyType.WARNING,
                body_format=NotifyFormat.TEXT,
                attach=attach,
            )
        )

    def _open(self) -> NotifyBase:
        """The service as Apprise makes it: a new one each time, for it remembers when it last sent, and waits."""
        try:
            import apprise  # noqa: PLC0415 — slow to import, and not always there
        except ImportError:
            raise NotTold(NOT_INSTALLED) from None
        url = self.target.url.get_secret_value()
        with _opening:
            _listen(apprise)
            asset = apprise.AppriseAsset(app_id="pycam", app_desc="pycam", storage_mode="memory")
            service = apprise.Apprise.instantiate(url, asset=asset)
        if service is None:
            raise NotTold(NOT_UNDERSTOOD)
        if "cto=" not in url:
            service.socket_connect_timeout = SOCKET_SECONDS
        if "rto=" not in url:
            service.socket_read_timeout = SOCKET_SECONDS
        return service

    def _clean(self, said: str) -> str:
        text = " ".join(redact(_AROUND_CAUSE.sub("", said), self._secrets).split())
        return text if len(text) <= _REASON_LETTERS else f"{text[: _REASON_LETTERS - 1]}…"


class _Listener(logging.Handler):
    """Keeps of Apprise's log what tells why an attempt failed."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _heard.get()
        if heard is None:
            return
        said = record.getMessage()
        if record.levelno >= logging.WARNING or said.startswith("Socket Exception: "):
            heard.append(said.removeprefix("Socket Exception: "))


_listener = _Listener()


def _listen(apprise: ModuleType) -> None:
    """The reason of a failure is said at DEBUG. Nothing of it reaches pycam's own log."""
    logger = apprise.logger
    logger.propagate = False
    logger.setLevel(logging.DEBUG)
    if _listener not in logger.handlers:
        logger.handlers[:] = [_listener]
