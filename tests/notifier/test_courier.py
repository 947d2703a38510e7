"""What becomes of an item: sent, again later, or set aside and reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.demo.workspace import Channel, Workspace
from app.domain import new_event_id
from app.notifier.courier import UNEXPECTED_TRIES
from app.store.outbox import Item, Outbox
from tests.notifier.conftest import JPEG, Bench

pytestmark = pytest.mark.filterwarnings(
    "ignore:The top-level `text` argument is missing"
)  # refusing it is the test


def put_post(bench: Bench, text: str = "hello", channel: str | None = None, lane: str = "alerts") -> str:
    id_ = bench.outbox.put("post", {"channel": channel, "text": text}, lane=lane, now=bench.clock)
    bench.clock += 0.001
    return id_


def texts(bench: Bench) -> list[str]:
    return [message.text for message in bench.posts()]


def rests(bench: Bench, attempts: int) -> list[float]:
    """How long the head rests after each of so many attempts."""
    found = []
    for _ in range(attempts):
        ((_, rest),) = bench.run_once()
        found.append(rest)
        bench.clock += rest
    return found


def test_items_of_a_lane_arrive_in_order_even_when_the_first_one_fails(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "500", times=3)
    for text in "abc":
        put_post(bench, text)
    bench.drain()
    assert texts(bench) == ["a", "b", "c"]


def test_pauses_double_up_to_the_limit(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "500", times=None)
    put_post(bench)
    assert rests(bench, 9) == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_half_of_a_pause_is_left_to_chance(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "500", times=None)
    bench.courier._chance = lambda: 0.0
    put_post(bench)
    assert rests(bench, 3) == [0.5, 1, 2]


def test_slack_says_how_long_to_wait_and_is_obeyed_in_every_lane(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "429", retry_after=7)
    put_post(bench, "a")
    put_post(bench, "b", channel=bench.slack.channel.id, lane="elsewhere")
    tried = bench.run_once()
    assert [rest for _, rest in tried] == [7.0, pytest.approx(7.0)]
    assert len(bench.slack.calls("chat.postMessage")) == 1  # the second was not even asked
    assert bench.drain() >= 6.9
    assert sorted(texts(bench)) == ["a", "b"]


def test_a_retry_after_of_years_is_cut_to_an_hour(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "429", retry_after=10**9)
    put_post(bench)
    assert rests(bench, 1) == [3600]


def test_what_failed_is_known_after_a_restart(bench: Bench) -> None:
    bench.slack.faults.add("chat.postMessage", "500")
    put_post(bench)
    bench.run_once()
    bench.restart()
    (item,) = bench.ledger.pending()
    assert item.attempts == 1
    assert "HTTP 500" in item.reason


def test_what_can_never_be_sent_is_set_aside_and_reported_and_holds_up_nothing(bench: Bench) -> None:
    put_post(bench, "")
    put_post(bench, "next")
    bench.drain()
    assert len(bench.set_aside()) == 1
    assert "no_text" in json.loads(bench.set_aside()[0].read_text())["reason"]
    assert texts(bench)[0] == "next"
    assert "A notice of" in texts(bench)[1]
    assert "no_text" in texts(bench)[1]


def test_there_is_never_a_report_about_a_report(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.slack.messages.set_aside", lambda *_: "")
    put_post(bench, "")
    bench.drain()
    assert len(bench.set_aside()) == 2
    assert texts(bench) == []


def test_many_of_a_kind_set_aside_make_one_report(bench: Bench) -> None:
    for _ in range(3):
        put_post(bench, "")
    bench.drain()
    (report,) = texts(bench)
    assert "3 such items" in report


class TestWithTheBotOutsideTheChannel:
    @pytest.fixture
    def slack(self) -> Any:
        channels = [Channel("C0PYCAMHOME", "pycam"), Channel("C0OUTSIDE01", "garden", bot_is_member=False)]
        with Workspace(channels=channels) as workspace:
            yield workspace

    def test_an_alert_waits_and_says_what_to_do(self, bench: Bench) -> None:
        bench = Bench(bench.data / "other", bench.slack, alerts_channel="C0OUTSIDE01")
        bench.put_alert()
        assert rests(bench, 12) == [60] * 12
        (item,) = bench.ledger.pending()
        assert "/invite @pycam" in item.reason
        assert bench.set_aside() == []

    def test_a_picture_asked_for_there_is_given_up_and_the_alerts_channel_told(self, bench: Bench) -> None:
        payload = {"channel": "C0OUTSIDE01", "text": "here"}
        bench.outbox.put("picture", payload, lane="C0OUTSIDE01", picture=JPEG, now=bench.clock)
        bench.drain()
        (report,) = texts(bench)
        assert "A picture that was asked for" in report
        assert "/invite @pycam" in report


def test_a_revoked_token_loses_nothing(bench: Bench) -> None:
    scopes = bench.slack.tokens.pop(bench.slack.bot_token)
    bench.put_alert(picture=None)
    assert rests(bench, 10) == [60] * 10
    bench.slack.tokens[bench.slack.bot_token] = scopes
    bench.drain()
    assert texts(bench) == ["Person at front (clearly, 87 %)"]


def test_a_mistake_of_ours_cannot_hold_up_the_lane_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.notifier import deliver

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(deliver, "STEPS", {**deliver.STEPS, "edit": broken})
    event = bench.put_alert(picture=None)
    bench.drain()
    bench.put_edit(event)
    bench.drain()
    assert len(bench.set_aside()) == 1
    assert "ZeroDivisionError" in texts(bench)[-1]


def test_a_picture_that_is_refused_again_and_again_is_given_up_and_the_alert_stays(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.slack._files, "receive", lambda *_: (400, "not today"))
    bench.put_alert()
    bench.drain()
    assert texts(bench)[0] == "Person at front (clearly, 87 %)"
    assert "the upload was lost" in texts(bench)[1]
    assert len(bench.slack.calls("upload")) == UNEXPECTED_TRIES


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("alert", {"event": {"id": 5}}),
        ("edit", {}),
        ("post", {"text": 5}),
        ("picture", {"channel": None, "text": "x"}),
        ("reply", {"text": "x"}),
    ],
)
def test_a_payload_that_cannot_be_read_is_set_aside(bench: Bench, kind: Any, payload: Any) -> None:
    bench.outbox.put(kind, payload, lane="alerts", now=bench.clock)
    bench.drain()
    assert len(bench.set_aside()) == 1
    assert "cannot be read" in texts(bench)[0]


def test_an_alert_whose_event_id_is_a_path_goes_nowhere(bench: Bench) -> None:
    event = bench.event().model_copy(update={"id": "../../etc/passwd"})
    bench.put_alert(event, picture=None)
    bench.drain()
    assert len(bench.set_aside()) == 1


def test_a_corrupt_file_in_the_outbox_is_set_aside_and_the_rest_goes_out(bench: Bench) -> None:
    (bench.data / "outbox" / "pending" / "0001.json").write_text('{"id": "0001", "kind"')
    put_post(bench)
    bench.drain()
    assert texts(bench) == ["hello"]
    assert len(bench.set_aside()) == 1


def test_what_cannot_be_removed_from_the_outbox_is_not_sent_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(_self: Outbox, _item: Item) -> None:
        raise OSError(30, "Read-only file system")

    put_post(bench)
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "done", read_only)
        for _ in range(4):
            bench.run_once()
    assert texts(bench) == ["hello"]
    assert bench.ledger.pending() == []
    assert bench.outbox.pending() == []


class TestReplies:
    def put_reply(self, bench: Bench, url: str) -> None:
        payload = {"response_url": url, "text": "answer", "replace_original": False}
        bench.outbox.put("reply", payload, lane="reply-1", now=bench.clock)

    @pytest.fixture
    def url(self, slack: Workspace) -> str:
        url, _ = slack._people._urls.issue(slack.channel.id, "U0HOMEOWNER")
        return url

    @pytest.mark.parametrize("fault", [None, "500", "429", "drop", "garbage"])
    def test_a_reply_reaches_who_asked(self, bench: Bench, url: str, fault: Any) -> None:
        if fault:
            bench.slack.faults.add("response_url", fault)
        self.put_reply(bench, url)
        bench.drain()
        (message,) = bench.slack.messages(ephemeral=True)
        assert (message.text, message.visible_to) == ("answer", "U0HOMEOWNER")

    def test_after_half_an_hour_it_is_given_up_without_asking(self, bench: Bench, url: str) -> None:
        self.put_reply(bench, url)
        bench.clock += 1801
        bench.drain()
        assert bench.slack.calls("response_url") == []
        assert "The answer to a command" in texts(bench)[0]

    def test_a_url_that_is_used_up_is_given_up_at_once(self, bench: Bench) -> None:
        self.put_reply(bench, f"{bench.slack.url}respond/T0/unknown")
        bench.run_once()
        assert len(bench.set_aside()) == 1

    @pytest.mark.parametrize(
        "url",
        [
            "https://example.org/hook",
            "http://hooks.slack.com/x",
            "https://hooks.slack.com.example.org/",
            "file:///etc/passwd",
            "https://[::1",
        ],
    )
    def test_nothing_makes_it_post_elsewhere(
        self, bench: Bench, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def posted(*_: object, **__: object) -> None:
            raise AssertionError("it posted")

        monkeypatch.setattr("app.slack.transport.requests.post", posted)
        self.put_reply(bench, url)
        bench.run_once()
        (aside,) = bench.set_aside()
        assert "not Slack's" in json.loads(aside.read_text())["reason"]


class TestPictures:
    def put(self, bench: Bench, picture: bytes | None = JPEG) -> None:
        payload = {"channel": bench.slack.channel.id, "text": "*front*, now"}
        bench.outbox.put("picture", payload, lane=bench.slack.channel.id, picture=picture, now=bench.clock)

    @pytest.mark.parametrize("fault", [None, "500", "drop", "garbage"])
    @pytest.mark.parametrize(
        "method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
    )
    def test_it_is_shared_where_it_was_asked_for(self, bench: Bench, method: str, fault: Any) -> None:
        if fault:
            bench.slack.faults.add(method, fault)
        self.put(bench)
        bench.drain()
        (message,) = bench.posts()
        assert message.text == "*front*, now"
        assert bench.slack.files[message.file_ids[0]].data == JPEG

    def test_without_room_for_the_picture_the_words_go_out_and_say_so(self, bench: Bench) -> None:
        self.put(bench, picture=None)
        bench.drain()
        assert "the disk is full" in texts(bench)[0]

    def test_half_an_hour_later_nobody_waits_for_it(self, bench: Bench) -> None:
        self.put(bench)
        bench.clock += 1801
        bench.drain()
        assert bench.slack.files == {}
        assert "came too late" in texts(bench)[0]


def test_an_event_unknown_to_the_store_is_announced_from_what_the_item_carries(bench: Bench) -> None:
    started = bench.clock
    event = bench.event()
    unknown = event.model_copy(update={"id": new_event_id("attic", started), "camera": "attic"})
    bench.put_alert(unknown)
    bench.drain()
    assert texts(bench) == ["Person at attic (clearly, 87 %)"]
