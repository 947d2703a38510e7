"""Who is home, on a clock the test moves."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain import Presence
from app.presence.decide import Arrived, BecameUnknown, Decider, Known, Left, Transition
from app.presence.evidence import Evidence, Round
from app.presence.person import LONGEST_GAP_SECONDS, PersonState

SEEN, NOT_SEEN, NO_ANSWER = Evidence.SEEN, Evidence.NOT_SEEN, Evidence.NO_ANSWER
LEAVE, UNKNOWN, POLL = 300.0, 600.0, 30.0
WALL = 1_800_000_000.0


class House:
    """A decider with a clock: each round comes `every` seconds after the one before."""

    def __init__(self, *people: str, home: Iterable[str] | None = None) -> None:
        self.now = 1000.0
        restored = {name: PersonState(home=name in home) for name in people} if home is not None else None
        self.decider = Decider(
            dict.fromkeys(people, LEAVE), unknown_seconds=UNKNOWN, now=self.now, restored=restored
        )
        self.people = people

    def round(
        self, *evidence: Evidence, every: float = POLL, wall: float = WALL, devices: int | None = 10
    ) -> list[Transition]:
        self.now += every
        return self.decider.round(
            Round(dict(zip(self.people, evidence, strict=True)), devices), now=self.now, wall=wall
        )

    def rounds(self, count: int, *evidence: Evidence, every: float = POLL) -> list[Transition]:
        return list(itertools.chain(*(self.round(*evidence, every=every) for _ in range(count))))

    @property
    def presence(self) -> Presence:
        return self.decider.presence


def settled(*people: str, home: Iterable[str]) -> House:
    house = House(*people, home=home)
    house.rounds(2, *(SEEN if name in set(home) else NOT_SEEN for name in people))
    return house


def test_one_sighting_is_an_arrival() -> None:
    house = settled("Robin", home=[])

    assert house.round(SEEN) == [Arrived("Robin", first=True)]
    assert house.presence is Presence.HOME


def test_only_the_first_who_arrives_and_the_last_who_leaves_are_called_so() -> None:
    house = settled("Robin", "Kim", home=[])

    assert house.round(SEEN, NOT_SEEN) == [Arrived("Robin", first=True)]
    assert house.round(SEEN, SEEN) == [Arrived("Kim", first=False)]
    assert house.rounds(30, NOT_SEEN, SEEN) == [Left("Robin", last=False)]
    assert house.rounds(30, NOT_SEEN, NOT_SEEN) == [Left("Kim", last=True)]
    assert house.presence is Presence.AWAY


def test_leaving_takes_the_time_and_a_round_that_confirms_it() -> None:
    house = settled("Robin", home=["Robin"])

    assert house.rounds(10, NOT_SEEN) == []
    assert house.decider.leaving
    assert house.presence is Presence.HOME
    assert house.round(NOT_SEEN) == [Left("Robin", last=True)]


def test_a_phone_that_sleeps_for_less_is_not_gone_and_starts_the_wait_anew() -> None:
    house = settled("Robin", home=["Robin"])

    for _ in range(5):
        assert house.rounds(9, NOT_SEEN) == []
        assert house.round(SEEN) == []
    assert house.presence is Presence.HOME


def test_a_sighting_in_the_confirming_round_ends_the_departure() -> None:
    house = settled("Robin", home=["Robin"])
    house.rounds(10, NOT_SEEN)

    assert house.round(SEEN) == []
    assert house.rounds(10, NOT_SEEN) == []


def test_rounds_without_an_answer_freeze_the_leave_timer() -> None:
    house = settled("Robin", home=["Robin"])
    house.rounds(8, NOT_SEEN)

    assert house.rounds(15, NO_ANSWER) == []
    assert house.rounds(2, NOT_SEEN) == []
    assert not house.decider.leaving
    assert house.presence is Presence.HOME


def test_an_outage_between_the_end_of_the_wait_and_its_confirmation_asks_for_a_new_one() -> None:
    house = settled("Robin", home=["Robin"])
    house.rounds(10, NOT_SEEN)
    house.round(NO_ANSWER)

    assert house.round(NOT_SEEN) == [Left("Robin", last=True)]


def test_a_silent_router_makes_it_unknown_once_and_known_again_once() -> None:
    house = settled("Robin", home=["Robin"])

    assert house.rounds(20, NO_ANSWER) == []
    assert house.rounds(30, NO_ANSWER) == [BecameUnknown()]
    assert house.presence is Presence.UNKNOWN
    assert house.round(SEEN) == []
    assert house.round(SEEN) == [Known(Presence.HOME)]
    assert house.presence is Presence.HOME


def test_who_came_home_during_the_outage_has_arrived_when_it_ends() -> None:
    house = settled("Robin", home=[])
    house.rounds(30, NO_ANSWER)

    assert house.rounds(2, SEEN) == [Known(Presence.HOME), Arrived("Robin", first=True)]


def test_a_router_that_never_answered_since_the_start_makes_it_unknown_too() -> None:
    house = House("Robin", home=["Robin"])

    assert house.rounds(30, NO_ANSWER) == [BecameUnknown()]


def test_one_seen_person_makes_the_house_known_though_another_is_not() -> None:
    house = settled("Robin", "Kim", home=["Robin", "Kim"])
    house.rounds(30, SEEN, NO_ANSWER)

    assert house.decider.people["Kim"].unknown
    assert house.presence is Presence.HOME


def test_nobody_is_away_while_one_of_them_is_unknown() -> None:
    house = settled("Robin", "Kim", home=["Robin", "Kim"])
    house.rounds(30, NOT_SEEN, NO_ANSWER)

    assert house.decider.people["Robin"].home is False
    assert house.presence is Presence.UNKNOWN


def test_the_last_departure_waits_for_the_router_that_would_see_the_other_one_return() -> None:
    house = settled("Robin", "Kim", home=["Kim"])
    house.rounds(10, NOT_SEEN, NOT_SEEN)

    assert house.round(NO_ANSWER, NOT_SEEN) == [Left("Kim", last=False)]
    assert house.presence is Presence.UNKNOWN
    house.round(NOT_SEEN, NOT_SEEN)
    assert house.presence is Presence.AWAY


def test_after_a_start_one_round_concludes_nothing() -> None:
    house = House("Robin", home=[])

    assert house.round(SEEN) == []
    assert house.presence is Presence.UNKNOWN
    assert house.round(SEEN) == [Arrived("Robin", first=True)]


def test_a_restart_takes_nobody_for_gone_before_the_whole_wait_is_over() -> None:
    house = House("Robin", home=["Robin"])

    assert house.rounds(10, NOT_SEEN) == []
    assert house.presence is Presence.HOME


def test_a_house_that_was_never_known_is_unknown_until_the_first_wait_is_over() -> None:
    house = House("Robin")

    house.rounds(11, NOT_SEEN)
    assert house.presence is Presence.UNKNOWN
    house.round(NOT_SEEN)
    assert house.presence is Presence.AWAY


def test_a_collapsed_list_asks_for_one_more_confirmation() -> None:
    house = settled("Robin", "Kim", home=["Robin", "Kim"])

    house.round(NOT_SEEN, NOT_SEEN, devices=1)
    house.rounds(9, NOT_SEEN, NOT_SEEN)
    assert house.round(NOT_SEEN, NOT_SEEN) == []
    assert house.round(NOT_SEEN, NOT_SEEN) == [Left("Robin", last=False), Left("Kim", last=True)]


def test_a_process_that_slept_for_an_hour_does_not_count_it_as_absence() -> None:
    house = settled("Robin", home=["Robin"])

    assert house.round(NOT_SEEN, every=3600) == []
    assert house.decider.people["Robin"].unseen_seconds == LONGEST_GAP_SECONDS
    assert not house.decider.leaving


def test_a_wall_clock_that_jumps_by_days_decides_nothing() -> None:
    house = settled("Robin", home=["Robin"])

    for jump in (86_400.0, -86_400.0, 10 * 86_400.0, -WALL):
        assert house.round(NOT_SEEN, wall=WALL + jump) == []
    assert house.presence is Presence.HOME


def test_a_guest_is_somebody_home_whatever_the_router_says() -> None:
    house = settled("Robin", home=[])
    house.decider.set_guest(True)
    assert house.presence is Presence.HOME

    house.rounds(30, NO_ANSWER)
    assert house.presence is Presence.HOME
    house.decider.set_guest(False)
    assert house.presence is Presence.UNKNOWN


class AnyHousehold(RuleBasedStateMachine):
    """Whatever routers say in whatever order, what must never happen does not."""

    PEOPLE = ("Robin", "Kim")

    @initialize(home=st.none() | st.sets(st.sampled_from(PEOPLE)))
    def start(self, home: set[str] | None) -> None:
        self.house = House(*self.PEOPLE, home=home)
        self.home: dict[str, bool | None] = {
            name: None if home is None else name in home for name in self.PEOPLE
        }
        self.unseen = dict.fromkeys(
            self.PEOPLE, 0
        )  # healthy rounds in a row (but for silence) without a sighting
        self.healthy = dict.fromkeys(self.PEOPLE, 0)  # healthy rounds in a row
        self.heard = dict.fromkeys(
            self.PEOPLE, 0
        )  # healthy rounds in a row since the last time of being unknown
        self.silent = dict.fromkeys(self.PEOPLE, 0.0)

    @rule(
        evidence=st.tuples(*[st.sampled_from(Evidence)] * 2),
        every=st.sampled_from([0.0, 1.0, 30.0, 119.0, 3600.0, 86_400.0]),
        jump=st.sampled_from([0.0, 86_400.0, -86_400.0]),
        devices=st.none() | st.integers(0, 20),
        times=st.integers(1, 12),
    )
    def rounds(
        self, evidence: tuple[Evidence, ...], every: float, jump: float, devices: int | None, times: int
    ) -> None:
        for _ in range(times):
            self._one(evidence, every, jump, devices)

    def _one(self, evidence: tuple[Evidence, ...], every: float, jump: float, devices: int | None) -> None:
        before = self.house.presence
        was_unknown = {name: state.unknown for name, state in self.house.decider.people.items()}
        said = self.house.round(*evidence, every=every, wall=WALL + jump, devices=devices)
        for name, found in zip(self.PEOPLE, evidence, strict=True):
            self.unseen[name] = 0 if found is SEEN else self.unseen[name] + (found is NOT_SEEN)
            self.healthy[name] = 0 if found is NO_ANSWER else self.healthy[name] + 1
            after = self.house.decider.people[name]
            if after.home is True and self.home[name] is not True:
                assert found is SEEN
                assert not was_unknown[name] or self.healthy[name] >= 2
            if after.home is False and self.home[name] is not False:
                assert found is NOT_SEEN
                assert self.unseen[name] >= LEAVE / LONGEST_GAP_SECONDS + 1
                assert not was_unknown[name] or self.healthy[name] >= 2
            if after.unknown and not was_unknown[name]:
                assert found is NO_ANSWER
            self.home[name] = after.home
        if self.house.presence is Presence.AWAY and before is not Presence.AWAY:
            assert NO_ANSWER not in evidence
        firsts = [one for one in said if isinstance(one, Arrived) and one.first]
        lasts = [one for one in said if isinstance(one, Left) and one.last]
        assert len(firsts) <= (self.house.presence is Presence.HOME and before is not Presence.HOME)
        assert len(lasts) <= (self.house.presence is Presence.AWAY and before is not Presence.AWAY)

    @rule(guest=st.booleans())
    def guests(self, guest: bool) -> None:
        self.house.decider.set_guest(guest)
        if guest:
            assert self.house.presence is Presence.HOME

    @precondition(lambda self: all(home for home in self.home.values()))
    @rule(hours=st.integers(1, 100))
    def silence_moves_nobody(self, hours: int) -> None:
        said = self.house.rounds(hours, NO_ANSWER, NO_ANSWER, every=3600.0)
        assert not [one for one in said if isinstance(one, Arrived | Left)]
        assert all(state.home for state in self.house.decider.people.values())
        self.healthy = dict.fromkeys(self.PEOPLE, 0)

    @invariant()
    def away_means_that_everybody_is_known_to_be(self) -> None:
        if hasattr(self, "house") and self.house.presence is Presence.AWAY:
            states = self.house.decider.people.values()
            assert all(state.home is False and not state.unknown for state in states)


TestAnyHousehold = AnyHousehold.TestCase
TestAnyHousehold.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
