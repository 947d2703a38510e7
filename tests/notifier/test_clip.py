"""The clip of an event follows into the thread of its alert, whole or as words that say where it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo.workspace import Message, Workspace, files
from app.notifier.clip import UPLOAD_TRIES
from app.store.events import ClipFacts, EventRecord
from tests.notifier.conftest import Bench

MP4 = b"\0\0\0\x18ftypmp42" + b"video" * 40_000


def put_clip(bench: Bench, event: EventRecord, content: bytes = MP4, channel: str | None = None) -> Path:
    """As the camera does, once the clip is whole."""
    facts = ClipFacts(seconds=34, pre_roll_seconds=10, bytes=len(content), width=640, height=480)
    bench.events.save(event.model_copy(update={"ended": event.started + 20, "clip": facts}))
    path = bench.events.clip_place(event.id)
    path.write_bytes(content)
    payload = {"event_id": event.id} | ({"channel": channel} if channel else {})
    bench.outbox.put("clip", payload, lane="clips", now=bench.clock)
    return path


def in_thread(bench: Bench) -> list[Message]:
    return [message for message in bench.slack.messages() if message.thread_ts is not None]


def test_it_follows_in_the_thread_of_its_alert(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    put_clip(bench, event)
    bench.drain()
    [message] = in_thread(bench)
    assert message.thread_ts == bench.posts()[0].ts
    assert message.text == "The clip: 34 s, from 10 s before."
    [file_id] = message.file_ids
    assert bench.slack.files[file_id].data == MP4
    assert bench.slack.files[file_id].mimetype == "video/mp4"
    kept = bench.events.message_of(event.id)
    assert kept is not None
    assert kept.clip_file_id == file_id
    assert kept.file_id  # the picture's is not forgotten over it


def test_it_waits_until_the_alert_stands(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "500", times=3)
    put_clip(bench, bench.put_alert())
    bench.drain()
    [message] = in_thread(bench)
    assert message.thread_ts == bench.posts()[0].ts


def test_a_clip_that_cannot_be_sent_holds_up_no_alert(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    put_clip(bench, event)
    bench.slack.faults.add("upload", "drop", times=1)
    bench.run_once()
    bench.put_alert(picture=None)
    bench.run_once()
    assert len(bench.posts()) == 2
    bench.drain()
    assert len(in_thread(bench)) == 1


def test_what_is_too_large_is_said_with_where_it_is(tmp_path: Path, slack: Workspace) -> None:
    bench = Bench(tmp_path, slack, clip_max_mb=1)
    event = bench.put_alert(picture=None)
    path = put_clip(bench, event, MP4 * 6)
    bench.drain()
    [message] = in_thread(bench)
    assert not message.file_ids
    assert "too large for Slack (1 MB)" in message.text
    assert str(path) in message.text
    assert f"pycam events export {event.id}" in message.text


@pytest.mark.parametrize("most", [0, 1])
def test_the_limit_is_the_owners(most: int, tmp_path: Path, slack: Workspace) -> None:
    bench = Bench(tmp_path, slack, clip_max_mb=most, dashboard={"public_url": "https://cam.example.org"})
    event = bench.put_alert(picture=None)
    put_clip(bench, event)
    bench.drain()
    [message] = in_thread(bench)
    assert bool(message.file_ids) is bool(most)
    assert (f"<https://cam.example.org/events/{event.id}|" in message.text) is not bool(most)


@pytest.mark.parametrize(
    ("asked", "size", "promised"), [(False, 6, True), (True, 6, False), (False, 1, False)]
)
def test_a_link_to_the_bucket_is_promised_only_where_one_comes(
    asked: bool, size: int, promised: bool, tmp_path: Path, slack: Workspace
) -> None:
    """Of what is too large, into the thread of its alert (uploader/process.py)."""
    bench = Bench(tmp_path, slack, clip_max_mb=1)
    uploader = bench.settings.uploader.model_copy(update={"enabled": True, "clips": True})
    bench.settings = bench.settings.model_copy(update={"uploader": uploader})
    bench.restart()
    event = bench.put_alert(picture=None)
    bench.drain()
    slack.faults.add("upload", "drop", times=UPLOAD_TRIES + 1)
    put_clip(bench, event, MP4 * size, channel=slack.channel.id if asked else None)
    bench.drain()
    said = bench.slack.messages()[-1].text
    assert "pycam events export" in said
    assert ("A link to the copy in the bucket follows." in said) is promised


def test_where_the_workspace_takes_no_such_file_words_follow(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = bench.put_alert(picture=None)
    bench.drain()
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 10)
    put_clip(bench, event)
    bench.drain()
    [message] = in_thread(bench)
    assert "Slack takes no such file here" in message.text
    assert bench.set_aside() == []


def test_an_uplink_that_breaks_off_at_each_clip_keeps_no_later_one_waiting(bench: Bench) -> None:
    first, second = bench.put_alert(), bench.put_alert()
    bench.drain()
    path = put_clip(bench, first)
    bench.slack.faults.add("upload", "drop", times=UPLOAD_TRIES + 1)
    put_clip(bench, second)
    bench.drain()
    words, clip = in_thread(bench)
    assert "could not be sent to Slack" in words.text
    assert str(path) in words.text
    assert words.file_ids == ()
    assert bench.slack.files[clip.file_ids[0]].data == MP4
    assert bench.set_aside() == []


def test_after_a_long_time_without_slack_the_clip_comes_as_ever(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    put_clip(bench, event)
    bench.slack.faults.add("*", "500", times=4 * UPLOAD_TRIES)
    bench.drain()
    [message] = in_thread(bench)
    assert bench.slack.files[message.file_ids[0]].data == MP4


def test_a_power_cut_after_it_was_sent_sends_it_no_second_time(bench: Bench) -> None:
    event = bench.put_alert(picture=None)
    bench.drain()
    put_clip(bench, event)
    bench.run_once()
    bench.restart()
    bench.drain()
    assert len(in_thread(bench)) == 1


@pytest.mark.parametrize("what", ["the clip", "the event"])
def test_what_is_gone_meanwhile_is_dropped_with_a_line_in_the_log(
    what: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    event = bench.put_alert(picture=None)
    bench.drain()
    path = put_clip(bench, event)
    if what == "the clip":
        path.unlink()
    else:
        bench.events.remove(event.id)
    with caplog.at_level("INFO"):
        bench.drain()
    assert f"the clip of {event.id} is not sent" in caplog.text
    assert in_thread(bench) == []
    assert bench.set_aside() == []


def test_without_an_alert_there_is_no_thread_to_put_it_into(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    put_clip(bench, bench.event())
    with caplog.at_level("INFO"):
        bench.drain()
    assert "its alert was never sent" in caplog.text
    assert bench.slack.messages() == []


def test_where_the_alert_was_deleted_in_slack_its_clip_is_not_needed(bench: Bench) -> None:
    event = bench.put_alert(picture=None)
    bench.drain()
    [message] = bench.posts()
    bench.client._web.chat_delete(channel=message.channel, ts=message.ts)
    put_clip(bench, event)
    bench.drain()
    assert bench.slack.messages() == []
    assert bench.set_aside() == []


class TestWithPicturesThatLeaveAfterTheTag:
    @pytest.fixture
    def bench(self, tmp_path: Path, slack: Workspace) -> Bench:
        return Bench(tmp_path, slack, delete_picture_after_tag=True)

    def test_the_clip_leaves_with_the_picture(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.drain()
        put_clip(bench, event)
        bench.drain()
        assert len(bench.slack.files) == 2
        bench.tag(event)
        bench.drain()
        assert bench.slack.files == {}

    def test_a_clip_of_a_tagged_event_is_not_sent_any_more(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.tag(event)
        put_clip(bench, event)
        bench.drain()
        assert bench.slack.files == {}
        assert "Its alert is tagged" in in_thread(bench)[0].text

    def test_a_tag_that_comes_while_it_is_on_its_way_takes_it_away(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.drain()
        put_clip(bench, event)
        bench.run_once()  # it is in Slack, but that is not noted yet
        assert len(bench.slack.files) == 2
        bench.tag(event)
        bench.drain()
        assert bench.slack.files == {}


def test_somebody_who_asks_gets_it_in_their_channel_with_when_and_where(bench: Bench) -> None:
    put_clip(bench, bench.event(announced=False), channel=bench.slack.channel.id)
    bench.drain()
    [message] = bench.posts()
    assert message.file_ids
    assert message.text.startswith("*front*, <!date^")
    assert "34 s, from 10 s before." in message.text


def test_who_asked_hears_when_it_has_gone_meanwhile(bench: Bench) -> None:
    put_clip(bench, bench.event(), channel=bench.slack.channel.id).unlink()
    bench.drain()
    assert "A clip" in bench.posts()[0].text
    assert "not on the disk any more" in bench.posts()[0].text


def test_what_was_asked_for_half_an_hour_ago_comes_too_late(bench: Bench) -> None:
    put_clip(bench, bench.event(), channel=bench.slack.channel.id)
    bench.clock += 1801
    bench.drain()
    assert "too late" in bench.posts()[0].text
    assert not bench.slack.files


def test_an_upload_in_hand_is_broken_off_when_the_process_ends_and_done_after(bench: Bench) -> None:
    event = bench.put_alert(picture=None)
    bench.drain()
    put_clip(bench, event, MP4 * 20)
    ending = bench.desk.__class__(
        bench.client, bench.ledger, bench.events, bench.settings, bench.desk.now, lambda: True
    )
    bench.courier._desk = ending
    bench.run_once()
    assert len(bench.ledger.pending()) == 1
    assert in_thread(bench) == []
    bench.restart()
    bench.drain()
    assert len(in_thread(bench)) == 1


def test_a_link_to_the_bucket_follows_with_how_long_it_works(bench: Bench) -> None:
    event = bench.put_alert(picture=None)
    bench.drain()
    put_clip(bench, event)
    bench.drain()
    link = "https://my-pycam.s3.amazonaws.com/pycam/clips/x.mp4?X-Amz-Signature=0"
    payload = {"event_id": event.id, "link": link, "until": bench.clock + 86_400}
    bench.outbox.put("clip", payload, lane="clips", once=f"link-{event.id}", now=bench.clock)
    bench.drain()
    message = in_thread(bench)[-1]
    assert message.text.startswith(f"<{link}|Watch the clip>, until <!date^")
    assert not message.file_ids
