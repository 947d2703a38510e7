"""The notifier as it runs in a house whose Slack is away: by mail and push it is told all the same, once."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.domain import new_event_id
from app.media.jpeg import is_whole_jpeg
from app.notifier.notify_cli import test_picture as stripes
from app.store.events import EventRecord, EventStore
from app.store.outbox import Outbox
from tests.fakes.http_receiver import HttpReceiver
from tests.fakes.smtp_server import MailServer, pictures_in, text_of
from tests.fakes.tcp import Deaf
from tests.scenarios.appliance import Appliance, appliance, eventually

pytestmark = pytest.mark.scenario

PICTURE = stripes()


House = Callable[..., AbstractContextManager[Appliance]]


@pytest.fixture
def house(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> House:
    """One that tells these besides Slack."""

    def telling(*targets: dict[str, Any]) -> AbstractContextManager[Appliance]:
        folder = tmp_path / "credentials"
        folder.mkdir()
        (folder / "private.yml").write_text(yaml.safe_dump({"NOTIFY": list(targets)}))
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
        return appliance(tmp_path, redis_url, notifier={"backoff_seconds": 0.2, "backoff_max_seconds": 0.5})

    return telling


def alert(house: Appliance, camera: str = "front") -> EventRecord:
    """As the camera's recorder does it."""
    now = time.time()
    event = EventRecord(
        id=new_event_id(camera, now), camera=camera, started=now, person_score=0.87, announced=True
    )
    payload = {"event": event.model_dump(mode="json"), "training": True}
    Outbox(house.data / "outbox").put("alert", payload, lane="alerts", picture=PICTURE)
    events = EventStore(house.data / "events")
    events.save(event)
    events.save_picture(event.id, PICTURE)
    return event


def test_while_slack_is_away_every_alert_is_told_once_by_mail_and_not_again_after_a_restart(
    house: House,
) -> None:
    with (
        MailServer() as mail,
        HttpReceiver() as push,
        Deaf() as deaf,
        house(
            {"url": mail.url(), "when": "slack_failed", "after_seconds": 1},
            {"url": push.url("my-secret-topic")},
            {"url": f"mailto://127.0.0.1:{deaf.port}?to=a@b.org&from=c@d.org&cto=30"},
        ) as it,
    ):
        it.slack.faults.add("*", "500", times=None)
        it.start_notifier()
        alert(it, "front")
        alert(it, "garden")
        eventually(lambda: len(mail.mails) == 2 and len(push.got) == 2, "both are told both ways", 40)
        it.processes.stop()
        it.start_notifier()
        alert(it, "cellar")
        eventually(lambda: len(mail.mails) == 3 and len(push.got) == 3, "the third is told both ways", 40)
        it.slack.faults.clear()
        eventually(lambda: len(it.alerts()) == 3, "Slack is told in the end", 40)

        assert [str(arrived["subject"]).split(" (")[0] for arrived in mail.mails] == [
            "Person at front",
            "Person at garden",
            "Person at cellar",
        ]
        assert "Slack does not have this alert." in text_of(mail.mails[0])
        assert [pictures_in(arrived) for arrived in mail.mails] == 3 * [[PICTURE]]
        assert is_whole_jpeg(PICTURE)
        assert len(push.got) == 3
        assert "my-secret-topic" not in it.log("notifier")


def test_while_slack_is_well_only_who_is_told_of_everything_is_told(house: House) -> None:
    with (
        HttpReceiver() as always,
        HttpReceiver() as fallback,
        house(
            {"url": always.url()}, {"url": fallback.url(), "when": "slack_failed", "after_seconds": 0.5}
        ) as it,
    ):
        it.start_notifier()
        alert(it)
        eventually(lambda: len(always.got) == 1 and len(it.alerts()) == 1, "told in Slack and besides", 40)
        outbox = Outbox(it.data / "outbox")
        eventually(lambda: not outbox.pending(), "nothing waits any more", 20)
        assert fallback.asked == 0
        assert always.pictures() == [[PICTURE]]


def test_without_apprise_slack_is_told_and_the_log_says_what_is_missing(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "apprise.py").write_text("raise ImportError('not installed')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "broken"))
    with house({"url": "ntfy://my-secret-topic"}) as it:
        it.start_notifier()
        said = "NOTIFY[1] is not told: the library Apprise is not installed"
        eventually(lambda: said in it.log("notifier"), "it says so", 40)
        alert(it)
        eventually(lambda: len(it.alerts()) == 1, "Slack is told", 40)
