"""The whole process: phones come and go, the router hangs and lies, and what the cameras make of it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from app.domain import Presence
from app.state.snapshot import read_snapshot
from app.state.wishes import Armed, Guest, read_wishes, write_wishes
from tests.commands.builders import context_with
from tests.deadline import eventually
from tests.fakes.router import FakeRouter
from tests.presence.world import ROBIN, TV, World, press

pytestmark = pytest.mark.scenario


@pytest.fixture
def router() -> Iterator[FakeRouter]:
    with FakeRouter() as running:
        running.connect(TV, "tv")
        running.connect(ROBIN, "robins-phone")
        yield running


@pytest.fixture
def world(tmp_path: Path, redis_client: redis.Redis, redis_url: str, router: FakeRouter) -> Iterator[World]:
    running = World(tmp_path, redis_client, redis_url, router)
    running.auto()
    yield running
    running.stop(signal.SIGKILL)


def test_the_last_phone_leaves_and_the_house_is_armed_it_returns_and_the_house_is_disarmed(
    world: World,
) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    assert not world.camera().yes

    world.router.disconnect(ROBIN)
    leaving = world.wait_for_text("Nobody is home any more (Robin left last)")
    world.wait_for("nobody is home", "away")
    assert world.camera() == (True, "nobody is home")
    world.wait_for_text("Armed, because nobody is home: front")
    assert leaving.payload["blocks"][1]["elements"][0]["action_id"] == "stay_disarmed"

    world.router.connect(ROBIN)
    world.wait_for("somebody is home", "home")
    assert world.camera() == (False, "somebody is home")
    world.wait_for_text("Robin is home; disarmed: front")
    assert world.stop() == 0


@pytest.mark.parametrize("fault", ["hang", "html", "empty"])
def test_a_router_that_hangs_or_lies_disarms_nobody_and_arms_nobody(world: World, fault: str) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    world.router.fault = fault
    world.router.disconnect(ROBIN)

    world.wait_for_text("Who is home has been unknown")
    world.wait_for("unknown, and was home", "home", problem=True)
    assert not world.camera().yes
    world.router.fault = None
    world.wait_for_text("Who is home is known again")
    world.wait_for("nobody is home", "away")

    world.router.fault = fault
    world.router.connect(ROBIN)
    eventually(lambda: sum("unknown" in text for text in world.texts()) == 2, "unknown again")
    world.wait_for("unknown, and was away", "away", problem=True)
    assert world.camera().yes
    world.router.fault = None
    world.wait_for("somebody is home", "home")
    assert not world.camera().yes


def test_stay_disarmed_within_the_exit_delay_wins_and_is_good_for_this_departure_only(
    world: World, tmp_path: Path, redis_client: redis.Redis
) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    world.router.disconnect(ROBIN)
    leaving = world.wait_for_text("Nobody is home any more")

    reply = press(leaving, context_with(tmp_path / "x"), read_snapshot(redis_client))
    assert "stays disarmed" in reply.text
    write_wishes(redis_client, reply.wishes)
    world.wait_for("nobody is home", "away")
    assert not world.camera().yes
    assert not any("Armed" in text for text in world.texts())

    world.router.connect(ROBIN)
    world.wait_for("somebody is home", "home")
    reply = press(leaving, context_with(tmp_path / "x"), read_snapshot(redis_client))
    assert "earlier departure" in reply.text
    assert not reply.wishes
    world.router.disconnect(ROBIN)
    world.wait_for("nobody is home", "away")
    assert world.camera().yes


def test_a_command_wins_until_somebody_really_comes_or_goes(world: World) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    world.wish(Armed(by="U0OWNER", at=time.time(), on=True), "front")
    assert world.camera().yes
    world.router.fault = "hang"
    world.wait_for("unknown", "home", problem=True)
    world.router.fault = None
    world.wait_for("known again", "home")
    assert world.camera().yes  # an outage is no change


def test_a_change_counts_as_newer_than_a_command_given_before_the_clock_was_set_back(world: World) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    tomorrow = time.time() + 86_400
    world.wish(Armed(by="U0OWNER", at=tomorrow, on=False), "front")
    world.router.disconnect(ROBIN)

    world.wait_for("nobody is home", "away")
    assert world.camera().yes


def test_a_restart_remembers_and_acts_on_nothing_before_it_knows(world: World) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    world.router.disconnect(ROBIN)
    world.wait_for("nobody is home", "away")
    since = world.facts.presence.since if world.facts.presence else None
    world.stop(signal.SIGKILL)
    world.router.fault = "hang"
    world.client.flushall()
    world.auto()

    world.start()
    world.wait_for("what was known before", "away", problem=True)
    assert world.camera().yes
    world.router.fault = None
    world.wait_for("known again", "away")
    assert world.facts.presence is not None
    assert world.facts.presence.since == since


def test_a_guest_keeps_the_house_disarmed_and_it_is_armed_when_the_pass_ends(world: World) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    now = time.time()
    world.wish(Guest(by="U0OWNER", at=now, until=now + 3600))
    eventually(lambda: world.facts.presence and "a guest" in world.facts.presence.who, "the guest")
    world.router.disconnect(ROBIN)
    eventually(
        lambda: world.facts.household and world.facts.household.people[0].home is False, "Robin is away"
    )
    assert world.facts.presence is not None
    assert world.facts.presence.presence is Presence.HOME
    assert not world.camera().yes

    world.wish(Guest(by="U0OWNER", at=time.time(), until=None))
    world.wait_for("nobody is home", "away")
    assert world.camera().yes


def test_an_emptied_redis_is_given_back_the_guest_pass_after_a_restart_too(world: World) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    now = time.time()
    guest = Guest(by="U0OWNER", at=now, until=now + 3600)
    world.wish(guest)
    kept = world.data / "presence" / "known.json"
    eventually(lambda: '"until"' in kept.read_text(encoding="utf-8"), "the pass is kept")
    for restart in (False, True):
        if restart:
            world.stop(signal.SIGKILL)
        world.client.flushall()
        if restart:
            world.start()
        eventually(lambda: read_wishes(world.client).guest == guest, f"given back, restarted: {restart}")

    world.router.disconnect(ROBIN)
    eventually(
        lambda: world.facts.household and world.facts.household.people[0].home is False, "Robin is away"
    )
    assert world.facts.presence is not None
    assert world.facts.presence.presence is Presence.HOME


def test_with_redis_gone_it_goes_on_and_says_everything_when_redis_is_back(
    world: World, redis_client: redis.Redis
) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    redis_client.flushall()
    world.auto()

    world.wait_for("said again", "home")


def test_a_second_process_does_not_start(world: World, tmp_path: Path) -> None:
    world.start()
    world.wait_for("somebody is home", "home")
    second = World(tmp_path, world.client, world._environment["REDIS_URL"], world.router)
    second.start()
    assert second._process is not None
    assert second._process.wait(20) == 75
    assert "another presence process" in second.log()


def test_the_password_is_in_no_log_and_in_no_notice(world: World) -> None:
    world.router.password = "changed by its owner"
    world.start()
    world.wait_for("unknown", "unknown", problem=True)
    world.wait_for_text("Who is home has been unknown")

    assert "correct horse" not in world.log() + " ".join(world.texts())
    assert "refused" in world.log()
