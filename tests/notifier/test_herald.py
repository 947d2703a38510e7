"""Who gets an item of their own: each target once for each alert, through restarts, whatever Slack does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.demo.workspace import Workspace
from app.notifier import told as told_module
from app.notifier.herald import RECENT_SECONDS
from app.notifier.told import Told
from app.store.files import DiskFull
from tests.fakes.http_receiver import HttpReceiver
from tests.notifier.besides import Town

Build = Callable[..., Town]


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def town(tmp_path: Path, slack: Workspace, receiver: HttpReceiver) -> Build:
    return lambda *notify: Town(tmp_path, slack, receiver, *notify)


def test_each_target_is_told_once_of_each_alert(town: Build) -> None:
    there = town({}, {})
    for camera in ("front", "garden"):
        there.alert(camera)
    there.drain()
    there.attempt_all()
    assert sorted(there.told()) == sorted(2 * [f"Person at {c} (clearly, 87 %)" for c in ("front", "garden")])


def test_a_target_is_told_of_its_own_cameras(town: Build) -> None:
    there = town({"cameras": ["garden"]})
    there.alert("front")
    there.alert("garden")
    there.drain()
    assert there.told() == ["Person at garden (clearly, 87 %)"]


def test_a_night_target_is_told_by_night(town: Build) -> None:
    there = town({"when": "night", "from": "22:00", "to": "6:00"})
    for hour in (3, 12, 23):
        there.clock = datetime(2026, 11, 20, hour).timestamp()
        there.alert(f"at-{hour}")
        there.attempt_all()
    assert [title.split(" (")[0] for title in there.told()] == ["Person at at-3", "Person at at-23"]


def test_an_address_that_cannot_be_used_is_left_out_and_the_others_are_told(
    town: Build, caplog: pytest.LogCaptureFixture
) -> None:
    there = town({"url": "nope://my-secret-words"}, {})
    there.alert()
    there.drain()
    assert len(there.told()) == 1
    assert "NOTIFY[1] is not told: Apprise does not understand the address" in caplog.text
    assert "my-secret-words" not in caplog.text


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["alert", "attempt", "restart", "edit", "tick"]), max_size=14))
def test_no_restart_repeats_or_forgets_anything(
    tmp_path_factory: pytest.TempPathFactory, slack: Workspace, acts: list[str]
) -> None:
    slack.faults.clear()
    slack.faults.add("*", "500", times=None)
    with HttpReceiver() as receiver:
        there = Town(tmp_path_factory.mktemp("data"), slack, receiver, {})
        events = []
        for act in acts:
            match act:
                case "alert":
                    events.append(there.alert())
                case "edit" if events:
                    there.put_edit(events[-1])
                case "attempt":
                    there.run_once()
                case "restart":
                    there.restart()
                case "tick":
                    there.clock += 7
        there.attempt_all()
        assert len(there.told()) == len(events)


def test_an_alert_that_slack_took_just_before_a_crash_is_told_after_it(town: Build) -> None:
    there = town({})
    there.alert("earlier")
    there.drain()
    event = there.alert("front")
    for item in there.outbox.pending():  # taken, and the herald had no time to write
        there.outbox.done(item)
    there.restart()
    there.attempt_all()
    assert event.announced
    assert there.told() == ["Person at earlier (clearly, 87 %)", "Person at front (clearly, 87 %)"]


def test_what_is_old_or_was_never_announced_is_not_caught_up_with(town: Build) -> None:
    there = town({})
    there.alert("earlier")
    there.drain()
    there.event("front", announced=False)
    there.event("garden", started=there.clock - RECENT_SECONDS - 5)
    there.restart()
    there.attempt_all()
    assert len(there.told()) == 1


def test_nobody_is_told_of_what_was_before_notify(town: Build) -> None:
    there = town()
    there.alert()
    there.drain()
    there.targets = town({}).targets
    there.restart()
    there.attempt_all()
    assert there.told() == []


class TestProbablyNothing:
    def quiet(self, there: Town) -> Any:
        return there.alert(quietened=True, nothing_probability=0.93)

    def test_is_told_only_to_who_is_told_of_everything(self, town: Build) -> None:
        there = town(
            {},
            {"when": "night", "from": "0:00", "to": "23:59"},
            {"when": "unacknowledged", "after_minutes": 0},
        )
        self.quiet(there)
        there.drain()
        assert there.told() == ["Probably nothing (person) at front (93 % likely)"]

    def test_the_others_are_told_once_it_is_something_after_all(self, town: Build) -> None:
        there = town({}, {"when": "unacknowledged", "after_minutes": 1})
        event = self.quiet(there)
        there.attempt_all()
        there.restart()
        there.events.save(event.model_copy(update={"quietened": False}))
        for _ in range(2):
            there.put_edit(event)
            there.attempt_all()
        there.clock += 61
        there.attempt_all()
        assert [title.split(" at")[0] for title in there.told()] == ["Probably nothing (person)", "Person"]


class TestTrouble:
    def put(
        self, there: Town, trouble: str, text: str = ":red_circle: Camera *front* has given no picture."
    ) -> None:
        payload = {"channel": None, "text": text, "trouble": trouble}
        there.outbox.put("post", payload, lane="alerts", now=there.clock)

    def test_a_lost_camera_is_told_of_in_plain_words(self, town: Build) -> None:
        there = town({})
        self.put(there, "camera:front")
        there.drain()
        assert there.receiver.texts() == ["pycam\n● Camera front has given no picture."]
        assert there.receiver.pictures() == [[]]

    def test_not_to_who_is_told_of_another_camera_or_can_acknowledge_nothing(self, town: Build) -> None:
        there = town({"cameras": ["garden"]}, {"when": "unacknowledged", "after_minutes": 0})
        self.put(there, "camera:front")
        there.drain()
        assert there.told() == []

    def test_only_if_slack_did_not_take_it_where_that_is_asked(self, town: Build) -> None:
        there = town({"when": "slack_failed", "after_seconds": 60})
        self.put(there, "camera:front")
        there.drain()
        assert (there.told(), len(there.posts())) == ([], 1)
        there.slack.faults.add("*", "500", times=None)
        self.put(there, "web", ":warning: *Web* is silent.")
        there.attempt_all()
        there.clock += 61
        there.attempt_all()
        assert there.receiver.texts() == ["pycam\n⚠ Web is silent."]

    def test_a_restart_repeats_no_notice(self, town: Build) -> None:
        there = town({})
        there.slack.faults.add("*", "500", times=None)
        self.put(there, "camera:front")
        for _ in range(3):
            there.attempt_all()
            there.restart()
        assert len(there.told()) == 1

    def test_any_other_notice_stays_in_slack(self, town: Build) -> None:
        there = town({})
        there.outbox.put("post", {"channel": None, "text": "hello"}, lane="alerts", now=there.clock)
        there.drain()
        assert there.told() == []


def test_while_the_disk_is_full_it_waits_and_nothing_is_lost(
    town: Build, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    there = town({})
    there.slack.faults.add("*", "500", times=None)
    there.alert()

    def full(*_args: Any, **_more: Any) -> str:
        raise DiskFull("no room")

    with monkeypatch.context() as patch:
        patch.setattr(there.outbox, "put", full)
        for _ in range(3):
            there.run_once()
    assert caplog.text.count("waits for the disk") == 1
    there.attempt_all()
    assert len(there.told()) == 1


class TestWhatIsRemembered:
    def test_the_oldest_are_forgotten_but_never_what_still_waits(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(told_module, "KEPT", 3)
        told = Told(tmp_path / "told.json")
        for id_ in "abcdef":
            told.add(id_, "all", waiting={"a"})
        again = Told(tmp_path / "told.json")
        assert [id_ for id_ in "abcdef" if again.extent(id_)] == ["a", "e", "f"]

    def test_a_file_that_cannot_be_read_is_as_none(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "told.json").write_text("half a fi")
        told = Told(tmp_path / "told.json")
        assert (told.is_new, told.extent("a")) == (True, None)
        assert "cannot be read" in caplog.text

    def test_a_disk_that_takes_nothing_is_told_once_and_memory_serves(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        (tmp_path / "file").write_text("not a folder")
        told = Told(tmp_path / "file" / "told.json")
        told.add("a", "all", waiting=())
        told.add("b", "quiet", waiting=())
        assert (told.extent("a"), told.extent("b")) == ("all", "quiet")
        assert caplog.text.count("kept in memory only") == 1
