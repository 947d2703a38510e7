"""The message follows what is known of its event."""

from __future__ import annotations

import pytest

from app.domain import Tag
from tests.notifier.conftest import Bench, pictures


def shown(bench: Bench) -> str:
    """All that the one message shows."""
    (message,) = bench.posts()
    return str(message.blocks)


def test_the_end_of_the_event_is_told(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    assert "still going on" in shown(bench)
    bench.events.save(event.model_copy(update={"ended": event.started + 72}))
    bench.put_edit(event)
    bench.drain()
    assert "lasted 1 min 12 s" in shown(bench)
    assert len(pictures(bench.posts()[0])) == 1


def test_a_tag_is_shown_with_who_gave_it_and_may_be_changed(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    bench.tag(event, Tag.OCCUPIED)
    bench.drain()
    assert "tagged *occupied* by <@U0HOMEOWNER>" in shown(bench)
    bench.tag(event, Tag.UNOCCUPIED)
    bench.drain()
    assert "tagged *unoccupied* by <@U0HOMEOWNER>" in shown(bench)
    assert "tag_occupied" in shown(bench)


def test_an_edit_put_before_the_alert_is_out_waits_for_it(bench: Bench) -> None:
    event = bench.put_alert()
    bench.slack.faults.add("chat.postMessage", "500")
    bench.events.save(event.model_copy(update={"ended": event.started + 5}))
    bench.put_edit(event)
    bench.run_once()
    assert len(bench.ledger.pending()) == 2
    assert bench.slack.calls("chat.update") == []
    bench.drain()
    assert "lasted 5 s" in shown(bench)


def test_a_tag_given_while_an_edit_fails_is_in_the_next_one(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    bench.slack.faults.add("chat.update", "500")
    bench.put_edit(event)
    bench.run_once()
    bench.tag(event)
    bench.drain()
    assert "tagged *occupied*" in shown(bench)


def test_an_event_that_was_never_announced_is_edited_in_silence(bench: Bench) -> None:
    bench.put_edit(bench.event())
    bench.drain()
    assert bench.slack.requests == []
    assert bench.set_aside() == []


def test_an_edit_of_a_message_that_a_person_deleted_is_dropped(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    (message,) = bench.posts()
    bench.client._web.chat_delete(channel=message.channel, ts=message.ts)
    bench.put_edit(event)
    bench.drain()
    assert bench.posts() == []
    assert bench.set_aside() == []


def test_an_edit_whose_picture_slack_no_longer_has_keeps_the_buttons(bench: Bench) -> None:
    event = bench.put_alert()
    bench.drain()
    for file_id in bench.slack.files:
        bench.client.delete_file(file_id)
    bench.tag(event)
    bench.drain()
    assert "tagged *occupied*" in shown(bench)
    assert "disarm" in shown(bench)


class TestWithPicturesLeavingSlackAfterTheTag:
    @pytest.fixture
    def bench(self, bench: Bench) -> Bench:
        return Bench(bench.data / "private", bench.slack, delete_picture_after_tag=True)

    def test_the_picture_goes_once_it_is_tagged_and_not_before(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.put_edit(event)
        bench.drain()
        assert len(bench.slack.files) == 1
        bench.tag(event)
        bench.drain()
        assert bench.slack.files == {}
        assert "slack_file" not in shown(bench)
        assert "tagged *occupied*" in shown(bench)

    def test_deleting_is_tried_again_when_slack_does_not_answer(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.drain()
        bench.slack.faults.add("files.delete", "500")
        bench.tag(event)
        bench.drain()
        assert bench.slack.files == {}

    def test_a_file_somebody_else_deleted_first_is_no_trouble(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.drain()
        for file_id in bench.slack.files:
            bench.client.delete_file(file_id)
        bench.tag(event)
        bench.drain()
        assert "tagged *occupied*" in shown(bench)
        assert bench.set_aside() == []

    def test_an_alert_tagged_before_its_picture_is_up_never_shows_it(self, bench: Bench) -> None:
        event = bench.put_alert()
        bench.run_once()
        bench.run_once()  # uploaded, not yet shown
        bench.tag(event)
        bench.drain()
        assert bench.slack.files == {}
        assert "slack_file" not in shown(bench)
