"""/clip: which one is meant, and why there is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.commands.clip import clip
from app.commands.request import Context, Mistake, Reply
from app.domain import new_event_id
from app.store.events import ClipFacts, EventRecord
from tests.commands.builders import NOW, context_with, request_of, snapshot_with


def put(context: Context, ago: float, camera: str = "front", *, with_clip: bool = True, **facts: Any) -> str:
    started = NOW - ago
    recorded = ClipFacts(seconds=20) if with_clip else None
    event = EventRecord(
        id=new_event_id(camera, started),
        camera=camera,
        started=started,
        **{"ended": started + 5, "clip": recorded, **facts},
    )
    context.events.save(event)
    if with_clip:
        context.events.clip_place(event.id).write_bytes(b"mp4")
    return event.id


def ask(context: Context, text: str = "") -> Reply:
    return clip(request_of("clip", text), snapshot_with(), context)


@pytest.mark.parametrize(
    ("text", "which"),
    [("", "back"), ("last", "back"), ("front", "front"), ("last front", "front"), ("LAST back", "back")],
)
def test_the_last_one_that_has_a_clip_is_meant(text: str, which: str, tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    there = {"front": put(context, 500), "back": put(context, 100, "back")}
    put(context, 5, with_clip=False)
    reply = ask(context, text)
    (item,) = reply.outgoing
    assert (item.kind, item.payload) == ("clip", {"event_id": there[which], "channel": "C0HOME"})
    assert f"The clip of *{which}*" in reply.text


def test_an_event_may_be_named_by_its_id(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    event = put(context, 500)
    put(context, 5)
    (item,) = ask(context, event).outgoing
    assert item.payload["event_id"] == event


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"clip_problem": "the disk was too slow <&>"}, "the disk was too slow &lt;&amp;&gt;"),
        ({"ended": None}, "still going on"),
        ({"clip": ClipFacts(seconds=3)}, "not on the disk any more"),
        ({}, "still being written"),
    ],
)
def test_why_there_is_none_is_said(facts: dict[str, Any], why: str, tmp_path: Path) -> None:
    context = context_with(tmp_path)
    reply = ask(context, put(context, 60, with_clip=False, **facts))
    assert why in reply.text
    assert not reply.outgoing


def test_where_clips_are_switched_off_that_is_why(tmp_path: Path) -> None:
    context = context_with(tmp_path, clips={"enabled": False})
    assert "switched off" in ask(context, put(context, 60, with_clip=False)).text


def test_an_event_without_a_clip_is_shown_on_the_dashboard(tmp_path: Path) -> None:
    context = context_with(tmp_path, dashboard={"public_url": "http://pi.local:8090"})
    event = put(context, 60, with_clip=False)
    context.events.save_picture(event, b"jpeg")
    assert f"<http://pi.local:8090/events/{event}|Its picture>" in ask(context, event).text


@pytest.mark.parametrize(
    "text", ["garden", "last garden", "20200101T000000-front-00000000", "../../etc", "front back", "lasts"]
)
def test_what_is_not_there_is_said_with_what_would_be(text: str, tmp_path: Path) -> None:
    context = context_with(tmp_path, "front", "back")
    put(context, 10)
    with pytest.raises(Mistake, match="/clip CAMERA"):
        ask(context, text)


def test_without_any_clip_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no clip of any event yet"):
        ask(context_with(tmp_path))
