"""The Home tab: what each role sees, what its buttons do, and what comes of a press."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fakeredis
import pytest

from app.commands.buttons import parse_press
from app.commands.dispatch import REDIS_AWAY, Dispatcher, NotAccepted
from app.commands.home import Opened, parse_event
from app.commands.payload import Malformed
from app.commands.request import Context
from app.demo.workspace.view_blocks import check_view
from app.domain import new_event_id
from app.state.wishes import Armed, Notifications, field_of, read_wishes, write_wishes
from app.store.events import EventRecord, MessageRecord
from tests.commands.builders import MEMBER, NOW, OWNER, STRANGER, context_with

FILE = "F012345678"


class House:
    """A dispatcher and what it put out."""

    def __init__(self, data: Path, *cameras: str, **sections: Any) -> None:
        self.server = fakeredis.FakeServer()
        self.client = fakeredis.FakeRedis(server=self.server, decode_responses=True)
        self.context: Context = context_with(data, *cameras, **sections)
        self.dispatcher = Dispatcher(self.client, self.context, ThreadPoolExecutor(1))

    def open(self, user: str = OWNER, team: str = "T0HOME") -> dict[str, Any]:
        self.dispatcher.home.opened(Opened(team, user, NOW))
        return self.shown()

    def press(self, action: str, value: str = "", user: str = OWNER, **changes: Any) -> dict[str, Any]:
        told = {
            "type": "block_actions",
            "user": {"id": user, "team_id": "T0HOME"},
            "team": {"id": "T0HOME"},
            "trigger_id": "1.2.3",
            "view": {"type": "home", "id": "V1"},
            "actions": [{"action_id": action, "value": value} if value else {"action_id": action}],
        }
        press = parse_press(json.dumps(told | changes), NOW)
        assert press is not None
        self.dispatcher.press(press, changes.get("signature"))
        return self.shown()

    def items(self, kind: str) -> list[Any]:
        return [item for item in self.context.outbox.pending() if item.kind == kind]

    def shown(self) -> dict[str, Any]:
        """The one Home tab that waits to be published."""
        [item] = self.items("home")
        view: dict[str, Any] = item.payload["view"]
        check_view(view, "home", lambda file: file == FILE)
        return view


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path, slack={"owners": [OWNER], "members": [MEMBER], "team_id": "T0HOME"})


def buttons(view: dict[str, Any]) -> dict[str, str]:
    """Action id -> label."""
    return {
        element["action_id"]: element["text"]["text"]
        for block in view["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    }


def test_an_owner_sees_how_it_is_the_buttons_and_the_last_events(house: House) -> None:
    event = EventRecord(
        id=new_event_id("front", NOW - 60), camera="front", started=NOW - 60, person_score=0.9
    )
    house.context.events.save(event)
    house.context.events.save_message(event.id, MessageRecord(channel="C0HOME", ts="1.0", file_id=FILE))
    view = house.open()
    said = json.dumps(view)
    assert "*front*: disarmed, because nobody has armed it yet" in said
    assert event.id in said
    assert FILE in said
    assert buttons(view) == {
        "home_pycam_on": "Arm",
        "home_notifications_off": "Mute for 30 min",
        "home_auto_detect_on": "Let presence arm",
        "home_refresh": "Refresh",
        "home_pycam_settings": "Settings…",
    }


def test_each_button_is_the_one_that_changes_something(house: House) -> None:
    muted = Notifications(by=OWNER, at=NOW - 5, on=False)
    armed = Armed(by=OWNER, at=NOW - 5, on=True)
    write_wishes(house.client, {field_of(muted): muted, field_of(armed, "front"): armed})
    assert {"home_pycam_off", "home_notifications_on"} <= buttons(house.open()).keys()


def test_a_member_sees_and_changes_nothing(house: House) -> None:
    view = house.open(MEMBER)
    assert buttons(view) == {"home_refresh": "Refresh"}
    assert "*front*" in json.dumps(view)
    view = house.press("home_pycam_on", "front", MEMBER)
    assert "needs an owner" in json.dumps(view)
    assert read_wishes(house.client).armed == {}


def test_a_stranger_sees_what_to_do_and_nothing_of_the_house(house: House) -> None:
    house.context.events.save(EventRecord(id=new_event_id("front", NOW), camera="front", started=NOW))
    view = house.open(STRANGER)
    assert STRANGER in json.dumps(view)
    assert "front" not in json.dumps(view)
    assert buttons(view) == {}
    assert "front" not in json.dumps(house.press("home_pycam_on", "front", STRANGER))
    assert read_wishes(house.client).armed == {}


def test_a_press_is_carried_out_shown_and_told_to_everybody(house: House) -> None:
    view = house.press("home_pycam_on", "front")
    assert read_wishes(house.client).armed["front"].by == OWNER
    assert "home_pycam_off" in buttons(view)
    assert f"*front* is armed by <@{OWNER}>" in view["blocks"][0]["text"]["text"]
    [post] = house.items("post")
    assert post.payload["channel"] is None
    assert "is armed" in post.payload["text"]


@pytest.mark.parametrize(
    ("action", "value", "so"),
    [
        ("home_notifications_off", "30m", lambda wishes: wishes.notifications.until == NOW + 1800),
        ("home_notifications_on", "", lambda wishes: wishes.notifications.on),
        ("home_auto_detect_on", "", lambda wishes: wishes.auto.on),
        ("home_auto_detect_off", "", lambda wishes: not wishes.auto.on),
        ("home_pycam_off", "front", lambda wishes: not wishes.armed["front"].on),
    ],
)
def test_every_button_does_what_its_command_does(action: str, value: str, so: Any, house: House) -> None:
    house.press(action, value)
    assert so(read_wishes(house.client))


def test_what_changes_nothing_is_said_to_the_person_alone(house: House) -> None:
    house.press("home_pycam_off", "front")
    view = house.press("home_pycam_off", "front")
    assert "already disarmed" in json.dumps(view)
    assert len(house.items("post")) == 1


def test_settings_opens_the_dialog_and_says_nothing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    view = house.press("home_pycam_settings")
    [dialog] = house.items("dialog")
    assert dialog.payload["trigger_id"] == "1.2.3"
    assert view["blocks"][0]["type"] == "header"


def test_a_press_that_is_played_again_is_not_carried_out(house: House) -> None:
    house.press("home_pycam_on", "front", signature="v0=1")
    with pytest.raises(NotAccepted, match="replay"):
        house.press("home_pycam_off", "front", signature="v0=1")
    assert read_wishes(house.client).armed["front"].on


def test_refresh_shows_it_anew_without_a_word(house: House) -> None:
    assert house.press("home_refresh")["blocks"][0]["type"] == "header"


@pytest.mark.parametrize("action", ["home_init", "home_rotate", "home_", "pycam_on", "home_dashboard"])
def test_a_button_that_was_never_there_does_nothing(action: str, house: House) -> None:
    house.open()
    before = house.items("home")
    house.press(action, "front")
    assert house.items("home") == before
    assert read_wishes(house.client).armed == {}


@pytest.mark.parametrize("value", ["garden", "../../etc", "front; rm"])
def test_a_value_that_is_none_is_answered_as_the_command_would(value: str, house: House) -> None:
    assert "There is no camera" in json.dumps(house.press("home_pycam_on", value))
    assert read_wishes(house.client).armed == {}


def test_while_redis_is_away_it_says_so_and_changes_nothing(house: House) -> None:
    house.server.connected = False
    view = house.open()
    assert "Redis does not answer" in json.dumps(view)
    assert buttons(view) == {"home_refresh": "Refresh"}
    assert REDIS_AWAY in json.dumps(house.press("home_pycam_on", "front"))
    house.server.connected = True
    assert read_wishes(house.client).armed == {}


def test_another_workspace_sees_nothing(house: House) -> None:
    with pytest.raises(NotAccepted, match="another workspace"):
        house.open(team="T0OTHER")
    assert house.items("home") == []


def test_with_several_cameras_each_has_its_button(tmp_path: Path) -> None:
    house = House(tmp_path, *(f"camera-{number}" for number in range(30)))
    rows = [block for block in house.open()["blocks"] if block["type"] == "actions"]
    assert [row["elements"][0]["text"]["text"] for row in rows[:2]] == ["Arm camera-0", "Arm camera-1"]


def test_the_dashboard_is_a_link_where_it_can_be_reached(tmp_path: Path) -> None:
    house = House(tmp_path, dashboard={"public_url": "https://cam.example.org"})
    assert "https://cam.example.org" in json.dumps(house.open())


def test_the_event_of_slack_tells_who_looks() -> None:
    event = {"type": "app_home_opened", "user": OWNER, "tab": "home", "channel": "D1"}
    assert parse_event({"team_id": "T0HOME", "event": event}, NOW) == Opened("T0HOME", OWNER, NOW)
    assert parse_event({"event": event | {"tab": "messages"}}, NOW) is None
    assert parse_event({"event": {"type": "message", "user": OWNER}}, NOW) is None


@pytest.mark.parametrize("payload", [None, [], {}, {"event": "app_home_opened"}, {"event": {"type": 1}}])
def test_an_event_that_is_malformed_is_refused(payload: object) -> None:
    with pytest.raises(Malformed):
        parse_event(payload, NOW)


@pytest.mark.parametrize("user", ["", "U 1", "../x", "U" * 65])
def test_a_user_that_is_none_sees_nothing(user: str, house: House) -> None:
    event = {"type": "app_home_opened", "user": user, "tab": "home"}
    try:
        opened = parse_event({"team_id": "T0HOME", "event": event}, NOW)
        if opened is not None:
            house.dispatcher.home.opened(opened)
    except (Malformed, NotAccepted):
        pass
    assert house.items("home") == []
