"""Slack's doors: POST /<command>, /interactive and /slack/events. The order of the steps stands here alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, request

from app.commands.dispatch import Dispatcher, NotAccepted
from app.commands.request import Reply
from app.commands.submission import Submission
from app.commands.table import COMMANDS
from app.slack.messages import answer_payload
from app.slack.settings_view import errors_payload
from app.slack.signature import Signatures
from app.web.refusals import Refused
from app.web.steps import (
    FORM_TYPE,
    JSON_TYPE,
    Form,
    announced_length,
    challenge_of,
    check_content_type,
    check_signature,
    is_ssl_check,
    parse_form,
    parse_json,
    read_body,
    to_command,
    to_interaction,
    to_opened,
)


class Edge:
    """The routes. Nothing unsigned gets further than `_genuine`, but for the health probe, which does nothing."""

    def __init__(self, signatures: Signatures, dispatcher: Dispatcher, now: Callable[[], float]) -> None:
        self._signatures, self._dispatcher, self._now = signatures, dispatcher, now
        self.blueprint = Blueprint("slack", __name__)
        for name in COMMANDS:
            self._route(f"/{name}", partial(self._command, name), "POST")
        self._route("/interactive", self._interactive, "POST")
        self._route("/slack/events", self._events, "POST")
        self._route("/health", lambda: Response("ok\n", mimetype="text/plain"), "GET")

    def _route(self, path: str, view: Callable[[], Response], method: str) -> None:
        self.blueprint.add_url_rule(path, path[1:], view, methods=[method], provide_automatic_options=False)

    def _command(self, name: str) -> Response:
        form, signature = self._genuine()
        if is_ssl_check(form):
            return _empty()
        command = to_command(form, name, self._now())
        try:
            return _as_json(self._dispatcher.command(command, signature))
        except NotAccepted as reason:
            raise Refused(403, str(reason)) from None

    def _interactive(self) -> Response:
        form, signature = self._genuine()
        if is_ssl_check(form):
            return _empty()
        told = to_interaction(form, self._now())
        try:
            if isinstance(told, Submission):
                errors = self._dispatcher.submit(told, signature)
                return _json(errors_payload(errors)) if errors else _empty()
            if told is not None:
                self._dispatcher.press(told, signature)
        except NotAccepted as reason:
            raise Refused(403, str(reason)) from None
        return _empty()  # anything else would replace the message

    def _events(self) -> Response:
        body, _ = self._signed(JSON_TYPE)
        told = parse_json(body)
        if (challenge := challenge_of(told)) is not None:
            return Response(challenge, mimetype="text/plain")
        opened = to_opened(told, self._now())
        if opened is not None:
            try:
                self._dispatcher.home.opened(opened)
            except NotAccepted as reason:
                raise Refused(403, str(reason)) from None
        return _empty()

    def _genuine(self) -> tuple[Form, str]:
        """The form of a request that Slack has signed, and its signature. Raises Refused."""
        body, signature = self._signed(FORM_TYPE)
        return parse_form(body), signature

    def _signed(self, content_type: str) -> tuple[bytes, str]:
        environ = request.environ
        length = announced_length(environ)
        check_content_type(environ, content_type)
        body = read_body(environ, length)
        return body, check_signature(environ, body, self._signatures)


def _empty() -> Response:
    return Response(mimetype="text/plain")


def _as_json(reply: Reply) -> Response:
    return _json(answer_payload(reply.text, reply.blocks, in_channel=reply.in_channel))


def _json(body: dict[str, Any]) -> Response:
    return Response(json.dumps(body), mimetype="application/json")
