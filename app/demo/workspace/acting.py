"""What people do: say something, type a slash command, press a button."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.demo.workspace.chat import to_api
from app.demo.workspace.methods import Args, Context
from app.demo.workspace.model import Json, Message, SlackError
from app.demo.workspace.outgoing import Caller, Reply
from app.demo.workspace.response_urls import ResponseUrls, apply_response
from app.demo.workspace.state import SLACKBOT


@dataclass(frozen=True, slots=True)
class Acted:
    """What came of it.

    `status` is the app's HTTP status (None: no answer), `body` its raw answer, `seconds` how long it took;
    `error` what Slack showed the person instead ("operation_timeout", "dispatch_failed", "invalid_command",
    "ack_with_body"); `message` what is now to be seen because of the answer itself; `response_url` and
    `trigger_id` are what the app was given.
    """

    status: int | None
    body: str
    error: str | None
    seconds: float
    response_url: str = ""
    trigger_id: str = ""
    message: Message | None = None


class People:
    """Acts in the name of a user, through the same doors as Slack."""

    def __init__(
        self, context: Context, caller: Caller, urls: ResponseUrls, known_commands: set[str]
    ) -> None:
        self._context = context
        self._caller = caller
        self._urls = urls
        self._known_commands = known_commands

    def say(self, text: str, user: str, channel: str) -> Message:
        """A plain message. Raises SlackError on an unknown user or channel, or no text."""
        state = self._context.state
        state.person(user)
        if not text.strip():
            raise SlackError("no_text")
        return state.post(state.channel(channel).id, user, text)

    def command(self, name: str, text: str, user: str, channel: str) -> Acted:
        """Type `name text`. Unknown names are answered by Slackbot and never reach the app."""
        state = self._context.state
        person, place = state.person(user), state.channel(channel)
        if self._known_commands and name not in self._known_commands:
            state.narrate(f"#{place.name} {person.real_name} typed {name}")
            said = f"`{name}` is not a valid command."
            refusal = state.post(channel, SLACKBOT, said, visible_to=user)
            return Acted(None, "", "invalid_command", 0.0, message=refusal)
        state.narrate(f"#{place.name} {person.real_name} typed {name} {text}".rstrip())
        response_url, ticket = self._urls.issue(channel, user)
        form = {
            "token": "deprecated-verification-token",
            "team_id": state.team_id,
            "team_domain": "home",
            "channel_id": channel,
            "channel_name": place.name,
            "user_id": user,
            "user_name": person.name,
            "command": name,
            "text": text,
            "api_app_id": state.app_id,
            "is_enterprise_install": "false",
            "response_url": response_url,
            "trigger_id": self._context.views.new_trigger(user),
        }
        reply = self._caller.post(name, form, {"text": text, "user": user, "channel": channel})
        message: Message | None = None
        error = reply.error
        if error is None:
            try:
                args = _read_answer(reply)
                if args is not None:
                    if args.get("response_type") == "in_channel":
                        state.post(channel, user, f"{name} {text}".rstrip(), silently=True)
                    message = apply_response(self._context, ticket, args)
            except SlackError as refused:
                error = refused.code
        if error is not None:
            message = state.post(channel, SLACKBOT, _command_failed(name, error), visible_to=user)
        if message is not None and error is None:
            ticket.message_ts = message.ts
        return self._acted(reply, error, form["trigger_id"], response_url, message)

    def click(
        self, channel: str, message_ts: str, action_id: str, user: str, *, value: str | None = None
    ) -> Acted:
        """Press the element `action_id` (for a menu, `value` chooses the option).

        Raises SlackError: message_not_found (also for another person's ephemeral message), action_not_found.
        """
        state = self._context.state
        person = state.person(user)
        message = state.message(channel, message_ts)
        if message is None or message.visible_to not in (None, user):
            raise SlackError("message_not_found")
        element = next((e for e in message.actions() if e["action_id"] == action_id), None)
        if element is None:
            raise SlackError("action_not_found")
        label = element["text"]["text"] if "text" in element else value
        state.narrate(f"#{state.channels[channel].name} {person.real_name} pressed [{label}]")
        response_url, _ = self._urls.issue(channel, user, message_ts)
        trigger_id = self._context.views.new_trigger(user)
        payload: Json = {
            "type": "block_actions",
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": state.team_id},
            "api_app_id": state.app_id,
            "token": "deprecated-verification-token",
            "container": {
                "type": "message",
                "message_ts": message_ts,
                "channel_id": channel,
                "is_ephemeral": message.is_ephemeral,
            },
            "trigger_id": trigger_id,
            "team": {"id": state.team_id, "domain": "home"},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel, "name": state.channels[channel].name},
            "state": {"values": {}},
            "response_url": response_url,
            "actions": [action_of(element, value, f"{state.clock():.6f}")],
        }
        if not message.is_ephemeral:
            payload["message"] = to_api(self._context, message)
        told = {"action_id": action_id, "user": user, "channel": channel, "message_ts": message_ts}
        reply = self._caller.post("/interactive", {"payload": json.dumps(payload)}, told)
        error = reply.error
        if error is None and reply.body:
            error = "ack_with_body"  # Slack wants an empty 200; what a body does is not defined
        shown = None
        if error is not None:
            shown = state.post(channel, SLACKBOT, f"The button did not work: `{error}`.", visible_to=user)
        return self._acted(reply, error, trigger_id, response_url, shown)

    def _acted(
        self, reply: Reply, error: str | None, trigger_id: str, response_url: str, message: Message | None
    ) -> Acted:
        return Acted(
            status=reply.status,
            body=reply.body.decode(errors="replace"),
            error=error,
            seconds=reply.seconds,
            response_url=response_url,
            trigger_id=trigger_id,
            message=message,
        )


def _read_answer(reply: Reply) -> Args | None:
    """A command's answer: nothing, plain text, or JSON. Raises SlackError on JSON that is none."""
    if not reply.body.strip():
        return None
    text = reply.body.decode(errors="replace")
    if not reply.content_type.startswith("application/json"):
        return Args(text=text)
    try:
        value = json.loads(text)
    except ValueError:
        raise SlackError("invalid_command_response") from None
    if not isinstance(value, dict):
        raise SlackError("invalid_command_response")
    # {} and {"response_type": "in_channel"} are silent acknowledgements.
    return Args(value) if value.get("text") or value.get("blocks") else None


def action_of(element: Json, value: str | None, action_ts: str) -> Json:
    action: Json = {key: element[key] for key in ("type", "action_id", "block_id") if key in element}
    action["action_ts"] = action_ts
    if element["type"] == "button":
        action["text"] = element["text"]
        action |= {key: element[key] for key in ("value", "style") if key in element}
        return action
    chosen = next((option for option in element["options"] if option["value"] == value), None)
    if chosen is None:
        raise SlackError("option_not_found")
    action["selected_option"] = chosen
    return action


def _command_failed(name: str, error: str) -> str:
    return f"`{name}` failed with the error `{error}`."
