"""How Slack proves to the app that a request is its own."""

from __future__ import annotations

import hashlib
import hmac


def signed_headers(signing_secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The v0 signature: HMAC-SHA256 over "v0:TIMESTAMP:BODY"."""
    base = b"v0:%d:%s" % (timestamp, body)
    digest = hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": str(timestamp), "X-Slack-Signature": f"v0={digest}"}
