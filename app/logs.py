"""One line an event, to standard error (systemd's journal keeps it), with every secret blotted out."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterable
from types import TracebackType

_PATTERNS = (
    re.compile(r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+"),  # Slack tokens
    re.compile(r"(?<=[?&]ticket=)[^\s\"'<>&]+"),  # opens one WebSocket of Socket Mode
    # user:password@ in any URL (cameras, Redis). Up to the last @: people paste passwords with / and @ in them.
    re.compile(r"(?<=://)[^\s\"'<>]+(?=@)"),
    re.compile(r"(?<=hooks\.slack\.com/)[^\s\"'<>]+"),  # a response_url lets anyone post
    re.compile(r"(?<=hooks\.slack-gov\.com/)[^\s\"'<>]+"),
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
"""What ends a line or moves a terminal's cursor: text from outside must not write lines of its own."""

MIN_SECRET = 4
"""A shorter 'secret' would blot out half of every line and protect nothing."""


class _Redacting(logging.Formatter):
    """Blots out secrets in the finished text, so that tracebacks are covered too."""

    def __init__(self, form: str, secrets: Iterable[str]) -> None:
        super().__init__(form)
        # The longest first: one secret may lie within another.
        self._secrets = sorted({s for s in secrets if len(s) >= MIN_SECRET}, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        try:
            text = super().format(record)
        except Exception as error:  # noqa: BLE001 — a wrong log call must not print its arguments unredacted
            text = f"ERROR {record.name}: a log line cannot be formatted: {error!r}: {record.msg!r}"
        return redact(text, self._secrets)

    def formatMessage(self, record: logging.LogRecord) -> str:
        line = super().formatMessage(record)
        return _CONTROL.sub(lambda found: repr(found[0])[1:-1], line)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with known secrets and everything that looks like one replaced by [secret]."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[secret]")
    for pattern in _PATTERNS:
        text = pattern.sub("[secret]", text)
    return text


def set_up_logs(process: str, level: str = "INFO", secrets: Iterable[str] = ()) -> None:
    """Log from `level` up as 'TIME LEVEL process module: message', and so does an exception nobody caught.

    `secrets` are blotted out besides what looks like one: `settings.secrets.words()`.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacting(f"%(asctime)s %(levelname)s {process} %(name)s: %(message)s", secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return  # asked for; the exit code says so
    logging.getLogger(__name__).critical("ended by an error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is None or issubclass(args.exc_type, SystemExit):
        return
    logging.getLogger(__name__).critical(
        "the thread %s was ended by an error",
        args.thread.name if args.thread else "(gone)",
        exc_info=(args.exc_type, args.exc_value, args.exc_traceback),
    )
