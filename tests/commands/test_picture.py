from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.commands.picture import last_image, take_snapshot
from app.state.facts import Facts
from app.state.wishes import Picture
from tests.commands.builders import NOW, OWNER, camera_fact, context_with, request_of, snapshot_with

JPEG = b"\xff\xd8picture\xff\xd9"


def test_a_running_camera_is_asked_for_a_fresh_picture(tmp_path: Path) -> None:
    snapshot = snapshot_with(facts=Facts(camera={"front": camera_fact()}))
    reply = last_image(request_of("last_image"), snapshot, context_with(tmp_path))
    assert reply.wishes == {"picture:front": Picture(by=OWNER, at=NOW, id="id1", channel="C0HOME")}
    assert reply.text == "Asking front for a picture…"
    assert not reply.in_channel


@pytest.mark.parametrize("state", ["opening", "lost", "released"])
def test_a_camera_process_without_frames_is_asked_too_and_answers_with_what_it_has(
    state: str, tmp_path: Path
) -> None:
    snapshot = snapshot_with(facts=Facts(camera={"front": camera_fact(source_state=state)}))
    assert last_image(request_of("last_image"), snapshot, context_with(tmp_path)).wishes


def test_of_a_silent_camera_process_the_last_picture_goes_to_the_channel_with_its_age(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    context.pictures.save("front", JPEG)
    os.utime(tmp_path / "cameras" / "front" / "last.jpg", (NOW - 7200, NOW - 7200))
    snapshot = snapshot_with(facts=Facts(camera={"front": camera_fact(at=NOW - 60)}))
    reply = last_image(request_of("last_image"), snapshot, context)
    (item,) = reply.outgoing
    assert (item.kind, item.lane, item.picture) == ("picture", "C0HOME", JPEG)
    assert item.payload["channel"] == "C0HOME"
    assert "(taken 2 h ago)" in item.payload["text"]
    assert item.payload["title"] == "front, 2027-01-15 06:00:00 UTC"
    assert not reply.wishes


def test_without_any_picture_it_says_so(tmp_path: Path) -> None:
    reply = last_image(request_of("last_image"), snapshot_with(), context_with(tmp_path))
    assert reply.text == "front is not running, and there is no picture of it yet."
    assert not reply.outgoing


def test_every_camera_answers_as_it_can(tmp_path: Path) -> None:
    snapshot = snapshot_with(facts=Facts(camera={"back": camera_fact()}))
    reply = last_image(request_of("last_image"), snapshot, context_with(tmp_path, "front", "back"))
    assert list(reply.wishes) == ["picture:back"]
    assert "Asking back" in reply.text
    assert "front is not running" in reply.text


def test_a_snapshot_asks_for_a_fresh_picture_and_nothing_else(tmp_path: Path) -> None:
    snapshot = snapshot_with(facts=Facts(camera={"front": camera_fact()}))
    reply = take_snapshot(request_of("snapshot"), snapshot, context_with(tmp_path))
    (wish,) = reply.wishes.values()
    assert isinstance(wish, Picture)
    assert wish.fresh
    assert "Asking front" in reply.text


def test_of_a_silent_camera_process_a_snapshot_sends_no_old_picture(tmp_path: Path) -> None:
    context = context_with(tmp_path)
    context.pictures.save("front", JPEG)
    reply = take_snapshot(request_of("snapshot"), snapshot_with(), context)
    assert "no picture of now" in reply.text
    assert not reply.outgoing
    assert not reply.wishes
