from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.media.coded import CodedPacket, CodedStream
from app.media.frame import MAX_PACKETS, Frame
from app.media.slot import FrameSlot

_PIXELS = np.zeros((2, 2, 3), np.uint8)


def frame(index: int) -> Frame:
    return Frame(bgr=_PIXELS, luma=None, time=float(index), media_time=float(index), index=index)


def taken(slot: FrameSlot) -> int | None:
    got = slot.get(0)
    return None if got is None else got.index


def test_a_newer_frame_takes_the_place_of_one_nobody_took_and_is_counted() -> None:
    slot = FrameSlot()
    ticket = slot.new_ticket()
    assert slot.put_newest(frame(1), ticket) and slot.put_newest(frame(2), ticket)
    assert (taken(slot), taken(slot), slot.dropped) == (2, None, 1)


def test_a_revoked_ticket_puts_nothing_and_the_frame_it_left_is_gone() -> None:
    slot = FrameSlot()
    old = slot.new_ticket()
    slot.put_newest(frame(1), old)
    new = slot.new_ticket()
    assert slot.empty
    assert not slot.put_newest(frame(2), old)
    assert not slot.put_in_turn(frame(2), old)
    assert slot.put_newest(frame(3), new)
    assert taken(slot) == 3


def test_one_who_waits_for_his_turn_leaves_when_his_ticket_is_revoked() -> None:
    slot = FrameSlot()
    ticket = slot.new_ticket()
    slot.put_in_turn(frame(1), ticket)
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(slot.put_in_turn(frame(2), ticket)))
    thread.start()
    slot.new_ticket()
    thread.join(10)
    assert answers == [False]


def test_a_closed_slot_gives_what_it_holds_and_then_nothing_without_waiting() -> None:
    slot = FrameSlot()
    ticket = slot.new_ticket()
    slot.put_newest(frame(1), ticket)
    slot.close()
    assert not slot.put_newest(frame(2), ticket)
    first = slot.get(60)
    assert first is not None and first.index == 1
    assert slot.get(60) is None  # the suite's own time-out would tell if this waited


@given(
    st.lists(
        st.one_of(st.just("put"), st.just("get"), st.just("reopen"), st.just("late")), min_size=1, max_size=60
    )
)
def test_the_newest_frame_wins_whatever_happens_in_between(steps: list[str]) -> None:
    slot, tickets, put, held = FrameSlot(), [], 0, None
    tickets.append(slot.new_ticket())
    seen: list[int] = []
    for step in steps:
        if step == "put":
            put += 1
            slot.put_newest(frame(put), tickets[-1])
            held = put
        elif step == "get":
            got = taken(slot)
            assert got == held
            held = None
            seen += [got] if got is not None else []
        elif step == "reopen":
            tickets.append(slot.new_ticket())
            held = None
        elif len(tickets) > 1:
            assert not slot.put_newest(frame(10_000), tickets[-2])
    assert seen == sorted(set(seen))


@given(count=st.integers(1, 200))
@settings(max_examples=25, deadline=None)
def test_in_turn_every_frame_arrives_once_and_in_order(count: int) -> None:
    slot = FrameSlot()
    ticket = slot.new_ticket()

    def put() -> None:
        for index in range(count):
            slot.put_in_turn(frame(index), ticket)
        slot.close()

    thread = threading.Thread(target=put)
    thread.start()
    seen: list[int] = []
    while thread.is_alive() or not slot.empty:
        got = slot.get(0.01)
        if got is not None:
            seen.append(got.index)
    thread.join(10)
    assert seen == list(range(count))
    assert slot.dropped == 0


@given(count=st.integers(1, 300))
@settings(max_examples=25, deadline=None)
def test_newest_first_never_goes_back_and_what_is_not_seen_was_dropped(count: int) -> None:
    slot = FrameSlot()
    ticket = slot.new_ticket()

    def put() -> None:
        for index in range(count):
            slot.put_newest(frame(index), ticket)
        slot.close()

    thread = threading.Thread(target=put)
    thread.start()
    seen: list[int] = []
    while thread.is_alive() or not slot.empty:
        got = slot.get(0.01)
        if got is not None:
            seen.append(got.index)
    thread.join(10)
    assert seen == sorted(set(seen))
    assert seen[-1] == count - 1
    assert len(seen) + slot.dropped == count


def test_the_packets_behind_a_frame_nobody_took_come_with_the_next() -> None:
    slot, stream = FrameSlot(), CodedStream(b"", 64, 48)
    ticket = slot.new_ticket()
    packets = [CodedPacket(stream, b"x", 0.1 * n, 0.1 * n, n == 0, n) for n in range(6)]
    for index in range(3):
        two = tuple(packets[2 * index : 2 * index + 2])
        slot.put_newest(replace(frame(index), stream=stream, packets=two), ticket)
    got = slot.get(0)
    assert got is not None
    assert (got.index, list(got.packets)) == (2, packets)
    assert slot.dropped == 2


def test_packets_behind_frames_nobody_takes_for_minutes_are_bounded() -> None:
    slot, stream = FrameSlot(), CodedStream(b"", 64, 48)
    ticket = slot.new_ticket()
    for number in range(MAX_PACKETS + 10):
        packet = CodedPacket(stream, b"x", number, number, False, number)
        slot.put_newest(replace(frame(number), stream=stream, packets=(packet,)), ticket)
    got = slot.get(0)
    assert got is not None
    assert [packet.number for packet in got.packets] == list(range(10, MAX_PACKETS + 10))
