"""One event, one message, with its picture in it, whatever the weather."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.demo.workspace import Message, Workspace
from app.store.files import DiskFull
from app.store.outbox import Item, Outbox
from tests.notifier.conftest import JPEG, Bench, pictures

STEPS = [
    "chat.postMessage",
    "files.getUploadURLExternal",
    "upload",
    "files.completeUploadExternal",
    "files.info",
    "chat.update",
]


class PowerCut(BaseException):
    """Nothing may catch it, as nothing catches a power cut."""


def the_alert(bench: Bench) -> Message:
    """The one message there is."""
    (message,) = bench.posts()
    return message


def test_an_alert_ends_up_as_one_message_with_its_picture_in_it(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    message = the_alert(bench)
    assert message.text == "Person at front (clearly, 87 %)"
    (file_id,) = pictures(message)
    assert bench.slack.files[file_id].data == JPEG
    assert [action["action_id"] for action in message.actions()] == [
        "tag_occupied",
        "tag_unoccupied",
        "snooze",
        "disarm",
    ]
    assert {action["value"] for action in message.actions()} == {event.id}
    assert bench.slack.replies(message) == []
    kept = bench.events.message_of(event.id)
    assert kept is not None
    assert (kept.ts, kept.file_id) == (message.ts, file_id)
    assert bench.outbox.pending() == []


def test_the_text_goes_out_before_anything_is_uploaded(bench: Bench) -> None:
    bench.put_alert()
    bench.run_once()
    assert [request.method for request in bench.slack.requests] == ["chat.postMessage"]


def test_an_alert_without_a_picture_is_text_alone(bench: Bench) -> None:
    bench.put_alert(picture=None)
    bench.drain()
    assert pictures(the_alert(bench)) == []
    assert bench.slack.files == {}


@pytest.mark.parametrize("kind", ["429", "500", "drop", "garbage"])
@pytest.mark.parametrize("method", STEPS)
def test_a_failure_at_any_step_is_tried_again_and_said_once(bench: Bench, method: str, kind: Any) -> None:
    bench.slack.faults.add(method, kind, times=2)
    bench.put_alert()
    bench.drain()
    assert len(pictures(the_alert(bench))) == 1
    assert len([call for call in bench.slack.requests if call.fault]) == 2


def test_a_request_that_hangs_is_given_up_and_made_again(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "hang")
    bench.put_alert()
    bench.drain()
    assert len(pictures(the_alert(bench))) == 1


def test_an_answer_lost_on_its_way_may_repeat_an_alert_but_never_lose_it(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "drop_after")
    event = bench.put_alert()
    bench.drain()
    assert len(bench.posts()) == 2  # Slack has no way to ask whether it took the first one
    kept = bench.events.message_of(event.id)
    assert kept is not None
    assert kept.ts == bench.posts()[-1].ts


@pytest.mark.parametrize("survived", range(4))
def test_a_power_cut_after_any_kept_step_repeats_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, survived: int
) -> None:
    """The alert keeps something three times on its way: posted, uploaded, done."""
    writes = 0

    def counted(self: Outbox, item: Item, *, then: Any) -> None:
        nonlocal writes
        then(self, item)
        writes += 1
        if writes == survived:
            raise PowerCut

    for name in ("keep_progress", "done"):
        then = getattr(Outbox, name)
        monkeypatch.setattr(Outbox, name, lambda self, item, then=then: counted(self, item, then=then))
    bench.put_alert()
    if survived:
        with pytest.raises(PowerCut):
            bench.drain()
    bench.restart()
    bench.drain()
    assert len(pictures(the_alert(bench))) == 1
    assert len(bench.slack.calls("chat.postMessage")) == 1
    assert len(bench.slack.files) == 1


def test_a_power_cut_between_the_message_and_its_note_in_the_outbox_repeats_nothing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_self: Outbox, _item: Item) -> None:
        raise PowerCut

    bench.put_alert()
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "keep_progress", cut)
        with pytest.raises(PowerCut):
            bench.run_once()
    bench.restart()
    bench.drain()
    assert len(bench.slack.calls("chat.postMessage")) == 1
    assert len(pictures(the_alert(bench))) == 1


def test_a_full_disk_does_not_make_it_say_things_twice(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise DiskFull("no space left")

    event = bench.put_alert()
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "keep_progress", full)
        patched.setattr(type(bench.events), "save_message", full)
        for _ in range(5):
            bench.run_once()
            bench.clock += 100
        assert len(bench.slack.calls("chat.postMessage")) == 1
    bench.drain()
    assert len(pictures(the_alert(bench))) == 1
    assert bench.events.message_of(event.id) is not None


def test_a_layout_that_slack_refuses_goes_out_as_plain_text(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.slack.messages._buttons", lambda _facts: [{"type": "lever"}])
    bench.put_alert(picture=None)
    bench.drain()
    message = the_alert(bench)
    assert message.blocks == ()
    assert "Person at *front*" in message.text
    assert "clearly a person (87 %" in message.text
    assert bench.set_aside() == []


class TestWhileSlackStillProcessesThePicture:
    @pytest.fixture
    def slack(self) -> Iterator[Workspace]:
        with Workspace(file_ready_seconds=3600) as workspace:
            yield workspace

    def test_the_next_alerts_text_does_not_wait_for_it(self, bench: Bench) -> None:
        bench.put_alert()
        bench.run_once()
        bench.run_once()
        bench.put_alert(bench.event("garden"))
        bench.run_once()
        assert [message.text.split(" (")[0] for message in bench.posts()] == [
            "Person at front",
            "Person at garden",
        ]

    def test_a_picture_that_is_never_ready_is_shared_in_the_thread(self, bench: Bench) -> None:
        event = bench.put_alert()
        waited = bench.drain()
        message = the_alert(bench)
        assert pictures(message) == []
        assert 10 <= waited <= 12
        shared = bench.slack.calls("files.completeUploadExternal")[-1]
        assert shared.args["channel_id"] == message.channel
        assert shared.args["thread_ts"] == message.ts
        (file,) = bench.slack.files.values()  # the one that could not be shown is gone
        kept = bench.events.message_of(event.id)
        assert kept is not None
        assert kept.file_id == file.id

    def test_an_edit_does_not_wait_for_it(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.run_once()
        bench.run_once()
        bench.tag(event)
        bench.run_once()
        assert "tagged *occupied*" in str(the_alert(bench).blocks)

    def test_without_the_scope_to_ask_it_is_shared_in_the_thread(self, bench: Bench) -> None:
        bench.slack.tokens[bench.slack.bot_token] -= {"files:read"}
        bench.put_alert()
        bench.drain()
        assert len(bench.slack.calls("files.completeUploadExternal")) == 2
        assert bench.set_aside() == []


def test_an_alert_deleted_by_a_person_takes_its_picture_along_without_a_report(bench: Bench) -> None:
    bench.put_alert()
    bench.run_once()
    message = the_alert(bench)
    bench.client._web.chat_delete(channel=message.channel, ts=message.ts)
    bench.drain()
    assert bench.slack.messages() == []
    assert bench.slack.files == {}
    assert bench.set_aside() == []


def test_an_alert_after_an_hour_without_slack_goes_out_and_says_so(bench: Bench) -> None:
    bench.clock -= 3900  # the stand-in stamps messages with the real time
    bench.slack.faults.add("chat.postMessage", "500", times=None)
    bench.put_alert()
    bench.run_once()
    bench.clock += 3900
    bench.slack.faults.clear()
    bench.drain()
    assert "Sent 1 h 5 min late" in str(the_alert(bench).blocks)


def test_a_picture_the_app_may_not_upload_waits_for_its_owner_while_the_text_is_out(bench: Bench) -> None:
    bench.slack.tokens[bench.slack.bot_token] -= {"files:write"}
    bench.put_alert()
    bench.run_once()
    (_, rest) = bench.run_once()[0]
    assert rest == bench.settings.notifier.backoff_max_seconds  # somebody has to add the scope first
    (waiting,) = bench.ledger.pending()
    assert "add the missing scope" in waiting.reason
    assert len(bench.posts()) == 1
