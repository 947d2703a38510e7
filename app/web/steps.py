"""The steps of the edge, one a function, in the order in which edge.py takes them. Each may raise Refused."""

from __future__ import annotations

from urllib.parse import parse_qsl

from flask import Request as HttpRequest

from app.commands.buttons import Malformed, Press, parse_press
from app.commands.request import Request
from app.slack.signature import BadSignature, Signatures
from app.web.refusals import Refused

MAX_BODY_BYTES = 100_000
"""Slack's own requests stay far below; nobody makes us hold more."""

MAX_FORM_FIELDS = 50
"""A slash command has about a dozen."""

MAX_ID_LENGTH = 64

Form = dict[str, str]


def limit_size(http: HttpRequest) -> None:
    """Refuse by the announced length, before a byte of the body is read."""
    if http.content_length is not None and http.content_length > MAX_BODY_BYTES:
        raise Refused(413, "the body is too large")


def check_content_type(http: HttpRequest) -> None:
    """Slack sends forms and nothing else."""
    if http.mimetype != "application/x-www-form-urlencoded":
        raise Refused(415, "the content type is not a form's")


def read_body(http: HttpRequest) -> bytes:
    """The raw bytes, which are what is signed: `http.form` would leave nothing of them.

    Read by hand, because `http.get_data()` silently cuts a chunked body at its limit.
    """
    body = bytearray()
    try:
        while piece := http.stream.read(MAX_BODY_BYTES + 1 - len(body)):
            body += piece
            if len(body) > MAX_BODY_BYTES:
                raise Refused(413, "the body is too large")
    except Refused:
        raise
    except Exception:  # noqa: BLE001 — a body that breaks off: errors of several families of the server
        raise Refused(400, "the body broke off") from None
    return bytes(body)


def check_signature(http: HttpRequest, body: bytes, signatures: Signatures) -> str:
    """The proved signature."""
    headers = http.headers
    try:
        return signatures.check(
            body, headers.get("X-Slack-Request-Timestamp"), headers.get("X-Slack-Signature")
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
        trigger_id=form.get("trigger_id", ""),
        received=received,
    )


def to_press(form: Form, received: float) -> Press | None:
    """The press of the form's payload; None for an interaction that is none of ours."""
    try:
        return parse_press(form.get("payload", ""), received)
    except Malformed as malformed:
        raise Refused(400, str(malformed)) from None


def _id(form: Form, name: str) -> str:
    value = form.get(name, "")
    if not value.isascii() or not value.isalnum() or len(value) > MAX_ID_LENGTH:
        raise Refused(400, f"{name} is missing or no id")
    return value
