"""/events and the buttons below its list."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.events import MAX_TRAIL, PAGE_EVENTS, Place, events, parse_place, turn
from app.commands.press import Press
from app.commands.request import Context, Mistake, Reply
from app.demo.workspace.blocks import check_blocks
from app.domain import Tag, new_event_id
from app.history.days import day_of, span_of
from app.slack.event_messages import NEWER, OLDER, has_pictures, without_pictures
from app.store.events import ClipFacts, EventRecord, KeepRecord, MessageRecord, TagRecord
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with

TODAY = span_of(day_of(NOW))


def put(context: Context, started: float, camera: str = "front", **facts: Any) -> str:
    event = EventRecord(id=new_event_id(camera, started), camera=camera, started=started, **facts)
    context.events.save(event)
    return event.id


def ask(context: Context, text: str = "") -> Reply:
    return events(request_of("events", text), snapshot_with(), context)


def press(
    context: Context, action: str, value: str, response_url: str = "https://hooks.slack.com/x"
) -> Reply:
    pressed = Press(action, value, "T0HOME", OWNER, "C0HOME", response_url, NOW)
    return turn(pressed, snapshot_with(), context)


def blocks_of(reply: Reply) -> list[dict[str, Any]]:
    """Those of the answer itself, or of the one that follows it."""
    found = list(reply.blocks) or list(reply.outgoing[0].payload["blocks"])
    check_blocks(found, lambda _file: True)
    return found


def ids_in(reply: Reply) -> list[str]:
    return [
        text.rpartition("`")[0].rpartition("`")[2]
        for block in blocks_of(reply)[1:]
        if block["type"] == "section" and "`" in (text := block["text"]["text"])
    ]


def button(reply: Reply, action: str) -> str | None:
    found = [
        element["value"]
        for block in blocks_of(reply)
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == action
    ]
    return found[0] if found else None


def test_the_newest_events_come_first_with_what_is_known_of_each(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    old = put(context, NOW - 7200, ended=NOW - 7170)
    clip = ClipFacts(seconds=34)
    new = put(context, NOW - 60, ended=NOW - 40, person_score=0.87, clip=clip)
    context.events.tag(new, TagRecord(tag=Tag.OCCUPIED, by=OWNER, at=NOW))
    context.events.keep(new, KeepRecord(by=OWNER, at=NOW))
    reply = ask(context)
    assert not reply.in_channel
    assert ids_in(reply) == [new, old]
    told = blocks_of(reply)[1]["text"]["text"]
    for fact in ("*Person* at *front*", "lasted 20 s", "clearly a person (87 %)", "tagged occupied", "kept"):
        assert fact in told
    assert "clip of 34 s" in told
    assert "*Motion* at *front*" in blocks_of(reply)[2]["text"]["text"]


def test_an_event_that_goes_on_says_so_and_one_that_was_cut_off_does_not(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    put(context, NOW - 20)
    put(context, NOW - 86_400)
    _, running, cut_off = blocks_of(ask(context))
    assert "still going on" in running["text"]["text"]
    assert "no end is known" in cut_off["text"]["text"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["now", "night", "yesterday", "back"]),
        ("today", ["now", "night"]),
        ("Yesterday", ["yesterday", "back"]),
        ("back", ["back"]),
        ("back yesterday", ["back"]),
        ("today back", []),
        (day_of(NOW - 86_400).isoformat(), ["yesterday", "back"]),
        ("1999-12-31", []),
    ],
)
def test_a_day_and_a_camera_may_be_named_in_any_order(text: str, expected: list[str], tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    there = {
        "now": put(context, NOW - 1),
        "night": put(context, TODAY.since + 1),
        "yesterday": put(context, TODAY.since - 1),
        "back": put(context, TODAY.since - 2, "back"),
    }
    reply = ask(context, text)
    assert ids_in(reply) == [there[name] for name in expected]
    assert ("There are none." in str(reply.blocks)) is (not expected)


@pytest.mark.parametrize(
    "text", ["garden", "tomorrow", "today yesterday", "front front", "2026-02-30", "../.."]
)
def test_what_is_neither_day_nor_camera_is_said_with_what_would_be(text: str, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="/events yesterday"):
        ask(context_with(tmp_path), text)


def test_pages_lead_to_older_events_and_back_again(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    ids = [put(context, NOW - 100 * number) for number in range(2 * PAGE_EVENTS + 3)]
    first = ask(context, "front")
    assert ids_in(first) == ids[:PAGE_EVENTS]
    assert button(first, NEWER) is None
    second = press(context, OLDER, button(first, OLDER) or "")
    assert ids_in(second) == ids[PAGE_EVENTS : 2 * PAGE_EVENTS]
    put(context, NOW)  # what comes meanwhile moves no page
    third = press(context, OLDER, button(second, OLDER) or "")
    assert ids_in(third) == ids[2 * PAGE_EVENTS :]
    assert button(third, OLDER) is None
    again = press(context, NEWER, button(third, NEWER) or "")
    assert ids_in(again) == ids_in(second)
    assert len(ids_in(press(context, NEWER, button(again, NEWER) or ""))) == PAGE_EVENTS


def test_a_page_takes_the_place_of_the_one_before_it_for_the_person_alone(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    put(context, NOW - 5)
    (item,) = press(context, OLDER, "//").outgoing
    assert item.kind == "reply"
    assert item.payload["replace_original"] is True
    assert item.payload["response_url"] == "https://hooks.slack.com/x"


def test_a_list_of_very_many_pages_still_fits_into_its_buttons(tmp_path: Path) -> None:
    context = context_with(tmp_path, "a" * 32)
    ids = [put(context, NOW - number, "a" * 32) for number in range((MAX_TRAIL + 3) * PAGE_EVENTS)]
    reply = ask(context)
    for _ in range(MAX_TRAIL + 2):
        reply = press(context, OLDER, button(reply, OLDER) or "")
    assert ids_in(reply) == ids[-PAGE_EVENTS:]


def test_where_slack_has_pictures_the_list_follows_with_them(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    event = put(context, NOW - 5)
    context.events.save_message(event, MessageRecord(channel="C0HOME", ts="1.0", file_id="F012345678"))
    reply = ask(context)
    assert reply.text == "The last events follow…"
    assert not reply.blocks
    (item,) = reply.outgoing
    assert item.payload["replace_original"] is False  # Slack replaces no answer to a command
    assert has_pictures(item.payload["blocks"])
    assert ids_in(reply) == [event]
    words = without_pictures(item.payload["blocks"])
    assert not has_pictures(words)
    assert event in json.dumps(words)


def test_each_event_links_to_the_dashboard_where_that_can_be_reached(tmp_path: Path) -> None:
    context = context_with(tmp_path, dashboard={"public_url": "https://cam.example.org/"})
    event = put(context, NOW - 5)
    assert f"<https://cam.example.org/events/{event}|open>" in str(ask(context).blocks)
    without = context_with(tmp_path, dashboard={"public_url": "https://cam.example.org", "enabled": False})
    assert "cam.example.org" not in str(ask(without).blocks)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "/",
        "///",
        "2026-99-99//",
        "/../",
        "/garden/",
        "//../../etc",
        "x//",
        "//" + "1" * 31,
        "2026-11-20/FRONT/",
    ],
)
def test_a_button_that_is_none_of_ours_changes_nothing(value: str, tmp_path: Path) -> None:
    reply = press(context_with(tmp_path), OLDER, value)
    assert "no list that pycam knows" in reply.text
    assert not reply.outgoing


@given(st.text(max_size=200))
def test_whatever_a_button_carries_is_a_place_or_none(value: str) -> None:
    place = parse_place(value)
    assert place is None or place.value() == value


@given(
    st.none() | st.dates(min_value=day_of(0), max_value=day_of(4e9)),
    st.sampled_from([None, "front", "a" * 32, "back-door"]),
    st.lists(st.integers(0, 4_000_000_000).map(lambda at: new_event_id("front", at)), max_size=MAX_TRAIL),
)
def test_every_place_survives_a_button(day: Any, camera: str | None, trail: list[str]) -> None:
    place = Place(day, camera, tuple(trail))
    assert parse_place(place.value()) == place
    assert len(place.value()) <= 2000
