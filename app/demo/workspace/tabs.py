"""What people do beside messages: look at the app's Home tab, press what is on it, fill in a dialog."""

from __future__ import annotations

import json
from collections.abc import Mapping

from app.demo.workspace.acting import Acted, action_of
from app.demo.workspace.methods import Context
from app.demo.workspace.model import Json, SlackError
from app.demo.workspace.outgoing import Caller, Reply
from app.demo.workspace.view_blocks import is_number
from app.demo.workspace.views import View


class Tabs:
    """Acts in the name of a user, as People does in channels."""

    def __init__(self, context: Context, caller: Caller) -> None:
        self._context, self._caller = context, caller

    def open_home(self, user: str) -> Acted:
        """Look at the Home tab: the app hears of it (app_home_opened), and may publish what is to be seen."""
        state = self._context.state
        person = state.person(user)
        state.narrate(f"{person.real_name} opened the Home tab")
        home = self._context.views.home(user)
        event: Json = {
            "type": "app_home_opened",
            "user": user,
            "channel": "D" + user[1:],
            "tab": "home",
            "event_ts": f"{state.clock():.6f}",
        }
        if home is not None:
            event["view"] = self._context.views.to_api(home)
        payload = {
            "token": "deprecated-verification-token",
            "team_id": state.team_id,
            "api_app_id": state.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": state.new_id("Ev"),
            "event_time": int(state.clock()),
            "authorizations": [{"team_id": state.team_id, "user_id": state.bot.id, "is_bot": True}],
        }
        reply = self._caller.event(payload, {"type": "app_home_opened", "user": user})
        return _acted(reply, reply.error)

    def press(self, user: str, action_id: str, *, value: str | None = None) -> Acted:
        """Press an element of the Home tab; `value` tells elements of one action apart. Raises SlackError."""
        views, state = self._context.views, self._context.state
        view = views.home(user)
        if view is None:
            raise SlackError("view_not_found")
        element = next(
            (e for e in _elements(view) if e["action_id"] == action_id and value in (None, e.get("value"))),
            None,
        )
        if element is None:
            raise SlackError("action_not_found")
        state.narrate(f"{state.name_of(user)} pressed [{element['text']['text']}] on the Home tab")
        trigger = views.new_trigger(user)
        payload = {
            **self._common("block_actions", user, trigger),
            "container": {"type": "view", "view_id": view.id},
            "view": views.to_api(view),
            "actions": [action_of(element, None, f"{state.clock():.6f}")],
        }
        reply = self._caller.post(
            "/interactive",
            {"payload": json.dumps(payload)},
            {"action_id": action_id, "user": user, "view": view.id},
        )
        error = reply.error or ("ack_with_body" if reply.body else None)
        return _acted(reply, error, trigger)

    def submit(self, user: str, values: Mapping[str, str]) -> Acted:
        """Fill in the open dialog (block id -> text; what is not named stays as it is) and send it.

        Raises SlackError: view_not_found; invalid_value where Slack would not even send it.
        """
        views, state = self._context.views, self._context.state
        view = views.dialog(user)
        if view is None:
            raise SlackError("view_not_found")
        typed = {block["block_id"]: _typed(block, values) for block in view.inputs()}
        state.narrate(f"{state.name_of(user)} pressed [{view.shown['submit']['text']}]")
        api = views.to_api(view) | {"state": {"values": typed}}
        payload = {
            **self._common("view_submission", user, views.new_trigger(user)),
            "view": api,
            "response_urls": [],
        }
        told = {"callback_id": api["callback_id"], "user": user}
        reply = self._caller.post("/interactive", {"payload": json.dumps(payload)}, told)
        error = reply.error
        if error is not None:
            views.refuse(view, {"": "We had some trouble connecting. Try again?"})
            return _acted(reply, error)
        try:
            errors = _errors_in(reply, set(typed))
        except SlackError as refused:
            views.refuse(view, {"": "We had some trouble connecting. Try again?"})
            return _acted(reply, refused.code)
        if errors:
            state.narrate(f"the dialog says: {'; '.join(errors.values())}")
            views.refuse(view, errors)
        else:
            views.close(user)
        return _acted(reply, None)

    def close(self, user: str) -> None:
        """Leave the dialog; the app does not hear of it."""
        self._context.views.close(user)

    def _common(self, kind: str, user: str, trigger: str) -> Json:
        state = self._context.state
        person = state.person(user)
        return {
            "type": kind,
            "user": {"id": user, "username": person.name, "name": person.name, "team_id": state.team_id},
            "team": {"id": state.team_id, "domain": "home"},
            "api_app_id": state.app_id,
            "token": "deprecated-verification-token",
            "trigger_id": trigger,
            "enterprise": None,
            "is_enterprise_install": False,
        }


def _elements(view: View) -> list[Json]:
    found: list[Json] = []
    for block in view.shown["blocks"]:
        elements = list(block.get("elements", ())) if block["type"] == "actions" else []
        elements += [block["accessory"]] if "accessory" in block else []
        found += [{**e, "block_id": block["block_id"]} for e in elements if "action_id" in e]
    return found


def _typed(block: Json, values: Mapping[str, str]) -> Json:
    """state.values of one block, as far as Slack lets it out of the browser."""
    element = block["element"]
    text = values.get(block["block_id"], element.get("initial_value", ""))
    if not text and not block.get("optional", False):
        raise SlackError("invalid_value", messages=[f"{block['block_id']}: is required"])
    number = element["type"] == "number_input"
    if text and number and not is_number(text, decimal=element["is_decimal_allowed"]):
        raise SlackError("invalid_value", messages=[f"{block['block_id']}: is no number"])
    return {element["action_id"]: {"type": element["type"], "value": text or None}}


def _errors_in(reply: Reply, fields: set[str]) -> dict[str, str]:
    """What the app says is wrong; nothing if the dialog may close. Raises SlackError on an answer Slack cannot use."""
    if not reply.body.strip():
        return {}
    try:
        answer = json.loads(reply.body)
    except ValueError:
        raise SlackError("invalid_view_response") from None
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not isinstance(errors, dict) or not errors or answer.get("response_action") != "errors":
        raise SlackError("invalid_view_response")
    if set(errors) - fields or not all(isinstance(said, str) and said for said in errors.values()):
        raise SlackError("invalid_view_response")
    return errors


def _acted(reply: Reply, error: str | None, trigger: str = "") -> Acted:
    return Acted(reply.status, reply.body.decode(errors="replace"), error, reply.seconds, trigger_id=trigger)
