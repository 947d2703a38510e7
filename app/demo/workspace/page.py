"""The workspace in a browser: one page, its live stream, and what a person does on it.

Only a browser that was given this page may act: it holds a cookie, sends JSON, and names this server as its Host
(an IP address or localhost, so that no foreign name can be pointed at it). File bytes ask for the cookie or a token.
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template, request

from app.demo.workspace.acting import People
from app.demo.workspace.house import House
from app.demo.workspace.methods import Context
from app.demo.workspace.model import Json, SlackError, SlashCommand
from app.demo.workspace.tabs import Tabs

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: http: https:; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Page:
    """Routes: / · /ui/snapshot · /ui/stream · /ui/send · /ui/click · /ui/view/ACT · /ui/pull · /files/ID."""

    def __init__(
        self,
        context: Context,
        people: People,
        tabs: Tabs,
        commands: Sequence[SlashCommand],
        *,
        tokens: dict[str, frozenset[str]],
        house: House,
    ) -> None:
        self._context = context
        self._house = house
        self._people = people
        self._tabs = tabs
        self._commands = commands
        self._tokens = tokens
        self._secret = secrets.token_urlsafe(24)
        self.blueprint = Blueprint(
            "page", __name__, static_folder="static", static_url_path="/static", template_folder="templates"
        )
        routes = self.blueprint
        routes.before_request(self._guard)
        routes.after_request(_secured)
        routes.add_url_rule("/", "index", self._index)
        routes.add_url_rule("/ui/snapshot", "snapshot", self._snapshot)
        routes.add_url_rule("/ui/stream", "stream", self._stream)
        routes.add_url_rule("/ui/send", "send", self._send, methods=["POST"])
        routes.add_url_rule("/ui/click", "click", self._click, methods=["POST"])
        routes.add_url_rule("/ui/view/<act>", "view", self._view, methods=["POST"])
        routes.add_url_rule("/ui/pull", "pull", self._pull, methods=["POST"])
        routes.add_url_rule("/files/<file_id>", "file", self._file)

    # --- doors

    def _guard(self) -> None:
        host = urlsplit(f"//{request.host}").hostname or ""
        if host != "localhost" and not _is_address(host):
            abort(421, "this workspace answers to an address or to localhost only")
        if request.path.startswith("/ui/") and not self._has_cookie():
            abort(403, "open the page first")

    def _cookie_name(self) -> str:
        # Cookies are shared by all ports of a host; two workspaces on one machine must not log each other out.
        return f"workspace_{urlsplit(f'//{request.host}').port or 80}"

    def _has_cookie(self) -> bool:
        return hmac.compare_digest(
            request.cookies.get(self._cookie_name(), "").encode(), self._secret.encode()
        )

    # --- reading

    def _index(self) -> Response:
        user = self._user_or_first(request.args.get("user", ""))
        answer = Response(render_template("workspace.html", snapshot=self.snapshot(user)))
        answer.set_cookie(self._cookie_name(), self._secret, httponly=True, samesite="Strict")
        return answer

    def _snapshot(self) -> Response:
        return _json(self.snapshot(self._user_or_first(request.args.get("user", ""))))

    def snapshot(self, user: str) -> Json:
        """All that `user` may see, and the position in the feed from which the rest follows."""
        state = self._context.state
        with state.changed:
            messages = [m for m in state.messages(ephemeral=True) if m.visible_to in (None, user)]
            return {
                "position": state.feed.position(),
                "me": user,
                "bot": {"id": state.bot.id, "name": state.bot.name, "real_name": state.bot.real_name},
                "users": [
                    {"id": u.id, "name": u.name, "real_name": u.real_name, "role": u.role, "colour": u.colour}
                    for u in state.users.values()
                ],
                "channels": [
                    {"id": c.id, "name": c.name, "topic": c.topic}
                    for c in state.channels.values()
                    if not c.is_private
                ],
                "commands": [asdict(command) for command in self._commands],
                "notice": state.notice,
                "house": self._house.for_page(),
                **self._context.views.for_page(user),
                "messages": [state.for_page(message) for message in messages],
            }

    def _stream(self) -> Response:
        user = self._user_or_first(request.args.get("user", ""))
        after = request.headers.get("Last-Event-ID") or request.args.get("after", "")
        answer = Response(self._context.state.feed.stream(user, after), mimetype="text/event-stream")
        answer.headers["X-Accel-Buffering"] = "no"
        return answer

    def _file(self, file_id: str) -> Response:
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        known = any(hmac.compare_digest(bearer.encode(), token.encode()) for token in self._tokens)
        if not known and not self._has_cookie():
            abort(403, "files are private")
        file = self._context.state.files.get(file_id)
        if file is None or file.data is None:
            abort(404)
        answer = Response(file.data, mimetype=file.mimetype or "application/octet-stream")
        answer.headers["Cache-Control"] = "private, max-age=3600"
        # Nothing uploaded may run as a page of this origin.
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return answer.make_conditional(request, accept_ranges=True, complete_length=len(file.data))  # type: ignore[return-value]

    # --- acting

    def _send(self) -> Response:
        body = self._body()
        user, channel, text = (
            str(body.get("user")),
            str(body.get("channel")),
            str(body.get("text", "")).strip(),
        )
        try:
            if text.startswith("/"):
                name, _, rest = text.partition(" ")
                acted = self._people.command(name, rest.strip(), user, channel)
                return _json({"ok": acted.error is None, "error": acted.error})
            self._people.say(text, user, channel)
        except SlackError as error:
            return _json({"ok": False, "error": error.code})
        return _json({"ok": True, "error": None})

    def _click(self) -> Response:
        body = self._body()
        chosen = body.get("value")
        try:
            acted = self._people.click(
                str(body.get("channel")),
                str(body.get("ts")),
                str(body.get("action_id")),
                str(body.get("user")),
                value=None if chosen is None else str(chosen),
            )
        except SlackError as error:
            return _json({"ok": False, "error": error.code})
        return _json({"ok": acted.error is None, "error": acted.error})

    def _view(self, act: str) -> Response:
        """The Home tab and dialogs. What is then to be seen comes by the stream."""
        body = self._body()
        user = str(body.get("user"))
        values, value = body.get("values"), body.get("value")
        try:
            if act == "open":
                error = self._tabs.open_home(user).error
            elif act == "press":
                error = self._tabs.press(
                    user, str(body.get("action_id")), value=None if value is None else str(value)
                ).error
            elif act == "submit" and isinstance(values, dict):
                error = self._tabs.submit(user, {str(name): str(text) for name, text in values.items()}).error
            elif act == "close":
                self._tabs.close(user)
                error = None
            else:
                abort(404)
        except SlackError as refused:
            said = refused.extra.get("response_metadata", {}).get("messages", [])
            return _json({"ok": False, "error": refused.code, "messages": said})
        return _json({"ok": error is None, "error": error})

    def _pull(self) -> Response:
        pulled = self._house.pull(str(self._body().get("lever")))
        return _json({"ok": pulled, "error": None if pulled else "lever_not_found"})

    def _body(self) -> Json:
        if request.mimetype != "application/json":  # what a foreign page's form cannot send
            abort(415)
        body = request.get_json()
        if not isinstance(body, dict):
            abort(400)
        return body

    def _user_or_first(self, user: str) -> str:
        users = self._context.state.users
        return user if user in users else next(iter(users))


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _secured(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", POLICY)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _json(value: Json) -> Response:
    return Response(json.dumps(value), mimetype="application/json")
