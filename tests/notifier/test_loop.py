"""The loop with its threads, on real time: lanes do not wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.workspace import Workspace
from app.notifier.courier import Courier
from app.notifier.herald import Herald
from app.notifier.loop import OTHER_LANES, Notifier
from app.notifier.messenger import Messenger
from app.notifier.told import Told
from app.settings.notify import NotifyTarget
from app.shutdown import Shutdown
from tests.deadline import eventually
from tests.fakes.tcp import Deaf
from tests.notifier.conftest import JPEG, Bench, pictures

PATIENCE = 20.0
"""Seconds until a test gives up; nothing here takes that long."""


@pytest.fixture
def bench(tmp_path: Path, slack: Workspace) -> Bench:
    """Its requests may hang for longer than a test lasts."""
    return Bench(tmp_path, slack, timeout_seconds=2 * PATIENCE)


@pytest.fixture
def notifier(bench: Bench) -> Iterator[Notifier]:
    notifier = Notifier(bench.ledger, bench.courier)
    yield notifier
    bench.slack.faults.clear()
    notifier.close()


def test_one_look_is_enough_for_all_that_follows_from_it(bench: Bench, notifier: Notifier) -> None:
    """Each thread looks again when it is done, so that the next step does not wait for the next poll."""
    bench.put_alert()
    notifier.look()
    bench.slack.wait_for(lambda: any(pictures(message) for message in bench.posts()), PATIENCE)


def test_replies_that_hang_do_not_hold_up_an_alert(bench: Bench, notifier: Notifier) -> None:
    bench.slack.faults.add("response_url", "hang", times=None, seconds=PATIENCE)
    for number in range(8):
        payload = {"response_url": f"{bench.slack.url}respond/T/{number}", "text": "x"}
        bench.outbox.put("reply", payload, lane=f"reply-{number}", now=bench.clock)
    notifier.look()
    bench.slack.wait_for(lambda: len(bench.slack.calls("response_url")) == OTHER_LANES, PATIENCE)
    bench.put_alert(picture=None)
    notifier.look()
    bench.slack.wait_for(bench.posts, PATIENCE)
    assert len([item for item in bench.outbox.pending() if item.kind == "reply"]) == 8


def test_mail_servers_that_hang_hold_up_neither_an_alert_nor_its_edits(bench: Bench) -> None:
    """More of them than there are threads for Slack's lanes."""
    with Deaf() as deaf:
        url = f"mailto://127.0.0.1:{deaf.port}?to=a@b.org&from=c@d.org&cto=60&x="
        ended = threading.Event()
        targets = [NotifyTarget.model_validate({"url": f"{url}{n}"}) for n in range(2 * OTHER_LANES)]
        messengers = [
            Messenger(number, target, is_ending=ended.is_set) for number, target in enumerate(targets, 1)
        ]
        by_key = {messenger.key: messenger for messenger in messengers}
        courier = Courier(replace(bench.desk, messengers=by_key), bench.outbox)
        herald = Herald(bench.outbox, bench.events, messengers, Told(bench.data / "told.json"))
        herald.open()
        notifier = Notifier(bench.ledger, courier, hear=herald.hear)
        try:
            first = bench.event()
            bench.events.save_picture(first.id, JPEG)
            bench.put_alert(first)
            notifier.look()
            herald.step()
            notifier.look()
            eventually(lambda: deaf.connections == len(targets), "all of them hang")
            bench.put_alert(bench.event("garden"))
            notifier.look()
            bench.slack.wait_for(lambda: [pictures(m) != [] for m in bench.posts()] == [True] * 2, PATIENCE)
            bench.tag(first)
            notifier.look()
            bench.slack.wait_for(lambda: "tagged" in str(bench.posts()[0].blocks), PATIENCE)
        finally:
            ended.set()
            notifier.close()
    assert len([item for item in bench.outbox.pending() if item.kind == "notify"]) == len(targets)


def test_an_upload_that_hangs_does_not_hold_up_the_next_alert(bench: Bench, notifier: Notifier) -> None:
    bench.slack.faults.add("upload", "hang", seconds=PATIENCE)
    bench.put_alert()
    notifier.look()
    bench.slack.wait_for(lambda: bench.slack.calls("upload"), PATIENCE)
    bench.put_alert(bench.event("garden"))
    notifier.look()
    bench.slack.wait_for(lambda: len(bench.posts()) == 2 and pictures(bench.posts()[1]), PATIENCE)
    first, second = bench.posts()
    assert pictures(first) == []
    assert second.text.startswith("Person at garden")


def test_many_looks_at_once_send_nothing_twice(bench: Bench, notifier: Notifier) -> None:
    for number in range(5):
        bench.put_alert(bench.event(f"cam{number}"))
    for _ in range(50):
        notifier.look()
    bench.slack.wait_for(lambda: [pictures(m) != [] for m in bench.posts()] == [True] * 5, PATIENCE)
    assert [message.text.split(" (")[0][-4:] for message in bench.posts()] == [f"cam{n}" for n in range(5)]
    assert len(bench.slack.calls("chat.postMessage")) == 5


def test_after_the_end_is_asked_for_nothing_new_is_begun(bench: Bench) -> None:
    notifier = Notifier(bench.ledger, bench.courier)
    notifier.close()
    bench.put_alert()
    notifier.look()
    assert bench.slack.requests == []
    assert len(bench.outbox.pending()) == 1


def test_run_ends_when_the_end_is_asked_for(bench: Bench, notifier: Notifier) -> None:
    shutdown = Shutdown()
    shutdown.request()
    notifier.run(shutdown)


def test_an_outbox_that_cannot_be_read_is_looked_at_again(
    bench: Bench, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable() -> None:
        raise OSError(5, "Input/output error")

    bench.put_alert(picture=None)
    with monkeypatch.context() as patched:
        patched.setattr(bench.outbox, "pending", unreadable)
        assert notifier.look() > 0
    notifier.look()
    bench.slack.wait_for(bench.posts, PATIENCE)
