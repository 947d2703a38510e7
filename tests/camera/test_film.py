"""The loop hands over frames and goes on, whatever the encoder does."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from app.camera import film as film_module
from app.camera.film import MAX_WAITING_BYTES, Film
from app.camera.film_strip import FilmStrip
from app.media.coded import CodedPacket, CodedStream
from app.media.frame import Frame
from app.settings.clips import ClipSettings
from tests.camera.test_film_strip import Desk, event
from tests.deadline import eventually


def frame(index: int, size: tuple[int, int] = (64, 48), **more: Any) -> Frame:
    bgr = np.full((size[1], size[0], 3), 90, np.uint8)
    return Frame(bgr=bgr, luma=None, time=1000 + index / 10, media_time=index / 10, index=index, **more)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def film(desk: Desk) -> Iterator[Film]:
    film = Film(ClipSettings(tail_seconds=1), desk, fps=10)
    film.start()
    yield film
    film.close()


class Stuck:
    """Stands in for the encoder of a film: hangs from a moment on until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.hang, self.inside = threading.Event(), threading.Event()
        look = FilmStrip.look

        def stuck(strip: FilmStrip, *args: Any, **more: Any) -> None:
            self.inside.set()
            if self.hang.is_set():
                eventually(lambda: not self.hang.is_set(), "the encoder is let go")
            look(strip, *args, **more)

        self.hang.set()
        monkeypatch.setattr(FilmStrip, "look", stuck)


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stuck]:
    stuck = Stuck(monkeypatch)
    yield stuck
    stuck.hang.clear()


def test_events_and_frames_are_taken_in_the_order_they_came(film: Film, desk: Desk) -> None:
    for index in range(50):
        film.frame(frame(index), 500 + index / 10, watching=True)
    film.begin(event(), 504.0)
    for index in range(50, 80):
        film.frame(frame(index), 500 + index / 10, watching=True)
    film.end(event(), last_active=506.0, quiet=True)
    for index in range(80, 120):
        film.frame(frame(index), 500 + index / 10, watching=True)
    eventually(lambda: "a" in desk.finished, "the clip is finished")
    assert desk.span("a") == (pytest.approx(500.0), pytest.approx(507.9))


def test_an_event_that_was_cut_ends_its_clip_at_once(film: Film, desk: Desk) -> None:
    for index in range(50):
        film.frame(frame(index), index / 10, watching=True)
    film.begin(event(), 4.0)
    film.end(event(), last_active=4.5, quiet=False)
    eventually(lambda: "a" in desk.finished, "the clip is finished")
    assert desk.span("a")[1] == pytest.approx(4.9)


def test_an_encoder_that_hangs_never_holds_the_loop_up_and_costs_only_memory_that_is_bounded(
    film: Film, desk: Desk, stuck: Stuck, caplog: pytest.LogCaptureFixture
) -> None:
    size = (640, 480)
    for index in range(300):  # would be 276 MB, and would never end if any of these waited
        film.frame(frame(index, size), index / 10, watching=True)
    assert film.left_out >= 300 - MAX_WAITING_BYTES // (640 * 480 * 3) - 1
    assert "behind" in film.problem
    assert len([record for record in caplog.records if "behind" in record.getMessage()]) == 1
    stuck.hang.clear()
    eventually(lambda: not film.problem, "it has caught up")
    film.begin(event(), 20.0)
    film.end(event(), last_active=20.0, quiet=False)
    eventually(lambda: "a" in desk.finished, "events go on")


def test_an_encoder_that_hangs_does_not_hold_up_the_end(desk: Desk, stuck: Stuck) -> None:
    film = Film(ClipSettings(), desk, fps=10)
    film.start()
    film.frame(frame(0), 0.0, watching=True)
    eventually(stuck.inside.is_set, "it hangs")
    film.close(timeout=0.05)


def test_footage_faster_than_life_waits_for_its_turn(
    desk: Desk, stuck: Stuck, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_module, "MAX_WAITING_BYTES", 3 * 64 * 48 * 3)
    film = Film(ClipSettings(), desk, fps=10, patient=True)
    film.start()
    handed: list[int] = []

    def play() -> None:
        for index in range(40):
            film.frame(frame(index), index / 10, watching=True)
            handed.append(index)

    player = threading.Thread(target=play)
    player.start()
    eventually(stuck.inside.is_set, "the encoder is at work")
    assert len(handed) <= 4
    stuck.hang.clear()
    player.join(20)
    film.begin(event(), 3.0)
    film.close()
    assert film.left_out == 0
    assert len(desk.clips["a"]) == 40


def test_disarmed_the_film_is_empty(film: Film, desk: Desk) -> None:
    for index in range(50):
        film.frame(frame(index), index / 10, watching=True)
    film.frame(frame(50), 5.0, watching=False)
    for index in range(51, 55):
        film.frame(frame(index), index / 10, watching=True)
    film.begin(event(), 5.3)
    eventually(lambda: "a" in desk.clips, "the clip has begun")
    assert desk.span("a")[0] == pytest.approx(5.1)


def test_without_frames_a_clip_whose_event_is_over_is_finished(
    film: Film, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(film_module, "IDLE_SECONDS", 0.05)
    film.frame(frame(0), 0.0, watching=True)
    film.begin(event(), 0.0)
    film.end(event(), last_active=0.0, quiet=True)
    eventually(lambda: "a" in desk.finished, "the clip is finished")


def test_a_picture_that_cannot_be_kept_ends_nothing(
    film: Film, desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:

        def broken(*_args: object, **_more: object) -> None:
            raise TypeError("nobody foresaw this")

        patch.setattr(FilmStrip, "look", broken)
        film.frame(frame(0), 0.0, watching=True)
        eventually(lambda: "could not be kept" in caplog.text, "it is logged")
    film.frame(frame(1), 0.1, watching=True)
    film.begin(event(), 0.0)
    eventually(lambda: "a" in desk.clips, "it goes on")


CAMERA = CodedStream(b"sps", 64, 48)


def sent(index: int) -> Sequence[CodedPacket]:
    return (CodedPacket(CAMERA, b"x", index / 10, index / 10, index % 10 == 0, index),)


def test_what_the_camera_sent_is_put_on_the_pipelines_time_and_its_picture_let_go_of(
    film: Film, desk: Desk
) -> None:
    for index in range(30):
        film.frame(frame(index, stream=CAMERA, packets=sent(index)), 700 + index / 10, watching=True)
    film.begin(event(), 702.0)
    eventually(lambda: "a" in desk.clips, "the clip has begun")
    assert desk.span("a") == (pytest.approx(700.0), pytest.approx(702.9))
    assert {packet.stream for packet in desk.clips["a"]} == {CAMERA}


def test_the_packets_of_a_frame_the_pipeline_passed_over_are_kept_all_the_same(
    film: Film, desk: Desk
) -> None:
    for index in range(30):
        one = frame(index, stream=CAMERA, packets=sent(index))
        film.frame(one, index / 10, watching=True, wanted=index % 2 == 0)
    film.begin(event(), 2.0)
    eventually(lambda: "a" in desk.clips, "the clip has begun")
    assert [packet.number for packet in desk.clips["a"]] == list(range(30))


def test_a_frame_the_pipeline_passed_over_is_not_encoded(film: Film, desk: Desk) -> None:
    for index in range(30):
        film.frame(frame(index), index / 10, watching=True, wanted=index % 3 == 0)
    film.begin(event(), 2.0)
    eventually(lambda: "a" in desk.clips, "the clip has begun")
    assert len(desk.clips["a"]) == 10
