"""The web process's door: it lets in what Slack signs, and nothing else."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import partial

import requests

from app.check.check import DEFAULT_WEB_URL, Check, Context, Outcome, failed, ok, skipped
from app.check.said import facts
from app.state.connection import StateUnavailable

_SECONDS = 5.0
"""It is this machine's own; Slack itself waits three."""

_BODY = b"ssl_check=1"
"""What Slack sends to test a request URL: it must be signed, and does nothing."""


def checks(context: Context) -> Iterator[Check]:
    """slack:signing."""
    yield Check("slack:signing", partial(round_trip, context))


def round_trip(context: Context) -> Outcome:
    """A signed request is let in, one signed with another secret is not."""
    secrets = context.settings.secrets
    secret, by_socket = (
        secrets.slack_signing_secret.get_secret_value(),
        bool(secrets.slack_app_token.get_secret_value()),
    )
    if not secret:
        if by_socket:
            return skipped("SLACK_SIGNING_SECRET is not set; Socket Mode needs none")
        return failed(
            "neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET is set: no command can come in",
            "put SLACK_APP_TOKEN into private.yml for Socket Mode (setup.md), or SLACK_SIGNING_SECRET for HTTP",
        )
    url = context.web_url or _published(context) or DEFAULT_WEB_URL
    try:
        return _asked(url, secret, context.now())
    except requests.RequestException as error:
        silent = f"`pycam web` does not answer at {url} ({type(error).__name__})"
        if by_socket:
            return skipped(f"{silent}; SLACK_APP_TOKEN is set, so Socket Mode may do without")
        return failed(
            silent, "start it: `sudo systemctl start pycam-web`; or say with --web where it listens"
        )


def _published(context: Context) -> str:
    """Where `pycam web` said last that it listens."""
    try:
        web = facts(context).process.get("web")
    except StateUnavailable:
        return ""
    return web.address if web else ""


def _asked(url: str, secret: str, now: float) -> Outcome:
    with requests.Session() as session:
        session.trust_env = False  # no proxy on the way to ourselves
        health = session.get(f"{url}/health", timeout=_SECONDS)
        if health.status_code != 200 or health.text != "ok\n":
            return failed(
                f"something else than `pycam web` answers at {url} (HTTP {health.status_code})",
                "stop what has that port, or say with --web where `pycam web` listens",
            )
        genuine, forged = (_post(session, url, key, now) for key in (secret, secret + "x"))
    if forged != 401:
        return failed(
            f"a request with a forged signature was answered with {forged}, not 401",
            f"stop it: what listens at {url} obeys anybody. Is it this pycam?",
        )
    if genuine != 200:
        return failed(
            f"a request signed with SLACK_SIGNING_SECRET was answered with {genuine}, not 200",
            "restart `pycam web`, if private.yml was changed since its start: `sudo systemctl restart pycam-web`",
        )
    return ok(f"`pycam web` at {url} lets in what is signed and refuses what is forged")


def _post(session: requests.Session, url: str, secret: str, now: float) -> int:
    stamp = str(int(now))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + _BODY, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
    }
    return session.post(f"{url}/interactive", data=_BODY, headers=headers, timeout=_SECONDS).status_code
