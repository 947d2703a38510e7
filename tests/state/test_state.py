"""Wishes and facts in Redis: what is written comes back, what is not ours to understand does no harm."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import fakeredis
import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain import Presence
from app.state.connection import StateUnavailable, connect
from app.state.facts import CameraFact, Facts, Heartbeat, OutboxFact, PresenceFact, parse_facts, say
from app.state.heartbeat import Pulse
from app.state.keys import FACTS, SEEN, WISHES
from app.state.snapshot import read_snapshot, release_signature
from app.state.wishes import (
    Armed,
    Auto,
    Head,
    Notifications,
    Picture,
    Wish,
    Wishes,
    field_of,
    parse_wishes,
    read_wishes,
    restore_wishes,
    write_wishes,
)
from tests.fakes.tcp import CountingProxy, Deaf, refused_port

ARMED = Armed(on=True, by="U1", at=10)
EVERY_WISH: list[tuple[Wish, str | None, str]] = [
    (ARMED, "front", "armed:front"),
    (Head(pan=-90, tilt=90, by="U1", at=1), "front", "head:front"),
    (Picture(id="a", channel="C1", by="U1", at=1), "front", "picture:front"),
    (Notifications(on=False, until=5, by="U1", at=1), None, "notifications"),
    (Auto(on=True, by="U1", at=1), None, "auto"),
]


@pytest.fixture(params=["real", "fake"])
def client(request: pytest.FixtureRequest) -> Iterator[redis.Redis]:
    if request.param == "real":
        yield request.getfixturevalue("redis_client")
    else:
        with fakeredis.FakeRedis(decode_responses=True, encoding_errors="replace") as fake:
            yield fake


# What is written comes back


def test_every_kind_of_wish_comes_back_as_it_was_written(client: redis.Redis) -> None:
    write_wishes(client, {field_of(wish, camera): wish for wish, camera, _ in EVERY_WISH})

    assert read_wishes(client) == Wishes(
        armed={"front": ARMED},
        head={"front": Head(pan=-90, tilt=90, by="U1", at=1)},
        picture={"front": Picture(id="a", channel="C1", by="U1", at=1)},
        notifications=Notifications(on=False, until=5, by="U1", at=1),
        auto=Auto(on=True, by="U1", at=1),
    )


@pytest.mark.parametrize(("wish", "camera", "field"), EVERY_WISH)
def test_each_wish_has_its_field(wish: Wish, camera: str | None, field: str) -> None:
    assert field_of(wish, camera) == field


def test_what_is_no_wish_has_no_field() -> None:
    with pytest.raises(TypeError, match="not a wish"):
        field_of(Wish(by="U1", at=1))


def test_an_empty_redis_holds_no_wishes_and_no_facts(client: redis.Redis) -> None:
    snapshot = read_snapshot(client)

    assert snapshot == (True, Wishes(), Facts())


def test_facts_come_back_with_the_time_they_were_said(client: redis.Redis) -> None:
    camera = CameraFact(at=1.5, source_state="running", watching=True)
    presence = PresenceFact(at=2, presence=Presence.AWAY, since=1, who=("phone",))
    say(client, {"camera:front": camera, "process:camera:front": Heartbeat(at=3, pid=1, started=0)})
    say(client, {"presence": presence, "outbox": OutboxFact(at=4, waiting=2, set_aside=1)})

    facts = read_snapshot(client).facts

    assert facts.camera == {"front": camera}
    assert facts.process["camera:front"].at == 3
    assert facts.presence == presence
    assert facts.outbox is not None
    assert facts.outbox.waiting == 2


def test_writing_nothing_does_nothing(client: redis.Redis) -> None:
    write_wishes(client, {})
    say(client, {})

    assert client.keys() == []


def test_a_restored_wish_never_overwrites_a_newer_one(client: redis.Redis) -> None:
    newer = Armed(on=False, by="U2", at=20)
    write_wishes(client, {"armed:front": newer})

    restore_wishes(client, {"armed:front": ARMED, "auto": Auto(on=True, by="U1", at=1)})

    wishes = read_wishes(client)
    assert wishes.armed == {"front": newer}
    assert wishes.auto == Auto(on=True, by="U1", at=1)


# What is not ours to understand


@pytest.mark.parametrize(
    "text",
    [
        "",
        "true",
        "[]",
        "{}",
        "not json",
        '{"on": "perhaps", "by": "U1", "at": 1}',
        '{"on": true, "by": "U1", "at": NaN}',
        '{"on": true, "by": "U1", "at": Infinity}',
        '{"on": true, "by": "U1"}',
        b"\xff\xfe",
        "[" * 100_000,
    ],
)
def test_a_corrupt_value_counts_as_never_said_and_spares_the_others(
    client: redis.Redis, text: str | bytes
) -> None:
    write_wishes(client, {"armed:front": ARMED})
    client.hset(WISHES, "armed:back", text)  # type: ignore[arg-type]
    client.hset(FACTS, "camera:back", text)  # type: ignore[arg-type]

    snapshot = read_snapshot(client)

    assert snapshot.wishes.armed == {"front": ARMED}
    assert snapshot.facts.camera == {}


def test_a_corrupt_value_counts_as_never_said_and_its_field_is_named() -> None:
    wishes = parse_wishes({"armed:shed": "hidden", "armed:front": ARMED.model_dump_json()})
    assert wishes.armed == {"front": ARMED}
    assert wishes.unreadable == ("armed:shed",)
    assert parse_facts({"camera:shed": "hidden", "outbox": "[]"}).unreadable == ("camera:shed", "outbox")


def test_a_head_wish_beyond_the_servo_is_ignored() -> None:
    assert parse_wishes({"head:front": '{"pan": 91, "tilt": 0, "by": "U1", "at": 1}'}).head == {}


@pytest.mark.parametrize("field", ["armed", "armed:", "auto:front", "zoom:front", "", ":", "Armed:front"])
def test_an_unknown_field_belongs_to_another_version_and_is_left_out(field: str) -> None:
    assert parse_wishes({field: ARMED.model_dump_json()}) == Wishes()


@given(st.dictionaries(st.text(max_size=20) | st.sampled_from(["armed:a", "auto"]), st.text(max_size=50)))
def test_any_hash_can_be_read(fields: dict[str, str]) -> None:
    assert isinstance(parse_wishes(fields), Wishes)
    assert isinstance(parse_facts(fields), Facts)


ODD = st.binary(max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(fields=st.dictionaries(ODD.map(lambda raw: b"armed:" + raw), ODD, min_size=1))
def test_any_bytes_in_redis_can_be_read(redis_client: redis.Redis, fields: dict[bytes, bytes]) -> None:
    redis_client.delete(WISHES)
    redis_client.hset(WISHES, mapping=fields)  # type: ignore[arg-type]

    assert isinstance(read_wishes(redis_client), Wishes)


# Signatures


def test_a_signature_is_new_once(client: redis.Redis) -> None:
    assert read_snapshot(client, "v0=abc").first_time
    assert not read_snapshot(client, "v0=abc").first_time
    assert read_snapshot(client, "v0=def").first_time


def test_a_released_signature_may_come_again(client: redis.Redis) -> None:
    read_snapshot(client, "v0=abc")
    release_signature(client, "v0=abc")

    assert read_snapshot(client, "v0=abc").first_time


def test_a_claim_outlives_every_replay_and_then_goes(client: redis.Redis) -> None:
    read_snapshot(client, "v0=abc")

    assert 600 < int(client.ttl(SEEN + "v0=abc")) <= 660  # type: ignore[arg-type]


# Round trips


def test_a_snapshot_takes_one_round_trip(redis_url: str) -> None:
    with CountingProxy(redis_url) as proxy, connect(proxy.url) as client:
        client.ping()  # connected
        before = proxy.round_trips

        read_snapshot(client, "v0=abc")

        assert proxy.round_trips - before == 1


def test_a_change_of_wishes_takes_one_round_trip(redis_url: str) -> None:
    with CountingProxy(redis_url) as proxy, connect(proxy.url) as client:
        client.ping()
        before = proxy.round_trips

        write_wishes(client, {"armed:front": ARMED, "armed:back": ARMED})

        assert proxy.round_trips - before == 1


def test_a_claim_whose_answer_was_lost_on_the_way_is_still_ours(redis_url: str) -> None:
    with CountingProxy(redis_url) as proxy, connect(proxy.url) as client:
        client.ping()
        proxy.lose_next_answer()

        assert read_snapshot(client, "v0=abc").first_time  # redis-py asked again on a new connection
        assert proxy.connections == 2
        assert not read_snapshot(client, "v0=abc").first_time


# Redis away


def test_a_refused_connection_is_state_unavailable() -> None:
    client = connect(f"redis://127.0.0.1:{refused_port()}/0")

    for call in (
        lambda: read_snapshot(client, "v0=abc"),
        lambda: read_wishes(client),
        lambda: write_wishes(client, {"armed:front": ARMED}),
        lambda: restore_wishes(client, {"armed:front": ARMED}),
        lambda: say(client, {"outbox": OutboxFact(at=1, waiting=0, set_aside=0)}),
        lambda: release_signature(client, "v0=abc"),
    ):
        with pytest.raises(StateUnavailable, match="Redis"):
            call()


def test_a_hung_server_is_asked_once_and_not_again() -> None:
    with Deaf() as deaf:
        client = connect(f"redis://127.0.0.1:{deaf.port}/0", timeout_seconds=0.1)

        with pytest.raises(StateUnavailable):
            read_snapshot(client, "v0=abc")

        assert deaf.connections == 1  # each one costs the whole time-out: Slack waits 3 s


def test_one_attempt_at_a_hung_server_takes_less_than_a_second() -> None:
    kwargs = connect("redis://127.0.0.1/0").connection_pool.connection_kwargs

    assert kwargs["socket_timeout"] < 1
    assert kwargs["socket_connect_timeout"] < 1


def test_a_key_of_another_type_is_state_unavailable(client: redis.Redis) -> None:
    client.set(WISHES, "not a hash")

    with pytest.raises(StateUnavailable):
        read_snapshot(client)


def test_a_redis_that_refuses_writes_is_state_unavailable(redis_client: redis.Redis) -> None:
    redis_client.config_set("maxmemory", "1")
    try:
        with pytest.raises(StateUnavailable):
            write_wishes(redis_client, {"armed:front": ARMED})
    finally:
        redis_client.config_set("maxmemory", "0")


def test_a_password_is_not_part_of_the_error() -> None:
    client = connect(f"redis://:hidden@127.0.0.1:{refused_port()}/0")

    with pytest.raises(StateUnavailable) as caught:
        read_wishes(client)
    assert "hidden" not in str(caught.value)


# The pulse


def test_a_pulse_says_that_a_process_lives_and_what_it_knows(client: redis.Redis) -> None:
    pulse = Pulse(client, "camera:front")
    pulse.beat({"camera:front": CameraFact(at=1, source_state="opening")}, problem="no model")

    facts = read_snapshot(client).facts

    assert facts.process["camera:front"].problem == "no model"
    assert facts.camera["front"].source_state == "opening"


def test_a_pulse_beats_seldom_unless_told_at_once(client: redis.Redis) -> None:
    pulse = Pulse(client, "web")
    pulse.beat(problem="first")
    pulse.beat(problem="second")
    assert read_snapshot(client).facts.process["web"].problem == "first"

    pulse.beat(problem="third", at_once=True)
    assert read_snapshot(client).facts.process["web"].problem == "third"


def test_a_pulse_without_redis_complains_once_and_never_raises(caplog: pytest.LogCaptureFixture) -> None:
    pulse = Pulse(connect(f"redis://127.0.0.1:{refused_port()}/0"), "web")

    with caplog.at_level(logging.WARNING):
        pulse.beat(at_once=True)
        pulse.beat(at_once=True)

    assert len(caplog.records) == 1


@pytest.mark.parametrize("name", ["", "../door", "Door", "x" * 33, "door\n", "door\nx"])
def test_a_place_whose_name_cannot_be_is_never_read(name: str) -> None:
    text = json.dumps({"by": "U1", "at": 1, "places": {name: {"pan": 1, "tilt": 2}}})
    assert parse_wishes({"places:front": text}).places == {}
