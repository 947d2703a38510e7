from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.buttons import BUTTONS, UNKNOWN_EVENT, Press, parse_press
from app.commands.orders import arming
from app.commands.payload import Malformed
from app.commands.request import Context, Reply
from app.domain import Presence, Tag
from app.slack.wording import when
from app.state.facts import Facts, PresenceFact
from app.state.wishes import Armed, Auto, Notifications, Wishes
from app.store.events import EventRecord
from tests.commands.builders import EVENT, NOW, OWNER, armed, context_with, snapshot_with

BAD_VALUES = (
    "",
    "20270115T080000-front-ffffffff",
    "../../etc/passwd",
    f"{EVENT}/../x",
    "__import__('os')",
    "\0",
)


def payload_of(action: str, value: str | None = EVENT, **changes: Any) -> dict[str, Any]:
    pressed: dict[str, Any] = {"type": "button", "action_id": action, "action_ts": "1.2"}
    if value is not None:
        pressed["value"] = value
    return {
        "type": "block_actions",
        "user": {"id": OWNER, "username": "ann", "team_id": "T0HOME"},
        "team": {"id": "T0HOME", "domain": "home"},
        "channel": {"id": "C0HOME", "name": "home"},
        "response_url": "https://hooks.slack.com/actions/T0HOME/1/x",
        "actions": [pressed],
    } | changes


def press_of(action: str, value: str = EVENT) -> Press:
    press = parse_press(json.dumps(payload_of(action, value)), NOW)
    assert press is not None
    return press


def context_with_event(data: Path, **sections: Any) -> Context:
    context = context_with(data, **sections)
    context.events.save(EventRecord(id=EVENT, camera="front", started=NOW - 60))
    return context


def press_button(action: str, context: Context, value: str = EVENT) -> Reply:
    return BUTTONS[action](press_of(action, value), snapshot_with(armed(True)), context)


@pytest.mark.parametrize(
    ("action", "tag"), [("tag_occupied", Tag.OCCUPIED), ("tag_unoccupied", Tag.UNOCCUPIED)]
)
def test_a_tag_is_stored_with_event_and_sample_and_the_message_is_edited(
    action: str, tag: Tag, tmp_path: Path
) -> None:
    context = context_with_event(tmp_path)
    reply = press_button(action, context)
    stored = context.events.tag_of(EVENT)
    assert stored is not None
    assert (stored.tag, stored.by, stored.at) == (tag, OWNER, NOW)
    assert (tmp_path / "samples" / EVENT / "tag.json").exists()
    (item,) = reply.outgoing
    assert (item.kind, item.lane, item.payload, item.once) == (
        *("edit", "alerts", {"event_id": EVENT}),
        f"edit-{EVENT}",
    )
    assert not reply.text


def test_without_training_no_sample_is_tagged(tmp_path: Path) -> None:
    context = context_with_event(tmp_path, training={"enabled": False})
    press_button("tag_occupied", context)
    assert context.events.tag_of(EVENT) is not None
    assert not (tmp_path / "samples").exists()


def test_snooze_mutes_for_as_long_as_the_setting_says_and_tells_everybody(tmp_path: Path) -> None:
    reply = press_button("snooze", context_with_event(tmp_path))
    assert reply.wishes == {"notifications": Notifications(by=OWNER, at=NOW, on=False, until=NOW + 1800)}
    assert reply.in_channel


@pytest.mark.parametrize("until", [None, NOW + 7200])
def test_snooze_does_not_shorten_a_longer_mute(until: float | None, tmp_path: Path) -> None:
    wishes = Wishes(notifications=Notifications(by="U1", at=NOW - 60, on=False, until=until))
    reply = BUTTONS["snooze"](press_of("snooze"), snapshot_with(wishes), context_with_event(tmp_path))
    assert not reply.wishes
    end = when(until) if until else "`/notifications_on`"
    assert reply.text == f"Notifications are already off until {end} (by <@U1>); that stays."


@pytest.mark.parametrize("until", [NOW - 60, NOW + 60])
def test_snooze_takes_the_place_of_a_mute_that_ends_sooner(until: float, tmp_path: Path) -> None:
    wishes = Wishes(notifications=Notifications(by="U1", at=NOW - 90, on=False, until=until))
    reply = BUTTONS["snooze"](press_of("snooze"), snapshot_with(wishes), context_with_event(tmp_path))
    assert reply.wishes == {"notifications": Notifications(by=OWNER, at=NOW, on=False, until=NOW + 1800)}


