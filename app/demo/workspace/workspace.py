"""The workspace as one object: start it, give its URL and secrets to the app, act in it, ask what it saw."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from flask import Flask

from app.demo.workspace.acting import Acted, People
from app.demo.workspace.faults import Faults, RateLimit
from app.demo.workspace.files import Files
from app.demo.workspace.house import House
from app.demo.workspace.methods import Context
from app.demo.workspace.model import Channel, File, Message, Request, SlashCommand, User
from app.demo.workspace.outgoing import AppCaller
from app.demo.workspace.page import Page
from app.demo.workspace.response_urls import ResponseUrls
from app.demo.workspace.serving import Server
from app.demo.workspace.socket_caller import SocketCaller
from app.demo.workspace.sockets import Sockets
from app.demo.workspace.state import State
from app.demo.workspace.tabs import Tabs
from app.demo.workspace.views import Views
from app.demo.workspace.web_api import WebApi
from app.domain import Role

T = TypeVar("T")

DEFAULT_SCOPES = frozenset({"commands", "chat:write", "files:write", "files:read"})
"""What the product's manifest asks for, and no more."""

OWNER = User("U0HOMEOWNER", "robin", "Robin", Role.OWNER, "#7c3aed")
MEMBER = User("U0HOMEMEMBR", "sam", "Sam", Role.MEMBER, "#0e7490")
STRANGER = User("U0STRANGER1", "alex", "Alex", Role.STRANGER, "#b45309")
BOT = User("U0PYCAMBOT1", "pycam", "pycam", colour="#1f2937", is_bot=True)

DEFAULT_CHANNEL = Channel("C0PYCAMHOME", "pycam", "What the camera sees, and what you tell it")


