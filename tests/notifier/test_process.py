"""The process: what stops its start, and that it lives with and without Redis."""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
import redis

from app.demo.workspace import Workspace
from app.notifier.process import outbox_fact, run
from app.settings import Settings
from app.shutdown import Shutdown
from app.state.connection import StateUnavailable
from app.state.facts import Facts
from app.state.heartbeat import Pulse
from app.state.snapshot import read_snapshot
from app.state.wake import WakeListener, wake
from app.store.outbox import Item, Outbox
from tests.notifier.conftest import settings_for

T = TypeVar("T")

PATIENCE = 20.0


@contextmanager
def running(settings: Settings) -> Iterator[list[int]]:
    """The notifier in a thread; the list holds its exit code once it has ended."""
    shutdown, code = Shutdown(), list[int]()
    thread = threading.Thread(target=lambda: code.append(run(settings, shutdown)), daemon=True)
    thread.start()
    try:
        yield code
    finally:
        shutdown.request()
        thread.join(PATIENCE)
    assert code == [os.EX_OK]


def put_post(settings: Settings, text: str = "hello") -> None:
    Outbox(settings.storage.data / "outbox").put("post", {"channel": None, "text": text}, lane="alerts")


def told(client: redis.Redis) -> Facts | None:
    """The facts, once the notifier has said of itself and of the outbox. None as well while Redis is too busy."""
    try:
        facts = read_snapshot(client).facts
    except StateUnavailable:
        return None
    return facts if facts.outbox and "notifier" in facts.process else None


