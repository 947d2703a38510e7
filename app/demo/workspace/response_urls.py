"""response_url: five answers in thirty minutes to a command or a click, with no token."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass

from flask import Blueprint, Response, request

from app.demo.workspace.chat import content
from app.demo.workspace.faults import UNANSWERED, Faults
from app.demo.workspace.methods import Args, Context
from app.demo.workspace.model import Json, Message, Request, SlackError

MAX_USES = 5
LIFETIME_SECONDS = 30 * 60


@dataclass(slots=True)
class Ticket:
    """Who may be answered where. `message_ts` is the message that replace_original and delete_original mean."""

    channel: str
    user: str
    created: float
    message_ts: str | None = None
    uses: int = 0


class ResponseUrls:
    """Hands the URLs out and serves them."""

    def __init__(self, context: Context, faults: Faults) -> None:
        self._context = context
        self._faults = faults
        self._tickets: dict[str, Ticket] = {}
        self.blueprint = Blueprint("response_urls", __name__)
        self.blueprint.add_url_rule("/respond/<team>/<token>", "respond", self._respond, methods=["POST"])

    def issue(self, channel: str, user: str, message_ts: str | None = None) -> tuple[str, Ticket]:
        """(URL, ticket)."""
        state = self._context.state
        token = secrets.token_urlsafe(18)
        ticket = Ticket(channel, user, state.clock(), message_ts)
        with state.changed:
            self._tickets[token] = ticket
        return f"{state.base_url}respond/{state.team_id}/{token}", ticket

    def _respond(self, team: str, token: str) -> Response:
        state = self._context.state
        fault = self._faults.take("response_url")
        args = Args()
        done: list[Response] = []

        def work() -> Response:
            done.append(self._answer(token, args))
            return done[0]

        answer = self._faults.perform(fault, work)
        worked = bool(done) and done[0].status_code == 200
        refused = done[0].get_data(as_text=True) if done and not worked else None
        state.record(
            Request(
                direction="in",
                method="response_url",
                at=state.clock(),
                status=None if fault and fault.kind in UNANSWERED else answer.status_code,
                ok=worked,
                error=refused or (fault.kind if fault else None),
                fault=fault.kind if fault else None,
                args=dict(args),
            )
        )
        return self._faults.deliver(fault, answer)

    def _answer(self, token: str, args: Args) -> Response:
        state = self._context.state
        with state.changed:
            ticket = self._tickets.get(token)
            gone = self._why_gone(ticket)
            if ticket is None or gone is not None:
                return _text(gone or "no_such_url", 404)
            try:
                args.update(_read_object(request.get_data()))
                apply_response(self._context, ticket, args)
            except SlackError as error:
                return _text(error.code, 400)
            ticket.uses += 1
            return _text("ok", 200)

    def _why_gone(self, ticket: Ticket | None) -> str | None:
        if ticket is None:
            return "no_such_url"
        if self._context.state.clock() - ticket.created > LIFETIME_SECONDS:
            return "expired_url"
        return "used_url" if ticket.uses >= MAX_USES else None


def _read_object(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        raise SlackError("invalid_payload") from None
    if not isinstance(body, dict):
        raise SlackError("invalid_payload")
    return body


def apply_response(context: Context, ticket: Ticket, args: Args) -> Message | None:
    """Show, replace or delete. The default is a new message that only the person who asked can see."""
    state = context.state
    original = state.message(ticket.channel, ticket.message_ts) if ticket.message_ts else None
    if _truth(args.get("delete_original")):
        if original is None:
            raise SlackError("message_not_found")
        state.delete(original)
        return None
    text, blocks = content(context, args)
    if _truth(args.get("replace_original")) and original is not None:
        return state.update(original, text=text, blocks=blocks)
    shown_to_all = args.get("response_type") == "in_channel"
    return state.post(
        ticket.channel,
        state.bot.id,
        text,
        blocks=blocks,
        thread_ts=args.text("thread_ts") or None,
        visible_to=None if shown_to_all else ticket.user,
    )


def _truth(value: object) -> bool:
    return value is True or value == "true"


def _text(said: str, status: int) -> Response:
    return Response(said, status=status, mimetype="text/plain")
