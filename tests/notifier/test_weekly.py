"""The thread that sends the weekly message: only by a steady clock, once, and never longer than the notifier lives."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from app.demo.workspace import Workspace
from app.notifier import weekly as weekly_module
from app.notifier.process import run as run_notifier
from app.notifier.week import Memory
from app.notifier.weekly import RETRY_SECONDS, STEADY_SECONDS, Outcome, Weekly, run
from app.settings.digest import DigestSettings
from app.shutdown import Shutdown
from app.store.files import DiskFull
from app.store.outbox import Outbox
from tests.deadline import eventually
from tests.notifier.conftest import settings_for

BERLIN = ZoneInfo("Europe/Berlin")
DAY, HOUR = 86_400.0, 3_600.0
MONDAY = datetime(2026, 11, 23, 9, tzinfo=BERLIN).timestamp()


class House:
    """A notifier that may be started again, and a clock that may be set."""

    def __init__(self, root: Path, now: float = MONDAY - 3 * DAY) -> None:
        self.root, self.wall, self.monotonic = root, now, 100.0
        self.shutdown = Shutdown()
        self.sent: list[float] = []
        self.outcomes: list[Outcome] = []
        self.start()

    def start(self) -> None:
        self.weekly = Weekly(
            DigestSettings(),
            self.root / "notifier" / "digest.json",
            send=self.send,
            monotonic=lambda: self.monotonic,
            wall=lambda: self.wall,
            zone=BERLIN,
        )

    def send(self, _shutdown: Shutdown) -> Outcome:
        self.sent.append(self.wall)
        return self.outcomes.pop(0) if self.outcomes else Outcome.SENT

    def live(self, seconds: float, step: float = 600.0) -> None:
        """Look every ten minutes."""
        for _ in range(int(seconds / step)):
            self.wall += step
            self.monotonic += step
            self.weekly.step(self.shutdown)

    def reboot(self, off_seconds: float) -> None:
        self.wall += off_seconds
        self.monotonic = 30.0
        self.start()


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_it_is_sent_on_monday_at_nine_and_not_again_that_week(house: House) -> None:
    house.live(9 * DAY)
    assert house.sent == [MONDAY]
    house.live(2 * DAY)
    assert house.sent == [MONDAY, MONDAY + 7 * DAY]


def test_a_restart_sends_nothing_again(house: House) -> None:
    house.live(4 * DAY)
    for _ in range(5):
        house.reboot(60)
        house.live(2 * HOUR)
    assert house.sent == [MONDAY]


def test_what_was_missed_while_it_was_off_is_sent_within_the_day(house: House) -> None:
    house.live(DAY)
    house.reboot(2 * DAY + 6 * HOUR)  # until Monday, 15:00
    house.live(HOUR - 600)
    assert house.sent == []
    house.live(DAY)
    assert house.sent == [MONDAY + 7 * HOUR]


def test_a_week_that_was_missed_by_more_than_a_day_is_left_out(house: House) -> None:
    house.live(DAY)
    house.reboot(4 * DAY)
    house.live(4 * DAY)
    assert house.sent == []
    house.live(5 * DAY)
    assert house.sent == [MONDAY + 7 * DAY]


@pytest.mark.parametrize("wrong", [0.0, 946_684_800.0, MONDAY - 7 * DAY + HOUR, MONDAY + 70 * DAY + HOUR])
def test_a_clock_that_is_wrong_at_the_start_sends_nothing(house: House, wrong: float) -> None:
    house.live(DAY)
    right = house.wall
    house.reboot(wrong - right)
    house.live(STEADY_SECONDS - 600)
    house.wall = right + STEADY_SECONDS  # NTP answers
    house.live(HOUR)
    assert house.sent == []
    house.live(3 * DAY)
    assert house.sent == [MONDAY]


def test_a_clock_that_jumps_must_go_steadily_for_an_hour_first(house: House) -> None:
    house.live(DAY)
    house.wall += 2 * DAY + HOUR  # to Monday, 10:00
    house.live(STEADY_SECONDS)
    assert house.sent == []
    house.live(1200)
    assert len(house.sent) == 1


def test_a_failure_is_tried_once_more_an_hour_later(house: House) -> None:
    house.outcomes = [Outcome.FAILED]
    house.live(5 * DAY)
    assert house.sent == [MONDAY, MONDAY + RETRY_SECONDS]


def test_after_two_failures_the_week_is_given_up(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.outcomes = [Outcome.FAILED, Outcome.FAILED]
    house.live(5 * DAY)
    assert len(house.sent) == 2
    assert "given up" in caplog.text
    house.live(7 * DAY)
    assert len(house.sent) == 3


def test_a_shutdown_costs_no_try(house: House) -> None:
    house.outcomes = [Outcome.STOPPED, Outcome.STOPPED, Outcome.STOPPED]
    for _ in range(3):
        house.live(MONDAY + 3 * HOUR - house.wall) if not house.sent else house.live(HOUR)
        house.reboot(60)
    house.live(2 * HOUR)
    house.live(2 * DAY)
    assert len(house.sent) == 4


def test_a_power_cut_in_the_middle_counts_as_a_try(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCutError(BaseException):
        pass

    def cut(_shutdown: Shutdown) -> Outcome:
        house.sent.append(house.wall)
        raise PowerCutError

    house.live(MONDAY - house.wall - 600)
    monkeypatch.setattr(house, "send", cut)
    house.start()
    for _ in range(4):
        house.reboot(60)
        try:
            house.live(2 * HOUR)
        except PowerCutError:
            continue
    assert len(house.sent) == 2


def test_what_cannot_be_remembered_is_not_sent(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.live(2 * DAY)

    def full(path: Path, _data: bytes, **_: object) -> None:
        raise DiskFull(f"no space left for {path}")

    with monkeypatch.context() as patch:
        patch.setattr(weekly_module, "write_whole", full)
        with pytest.raises(DiskFull):
            house.live(2 * DAY)
        assert house.sent == []
    house.live(HOUR)
    assert len(house.sent) == 1


def test_a_broken_memory_begins_anew(house: House, caplog: pytest.LogCaptureFixture) -> None:
    house.live(4 * DAY)
    (house.root / "notifier" / "digest.json").write_text("{")
    house.live(DAY)
    assert house.sent == [MONDAY]
    assert "cannot be read" in caplog.text
    assert json.loads((house.root / "notifier" / "digest.json").read_text())["settled"]


def test_nothing_is_started_where_no_message_is_wanted(tmp_path: Path) -> None:
    before = threading.active_count()
    weekly = Weekly(DigestSettings(enabled=False), tmp_path / "digest.json")
    weekly.start(Shutdown())
    assert threading.active_count() == before
    weekly.close()


def test_a_thread_that_meets_a_fault_goes_on_looking(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(weekly_module, "LOOK_SECONDS", 0.01)
    looks: list[int] = []

    def step(_shutdown: Shutdown) -> None:
        looks.append(1)
        raise (OSError("no") if len(looks) % 2 else RuntimeError("never thought of"))

    monkeypatch.setattr(house.weekly, "step", step)
    house.weekly.start(house.shutdown)
    eventually(lambda: len(looks) > 3, "it goes on looking")
    house.shutdown.request()
    house.weekly.close()
    assert "never thought of" in caplog.text


# The process


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_process_that_ends_well_has_sent_it() -> None:
    assert run(Shutdown(), python("pass")) is Outcome.SENT


def test_a_process_that_fails_says_why_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    assert run(Shutdown(), python("raise SystemExit('the disk\\nis on fire')")) is Outcome.FAILED
    assert "the disk is on fire" in caplog.text


def test_a_process_that_says_more_than_a_pipe_holds_is_not_held_up() -> None:
    assert run(Shutdown(), python("import sys; sys.stderr.write('x' * 1_000_000)")) is Outcome.SENT


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_a_process_that_takes_too_long_is_ended(caplog: pytest.LogCaptureFixture) -> None:
    before = len(children())
    assert run(Shutdown(), python("import time; time.sleep(600)"), limit_seconds=0.2) is Outcome.FAILED
    assert len(children()) == before
    assert "took longer" in caplog.text


def test_a_process_at_work_ends_with_the_notifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    begun = tmp_path / "begun"
    code = f"open({str(begun)!r}, 'w').close()\nimport time; time.sleep(600)"
    before, shutdown = len(children()), Shutdown()
    result: list[Outcome] = []
    worker = threading.Thread(target=lambda: result.append(run(shutdown, python(code))), daemon=True)
    worker.start()
    eventually(begun.exists, "the process begins")
    shutdown.request()
    worker.join(20)
    assert result == [Outcome.STOPPED]
    assert len(children()) == before


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An appliance on which nothing has happened yet."""
    (tmp_path / "mine.yml").write_text("cameras: [{name: front, source: x.mp4}]\n")
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path / "data"))
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