def eventually(look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE
    while (found := look()) is None:
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
    return found


@pytest.mark.parametrize(
    ("missing", "said"),
    [("slack_bot_token", "SLACK_BOT_TOKEN is not set"), ("alerts_channel", "slack.alerts_channel is empty")],
)
def test_without_a_token_or_a_channel_it_stops_and_says_which(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, missing: str, said: str
) -> None:
    given = {"slack_bot_token": "xoxb-1", "alerts_channel": "C1"}
    del given[missing]
    channel = given.pop("alerts_channel", "")
    settings = Settings.model_validate(
        {"slack": {"alerts_channel": channel}, "storage": {"data": tmp_path}, "secrets": given}
    )
    assert run(settings, Shutdown()) == os.EX_CONFIG
    assert said in caplog.text


def test_a_second_notifier_on_the_same_outbox_is_refused(
    tmp_path: Path, slack: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(slack, tmp_path)
    put_post(settings)
    with running(settings):
        slack.wait_for(slack.messages, PATIENCE)
        assert run(settings, Shutdown()) == os.EX_TEMPFAIL
    assert "another one is already emptying" in caplog.text


def test_an_outbox_that_cannot_be_made_stops_the_start_with_a_sentence(
    tmp_path: Path, slack: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    assert run(settings_for(slack, tmp_path / "data"), Shutdown()) == os.EX_CANTCREAT
    assert "the outbox cannot be opened" in caplog.text


def test_without_redis_everything_still_goes_out(tmp_path: Path, slack: Workspace) -> None:
    settings = settings_for(slack, tmp_path)
    with running(settings):
        put_post(settings, "before")
        slack.wait_for(slack.messages, PATIENCE)
        put_post(settings, "after")
        slack.wait_for(lambda: len(slack.messages()) == 2, PATIENCE)


def test_a_wake_up_is_answered_and_the_heartbeat_tells_of_the_outbox(
    tmp_path: Path,
    slack: Workspace,
    redis_url: str,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.notifier.loop.POLL_SECONDS", 3600.0)
    monkeypatch.setattr(
        "app.notifier.process.WakeListener", functools.partial(WakeListener, reread_seconds=3600.0)
    )
    settings = settings_for(slack, tmp_path, redis_url=redis_url)
    put_post(settings, "there before the start")

    def woken() -> bool | None:
        with suppress(StateUnavailable):  # on a busy machine Redis may be slower than a client waits
            wake(redis_client, "outbox")
        return len(slack.messages()) == 2 or None

    with running(settings):
        slack.wait_for(slack.messages, PATIENCE)
        put_post(settings, "nobody looks by himself for this one")
        eventually(woken)
        facts = eventually(lambda: told(redis_client))
        assert facts.process["notifier"].pid == os.getpid()
        assert facts.outbox is not None
        assert facts.outbox.set_aside == 0


def test_a_process_that_crashed_is_told_to_slack_once_and_once_when_it_is_well(
    tmp_path: Path,
    slack: Workspace,
    redis_url: str,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.notifier.watchman.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("app.notifier.watch.WELL_SECONDS", 1.0)
    with running(settings_for(slack, tmp_path, redis_url=redis_url)):
        web, deadline = Pulse(redis_client, "web"), time.monotonic() + PATIENCE
        while not slack.messages():
            assert time.monotonic() < deadline, "nobody told"
            for _ in range(3):
                web.beat(at_once=True)
                time.sleep(0.05)
            web = Pulse(
                redis_client, "web"
            )  # another process of that name, and no goodbye from the one before
        while len(slack.messages()) < 2:
            assert time.monotonic() < deadline, "nobody told that it is well"
            web.beat(at_once=True)
            time.sleep(0.05)
    first, second = (message.text for message in slack.messages())
    assert "*Web* ended unexpectedly" in first
    assert "*Web* is well again" in second


def test_the_reserve_is_held_from_the_start(tmp_path: Path, slack: Workspace) -> None:
    settings = settings_for(slack, tmp_path)
    put_post(settings)
    with running(settings):
        slack.wait_for(slack.messages, PATIENCE)
        assert (tmp_path / "outbox" / "reserve").stat().st_size > 1_000_000


def test_no_log_line_holds_the_token_or_a_response_url(
    tmp_path: Path, slack: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_for(slack, tmp_path, backoff_seconds=0.05)
    secret = "T0SECRETPATH"
    payload = {"response_url": f"{slack.url}respond/{secret}/x", "text": "private words"}
    for fault in ("drop", "500"):
        slack.faults.add("response_url", fault)  # type: ignore[arg-type]
        slack.faults.add("chat.postMessage", fault)  # type: ignore[arg-type]
    outbox = Outbox(tmp_path / "outbox")
    outbox.put("reply", payload, lane="reply-1")
    put_post(settings, "other private words")
    with caplog.at_level(logging.DEBUG), running(settings):
        slack.wait_for(lambda: len(slack.calls("response_url")) == 3 and slack.messages(), PATIENCE)
    for private in (slack.bot_token, secret, "private words"):
        assert private not in caplog.text


class TestWhatStatusIsTold:
    def item(self, id_: str, lane: str, created: float, reason: str = "") -> Item:
        fields: dict[str, Any] = {"payload": {}, "reason": reason}
        return Item(id=id_, kind="post", lane=lane, created=created, **fields)

    def test_an_empty_outbox_has_no_age_and_no_problem(self) -> None:
        fact = outbox_fact([], 2, now=9.0)
        assert (fact.waiting, fact.set_aside, fact.oldest_at, fact.problem) == (0, 2, None, "")

    def test_the_trouble_of_alerts_comes_first(self) -> None:
        waiting = [self.item("a", "C1", 1.0, "slow"), self.item("b", "alerts", 2.0, "not invited")]
        fact = outbox_fact(waiting, 0, now=9.0)
        assert (fact.waiting, fact.oldest_at, fact.problem) == (2, 1.0, "not invited")

    def test_what_is_to_be_told_later_waits_as_it_should(self) -> None:
        later = self.item("a", "notify-1", 1.0).model_copy(update={"kind": "notify"})
        troubled = self.item("b", "notify-2", 2.0, "refused").model_copy(update={"kind": "notify"})
        assert outbox_fact([later], 0, now=9.0).waiting == 0
        assert outbox_fact([later, troubled], 0, now=9.0).problem == "refused"
