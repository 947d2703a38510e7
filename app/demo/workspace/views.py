"""What each person sees of the app beside messages: their Home tab, and a dialog that is open."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace

from app.demo.workspace.model import Json, SlackError
from app.demo.workspace.state import State

TRIGGER_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class View:
    """`kind`: modal or home. `shown`: the view as the app gave it, each block with its id. `errors`: what the app
    said about what was typed, by block id; "" is about all of it."""

    id: str
    kind: str
    user: str
    shown: Json
    errors: Json

    def inputs(self) -> list[Json]:
        """The blocks that ask for something."""
        return [block for block in self.shown["blocks"] if block["type"] == "input"]


class Views:
    """One Home tab and one dialog a person at most. Every method takes the workspace's lock."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._triggers: dict[str, tuple[str, float]] = {}
        self._used: set[str] = set()
        self._homes: dict[str, View] = {}
        self._dialogs: dict[str, View] = {}

    def new_trigger(self, user: str) -> str:
        """What somebody did lets a dialog be opened for them, once and soon."""
        trigger = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        with self._state.changed:
            self._triggers[trigger] = (user, time.monotonic())
        return trigger

    def take_trigger(self, trigger: str) -> str:
        """Whose it is. Raises SlackError."""
        with self._state.changed:
            if trigger in self._used:
                raise SlackError("exchanged_trigger_id")
            if trigger not in self._triggers:
                raise SlackError("invalid_trigger_id")
            user, since = self._triggers.pop(trigger)
            if time.monotonic() - since > TRIGGER_SECONDS:
                raise SlackError("expired_trigger_id")
            self._used.add(trigger)
            return user

    def home(self, user: str) -> View | None:
        """What the app published for that person."""
        with self._state.changed:
            return self._homes.get(user)

    def dialog(self, user: str) -> View | None:
        """What is open for that person."""
        with self._state.changed:
            return self._dialogs.get(user)

    def publish(self, user: str, shown: Json) -> View:
        with self._state.changed:
            before = self._homes.get(user)
            view = View(before.id if before else self._state.new_id("V"), "home", user, shown, {})
            self._homes[user] = view
            self._tell(user, "home", view)
            return view

    def open(self, user: str, shown: Json) -> View:
        with self._state.changed:
            view = View(self._state.new_id("V"), "modal", user, shown, {})
            self._dialogs[user] = view
            title = shown["title"]["text"]
            self._state.narrate(f"{self._state.name_of(user)} sees the dialog [{title}]")
            self._tell(user, "dialog", view)
            return view

    def refuse(self, view: View, errors: Json) -> View:
        """The dialog stays open and says what is wrong."""
        with self._state.changed:
            refused = replace(view, errors=errors)
            if self._dialogs.get(view.user) is not None:
                self._dialogs[view.user] = refused
                self._tell(view.user, "dialog", refused)
            return refused

    def close(self, user: str) -> None:
        """The dialog goes."""
        with self._state.changed:
            self._dialogs.pop(user, None)
            self._tell(user, "dialog", None)

    def for_page(self, user: str) -> Json:
        """What a page draws for that person."""
        return {"home": _drawn(self.home(user)), "dialog": _drawn(self.dialog(user))}

    def to_api(self, view: View) -> Json:
        """The view object of Slack's answers and payloads."""
        modal = {
            "title": view.shown.get("title"),
            "submit": view.shown.get("submit"),
            "close": view.shown.get("close"),
        }
        return {
            "id": view.id,
            "team_id": self._state.team_id,
            "type": view.kind,
            "blocks": view.shown["blocks"],
            "private_metadata": view.shown.get("private_metadata", ""),
            "callback_id": view.shown.get("callback_id", ""),
            "hash": f"{int(self._state.clock())}.{secrets.token_hex(4)}",
            "root_view_id": view.id,
            "app_id": self._state.app_id,
            "bot_id": self._state.bot_id,
            **(modal if view.kind == "modal" else {}),
        }

    def _tell(self, user: str, kind: str, view: View | None) -> None:
        self._state.feed.publish(kind, {"view": _drawn(view)}, visible_to=user)
        self._state.changed.notify_all()


def _drawn(view: View | None) -> Json | None:
    return None if view is None else {"id": view.id, "errors": view.errors, **view.shown}
