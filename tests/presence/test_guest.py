"""The guest pass, under clocks that are set."""

from __future__ import annotations

from app.presence.guest import GuestPass
from app.state.wishes import Guest

WALL = 1_800_000_000.0
PASS = Guest(by="U1", at=WALL, until=WALL + 3600)


def test_a_pass_holds_until_its_end() -> None:
    guests = GuestPass()

    assert guests.holds(PASS, now=0, wall=WALL)
    assert guests.holds(PASS, now=3599, wall=WALL + 3599)
    assert not guests.holds(PASS, now=3600, wall=WALL + 3600)


def test_a_clock_that_jumps_neither_ends_it_nor_prolongs_it() -> None:
    guests = GuestPass()
    guests.holds(PASS, now=0, wall=WALL)

    assert guests.holds(PASS, now=10, wall=WALL + 86_400)
    assert not guests.holds(PASS, now=3600, wall=WALL - 86_400)


def test_no_wish_an_ended_one_and_one_taken_back_hold_nothing() -> None:
    guests = GuestPass()

    assert not guests.holds(None, now=0, wall=WALL)
    assert not guests.holds(PASS, now=0, wall=WALL + 7200)
    assert guests.holds(Guest(by="U1", at=WALL, until=WALL + 60), now=0, wall=WALL)
    assert not guests.holds(Guest(by="U1", at=WALL, until=None), now=1, wall=WALL)
