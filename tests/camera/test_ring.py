"""The last frames, within bounds of number and bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.camera.ring import MAX_BYTES, MAX_WIDTH, Ring
from app.camera.sample import SampleJob, render
from app.domain import Box, Detection
from app.media.frame import Frame
from app.media.jpeg import is_whole_jpeg
from app.vision.gate import Look, Seen
from app.vision.motion import Motion
from app.vision.pipeline import Outcome
from tests.camera.parts import picture


def outcome(
    time: float, size: tuple[int, int] = (320, 240), *, moving: bool = False, seen: bool = False
) -> Outcome:
    frame = Frame(bgr=picture(None, size), luma=None, time=1e9 + time, media_time=time, index=0)
    boxes = [Box(64, 48, 128, 96)] if moving else []
    answers = [Seen(Look(frame, time), [Detection(Box(100, 50, 60, 120), 0.8)])] if seen else []
    return Outcome(frame, time, Motion(moving=moving, area_percent=5.0 * moving, boxes=boxes), answers)


def job(ring: Ring) -> SampleJob:
    return SampleJob("20261120T140301-front-9f3a0c1e", "front", "alert", ring.frames(), 3, "m.onnx", 0.3, {})


@given(st.integers(1, 60), st.lists(st.sampled_from([(320, 240), (1280, 720), (1920, 1080)]), max_size=80))
def test_it_never_holds_more_frames_or_bytes_than_it_may(most: int, sizes: list[tuple[int, int]]) -> None:
    pictures = {size: picture(None, size) for size in set(sizes)}
    ring = Ring(most)
    for number, size in enumerate(sizes):
        frame = Frame(bgr=pictures[size], luma=None, time=number, media_time=number, index=number)
        ring.add(Outcome(frame, number, Motion()))
        frames = ring.frames()
        assert len(frames) <= most
        assert sum(kept.picture.nbytes for kept in frames) <= MAX_BYTES
        assert all(kept.picture.shape[1] <= MAX_WIDTH for kept in frames)
        assert frames[-1].time == number


def test_thirty_frames_of_the_default_size_fit_whole() -> None:
    ring = Ring(30)
    for number in range(40):
        ring.add(outcome(number, (640, 480)))
    assert [kept.time for kept in ring.frames()] == list(range(10, 40))


def test_a_sample_tells_of_each_frame_what_was_seen_in_its_own_pixels() -> None:
    ring = Ring(3)
    ring.add(outcome(0.0, (1280, 720)))
    ring.add(outcome(0.1, (1280, 720), moving=True))
    ring.add(outcome(0.2, (1280, 720), moving=True, seen=True))
    record, jpegs = render(job(ring))
    assert (record.width, record.height) == (640, 360)
    assert [frame.moving for frame in record.frames] == [False, True, True]
    assert [frame.person_score for frame in record.frames] == [None, None, 0.8]
    assert record.frames[1].boxes == ((32, 24, 64, 48),)
    assert record.frames[2].person_boxes == ((50, 25, 30, 60),)
    assert not record.motion_vote  # two frames of three moved; three are needed
    assert len(jpegs) == 3
    assert all(is_whole_jpeg(jpeg) for jpeg in jpegs)


def test_an_answer_about_an_earlier_frame_is_noted_there() -> None:
    ring = Ring(3)
    early = outcome(0.0, seen=True)
    ring.add(Outcome(early.frame, 0.0, Motion()))
    ring.add(Outcome(early.frame, 0.1, Motion(), early.seen))
    assert [kept.people is not None for kept in ring.frames()] == [True, False]


def test_it_is_still_only_when_full_and_nothing_moved() -> None:
    ring = Ring(3)
    ring.add(outcome(0, moving=True))
    ring.add(outcome(1))
    ring.add(outcome(2))
    assert not ring.still
    ring.add(outcome(3))
    assert ring.still
    ring.clear()
    assert not ring.still


def test_frames_of_another_size_are_left_out_of_a_sample() -> None:
    ring = Ring(3)
    ring.add(outcome(0, (640, 480)))
    ring.add(outcome(1, (320, 240)))
    record, jpegs = render(job(ring))
    assert (record.width, len(record.frames), len(jpegs)) == (320, 1, 1)
