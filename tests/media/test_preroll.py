"""The pre-roll holds what a clip begins with, within its bounds, and never anything a decoder cannot begin with."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.media.coded import CodedPacket, CodedStream
from app.media.preroll import PACKET_BYTES, PreRoll

STREAM = CodedStream(b"", 64, 48)


def packet(time: float, *, key: bool = False, size: int = 100) -> CodedPacket:
    return CodedPacket(STREAM, bytes(size), time, time, key, 0)


def groups(seconds: int, per_second: int = 10, key_every: int = 20) -> list[CodedPacket]:
    return [packet(i / per_second, key=i % key_every == 0) for i in range(seconds * per_second)]


FOOTAGE = st.lists(
    st.tuples(st.floats(0, 3, allow_nan=False), st.sampled_from([False, False, True]), st.integers(0, 5000)),
    max_size=60,
).map(
    lambda steps: [
        packet(sum(step[0] for step in steps[: index + 1]), key=key, size=size)
        for index, (_, key, size) in enumerate(steps)
    ]
)


@given(packets=FOOTAGE, seconds=st.floats(0, 60), most=st.integers(1, 60_000))
def test_it_never_holds_more_than_it_may_and_always_begins_with_a_key_picture(
    packets: list[CodedPacket], seconds: float, most: int
) -> None:
    roll = PreRoll(seconds, most)
    for one in packets:
        roll.add(one)
        held = roll.since(float("-inf"))
        assert len(held) == len(roll)
        assert roll.bytes == sum(len(each.data) + PACKET_BYTES for each in held) <= most
        assert not held or held[0].key
        assert held == packets[packets.index(held[0]) : packets.index(one) + 1] if held else True


@given(packets=FOOTAGE, seconds=st.floats(0, 60))
def test_with_memory_enough_all_of_the_last_seconds_is_there(
    packets: list[CodedPacket], seconds: float
) -> None:
    roll = PreRoll(seconds, 10**9)
    for one in packets:
        roll.add(one)
    first_key = next((index for index, one in enumerate(packets) if one.key), len(packets))
    wanted = [one for one in packets[first_key:] if one.pts >= packets[-1].pts - seconds]
    held = roll.since(float("-inf"))
    assert held[len(held) - len(wanted) :] == wanted
    # And not more than one group more: the second key picture lies within the seconds.
    keys = [one.pts for one in held if one.key]
    assert len(keys) < 2 or keys[1] > packets[-1].pts - seconds
    assert not roll.squeezed


@given(packets=FOOTAGE, time=st.floats(-1, 100))
def test_what_is_taken_begins_with_the_last_key_picture_before_the_time_asked_for(
    packets: list[CodedPacket], time: float
) -> None:
    roll = PreRoll(60, 10**9)
    for one in packets:
        roll.add(one)
    held, taken = roll.since(float("-inf")), roll.since(time)
    assert taken == held[len(held) - len(taken) :]
    assert not taken or taken[0].key
    if taken and taken != held:
        assert taken[0].pts <= time
        assert not [one for one in taken[1:] if one.key and taken[0].pts < one.pts <= time]


def test_ten_seconds_at_a_key_picture_every_two_hold_ten_to_twelve() -> None:
    roll = PreRoll(10, 10**9)
    for one in groups(60):
        roll.add(one)
    held = roll.since(float("-inf"))
    assert 10 <= held[-1].pts - held[0].pts < 12


def test_too_little_memory_costs_the_oldest_and_is_remembered() -> None:
    roll = PreRoll(10, 50 * (100 + PACKET_BYTES))
    for one in groups(60):
        roll.add(one)
    held = roll.since(float("-inf"))
    assert 2 <= held[-1].pts - held[0].pts < 5
    assert roll.squeezed


def test_a_group_larger_than_the_memory_leaves_nothing_until_the_next_key_picture() -> None:
    roll = PreRoll(10, 1000)
    roll.add(packet(0, key=True, size=400))
    roll.add(packet(1, size=500))
    roll.add(packet(2))
    assert roll.since(0) == []
    roll.add(packet(3, key=True))
    assert len(roll) == 1


def test_cleared_it_holds_nothing_and_begins_anew() -> None:
    roll = PreRoll(10, 10**6)
    for one in groups(5):
        roll.add(one)
    roll.clear()
    assert (len(roll), roll.bytes, roll.since(0)) == (0, 0, [])
    roll.add(packet(6))
    assert len(roll) == 0
