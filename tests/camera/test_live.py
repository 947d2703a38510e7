"""The live view shows whole pictures, to whoever looks, and costs nothing while nobody does."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.camera.live import MAX_READERS, LiveView
from app.media.frame import Frame
from app.media.jpeg import is_whole_jpeg
from app.store.live_socket import NotLive, listen, watch
from tests.deadline import eventually


def grey(level: int, width: int = 320, height: int = 240) -> Frame:
    """Its time is its level, so that a picture can be told from the next."""
    return Frame(np.full((height, width, 3), level, np.uint8), None, float(level), float(level), level)


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveView]:
    view = LiveView(tmp_path, "front", fps=200)
    view.start()
    eventually((tmp_path / "live/front.sock").exists, "the socket")
    yield view
    view.close()


def test_who_connects_sees_the_newest_frame_and_then_each_new_one(live: LiveView, tmp_path: Path) -> None:
    live.offer(grey(10))
    with watch(tmp_path, "front", 10) as pictures:
        assert next(pictures).time == 10
        live.offer(grey(20))
        picture = next(pictures)
        assert picture.time == 20
        assert abs(int(cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), 0).mean()) - 20) <= 1


def test_nothing_is_encoded_while_nobody_looks(live: LiveView, tmp_path: Path) -> None:
    for level in range(50):
        live.offer(grey(level))
    with watch(tmp_path, "front", 10) as pictures:
        assert next(pictures).time == 49
    assert live.encoded == 1


def test_no_picture_is_torn_however_fast_frames_come(live: LiveView, tmp_path: Path) -> None:
    """Each frame is one grey all over: a picture of two frames would have two."""
    stop = threading.Event()

    def write() -> None:
        for level in itertools.cycle(range(0, 256, 15)):
            if stop.is_set():
                return
            live.offer(grey(level, 640, 480))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with watch(tmp_path, "front", 10) as pictures:
            for picture in itertools.islice(pictures, 60):
                assert is_whole_jpeg(picture.jpeg)
                decoded = cv2.imdecode(np.frombuffer(picture.jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
                assert decoded.shape == (480, 640)
                assert int(decoded.max()) - int(decoded.min()) <= 2
                assert abs(int(decoded.mean()) - picture.time) <= 2
    finally:
        stop.set()
        writer.join()


def test_a_reader_that_stops_reading_holds_up_no_other(live: LiveView, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(
        0, 256, (1080, 1920, 3), dtype=np.uint8
    )  # larger than any buffer
    with watch(tmp_path, "front", 10) as stuck, watch(tmp_path, "front", 10) as pictures:
        live.offer(Frame(noise, None, 1.0, 1.0, 1))
        next(pictures)
        for number in range(2, 12):
            live.offer(Frame(noise, None, float(number), float(number), number))
            assert next(pictures).time == number
        assert is_whole_jpeg(next(stuck).jpeg)  # and what it gets in the end is whole


def test_a_reader_that_goes_away_makes_room_for_another(live: LiveView, tmp_path: Path) -> None:
    live.offer(grey(1))
    for _ in range(3 * MAX_READERS):
        with watch(tmp_path, "front", 10) as pictures:
            eventually(lambda: _one(pictures), "a picture")


def _one(pictures: Iterator[object]) -> bool:
    try:
        return bool(next(pictures))
    except (NotLive, StopIteration):
        return False


def test_more_readers_than_may_are_hung_up_on(live: LiveView, tmp_path: Path) -> None:
    live.offer(grey(1))
    with ExitStack() as stack:
        places = [stack.enter_context(watch(tmp_path, "front", 10)) for _ in range(MAX_READERS + 1)]
        assert [next(place).time for place in places[:-1]] == [1.0] * MAX_READERS
        with pytest.raises(NotLive):
            next(places[-1])


def test_pictures_come_no_faster_than_they_may(tmp_path: Path) -> None:
    view = LiveView(tmp_path, "front", fps=50)
    view.start()
    eventually((tmp_path / "live/front.sock").exists, "the socket")
    with watch(tmp_path, "front", 10) as pictures:
        view.offer(grey(0))
        next(pictures)
        begun = time.monotonic()
        for level in range(1, 11):
            view.offer(grey(level))
            next(pictures)
        assert time.monotonic() - begun > 9 / 50
    view.close()


def test_the_socket_of_a_dead_process_is_replaced(tmp_path: Path) -> None:
    with listen(tmp_path, "front"):
        pass  # as after a kill: the file is still there
    assert (tmp_path / "live/front.sock").exists()
    view = LiveView(tmp_path, "front", fps=50)
    view.start()
    view.offer(grey(7))
    eventually(lambda: _sees(tmp_path), "a picture")
    view.close()


def _sees(data: Path) -> bool:
    try:
        with watch(data, "front", 5) as pictures:
            return next(pictures).time == 7
    except NotLive:
        return False


def test_a_data_folder_with_a_long_name_does(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    view = LiveView(deep, "front", fps=50)
    view.start()
    view.offer(grey(7))
    eventually(lambda: _sees(deep), "a picture")
    view.close()


def test_without_a_camera_process_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotLive, match="not running"), watch(tmp_path, "front", 1):
        pass


def test_a_camera_without_frames_is_noticed(live: LiveView, tmp_path: Path) -> None:
    with watch(tmp_path, "front", 0.2) as pictures, pytest.raises(NotLive, match="no pictures"):
        next(pictures)


def test_an_old_frame_is_not_shown_as_if_it_were_live(tmp_path: Path) -> None:
    now = [100.0]
    view = LiveView(tmp_path, "front", fps=50, monotonic=lambda: now[0])
    view.start()
    eventually((tmp_path / "live/front.sock").exists, "the socket")
    view.offer(grey(1))
    now[0] += 3.1
    with watch(tmp_path, "front", 0.3) as pictures, pytest.raises(NotLive, match="no pictures"):
        next(pictures)
    view.close()


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    with listen(tmp_path, "front") as listening, watch(tmp_path, "front", 5) as pictures:
        other, _ = listening.accept()
        other.sendall(b"\xff" * 64)
        with pytest.raises(NotLive, match="no picture"):
            next(pictures)
        other.close()


@pytest.mark.parametrize("name", ["../x", "", "a/b", "FRONT", "x" * 40])
def test_only_a_cameras_name_becomes_a_socket(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        listen(tmp_path, name)


def test_a_frame_that_cannot_be_encoded_ends_the_view_and_nothing_else(
    live: LiveView, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    live.offer(Frame(np.zeros((0, 0, 3), np.uint8), None, 1.0, 1.0, 1))
    with watch(tmp_path, "front", 10) as pictures, pytest.raises(NotLive):
        next(pictures)
    live.offer(grey(1))  # the frame loop goes on
    assert "the live view ended" in caplog.text


def test_closing_hangs_up(tmp_path: Path) -> None:
    view = LiveView(tmp_path, "front", fps=50)
    view.start()
    view.offer(grey(1))
    eventually(lambda: _sees_any(tmp_path), "a picture")
    with watch(tmp_path, "front", 10) as pictures:
        next(pictures)
        view.close()
        with pytest.raises(NotLive, match="ended"):
            next(pictures)
    with pytest.raises(NotLive), watch(tmp_path, "front", 1):
        pass
    assert not any(thread.name == "live" for thread in threading.enumerate())


def _sees_any(data: Path) -> bool:
    try:
        with watch(data, "front", 5) as pictures:
            return bool(next(pictures))
    except NotLive:
        return False


def test_the_socket_is_this_users_alone(live: LiveView, tmp_path: Path) -> None:
    path = tmp_path / "live/front.sock"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
