from __future__ import annotations

import sys

import pytest

from app.media.sources import SourceError, open_source, picam
from app.media.sources.picam import PiCameraSource
from tests.fakes.picamera2 import BUFFERS, Rig, install
from tests.media.fake_clock import START, FakeClock


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    rig = Rig()
    install(monkeypatch, rig)
    return rig


def camera(number: int = 0, size: tuple[int, int] = (640, 480), fps: float = 10) -> PiCameraSource:
    return PiCameraSource(number, size=size, fps=fps, clock=FakeClock())


def test_each_frame_has_the_picture_and_the_luma_of_the_same_moment(rig: Rig) -> None:
    with camera() as source:
        for number in (1, 2, 3):
            frame = source.read()
            assert frame is not None and frame.luma is not None
            assert frame.bgr.shape == (480, 640, 3)
            assert tuple(frame.bgr[0, 0]) == (1, 2, number)
            assert frame.luma.shape == (120, 160)  # without the padding (192 wide) and the colour planes
            assert set(frame.luma.flat) == {number}
            assert frame.luma.flags.c_contiguous
            assert (frame.index, frame.time) == (number - 1, START)


def test_the_sensor_is_told_the_frame_rate(rig: Rig) -> None:
    with camera(fps=8):
        assert rig.started[0]["controls"] == {"FrameDurationLimits": (125_000, 125_000)}


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (1640, 1232), (96, 54), (854, 480)])
def test_every_even_size_gets_a_luma_of_the_same_shape(rig: Rig, size: tuple[int, int]) -> None:
    with camera(size=size) as source:
        frame = source.read()
    assert frame is not None and frame.luma is not None
    height, width = frame.luma.shape
    assert width == min(160, size[0])
    assert width / height == pytest.approx(size[0] / size[1], rel=0.05)


def test_requests_go_back_so_that_the_camera_never_runs_out_of_buffers(rig: Rig) -> None:
    with camera() as source:
        for _ in range(3 * BUFFERS):
            source.read()
            assert rig.lent == 0


def test_closing_lets_the_next_one_have_the_camera(rig: Rig) -> None:
    source = camera()
    for _ in range(3):
        with source:
            assert source.read() is not None
        source.close()
    assert rig.in_use == set()


def test_a_camera_that_another_process_holds_is_worth_retrying(rig: Rig) -> None:
    rig.in_use.add(0)
    with pytest.raises(SourceError, match="Pi camera 0 does not start") as raised:
        camera().open()
    assert not raised.value.permanent
    rig.in_use.clear()
    with camera() as source:
        assert source.read() is not None


def test_a_camera_that_is_not_attached_is_said_to_be_missing(rig: Rig) -> None:
    with pytest.raises(SourceError, match="Pi camera 1 was not found: check its cable") as raised:
        camera(1).open()
    assert not raised.value.permanent


def test_a_sensor_that_falls_silent_is_an_error_within_the_time_out(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picam, "READ_TIMEOUT_SECONDS", 0.05)
    with camera() as source:
        source.read()
        rig.silent = True
        with pytest.raises(SourceError, match=r"Pi camera 0 sent nothing for 0.05 s"):
            source.read()


def test_an_impossible_size_is_told_with_the_reason(rig: Rig) -> None:
    with pytest.raises(SourceError, match="width and height should be even"), camera(size=(641, 480)):
        pass
    assert rig.in_use == set()  # what was opened half is let go


def test_reading_before_opening_is_an_error_not_a_crash(rig: Rig) -> None:
    with pytest.raises(SourceError, match="is not open"):
        camera().read()


def test_without_picamera2_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "picamera2", None)
    source = open_source("picamera")
    with pytest.raises(SourceError, match=r"python3-picamera2 with apt .* --system-site-packages") as raised:
        source.open()
    assert raised.value.permanent