def test_a_tag_counts_even_where_its_sample_cannot_be_written(tmp_path: Path) -> None:
    context = context_with_event(tmp_path)
    (tmp_path / "samples").write_text("in the way")
    reply = press_button("tag_occupied", context)
    assert context.events.tag_of(EVENT) is not None
    assert [item.kind for item in reply.outgoing] == ["edit"]


@pytest.mark.parametrize(("action", "value"), [("disarm", EVENT), ("init_confirm", "init")])
def test_with_the_clock_set_back_a_button_still_wins_over_presence(
    action: str, value: str, tmp_path: Path
) -> None:
    facts = Facts(presence=PresenceFact(at=NOW, presence=Presence.AWAY, since=NOW + 600))
    wishes = Wishes(auto=Auto(by="U1", at=NOW - 9000, on=True))
    context = context_with_event(tmp_path)
    reply = BUTTONS[action](press_of(action, value), snapshot_with(wishes, facts), context)
    disarmed = reply.wishes["armed:front"]
    assert isinstance(disarmed, Armed)
    now_is = arming("front", snapshot_with(Wishes(auto=wishes.auto, armed={"front": disarmed}), facts))
    assert not now_is.verdict.yes


def test_disarm_disarms_the_camera_of_the_alert(tmp_path: Path) -> None:
    reply = press_button("disarm", context_with_event(tmp_path))
    assert reply.wishes == {"armed:front": Armed(by=OWNER, at=NOW, on=False)}
    assert reply.in_channel


def test_disarming_twice_says_who_did(tmp_path: Path) -> None:
    context = context_with_event(tmp_path)
    reply = BUTTONS["disarm"](press_of("disarm"), snapshot_with(armed(False, by="U1")), context)
    assert "already disarmed (<@U1> disarmed it" in reply.text
    assert not reply.wishes


def test_the_confirmed_init_sets_the_defaults_and_takes_the_question_away(tmp_path: Path) -> None:
    reply = press_button("init_confirm", context_with(tmp_path), "init")
    assert set(reply.wishes) == {"armed:front", "head:front", "notifications", "auto"}
    (item,) = reply.outgoing
    assert item.kind == "reply"
    assert item.payload["replace_original"] is True
    assert reply.in_channel
    assert f"by <@{OWNER}>: front disarmed" in reply.text


@pytest.mark.parametrize("value", BAD_VALUES)
@pytest.mark.parametrize("action", ["tag_occupied", "tag_unoccupied", "snooze", "disarm"])
def test_a_value_that_is_no_known_event_changes_nothing(action: str, value: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    context = context_with_event(data)
    before = sorted(tmp_path.rglob("*"))
    reply = press_button(action, context, value)
    assert reply == Reply(UNKNOWN_EVENT)
    assert sorted(tmp_path.rglob("*")) == before


def test_init_with_another_value_changes_nothing(tmp_path: Path) -> None:
    assert not press_button("init_confirm", context_with(tmp_path), "everything").wishes


def test_the_team_is_the_users_where_the_app_belongs_to_an_organisation() -> None:
    press = parse_press(json.dumps(payload_of("snooze", team=None)), NOW)
    assert press is not None
    assert press.team == "T0HOME"


@pytest.mark.parametrize("kind", ["view_submission", "shortcut", "something_new"])
def test_other_interactions_are_nobodys_press(kind: str) -> None:
    assert parse_press(json.dumps({"type": kind}), NOW) is None


@pytest.mark.parametrize(
    "payload",
    [
        *("", "{", "null", "[]", "{}", '{"type": 1}', '{"type": "block_actions"}'),
        json.dumps(payload_of("snooze", user={})),
        json.dumps(payload_of("snooze", user={"id": ["U1"]})),
        json.dumps(payload_of("snooze", actions=[])),
        json.dumps(payload_of("snooze", actions=[{"action_id": 7}])),
        json.dumps(payload_of("a" * 256)),
        json.dumps(payload_of("snooze", "v" * 2001)),
        "[" * 100_000,
    ],
)
def test_a_malformed_payload_is_refused(payload: str) -> None:
    with pytest.raises(Malformed):
        parse_press(payload, NOW)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
)
def test_whatever_json_comes_is_a_press_or_malformed(value: Any) -> None:
    for payload in (value, payload_of("snooze", user=value), payload_of("snooze", actions=value)):
        with contextlib.suppress(Malformed):
            parse_press(json.dumps(payload), NOW)