class Workspace:
    """A stand-in for Slack on 127.0.0.1 (or `host`), as strict as the real one.

    >>> with Workspace(commands=[SlashCommand("/pycam_on", "Arm")]) as slack:
    ...     start_the_app(SLACK_API_URL=slack.api_url, SLACK_BOT_TOKEN=slack.bot_token, …)
    ...     slack.app_url = "http://127.0.0.1:8000"
    ...     slack.command("/pycam_on")
    ...     slack.wait_for(lambda: slack.messages(), timeout=5)

    `on_event` is told of every message, edit, file, command and click as one line of text, in order; it runs under
    the workspace's lock and must return quickly. `file_ready_seconds` is how long an upload is "processed".
    With no `commands`, every slash command is passed on to the app. With `socket_mode` they and the clicks go through
    the WebSockets the app has opened, not to `app_url`.
    """

    def __init__(
        self,
        *,
        app_url: str | None = None,
        commands: Iterable[SlashCommand] = (),
        users: Iterable[User] = (OWNER, MEMBER, STRANGER),
        channels: Iterable[Channel] = (DEFAULT_CHANNEL,),
        scopes: Iterable[str] = DEFAULT_SCOPES,
        file_ready_seconds: float = 0.0,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.time,
        socket_mode: bool = False,
        on_event: Callable[[str], None] | None = None,
    ) -> None:
        self.bot_token = f"xoxb-{secrets.randbelow(10**11)}-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-A0PYCAMBOT1-{secrets.randbelow(10**13)}-{secrets.token_hex(32)}"
        self.signing_secret = secrets.token_hex(16)
        self.team_id = "T0PYCAMHOME"
        self.bot = BOT
        self.faults = Faults()
        self.rate_limit = RateLimit()
        self._host, self._port = host, port
        commands = list(commands)
        self._state = State(
            team_id=self.team_id,
            bot=BOT,
            users={user.id: user for user in users},
            channels={channel.id: channel for channel in channels},
            file_ready_seconds=file_ready_seconds,
            clock=clock,
            narrate=on_event or _nobody_listens,
        )
        self._files = Files(self._state)
        self.house = House(self._state)
        self.sockets = Sockets(self._state)
        self.views = Views(self._state)
        context = Context(self._state, self._files, self.sockets, self.views)
        self.tokens: dict[str, frozenset[str]] = {
            self.bot_token: frozenset(scopes),
            self.app_token: frozenset({"connections:write"}),
        }
        self._caller = AppCaller(self._state, self.signing_secret, app_url)
        urls = ResponseUrls(context, self.faults)
        caller = SocketCaller(self._state, self.sockets) if socket_mode else self._caller
        self._people = People(context, caller, urls, {command.name for command in commands})
        self.tabs = Tabs(context, caller)
        app = Flask(__name__, static_folder=None)
        app.register_blueprint(WebApi(context, self.tokens, self.faults, self.rate_limit).blueprint)
        app.register_blueprint(urls.blueprint)
        app.register_blueprint(self.sockets.blueprint)
        app.register_blueprint(
            Page(context, self._people, self.tabs, commands, tokens=self.tokens, house=self.house).blueprint
        )
        self._app = app
        self._server: Server | None = None

    # --- life

    def start(self) -> Workspace:
        """Listen. Raises OSError when the port is taken."""
        self._server = Server(self._app, self._host, self._port)
        self._state.base_url = self.url
        self._server.start()
        return self

    def stop(self) -> None:
        """Close every stream and the port. A second call does nothing."""
        if self._server is None:
            return
        self.faults.clear()
        self._state.feed.close()
        self._files.close()
        self.sockets.cut()
        self._server.stop()
        self._server = None

    def __enter__(self) -> Workspace:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """Where a browser finds the page; ends with a slash. 0.0.0.0 is shown as 127.0.0.1."""
        if self._server is None:
            raise RuntimeError("the workspace is not started")
        return self._server.url

    @property
    def api_url(self) -> str:
        """What the product takes as SLACK_API_URL and slack_sdk as base_url; ends with a slash."""
        return self.url + "api/"

    @property
    def app_url(self) -> str | None:
        """Where the app's request URLs are: commands go to APP_URL/<command>, clicks to APP_URL/interactive."""
        return self._caller.app_url

    @app_url.setter
    def app_url(self, url: str | None) -> None:
        self._caller.app_url = url

    # --- what is so

    @property
    def users(self) -> Mapping[str, User]:
        return self._state.users

    @property
    def channels(self) -> Mapping[str, Channel]:
        return self._state.channels

    @property
    def channel(self) -> Channel:
        """The first one, which is the only one for most."""
        return next(iter(self._state.channels.values()))

    @property
    def files(self) -> dict[str, File]:
        with self._state.changed:
            return dict(self._state.files)

    @property
    def requests(self) -> list[Request]:
        """Every request between app and workspace so far, refused ones included."""
        with self._state.changed:
            return list(self._state.requests)

    def calls(self, method: str) -> list[Request]:
        """The requests with that method."""
        return [request for request in self.requests if request.method == method]

    def messages(self, channel: str | None = None, *, ephemeral: bool = False) -> list[Message]:
        """Oldest first, replies included; those for one person's eyes only when `ephemeral`."""
        return self._state.messages(channel, ephemeral=ephemeral)

    def replies(self, message: Message) -> list[Message]:
        """The thread below `message`."""
        return [m for m in self.messages(message.channel) if m.thread_ts == message.ts]

    def wait_for(self, predicate: Callable[[], T], timeout: float) -> T:
        """The first true value of `predicate`, which is asked again after each change, not on a timer.

        Raises TimeoutError, with the latest messages and requests in it, after `timeout` seconds.
        """
        deadline = time.monotonic() + timeout
        with self._state.changed:
            while not (value := predicate()):
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(self._what_happened(timeout))
                self._state.changed.wait(left)
            return value

    # --- what people and the demo do

    def command(
        self, name: str, text: str = "", *, user: str | None = None, channel: str | None = None
    ) -> Acted:
        """Type `name text`, by default as the first user in the first channel."""
        return self._people.command(name, text, user or next(iter(self.users)), channel or self.channel.id)

    def click(
        self,
        message_ts: str,
        action_id: str,
        *,
        user: str | None = None,
        channel: str | None = None,
        value: str | None = None,
    ) -> Acted:
        """Press a button (confirm dialogs are the page's affair). Raises SlackError when it is not there."""
        who = user or next(iter(self.users))
        return self._people.click(channel or self.channel.id, message_ts, action_id, who, value=value)

    def say(self, text: str, *, user: str | None = None, channel: str | None = None) -> Message:
        """A plain message from a person."""
        return self._people.say(text, user or next(iter(self.users)), channel or self.channel.id)

    def set_notice(self, text: str) -> None:
        """The line above the messages: what the camera is doing. Empty hides it."""
        self._state.set_notice(text)

    def _what_happened(self, timeout: float) -> str:
        messages = [f"  {m.ts} r{m.revision} {m.text[:80]!r}" for m in self.messages(ephemeral=True)[-8:]]
        requests = [
            f"  {r.direction} {r.method} {r.status} ok={r.ok} {r.error or ''} {r.summary[:80]}"
            for r in self._state.requests[-8:]
        ]
        return "\n".join([f"not within {timeout} s; messages:", *messages, "requests:", *requests])


def _nobody_listens(line: str) -> None:
    """The default for on_event."""
