"""One line an event, to standard error (systemd's journal keeps it), with every secret blotted out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

_PATTERNS = (
    re.compile(r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+"),  # Slack tokens
    re.compile(r"(?<=://)[^/@\s]+(?=@)"),  # user:password@ in any URL (cameras, Redis)
    re.compile(r"(?<=hooks\.slack\.com/)\S+"),  # a response_url lets anyone post
)


class _Redact(logging.Filter):
    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = [secret for secret in secrets if secret]

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage(), self._secrets), None
        if record.exc_info:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info), self._secrets)
            record.exc_info = None
        return True


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with known secrets and everything that looks like one replaced by [secret]."""
    for secret in secrets:
        text = text.replace(secret, "[secret]")
    for pattern in _PATTERNS:
        text = pattern.sub("[secret]", text)
    return text


def set_up_logs(process: str, level: str = "INFO", secrets: Iterable[str] = ()) -> None:
    """Log from `level` up as 'LEVEL process module: message'. The journal adds the time."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(f"%(asctime)s %(levelname)s {process} %(name)s: %(message)s"))
    handler.addFilter(_Redact(secrets))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
