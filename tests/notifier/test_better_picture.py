"""The same message gets a better picture, and Slack is left with that one alone, whatever the weather."""

from __future__ import annotations

from typing import Any

import pytest

from app.store.events import EventRecord, EventStore
from app.store.outbox import Outbox
from tests.notifier.conftest import JPEG, Bench, pictures

BETTER = JPEG.replace(b"picture", b"better!")
BEST = JPEG.replace(b"picture", b"thebest")


class PowerCut(BaseException):
    """Nothing may catch it, as nothing catches a power cut."""


def put_better(bench: Bench, event: EventRecord, jpeg: bytes | None = BETTER, number: int = 1) -> None:
    payload = {"event_id": event.id, "picture_taken": bench.clock}
    once = f"picture-{number}-{event.id}"
    bench.outbox.put("edit", payload, lane="alerts", picture=jpeg, once=once, now=bench.clock)


def shown(bench: Bench) -> bytes:
    """The bytes of the picture in the one message."""
    (message,) = bench.posts()
    (file_id,) = pictures(message)
    return bench.slack.files[file_id].data


def assert_only(bench: Bench, event: EventRecord, jpeg: bytes) -> None:
    """One message, which shows this, and no other finished upload in Slack; message.json knows it."""
    assert shown(bench) == jpeg
    (message,) = bench.posts()
    assert [id_ for id_, file in bench.slack.files.items() if file.ready_at is not None] == pictures(message)
    kept = bench.events.message_of(event.id)
    assert kept is not None
    assert [kept.file_id] == pictures(message)
    assert bench.outbox.pending() == []
    assert bench.set_aside() == []


def test_the_message_shows_the_better_picture_and_the_first_one_leaves_slack(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    assert shown(bench) == JPEG
    put_better(bench, event)
    bench.drain()
    assert_only(bench, event, BETTER)
    assert len(bench.slack.calls("chat.postMessage")) == 1


def test_two_better_pictures_in_a_row_end_with_the_second(bench: Bench) -> None:
    event = bench.put_alert()
    put_better(bench, event, BETTER, 1)
    put_better(bench, event, BEST, 2)
    bench.drain()
    assert_only(bench, event, BEST)


def test_it_delays_neither_the_alert_nor_its_first_picture(bench: Bench) -> None:
    event = bench.put_alert()
    put_better(bench, event)
    for _ in range(40):
        bench.run_once()
        if bench.slack.calls("chat.update"):
            break
        bench.clock += 0.1
    assert shown(bench) == JPEG
    assert len(bench.slack.calls("files.completeUploadExternal")) == 1


def test_the_text_of_the_event_does_not_wait_for_it(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    put_better(bench, event)
    bench.slack.faults.add("upload", "500", times=3)
    bench.run_once()
    bench.events.save(event.model_copy(update={"ended": event.started + 5}))
    bench.put_edit(event)
    bench.run_once()
    (message,) = bench.posts()
    assert "lasted 5 s" in str(message.blocks)
    assert shown(bench) == JPEG
    bench.drain()
    assert_only(bench, event, BETTER)


@pytest.mark.parametrize("kind", ["429", "500", "drop", "garbage"])
@pytest.mark.parametrize(
    "method",
    [
        "files.getUploadURLExternal",
        "upload",
        "files.completeUploadExternal",
        "files.info",
        "chat.update",
        "files.delete",
    ],
)
def test_a_failure_at_any_step_is_tried_again(bench: Bench, method: str, kind: Any) -> None:
    event = bench.put_alert()
    bench.drain()
    bench.slack.faults.add(method, kind, times=2)
    put_better(bench, event)
    bench.drain()
    assert_only(bench, event, BETTER)


@pytest.mark.parametrize("survived", range(1, 6))
@pytest.mark.parametrize("before", [False, True], ids=["after the write", "before the write"])
def test_a_power_cut_at_any_kept_step_leaves_one_message_with_one_picture(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, survived: int, before: bool
) -> None:
    """It keeps something four times on its way: uploaded, what it replaced, where it stands, done."""
    event = bench.put_alert()
    bench.drain()
    writes = 0

    def cut(then: Any, *arguments: Any) -> None:
        nonlocal writes
        writes += 1
        if before and writes == survived:
            raise PowerCut
        then(*arguments)
        if writes == survived:
            raise PowerCut

    put_better(bench, event)
    with monkeypatch.context() as patched:
        for owner, name in ((Outbox, "keep_progress"), (EventStore, "save_message"), (Outbox, "done")):
            then = getattr(owner, name)
            patched.setattr(owner, name, lambda *given, then=then: cut(then, *given))
        if survived <= 4:
            with pytest.raises(PowerCut):
                bench.drain()
    bench.restart()
    bench.drain()
    assert shown(bench) == BETTER
    # What was uploaded the moment before it could be noted is shared nowhere, and nobody can know of it.
    forgotten = 1 if before and survived == 1 else 0
    assert len(bench.slack.files) == 1 + forgotten
    assert len(bench.slack.calls("chat.postMessage")) == 1
    assert bench.outbox.pending() == []


def test_a_picture_that_slack_never_gets_ready_leaves_the_first_one(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    bench.slack._state.file_ready_seconds = 3600.0
    put_better(bench, event)
    bench.drain()
    assert_only(bench, event, JPEG)


def test_without_the_picture_nothing_changes(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    put_better(bench, event, None)
    bench.drain()
    assert_only(bench, event, JPEG)


def test_a_first_picture_that_somebody_deleted_is_no_trouble(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    for file_id in list(bench.slack.files):
        bench.client.delete_file(file_id)
    put_better(bench, event)
    bench.drain()
    assert_only(bench, event, BETTER)


def test_a_message_that_somebody_deleted_needs_no_picture(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    (message,) = bench.posts()
    bench.client._web.chat_delete(channel=message.channel, ts=message.ts)
    before = set(bench.slack.files)
    put_better(bench, event)
    bench.drain()
    assert set(bench.slack.files) == before
    assert bench.set_aside() == []


def test_an_event_that_was_never_announced_gets_none(bench: Bench) -> None:
    put_better(bench, bench.event())
    bench.drain()
    assert bench.slack.requests == []


@pytest.mark.parametrize("steps", range(5))
def test_a_tag_at_any_moment_takes_every_picture_out_of_slack_if_so_set(bench: Bench, steps: int) -> None:
    private = Bench(bench.data / "private", bench.slack, delete_picture_after_tag=True)
    event = private.put_alert()
    private.drain()
    put_better(private, event)
    for _ in range(steps):
        private.run_once()
        private.clock += 0.5
    private.tag(event)
    private.drain()
    assert private.slack.files == {}
    (message,) = private.posts()
    assert pictures(message) == []
