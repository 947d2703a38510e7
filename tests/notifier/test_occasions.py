"""Whether it is night, whose event it is, how long to wait, and who has reacted."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.notifier.occasions import concerns, is_night, reacted, wait_left
from app.settings.notify import NotifyTarget
from app.state.wishes import Armed, Notifications, Wishes

ZONES = [
    ZoneInfo(name) for name in ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
]
MOMENTS = st.floats(1.7e9, 1.9e9)
CLOCKS = st.times().map(lambda clock: clock.replace(second=0, microsecond=0))
BERLIN = ZONES[0]


def berlin(*date: int, fold: int = 0) -> float:
    return datetime(*date, tzinfo=BERLIN, fold=fold).timestamp()  # type: ignore[arg-type,misc]


class TestNight:
    @given(MOMENTS, CLOCKS, CLOCKS, st.sampled_from(ZONES))
    def test_a_moment_lies_in_the_night_or_in_the_day_that_is_left(
        self, moment: float, starts: time, ends: time, zone: ZoneInfo
    ) -> None:
        assume(starts != ends)
        assert is_night(moment, starts, ends, zone) != is_night(moment, ends, starts, zone)

    @given(MOMENTS, CLOCKS, CLOCKS, st.sampled_from(ZONES))
    def test_it_is_what_the_clock_on_the_wall_reads_that_counts(
        self, moment: float, starts: time, ends: time, zone: ZoneInfo
    ) -> None:
        """Minute by minute from the start of the night, as somebody at the window would count it."""
        assume(starts != ends)
        wall = datetime.fromtimestamp(moment, zone)
        minutes = (wall.hour * 60 + wall.minute - starts.hour * 60 - starts.minute) % 1440
        length = (ends.hour * 60 + ends.minute - starts.hour * 60 - starts.minute) % 1440
        assert is_night(moment, starts, ends, zone) == (minutes < length)

    @pytest.mark.parametrize(
        ("clock", "night"),
        [
            ((21, 59, 59), False),
            ((22, 0), True),
            ((23, 59, 59), True),
            ((0, 0), True),
            ((5, 59), True),
            ((6, 0), False),
        ],
    )
    def test_it_lasts_across_midnight(self, clock: tuple[int, ...], night: bool) -> None:
        assert is_night(berlin(2026, 11, 20, *clock), time(22), time(6), BERLIN) is night

    def test_the_hour_that_summer_time_skips_ends_no_night_late(self) -> None:
        """29 March 2026, 02:00 is 03:00."""
        last = berlin(2026, 3, 29, 1, 59)
        assert is_night(last, time(22), time(2, 30), BERLIN)
        assert not is_night(last + 60, time(22), time(2, 30), BERLIN)

    def test_the_hour_that_comes_twice_is_night_both_times(self) -> None:
        """25 October 2026, 02:30 comes twice."""
        for fold in (0, 1):
            assert is_night(berlin(2026, 10, 25, 2, 30, fold=fold), time(22), time(3), BERLIN)

    def test_this_machines_zone_is_meant_if_no_other_is_given(self) -> None:
        wall = datetime.now().replace(microsecond=0)
        ends = (wall + timedelta(minutes=1)).time()
        assert is_night(wall.timestamp(), wall.time(), ends)


class TestWhomItConcerns:
    def target(self, **facts: Any) -> NotifyTarget:
        return NotifyTarget.model_validate({"url": "ntfy://t", **facts})

    @pytest.mark.parametrize("when", ["always", "slack_failed", "unacknowledged"])
    def test_by_day_and_by_night(self, when: str) -> None:
        for hour in (3, 12):
            assert concerns(self.target(when=when), "front", berlin(2026, 11, 20, hour), BERLIN)

    def test_the_night_target_by_night_only(self) -> None:
        night = self.target(when="night")
        assert concerns(night, "front", berlin(2026, 11, 20, 3), BERLIN)
        assert not concerns(night, "front", berlin(2026, 11, 20, 12), BERLIN)

    def test_of_its_own_cameras_and_of_what_is_no_cameras(self) -> None:
        picky = self.target(cameras=["garden"])
        assert not concerns(picky, "front", 0.0, UTC)
        assert concerns(picky, "garden", 0.0, UTC)
        assert concerns(picky, "", 0.0, UTC)


class TestWaiting:
    @given(MOMENTS, st.floats(0, 86_400), st.floats(0, 86_400))
    def test_it_is_due_after_its_time(self, created: float, delay: float, later: float) -> None:
        left = wait_left(created, created + later, delay)
        assert left == pytest.approx(max(0.0, delay - later), abs=1e-5)

    @given(MOMENTS, st.floats(0, 86_400), st.floats(1, 1e9))
    def test_a_clock_that_was_set_back_makes_nobody_wait(
        self, created: float, delay: float, back: float
    ) -> None:
        assert wait_left(created, created - back, delay) == 0


class TestReactions:
    def armed(self, on: bool, at: float = 20.0, by: str = "U0HOMEOWNER") -> Wishes:
        return Wishes(armed={"front": Armed(by=by, at=at, on=on)})

    def test_a_camera_disarmed_by_hand_since(self) -> None:
        assert reacted(self.armed(False), "front", since=10.0)

    def test_alerts_muted_since(self) -> None:
        assert reacted(
            Wishes(notifications=Notifications(by="U0HOMEOWNER", at=20.0, on=False)), "front", 10.0
        )

    @pytest.mark.parametrize("by", ["presence", "start"])
    def test_not_what_nobody_did(self, by: str) -> None:
        assert not reacted(self.armed(False, by=by), "front", since=10.0)

    def test_not_what_was_done_before_nor_at_another_camera_nor_arming(self) -> None:
        assert not reacted(self.armed(False), "front", since=30.0)
        assert not reacted(self.armed(False), "garden", since=10.0)
        assert not reacted(self.armed(True), "front", since=10.0)

    def test_not_while_nobody_knows(self) -> None:
        assert not reacted(None, "front", since=10.0)
        assert not reacted(Wishes(), "front", since=10.0)
