"""How long pycam ran and each camera watched is counted by what the processes say, and outlives a restart."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from app.notifier import uptime as uptime_module
from app.notifier.uptime import KEPT_HOURS, UptimeCount, add
from app.shutdown import Shutdown
from app.state.connection import connect
from app.state.facts import STALE_SECONDS, CameraFact, Facts, say
from app.store.files import DiskFull
from app.store.uptime import WRITE_SECONDS, CameraTime, Hour, Hours, Uptime
from tests.deadline import eventually
from tests.fakes.tcp import refused_port

NOON = 1_795_176_000.0
HOUR = int(NOON // 3600)


def fact(at: float = NOON, state: str = "running", *, watching: bool = True) -> CameraFact:
    return CameraFact(at=at, source_state=state, watching=watching)


def counted(camera: CameraFact | None, passed: float = 10.0) -> CameraTime:
    hours: Hours = {}
    add(hours, NOON, passed, Facts(camera={"front": camera} if camera else {}), ["front"])
    return hours[HOUR].cameras["front"]


@pytest.mark.parametrize(
    ("camera", "expected"),
    [
        (fact(), CameraTime(known=10, armed=10, watched=10)),
        (fact(watching=False), CameraTime(known=10)),
        (fact(state="lost"), CameraTime(known=10, armed=10)),
        (fact(state="released", watching=False), CameraTime(known=10)),
        (fact(at=NOON - STALE_SECONDS - 1), CameraTime()),
        (fact(at=NOON + STALE_SECONDS + 1), CameraTime()),
        (None, CameraTime()),
    ],
)
def test_a_camera_watches_while_it_is_armed_and_gives_pictures(
    camera: CameraFact | None, expected: CameraTime
) -> None:
    assert counted(camera) == expected


def test_without_redis_pycam_ran_but_nobody_knows_how_the_cameras_were() -> None:
    hours: Hours = {}
    add(hours, NOON, 10, None, ["front"])
    assert hours == {HOUR: Hour(ran=10)}


def test_a_camera_that_is_not_in_the_settings_any_more_is_not_counted() -> None:
    hours: Hours = {}
    add(hours, NOON, 10, Facts(camera={"front": fact(), "sold": fact()}), ["front"])
    assert set(hours[HOUR].cameras) == {"front"}


@given(st.lists(st.floats(min_value=0, max_value=4e9), max_size=20))
def test_no_clock_makes_it_grow_without_bound_or_forget_the_present(walls: list[float]) -> None:
    hours: Hours = {}
    for number in range(HOUR - KEPT_HOURS, HOUR):
        add(hours, number * 3600.0, 3600.0, None, [])
    for wall in walls:
        add(hours, wall, 10, None, [])
        assert len(hours) <= KEPT_HOURS
        assert hours[int(wall // 3600)].ran >= 10


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def count(self, client: redis.Redis, data: Path) -> UptimeCount:
        return UptimeCount(
            client,
            ["front"],
            Uptime(data),
            monotonic=lambda: self.now,
            wall=lambda: NOON - 100 + self.now,
        )

    def live(self, count: UptimeCount, seconds: float) -> None:
        for _ in range(int(seconds / 10)):
            self.now += 10
            count.step()


def test_it_is_written_down_now_and_then_and_a_restart_goes_on_from_there(
    tmp_path: Path, redis_client: redis.Redis
) -> None:
    say(redis_client, {"camera:front": fact(at=NOON)})
    clock = Clock()
    count = clock.count(redis_client, tmp_path)
    clock.live(count, WRITE_SECONDS - 10)
    assert Uptime(tmp_path).read() == {}
    clock.live(count, 10)
    assert Uptime(tmp_path).read()[HOUR].ran == WRITE_SECONDS
    again = clock.count(redis_client, tmp_path)
    clock.live(again, WRITE_SECONDS)
    hour = Uptime(tmp_path).read()[HOUR]
    assert (hour.ran, hour.heard) == (2 * WRITE_SECONDS, 2 * WRITE_SECONDS)
    assert hour.cameras["front"].watched == 20  # the fact is never said again


def test_without_redis_it_counts_all_the_same(tmp_path: Path) -> None:
    clock = Clock()
    count = clock.count(connect(f"redis://127.0.0.1:{refused_port()}/0"), tmp_path)
    clock.live(count, 20)
    count.step(last=True)
    assert Uptime(tmp_path).read() == {HOUR: Hour(ran=20)}


def test_a_full_disk_is_said_once_and_costs_nothing_but_what_a_power_cut_then_takes(
    tmp_path: Path,
    redis_client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = Clock()
    count = clock.count(redis_client, tmp_path)

    def full(_self: Uptime, _hours: Hours) -> None:
        raise DiskFull("no space left")

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(Uptime, "write", full)
        clock.live(count, 3 * WRITE_SECONDS)
    assert caplog.text.count("cannot be written down") == 1
    clock.live(count, WRITE_SECONDS)
    assert sum(hour.ran for hour in Uptime(tmp_path).read().values()) == 4 * WRITE_SECONDS


def test_the_end_writes_down_what_was_counted(
    tmp_path: Path, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uptime_module, "LOOK_SECONDS", 0.01)
    count, shutdown = UptimeCount(redis_client, ["front"], Uptime(tmp_path)), Shutdown()
    count.start(shutdown)
    eventually(lambda: sum(hour.ran for hour in count._hours.values()) > 0.05, "it counts")
    assert Uptime(tmp_path).read() == {}
    shutdown.request()
    count.close()
    assert sum(hour.ran for hour in Uptime(tmp_path).read().values()) > 0.05
