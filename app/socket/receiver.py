"""Envelopes: acknowledged in time whatever happens, carried out one after the other, answered."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any

from app.commands.dispatch import Dispatcher, NotAccepted
from app.commands.home import parse_event
from app.commands.payload import Malformed
from app.commands.press import Press
from app.commands.request import Reply, Request
from app.commands.submission import Submission
from app.slack.messages import answer_payload
from app.slack.settings_view import errors_payload
from app.slack.socket_connection import Envelope, NotSent
from app.socket.envelopes import is_submission, memory_key, to_command, to_interaction

log = logging.getLogger(__name__)

LATE_SECONDS = 2.0
"""Slack shows an error after three seconds without an acknowledgement; one is left for the way."""


class Receiver:
    """`take` from any thread. `in_order` runs one thing at a time, so that /pycam_off follows /pycam_on.

    `answer_later(response_url, text)` is for what can no longer go along with the acknowledgement.
    """

    def __init__(
        self,
        dispatcher: Dispatcher,
        in_order: Executor,
        answer_later: Callable[[str, str], None],
        *,
        now: Callable[[], float] = time.time,
        late_seconds: float = LATE_SECONDS,
    ) -> None:
        self._dispatcher, self._in_order, self._answer_later = dispatcher, in_order, answer_later
        self._now, self._late_seconds = now, late_seconds
        self._changed = threading.Condition()
        self._in_hand = 0
        self._began: float | None = None

    def take(self, envelope: Envelope) -> None:
        """Acknowledge `envelope`, or see to it, and queue the work. Returns at once."""
        received = self._now()
        match envelope.kind:
            case "slash_commands":
                answer = _Answer(envelope, self._late_seconds)
                self._queue(lambda: self._command(envelope, answer, received))
            case "interactive" if is_submission(envelope):
                answer = _Answer(envelope, self._late_seconds)
                self._queue(lambda: self._submission(envelope, answer, received))
            case "interactive":
                _ack(envelope)  # empty, and first: anything else would replace the message
                self._queue(lambda: self._press(envelope, received))
            case "events_api":
                _ack(envelope)
                self._queue(lambda: self._event(envelope, received))
            case _:
                _ack(envelope)
                log.info("an envelope of the kind %r is none of ours", envelope.kind[:40])

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is in hand, at most `seconds`. Whether that was so."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._in_hand, seconds)

    def busy_seconds(self) -> float:
        """How long the work of the moment has been going on; 0 if there is none."""
        began = self._began
        return 0.0 if began is None else time.monotonic() - began

    def _queue(self, work: Callable[[], None]) -> None:
        with self._changed:
            self._in_hand += 1
        try:
            self._in_order.submit(self._finish, work)
        except RuntimeError:  # at the very end: the executor is closed
            self._done()
            log.warning("an envelope came too late, at the end of the process")

    def _finish(self, work: Callable[[], None]) -> None:
        self._began = time.monotonic()
        try:
            work()
        except Exception:
            log.exception("an envelope could not be handled")
        finally:
            self._began = None
            self._done()

    def _done(self) -> None:
        with self._changed:
            self._in_hand -= 1
            self._changed.notify_all()

    def _command(self, envelope: Envelope, answer: _Answer, received: float) -> None:
        request: Request | None = None
        reply: Reply | None = None
        try:
            request = to_command(envelope, received)
            reply = self._dispatcher.command(request, memory_key(envelope))
        except (NotAccepted, Malformed) as reason:
            _refused(envelope, reason)
        finally:
            given = answer.give(_payload_of(reply) if reply is not None else None)
        if not given and reply is not None and request is not None and reply.text:
            log.info("/%s is answered by its response_url", request.command)
            self._answer_later(request.response_url, reply.text)

    def _press(self, envelope: Envelope, received: float) -> None:
        try:
            told = to_interaction(envelope, received)
            if isinstance(told, Press):
                self._dispatcher.press(told, memory_key(envelope))
        except (NotAccepted, Malformed) as reason:
            _refused(envelope, reason)

    def _event(self, envelope: Envelope, received: float) -> None:
        try:
            if (opened := parse_event(envelope.payload, received)) is not None:
                self._dispatcher.home.opened(opened)
        except (NotAccepted, Malformed) as reason:
            _refused(envelope, reason)

    def _submission(self, envelope: Envelope, answer: _Answer, received: float) -> None:
        errors: dict[str, str] = {}
        try:
            told = to_interaction(envelope, received)
            if isinstance(told, Submission):
                errors = self._dispatcher.submit(told, memory_key(envelope))
        except (NotAccepted, Malformed) as reason:
            _refused(envelope, reason)
        finally:
            given = answer.give(errors_payload(errors) if errors else None)
        if errors and not given:
            log.warning("the dialog was closed before it could be told: %s", "; ".join(errors.values()))


class _Answer:
    """The one acknowledgement of a command or a dialog: with the answer if that is ready in time, empty if not."""

    def __init__(self, envelope: Envelope, late_seconds: float) -> None:
        self._envelope = envelope
        self._lock = threading.Lock()
        self._acked = False
        self._timer = threading.Timer(late_seconds, self.give, (None,))
        self._timer.daemon = True
        self._timer.start()

    def give(self, payload: dict[str, Any] | None) -> bool:
        """Acknowledge, once. Whether `payload` went along; False too if there is none."""
        self._timer.cancel()
        with self._lock:
            if self._acked:
                return False
            self._acked = True
            if not self._envelope.takes_payload:
                payload = None
            return _ack(self._envelope, payload) and payload is not None


def _payload_of(reply: Reply) -> dict[str, Any]:
    return answer_payload(reply.text, reply.blocks, in_channel=reply.in_channel)


def _ack(envelope: Envelope, payload: dict[str, Any] | None = None) -> bool:
    try:
        envelope.send_ack(payload)
    except NotSent as why:
        log.warning("an acknowledgement could not be sent, the connection is gone (%s)", why)
        return False
    return True


def _refused(envelope: Envelope, reason: Exception) -> None:
    again = f", delivery {envelope.retry + 1}" if envelope.retry else ""
    log.warning("refused %s%s: %s", envelope.kind, again, reason)
