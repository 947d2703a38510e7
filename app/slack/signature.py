"""Is this request Slack's own? v0 signatures: HMAC-SHA256 over "v0:TIMESTAMP:BODY", at most 300 s old.

https://docs.slack.dev/authentication/verifying-requests-from-slack/
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from slack_sdk.signature import Clock, SignatureVerifier

_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}")
_MAX_SKEW_SECONDS = 300


class BadSignature(Exception):
    """The request is not Slack's, or too old; the text says which, without quoting it."""


class Signatures:
    """Checks signatures made with one signing secret."""

    def __init__(self, signing_secret: str, now: Callable[[], float] = time.time) -> None:
        """Raises ValueError if the secret is empty: anybody could sign with that."""
        self._now = now
        self._verifier = SignatureVerifier(signing_secret, _ClockOf(now))

    def check(self, body: bytes, timestamp: str | None, signature: str | None) -> str:
        """The signature, once it is proved (it names this request in the replay memory). Raises BadSignature.

        The verifier of slack_sdk raises ValueError, UnicodeDecodeError or TypeError on a time stamp that is no
        number, a body that is not UTF-8 and a signature that is not ASCII; so the shapes are checked before.
        """
        if not timestamp or not signature:
            raise BadSignature("it is not signed")
        if not _TIMESTAMP.fullmatch(timestamp) or not _SIGNATURE.fullmatch(signature):
            raise BadSignature("the signature headers are malformed")
        if abs(self._now() - int(timestamp)) > _MAX_SKEW_SECONDS:
            raise BadSignature("it is stale, or this machine's clock is wrong")
        try:
            genuine = self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:
            raise BadSignature("the body is not UTF-8") from None
        if not genuine:
            raise BadSignature("the signature is wrong")
        return signature


class _ClockOf(Clock):
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()
