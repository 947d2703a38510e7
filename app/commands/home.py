"""The app's Home tab: how everything is, buttons for what people do most, and the last events.

It is a copy that Slack keeps for each person: made anew when they open it, and after each press of theirs.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Protocol

from pydantic import Field, ValidationError

from app.commands.events import line_of
from app.commands.failures import REDIS_AWAY
from app.commands.orders import arming, mute
from app.commands.payload import Malformed, Strict
from app.commands.press import Press
from app.commands.request import Context, NotAccepted, Outgoing, Reply, Request
from app.commands.roles import in_team, refusal, role_of
from app.commands.status import pi_status, without_redis
from app.domain import Role
from app.rules import should_alert
from app.slack.home_view import HOME, REFRESH, SETTINGS, HomeFacts, closed_view, home_view
from app.state.connection import Client, StateUnavailable
from app.state.entries import Filters
from app.state.snapshot import NOTHING_KNOWN, Snapshot, read_snapshot
from app.store.files import DiskFull

log = logging.getLogger(__name__)

LAST_EVENTS = 5

OFFERED = frozenset(
    {
        *(
            "pycam_on",
            "pycam_off",
            "notifications_on",
            "notifications_off",
            "auto_detect_on",
            "auto_detect_off",
        ),
        "pycam_settings",
    }
)
"""Commands that its buttons give; all need an owner."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Somebody looks at their Home tab. `received`: seconds since the epoch."""

    team: str
    user: str
    received: float


class _Event(Strict):
    type: str
    user: str = Field("", max_length=64)
    tab: str = ""


class _Told(Strict):
    team_id: str = Field("", max_length=64)
    event: _Event


class Carrier(Protocol):
    """What of a Dispatcher is needed here."""

    def trusted(self, request: Request) -> Reply: ...
    def put(self, *outgoing: Outgoing) -> None: ...


def parse_event(payload: object, received: float) -> Opened | None:
    """Who opened their Home tab; None for every other event. Raises Malformed."""
    try:
        told = _Told.model_validate(payload)
    except ValidationError as error:
        raise Malformed(f"the event is malformed ({error.error_count()} errors)") from None
    if told.event.type != "app_home_opened" or told.event.tab != "home" or not told.event.user:
        return None
    return Opened(told.team_id, told.event.user, received)


class HomeTab:
    """Shows it, and carries out what is pressed there. Raises NotAccepted as the dispatcher does."""

    def __init__(self, carrier: Carrier, client: Client, context: Context) -> None:
        self._carrier, self._client, self._context = carrier, client, context

    def opened(self, opened: Opened) -> None:
        """Make it anew. Doing it twice does no harm, so that nothing is remembered."""
        self._check_team(opened.team)
        self._show(opened.user, opened.received, "")

    def press(self, press: Press, signature: str | None = None) -> None:
        """Carry out a button of it, and show what came of that."""
        self._check_team(press.team)
        prefix, name = press.action[: len(HOME)], press.action[len(HOME) :]
        if press.action != REFRESH and not (prefix == HOME and name in OFFERED):
            log.info("the unknown button %r was pressed by %s", press.action[:60], press.user)
            return
        try:
            if not read_snapshot(self._client, signature).first_time:
                raise NotAccepted("it is a replay")
        except StateUnavailable as error:
            log.warning("%s by %s was not carried out: %s", press.action, press.user, error)
            self._show(press.user, press.received, "" if press.action == REFRESH else REDIS_AWAY)
            return
        self._show(press.user, press.received, "" if press.action == REFRESH else self._do(name, press))

    def _do(self, name: str, press: Press) -> str:
        """What there is to say of it."""
        role = role_of(press.user, self._context.settings.slack)
        if role is not Role.OWNER:
            log.warning("%s by %s was refused: the role is %s", press.action, press.user, role)
            return refusal(press.user, role)
        request = Request(
            command=name,
            text=press.value,
            team=press.team,
            user=press.user,
            channel="",
            response_url="",
            received=press.received,
            trigger=press.trigger,
        )
        reply = self._carrier.trusted(request)
        return "" if press.action == SETTINGS and reply.outgoing else reply.text

    def _show(self, user: str, now: float, notice: str) -> None:
        if not (user.isascii() and user.isalnum()):
            raise NotAccepted("the user's id is none")
        try:
            payload = {"user": user, "view": self._view(user, now, notice)}
            self._carrier.put(Outgoing("home", f"home-{user}", payload, once=f"home-{user}"))
        except (DiskFull, OSError) as error:
            log.error("the Home tab of %s cannot be made: %s", user, error)

    def _view(self, user: str, now: float, notice: str) -> dict[str, object]:
        context = self._context
        role = role_of(user, context.settings.slack)
        if role is Role.STRANGER:  # no button, no state: nothing of the house is theirs to see
            return closed_view(refusal(user, role))
        snapshot: Snapshot | None
        try:
            snapshot = read_snapshot(self._client)
        except StateUnavailable:
            snapshot = None
        return home_view(_facts(user, role, now, notice, snapshot, context))

    def _check_team(self, team: str) -> None:
        if not in_team(team, self._context.settings.slack):
            raise NotAccepted("it comes from another workspace than slack.team_id")


def _facts(  # noqa: PLR0917 — all of them are what it shows
    user: str, role: Role, now: float, notice: str, snapshot: Snapshot | None, context: Context
) -> HomeFacts:
    dashboard = context.settings.dashboard
    page = context.history.page(Filters(), limit=LAST_EVENTS)
    lines = [line_of(entry, now, context) for entry in page.entries]
    asked = Request("pi_status", "", "", user, "", "", now)
    if snapshot is None:
        return HomeFacts(
            status=without_redis(asked, NOTHING_KNOWN, context).text, events=lines, armed={}, notice=notice
        )
    auto = snapshot.wishes.auto
    return HomeFacts(
        status=pi_status(asked, snapshot, context).text,
        events=lines,
        armed={camera: arming(camera, snapshot).verdict.yes for camera in context.camera_names()},
        notifications=should_alert(mute(snapshot), now).yes,
        auto=auto is not None and auto.on,
        may_change=role is Role.OWNER,
        snooze_minutes=context.settings.slack.snooze_minutes,
        notice=notice,
        dashboard=dashboard.public_url if dashboard.enabled else "",
    )
