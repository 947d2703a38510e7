"""The head, down to the registers of the HAT: where its servos really went, and what it says of it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.camera.head import LOOK_SECONDS, RETRY_SECONDS, Aim, Head
from app.camera.head_mount import HeadError, PanTiltMount, SimulatedMount, claim, open_mount
from app.settings.head import HeadSettings
from tests.deadline import eventually
from tests.fakes.i2c_bus import CONFIG, SERVO_TWO, FakeHat

HALF_A_DEGREE = 0.5
"""The HAT takes whole microseconds, of which 9.7 are a degree."""


class Rig:
    """A head on a HAT, on a clock of its own."""

    def __init__(self, hat: FakeHat | None = None, *, at: Aim | None = None, **settings: object) -> None:
        self.hat, self.now, self.wish = hat or FakeHat(), 100.0, None if at is None else at
        self.kept: list[Aim] = []
        self.moved_unseen = 0
        self.settings = HeadSettings.model_validate(settings)
        self.head = Head(
            PanTiltMount(lambda: self.hat),
            self.settings,
            wanted=lambda: self.wish,
            at=at,
            keep=self.kept.append,
        )

    def step(self) -> None:
        stood, disturbances = self.hat.stands, self.head.status.disturbances
        delay = self.head.step(self.now)
        if self.hat.stands != stood and self.head.status.disturbances == disturbances:
            self.moved_unseen += 1
        self.now += delay

    def go_on(self, seconds: float) -> None:
        end = self.now + seconds
        while self.now < end:
            self.step()

    def arrive(self) -> None:
        for _ in range(1000):
            self.step()
            if self.wish is not None and self.head.status.at == self.wish:
                return
        raise AssertionError(f"still at {self.head.status}")


def near(stands: tuple[float, float] | None, aim: tuple[int, int]) -> bool:
    return stands is not None and all(
        abs(is_ - told) <= HALF_A_DEGREE for is_, told in zip(stands, aim, strict=True)
    )


def test_it_looks_where_it_is_wanted() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(30, -10)
    rig.arrive()
    assert near(rig.hat.stands, (30, -10))
    assert rig.head.status.kind == "pantilt"
    assert not rig.head.status.problem


def test_it_goes_in_small_steps_and_says_that_it_moves() -> None:
    rig = Rig(at=Aim(0, 0), step_degrees=3)
    rig.go_on(LOOK_SECONDS)
    rig.wish = Aim(31, -10)
    rig.step()
    assert rig.head.status.moving
    rig.arrive()
    assert not rig.head.status.moving
    for before, after in pairwise(rig.hat.path):
        assert abs(after[0] - before[0]) <= 3 + HALF_A_DEGREE
        assert abs(after[1] - before[1]) <= 3 + HALF_A_DEGREE
    assert len(rig.hat.path) >= 11


def test_until_somebody_aims_it_no_servo_is_touched() -> None:
    rig = Rig()
    rig.go_on(10)
    assert rig.hat.writes == 0
    assert rig.head.status.at is None
    assert not rig.head.status.moving


def test_from_an_unknown_position_it_goes_straight_to_the_wish() -> None:
    rig = Rig()
    rig.wish = Aim(80, 10)
    rig.step()
    assert near(rig.hat.stands, (80, 10))
    assert len(rig.hat.path) == 1


def test_after_a_restart_it_begins_where_it_stood() -> None:
    rig = Rig(at=Aim(40, 20))
    rig.wish = Aim(-40, 20)
    rig.step()
    assert near(rig.hat.path[0], (40, 20))
    rig.arrive()
    assert near(rig.hat.stands, (-40, 20))


def test_a_restart_holds_the_old_position_without_a_new_wish() -> None:
    rig = Rig(at=Aim(40, 20))
    rig.go_on(1)
    assert near(rig.hat.stands, (40, 20))
    assert rig.head.status.disturbances == 1


def test_what_was_reached_is_kept_once_not_each_step() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(60, 0)
    rig.go_on(10)
    assert rig.kept == [Aim(60, 0)]


def test_the_newest_wish_wins_in_the_middle_of_a_move() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(90, 0)
    rig.go_on(0.3)
    halfway = rig.head.status.at
    assert halfway is not None
    assert 0 < halfway.pan < 90
    rig.wish = Aim(-20, 0)
    rig.arrive()
    assert near(rig.hat.stands, (-20, 0))
    assert max(pan for pan, _tilt in rig.hat.path) <= halfway.pan + HALF_A_DEGREE


def test_a_wish_beyond_the_limits_ends_at_the_limit() -> None:
    rig = Rig(at=Aim(0, 0), tilt_degrees=(-30, 60))
    rig.wish = Aim(10, -80)
    rig.go_on(5)
    assert near(rig.hat.stands, (10, -30))
    assert rig.head.status.wanted == Aim(10, -30)
    assert not rig.head.status.moving


def test_the_servos_are_switched_off_a_while_after_the_move() -> None:
    rig = Rig(at=Aim(0, 0), hold_seconds=2)
    rig.wish = Aim(10, 0)
    rig.arrive()
    rig.go_on(1.5)
    assert rig.hat.powered == (True, True)
    rig.go_on(1)
    assert rig.hat.powered == (False, False)
    rig.wish = Aim(0, 0)
    rig.arrive()
    assert near(rig.hat.stands, (0, 0))
    assert rig.hat.powered == (True, True)


def test_switching_off_is_a_disturbance_as_the_camera_may_sink_a_little() -> None:
    rig = Rig(at=Aim(0, 0), hold_seconds=2)
    rig.go_on(1.9)
    before = rig.head.status.disturbances
    rig.go_on(0.3)
    assert rig.hat.powered == (False, False)
    assert rig.head.status.disturbances == before + 1


def test_no_timer_of_the_library_switches_servos_behind_its_back() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(4, 4)
    rig.arrive()
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_camera_that_would_sink_is_held_for_ever() -> None:
    rig = Rig(at=Aim(0, 0), hold_seconds=0)
    rig.go_on(60)
    assert rig.hat.powered == (True, True)


def test_the_lights_stay_off() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.go_on(1)
    assert not rig.hat.lights


def test_every_movement_is_a_disturbance_until_the_picture_has_settled() -> None:
    rig = Rig(at=Aim(0, 0), settle_seconds=0.5)
    rig.wish = Aim(50, 10)
    rig.go_on(4)  # with the servos' power going at the end
    assert rig.moved_unseen == 0
    assert rig.now > rig.head.status.still_at
    before = rig.head.status
    rig.wish = Aim(49, 10)
    rig.step()
    assert rig.head.status.disturbances == before.disturbances + 1
    assert rig.head.status.still_at > rig.now


def test_a_short_disturbance_on_the_bus_is_not_even_noticed() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(30, 0)
    rig.go_on(0.1)
    rig.hat.fail_next = 3
    rig.arrive()
    assert near(rig.hat.stands, (30, 0))
    assert not rig.head.status.problem


def test_a_bus_that_breaks_in_the_middle_of_a_move_is_said_once_and_the_position_stays_true(
    caplog: pytest.LogCaptureFixture,
) -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(60, 60)
    rig.go_on(0.3)

    def break_at_tilt(register: int) -> None:
        if register == SERVO_TWO:
            rig.hat.unplug()

    rig.hat.before_write = break_at_tilt
    rig.go_on(10 * RETRY_SECONDS)
    status = rig.head.status
    assert "does not answer on I2C bus 1" in status.problem
    assert not status.moving
    assert status.at is not None
    assert near(rig.hat.stands, status.at)  # pan went on by one step, tilt did not
    assert status.at.pan == status.at.tilt + 2
    assert len([record for record in caplog.records if record.name == "app.camera.head"]) == 1


def test_a_dead_head_does_not_blind_the_camera() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(60, 60)
    rig.go_on(0.3)
    rig.hat.unplug()
    rig.go_on(RETRY_SECONDS)
    disturbances = rig.head.status.disturbances
    rig.go_on(20 * RETRY_SECONDS)
    assert rig.head.status.disturbances == disturbances
    assert rig.now > rig.head.status.still_at


def test_the_move_is_finished_when_the_bus_is_back_though_the_hat_has_forgotten_all() -> None:
    rig = Rig(at=Aim(0, 0))
    rig.wish = Aim(60, -60)
    rig.go_on(0.3)
    rig.hat.unplug()
    rig.go_on(3 * RETRY_SECONDS)
    rig.hat.lose_power()
    rig.hat.plug_in()
    rig.arrive()
    assert near(rig.hat.stands, (60, -60))
    assert rig.hat.powered == (True, True)
    assert not rig.head.status.problem
    assert all(abs(b[0] - a[0]) <= 2 + HALF_A_DEGREE for a, b in pairwise(rig.hat.path))


def test_servos_that_could_not_be_switched_off_are_when_the_bus_is_back() -> None:
    rig = Rig(at=Aim(0, 0), hold_seconds=1)
    rig.go_on(0.5)
    rig.hat.unplug()
    rig.go_on(3)
    assert rig.head.status.problem
    assert rig.hat.powered == (True, True)
    rig.hat.plug_in()
    rig.go_on(4)
    assert rig.hat.powered == (False, False)
    assert not rig.head.status.problem


def test_a_hat_that_is_plugged_in_later_is_found() -> None:
    hat = FakeHat()
    hat.unplug()
    rig = Rig(hat)
    rig.wish = Aim(5, 5)
    rig.go_on(3 * RETRY_SECONDS)
    assert rig.head.status.problem
    assert rig.head.status.at is None
    hat.plug_in()
    rig.arrive()
    assert near(hat.stands, (5, 5))
    assert not rig.head.status.problem


degrees = st.integers(-90, 90)
aims = st.builds(Aim, degrees, degrees)


@given(
    st.lists(st.tuples(aims, st.integers(1, 60)), min_size=1, max_size=6),
    st.tuples(degrees, degrees).map(sorted),
    st.tuples(degrees, degrees).map(sorted),
    st.integers(1, 45),
    st.none() | aims,
)
def test_whatever_is_wished_in_whatever_order_it_stays_in_reach_and_ends_at_the_newest_wish(
    wishes: list[tuple[Aim, int]], pan: list[int], tilt: list[int], most: int, at: Aim | None
) -> None:
    rig = Rig(at=at, pan_degrees=pan, tilt_degrees=tilt, step_degrees=most)
    for wish, steps in wishes:
        rig.wish = wish
        target, towards = rig.settings.within(*wish), []
        for _ in range(steps):
            rig.step()
            towards.append(rig.head.status.at)
        for before, after in pairwise(towards):
            assert before is not None
            assert after is not None
            for here, there, end in zip(before, after, target, strict=True):
                assert abs(there - here) <= most
                assert abs(end - there) <= abs(end - here)  # never away from where it is wanted
    rig.go_on(10)
    assert rig.head.status.at == target
    assert near(rig.hat.stands, target)
    assert rig.moved_unseen == 0
    for is_pan, is_tilt in rig.hat.path:
        assert pan[0] - HALF_A_DEGREE <= is_pan <= pan[1] + HALF_A_DEGREE
        assert tilt[0] - HALF_A_DEGREE <= is_tilt <= tilt[1] + HALF_A_DEGREE


def test_in_its_thread_it_follows_and_ends_with_the_servos_off() -> None:
    hat, wish = FakeHat(), Aim(20, 10)
    kept: list[Aim] = []
    head = Head(
        PanTiltMount(lambda: hat),
        HeadSettings(step_degrees=10, step_seconds=0.005),
        wanted=lambda: wish,
        at=Aim(0, 0),
        keep=kept.append,
    )
    head.start()
    eventually(lambda: head.status.at == wish, "it is there")
    head.close()
    assert hat.powered == (False, False)
    assert near(hat.stands, wish)
    assert kept == [wish]


def test_an_end_without_a_bus_ends(caplog: pytest.LogCaptureFixture) -> None:
    hat = FakeHat()
    head = Head(
        PanTiltMount(lambda: hat), HeadSettings(), wanted=lambda: Aim(0, 0), at=None, keep=lambda at: None
    )
    head.start()
    eventually(lambda: head.status.at is not None, "it is there")
    hat.unplug()
    head.close()
    assert "the servos may still be on" in caplog.text


def test_a_fault_nobody_thought_of_is_said_and_the_head_tries_on(monkeypatch: pytest.MonkeyPatch) -> None:
    faults = [ZeroDivisionError("once")]

    def wanted() -> Aim:
        if faults:
            raise faults.pop()
        return Aim(5, 5)

    problems: list[str] = []
    head = Head(SimulatedMount(), HeadSettings(), wanted=wanted, at=None, keep=lambda at: None)
    keep_on = head._stop.wait

    def noting(delay: float) -> bool:
        problems.append(head.status.problem)
        return keep_on(delay)

    monkeypatch.setattr(head._stop, "wait", noting)
    head.start()
    eventually(lambda: head.status.at == Aim(5, 5), "it is there")
    head.close()
    assert problems[0] == "the head cannot be turned: once"
    assert not head.status.problem


def refused() -> FakeHat:
    raise FileNotFoundError(2, "No such file or directory", "/dev/i2c-1")


@pytest.mark.parametrize(
    ("kind", "source", "bus", "expected"),
    [
        ("auto", "picamera", FakeHat, "pantilt"),
        ("auto", "picamera:1", FakeHat, "pantilt"),
        ("auto", "picamera", refused, "simulated"),
        ("auto", "rtsp://camera/1", FakeHat, "simulated"),
        ("simulated", "picamera", FakeHat, "simulated"),
        ("pantilt", "/dev/video0", FakeHat, "pantilt"),
        ("pantilt", "picamera", refused, "pantilt"),
    ],
)
def test_which_head_a_camera_has(kind: str, source: str, bus: Callable[[], FakeHat], expected: str) -> None:
    settings = HeadSettings.model_validate({"kind": kind})
    assert open_mount(settings, source, lambda: PanTiltMount(bus)).kind == expected


def test_looking_for_the_hat_leaves_its_servos_off() -> None:
    hat = FakeHat()
    PanTiltMount(lambda: hat).probe()
    assert hat.powered == (False, False)
    assert hat.stands is None


def test_an_absent_bus_is_named() -> None:
    with pytest.raises(HeadError, match="/dev/i2c-1"):
        PanTiltMount(refused).on()


def test_the_bus_belongs_to_one_process() -> None:
    with tempfile.NamedTemporaryFile() as first, open(first.name, "rb") as second:  # noqa: PTH123
        claim(first.fileno())
        with pytest.raises(OSError, match="another camera process has the head"):
            claim(second.fileno())
        claim(first.fileno())


def test_a_servo_is_only_driven_while_the_configuration_says_so() -> None:
    """Of the fake: or the tests above could not fail."""
    hat = FakeHat()
    hat.write_word_data(0x15, SERVO_TWO, 1450)
    assert hat.stands is None
    hat.write_byte_data(0x15, CONFIG, 3)
    assert hat.stands is None
    hat.write_word_data(0x15, 1, 1450)
    assert near(hat.stands, (0, 0))
