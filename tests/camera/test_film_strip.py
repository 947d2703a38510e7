"""Which pictures belong to which event: the pre-roll, the tail, and what happens when the camera changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from app.camera import film_strip
from app.camera.film_strip import APPROACH_SECONDS, KEYLESS_SECONDS, FilmStrip
from app.media.coded import CodedPacket, CodedStream
from app.media.encoder import KEY_SECONDS, EncoderError
from app.settings.clips import ClipSettings
from app.store.events import EventRecord


def event(id_: str = "a") -> EventRecord:
    return EventRecord(id=id_, camera="front", started=0)


@dataclass
class Desk:
    """Notes what it gets; `full` as the real one that is too far behind."""

    clips: dict[str, list[CodedPacket]] = field(default_factory=dict)
    leads: dict[str, float] = field(default_factory=dict)
    finished: dict[str, str] = field(default_factory=dict)
    full: bool = False
    problem: str = ""

    def start(self) -> None:
        """Nothing to begin."""

    def close(self) -> None:
        """Nothing to end."""

    def open(self, event_id: str, packets: Sequence[CodedPacket], lead: float) -> None:
        self.clips[event_id], self.leads[event_id] = list(packets), lead

    def add(self, event_id: str, packet: CodedPacket) -> bool:
        if not self.full:
            self.clips[event_id].append(packet)
        return not self.full

    def finish(self, event: EventRecord, problem: str) -> None:
        assert event.id not in self.finished
        self.finished[event.id] = problem

    def span(self, event_id: str) -> tuple[float, float]:
        return self.clips[event_id][0].pts, self.clips[event_id][-1].pts


GREY = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def strip(desk: Desk) -> FilmStrip:
    return FilmStrip(ClipSettings(pre_roll_seconds=10, tail_seconds=5), desk, fps=10)


def play(strip: FilmStrip, start: float, end: float, bgr: np.ndarray[Any, Any] = GREY) -> None:
    for tenth in range(round(start * 10), round(end * 10)):
        strip.look(tenth / 10, bgr)


def test_a_clip_begins_about_the_pre_roll_before_its_event(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 30)
    strip.begin("a", 29.0)
    play(strip, 30, 35)
    strip.end(event(), 33.0)
    first, last = desk.span("a")
    assert 29 - 10 - KEY_SECONDS <= first <= 29 - 10
    assert last == pytest.approx(33.0, abs=2.0)
    assert desk.leads["a"] == pytest.approx(29 - first)
    assert desk.clips["a"][0].key
    assert desk.finished == {"a": ""}


def test_the_tail_is_waited_for_and_nothing_after_it_is_kept(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 5)
    strip.begin("a", 4.0)
    strip.end(event(), 8.0)
    play(strip, 5, 7.9)
    assert desk.finished == {}
    play(strip, 7.9, 12)
    assert desk.span("a")[1] == pytest.approx(8.0)
    assert desk.finished == {"a": ""}


def test_every_picture_between_is_there_once_and_in_order(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 20)
    strip.begin("a", 19.0)
    play(strip, 20, 25)
    strip.end(event(), 24.9)
    times = [packet.pts for packet in desk.clips["a"]]
    assert np.diff(times) == pytest.approx(np.full(len(times) - 1, 0.1), abs=1e-3)
    assert [packet.number for packet in desk.clips["a"]] == list(
        range(desk.clips["a"][0].number, desk.clips["a"][0].number + len(times))
    )


def test_a_visit_within_the_tail_of_another_has_its_own_clip_with_its_own_pre_roll(
    strip: FilmStrip, desk: Desk
) -> None:
    play(strip, 0, 20)
    strip.begin("a", 19.0)
    strip.end(event("a"), 25.0)
    play(strip, 20, 22)
    strip.begin("b", 21.5)
    play(strip, 22, 30)
    strip.end(event("b"), 29.0)
    assert desk.span("a")[1] == pytest.approx(25.0)
    assert desk.span("b")[0] <= 11.5
    assert desk.span("b")[1] >= 28.9
    assert desk.finished == {"a": "", "b": ""}


def test_an_event_right_at_the_beginning_has_what_there_is(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 1)
    strip.begin("a", 0.5)
    assert desk.span("a")[0] == 0
    assert desk.leads["a"] == 0.5


def test_disarmed_nothing_is_kept_in_memory_and_a_clip_in_its_tail_is_finished(
    strip: FilmStrip, desk: Desk
) -> None:
    play(strip, 0, 10)
    strip.begin("a", 9.0)
    strip.end(event(), 14.0)
    play(strip, 10, 11)
    strip.stand_down()
    assert desk.finished == {"a": ""}
    assert strip.pre_roll.bytes == 0
    play(strip, 12, 13)
    strip.begin("b", 12.5)
    assert desk.span("b")[0] >= 12


def test_an_event_ended_by_disarming_is_finished_once(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 10)
    strip.begin("a", 9.0)
    strip.stand_down()
    strip.end(event(), 9.9)
    assert desk.finished == {"a": ""}


def test_after_a_long_gap_no_picture_of_before_is_in_a_clip(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 10)
    play(strip, 3600, 3602)
    strip.begin("a", 3601)
    assert desk.span("a")[0] >= 3600


def test_a_camera_that_falls_silent_in_an_event_leaves_the_clip_up_to_there(
    strip: FilmStrip, desk: Desk
) -> None:
    play(strip, 0, 10)
    strip.begin("a", 9.0)
    play(strip, 10, 12)
    strip.look(3600.0, GREY)
    strip.end(event(), 3600.0)
    assert desk.span("a")[1] == pytest.approx(11.9)
    assert desk.finished == {"a": ""}


def test_when_no_more_frames_come_a_clip_does_not_wait_for_its_tail(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 10)
    strip.begin("a", 9.0)
    strip.begin("b", 9.5)
    strip.end(event("a"), 14.0)
    strip.finish_ended()
    assert desk.finished == {"a": ""}  # b goes on


def test_a_new_size_begins_a_new_pre_roll(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 10)
    play(strip, 10, 15, np.full((96, 128, 3), 90, np.uint8))
    strip.begin("a", 14.0)
    assert desk.span("a")[0] == pytest.approx(10.0)
    assert (desk.clips["a"][0].stream.width, desk.clips["a"][0].stream.height) == (128, 96)


def test_a_new_size_within_a_clip_is_scaled_into_it_and_taken_up_after_it(
    strip: FilmStrip, desk: Desk
) -> None:
    large = np.full((96, 128, 3), 90, np.uint8)
    play(strip, 0, 10)
    strip.begin("a", 9.0)
    play(strip, 10, 12, large)
    strip.end(event("a"), 11.9)
    assert {packet.stream.width for packet in desk.clips["a"]} == {64}
    assert desk.span("a")[1] == pytest.approx(11.9)
    play(strip, 12, 14, large)
    strip.begin("b", 13.0)
    assert {packet.stream.width for packet in desk.clips["b"]} == {128}


def test_a_disk_that_is_too_slow_ends_the_clip_and_not_the_next_one(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 5)
    strip.begin("a", 4.0)
    desk.full = True
    play(strip, 5, 6)
    desk.full = False
    play(strip, 6, 7)
    strip.end(event("a"), 6.9)
    assert desk.span("a")[1] == pytest.approx(4.9)
    strip.begin("b", 6.0)
    play(strip, 7, 8)
    assert desk.span("b")[1] == pytest.approx(7.9)


def test_pictures_the_encoder_had_no_time_for_are_said_to_be_missing(desk: Desk) -> None:
    missing = [3]
    strip = FilmStrip(ClipSettings(), desk, fps=10, missing=lambda: missing[0])
    play(strip, 0, 5)
    strip.begin("a", 4.0)
    missing[0] = 20
    strip.end(event(), 4.9)
    assert desk.finished == {"a": "17 pictures are missing: this machine was too slow"}


def test_without_an_encoder_events_say_why_they_have_no_clip_and_it_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    strip = FilmStrip(ClipSettings(), desk, fps=10)
    with monkeypatch.context() as patch:

        def broken(*_args: object, **_more: object) -> None:
            raise EncoderError("H.264 cannot be encoded here: no libx264")

        patch.setattr(film_strip, "H264Encoder", broken)
        play(strip, 0, 100)
        strip.begin("a", 99.0)
        strip.end(event(), 99.9)
    assert desk.clips == {}
    assert desk.finished == {"a": "H.264 cannot be encoded here: no libx264"}
    assert strip.problem
    assert len([record for record in caplog.records if "libx264" in record.getMessage()]) == 1
    play(strip, 100, 200)
    assert strip.problem == ""
    strip.begin("b", 199.0)
    assert desk.clips["b"]


def camera(
    seconds: float,
    stream: CodedStream,
    *,
    start: float = 0,
    number: int = 0,
    lost: Sequence[int] = (),
    key_every: int = 40,
) -> list[CodedPacket]:
    """What a camera sends at ten pictures a second."""
    packets = [
        CodedPacket(
            stream, b"x" * 100, start + i / 10, start + i / 10, (number + i) % key_every == 0, number + i
        )
        for i in range(round(seconds * 10))
    ]
    return [packet for packet in packets if packet.number not in lost]


def feed(strip: FilmStrip, packets: Sequence[CodedPacket]) -> None:
    for packet in packets:
        strip.look(packet.pts, None, packet.stream, [packet])


CAMERA = CodedStream(b"sps and pps", 640, 480)


def test_what_the_camera_sends_goes_into_the_clip_as_it_came(strip: FilmStrip, desk: Desk) -> None:
    packets = camera(30, CAMERA)
    feed(strip, packets[:250])
    strip.begin("a", 24.0)
    feed(strip, packets[250:])
    strip.end(event(), 29.9)
    start = desk.clips["a"][0].number
    assert desk.clips["a"] == packets[start:]
    assert desk.clips["a"][0].key
    assert 24 - 10 - 4 <= desk.clips["a"][0].pts <= 24 - 10


def test_after_a_lost_packet_the_camera_is_waited_for_until_its_next_key_picture(
    strip: FilmStrip, desk: Desk
) -> None:
    feed(strip, camera(20, CAMERA, lost=[130]))
    strip.begin("a", 19.0)
    numbers = [packet.number for packet in desk.clips["a"]]
    assert 129 in numbers
    assert not set(range(130, 160)) & set(numbers)
    assert 160 in numbers


def test_a_camera_whose_key_pictures_are_far_apart_gives_a_clip_from_its_last_one(
    strip: FilmStrip, desk: Desk
) -> None:
    feed(strip, camera(40, CAMERA, key_every=300))
    strip.begin("a", 39.0)
    assert desk.span("a")[0] == 0.0  # the one at 30 s is within the pre-roll
    assert desk.leads["a"] == 39.0


def test_an_event_before_the_first_key_picture_begins_with_it(strip: FilmStrip, desk: Desk) -> None:
    packets = camera(10, CAMERA, number=1)
    feed(strip, packets[:20])
    strip.begin("a", 1.0)
    assert desk.clips == {}
    feed(strip, packets[20:])
    assert desk.clips["a"][0].number == 40
    assert desk.leads["a"] == 0


def test_an_event_that_never_sees_a_key_picture_says_so(strip: FilmStrip, desk: Desk) -> None:
    feed(strip, camera(2, CAMERA, number=1))
    strip.begin("a", 1.0)
    strip.end(event(), 1.9)
    assert desk.finished == {"a": "no picture came with which a clip can begin"}


def test_a_camera_without_key_pictures_is_encoded_in_the_end(strip: FilmStrip, desk: Desk) -> None:
    feed(strip, camera(KEYLESS_SECONDS + 1, CAMERA, number=1, key_every=10_000))
    assert strip.refused is CAMERA
    strip.look(30.0, GREY, CAMERA)
    strip.begin("a", 30.0)
    assert desk.clips["a"][0].stream is not CAMERA


def test_opened_anew_with_the_same_parameters_a_clip_goes_on(strip: FilmStrip, desk: Desk) -> None:
    feed(strip, camera(10, CAMERA))
    strip.begin("a", 9.0)
    again = CodedStream(CAMERA.parameters, CAMERA.width, CAMERA.height)
    feed(strip, camera(5, again, start=12))
    strip.end(event(), 16.9)
    assert desk.span("a")[1] == pytest.approx(16.9)
    assert desk.finished == {"a": ""}


def test_a_camera_that_comes_back_with_another_picture_ends_the_clip_there_and_says_so(
    strip: FilmStrip, desk: Desk
) -> None:
    feed(strip, camera(10, CAMERA))
    strip.begin("a", 9.0)
    feed(strip, camera(5, CodedStream(b"others", 1280, 720), start=12))
    strip.end(event("a"), 16.9)
    assert desk.span("a")[1] == pytest.approx(9.9)
    assert "another kind of picture" in desk.finished["a"]
    strip.begin("b", 16.0)
    assert desk.span("b")[0] == pytest.approx(12.0)


def test_memory_for_the_approach_is_counted_in(strip: FilmStrip, desk: Desk) -> None:
    play(strip, 0, 60)
    strip.begin("a", 60 - APPROACH_SECONDS)
    assert desk.span("a")[0] <= 60 - APPROACH_SECONDS - 10