def test_the_real_process_puts_the_message_into_the_outbox_once(installed: Path) -> None:
    for _ in range(2):
        assert run(Shutdown()) is Outcome.SENT
    (item,) = Outbox(installed / "outbox").pending()
    assert (item.kind, item.lane, item.payload["channel"]) == ("post", "alerts", None)
    assert item.payload["text"].startswith("A quiet week, ")


def test_a_running_notifier_sends_it_to_the_alerts_channel(
    installed: Path, slack: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weekly_module, "STEADY_SECONDS", 0.0)
    monkeypatch.setattr(weekly_module, "LOOK_SECONDS", 0.05)
    past = datetime.now() - timedelta(minutes=2)
    when = {"weekday": f"{past:%A}".lower(), "at": f"{past:%H:%M}"}
    settings = settings_for(slack, installed).model_copy(
        update={"digest": DigestSettings.model_validate(when)}
    )
    memory = Memory(due=past.timestamp() - 7 * DAY, settled=True)
    (installed / "notifier").mkdir()
    (installed / "notifier" / "digest.json").write_text(memory.model_dump_json())
    shutdown = Shutdown()
    notifier = threading.Thread(target=run_notifier, args=(settings, shutdown), daemon=True)
    notifier.start()
    try:
        slack.wait_for(lambda: [m for m in slack.messages() if m.text.startswith("A quiet week, ")], 60)
        eventually(
            lambda: json.loads((installed / "notifier" / "digest.json").read_text())["settled"],
            "it is remembered",
        )
    finally:
        shutdown.request()
        notifier.join(20)
    assert len(slack.messages()) == 1


def test_the_real_process_says_what_is_wrong_with_the_settings(
    installed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Path(os.environ["PYCAM_CONFIG"]).write_text("cameras: 7\n")
    assert run(Shutdown()) is Outcome.FAILED
    assert "cameras" in caplog.text


def test_the_real_process_steps_back_behind_the_cameras(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def look(waits: Callable[[float], bool]) -> Callable[[float], bool]:
        def wait(seconds: float) -> bool:
            seen.extend(child.nice() for child in children() if child.is_running())
            return waits(min(seconds, 0.02))

        return wait

    shutdown = Shutdown()
    monkeypatch.setattr(shutdown, "wait", look(shutdown.wait))
    assert run(shutdown) is Outcome.SENT
    assert max(seen) == 19
