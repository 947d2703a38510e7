"""The steps of the edge, one a function, in the order in which edge.py takes them. Each may raise Refused."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from app.commands.buttons import Press
from app.commands.home import Opened, parse_event
from app.commands.payload import Malformed
from app.commands.request import Request
from app.commands.submission import Submission, parse_interaction
from app.slack.signature import BadSignature, Signatures
from app.web.refusals import Refused

MAX_BODY_BYTES = 100_000
"""Slack's own requests stay far below; nobody makes us hold more."""

MAX_FORM_FIELDS = 50
"""A slash command has about a dozen."""

MAX_LENGTH_DIGITS = 12
"""More digits are no length, and int() of very many is slow."""

MAX_ID_LENGTH = 64

FORM_TYPE = "application/x-www-form-urlencoded"

JSON_TYPE = "application/json"

MAX_CHALLENGE = 255

Environ = dict[str, Any]
"""What WSGI says of a request; headers are HTTP_…"""

Form = dict[str, str]


def announced_length(environ: Environ) -> int | None:
    """How long the body says it is; None for a chunked one. Too long is refused before a byte of it is read."""
    announced = environ.get("CONTENT_LENGTH")
    if not announced:
        return None
    if not announced.isdecimal():
        raise Refused(400, "the length of the body is malformed")
    if len(announced) > MAX_LENGTH_DIGITS or int(announced) > MAX_BODY_BYTES:
        raise Refused(413, "the body is too large")
    return int(announced)


def check_content_type(environ: Environ, expected: str = FORM_TYPE) -> None:
    """Slack sends forms, but events as JSON."""
    if environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower() != expected:
        raise Refused(415, f"the content type is not {expected}")


def read_body(environ: Environ, length: int | None) -> bytes:
    """The raw bytes, which are what is signed. Flask's `form` would leave nothing of them, and its `get_data`
    silently cuts a chunked body at its limit; so the server's own stream is read."""
    if length is None and not environ.get("wsgi.input_terminated"):
        return b""  # a server that does not mark the end of the stream would have us wait for ever
    wanted = MAX_BODY_BYTES + 1 if length is None else length
    body = b""
    try:
        while len(body) < wanted and (piece := environ["wsgi.input"].read(wanted - len(body))):
            body += piece
    except Exception:  # noqa: BLE001 — a body that breaks off: errors of several families of the server
        raise Refused(400, "the body broke off") from None
    if len(body) > MAX_BODY_BYTES:
        raise Refused(413, "the body is too large")
    if length is not None and len(body) < length:
        raise Refused(400, "the body broke off")
    return body


def check_signature(environ: Environ, body: bytes, signatures: Signatures) -> str:
    """The proved signature."""
    try:
        return signatures.check(
            body, environ.get("HTTP_X_SLACK_REQUEST_TIMESTAMP"), environ.get("HTTP_X_SLACK_SIGNATURE")
        )
    except BadSignature as bad:
        raise Refused(401, str(bad)) from None


def parse_form(body: bytes) -> Form:
    """The fields of the form; where a name comes twice the first one counts."""
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FORM_FIELDS
        )
    except ValueError:  # also UnicodeDecodeError, of the body or of its %-escapes
        raise Refused(400, "the form is malformed") from None
    form: Form = {}
    for name, value in pairs:
        form.setdefault(name, value)
    return form


def parse_json(body: bytes) -> dict[str, Any]:
    """An event's payload."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(400, "the JSON is malformed") from None
    if not isinstance(told, dict):
        raise Refused(400, "the JSON is no object")
    return told


def challenge_of(told: dict[str, Any]) -> str | None:
    """What Slack wants to hear back, once, when it gets to know the address of the events; None for an event."""
    challenge = told.get("challenge")
    if told.get("type") != "url_verification":
        return None
    if not isinstance(challenge, str) or not 0 < len(challenge) <= MAX_CHALLENGE:
        raise Refused(400, "the challenge is malformed")
    return challenge


def to_opened(told: dict[str, Any], received: float) -> Opened | None:
    """Who opened their Home tab; None for an event that is none of ours."""
    try:
        return parse_event(told, received)
    except Malformed as malformed:
        raise Refused(400, str(malformed)) from None


def is_ssl_check(form: Form) -> bool:
    """Whether Slack only tests the connection. It must be signed like everything else."""
    return form.get("ssl_check") == "1"


def to_command(form: Form, name: str, received: float) -> Request:
    """The command of the form, which must be the one of the path: each has its own URL."""
    if form.get("command") != f"/{name}":
        raise Refused(400, "the command is not the one of the path")
    return Request(
        command=name,
        text=form.get("text", ""),
        team=form.get("team_id", ""),
        user=_id(form, "user_id"),
        channel=_id(form, "channel_id"),
        response_url=form.get("response_url", ""),
        received=received,
        trigger=form.get("trigger_id", ""),
    )


def to_interaction(form: Form, received: float) -> Press | Submission | None:
    """What the form's payload tells of; None for an interaction that is none of ours."""
    try:
        return parse_interaction(form.get("payload", ""), received)
    except Malformed as malformed:
        raise Refused(400, str(malformed)) from None


def _id(form: Form, name: str) -> str:
    value = form.get(name, "")
    if not value.isascii() or not value.isalnum() or len(value) > MAX_ID_LENGTH:
        raise Refused(400, f"{name} is missing or no id")
    return value
