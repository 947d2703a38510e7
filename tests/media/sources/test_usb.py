from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import av
import pytest

from app.media.sources import SourceError, decoder
from app.media.sources.usb import UsbSource
from tests.media.clips import make_clip, number_in
from tests.media.fake_clock import FakeClock

A_DEVICE = Path("/dev/null")  # a character device that is no camera


def camera(device: Path = A_DEVICE) -> UsbSource:
    return UsbSource(device, size=(800, 600), fps=10, clock=FakeClock())


def test_a_camera_that_is_not_plugged_in_is_worth_retrying() -> None:
    with pytest.raises(SourceError, match="USB camera /dev/video97 is not plugged in") as raised:
        camera(Path("/dev/video97")).open()
    assert not raised.value.permanent


def test_a_file_is_no_camera(tmp_path: Path) -> None:
    (tmp_path / "video0").touch()
    with pytest.raises(SourceError, match="is not a camera device") as raised:
        camera(tmp_path / "video0").open()
    assert raised.value.permanent


def test_a_device_that_is_no_camera_is_told_in_one_sentence() -> None:
    with pytest.raises(SourceError, match=r"^USB camera /dev/null cannot be read: [^\n]+$"):
        camera().open()


class Driver:
    """Stands where Video4Linux would: takes the options and plays a clip instead. Real PyAV behind it."""

    def __init__(self, clip: Path, formats: tuple[str | None, ...]) -> None:
        self._clip, self._formats = clip, formats
        self._open = av.open
        self.asked: list[dict[str, str]] = []

    def __call__(self, url: str, *, format: str, options: dict[str, str], timeout: float) -> Any:
        assert (url, format) == (str(A_DEVICE), "v4l2")
        self.asked.append(options)
        if options.get("input_format") not in self._formats:
            av.error.err_check(-errno.EINVAL, url)
        return self._open(str(self._clip))


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_clip(tmp_path / "a.avi", codec="mjpeg", frames=5)


def test_size_and_rate_are_asked_of_the_driver_and_mjpeg_comes_first(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = Driver(clip, ("mjpeg", None))
    monkeypatch.setattr(decoder.av, "open", driver)
    with camera() as source:
        frame = source.read()
    assert frame is not None and number_in(frame.bgr) == 0
    assert driver.asked == [{"video_size": "800x600", "framerate": "10", "input_format": "mjpeg"}]


def test_a_camera_without_mjpeg_is_taken_as_it_is(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(clip, (None,))
    monkeypatch.setattr(decoder.av, "open", driver)
    with camera() as source:
        assert source.read() is not None
    assert [options.get("input_format") for options in driver.asked] == ["mjpeg", None]


def test_a_camera_whose_stream_ends_was_unplugged(clip: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder.av, "open", Driver(clip, ("mjpeg",)))
    clock = FakeClock()
    source = UsbSource(A_DEVICE, size=(800, 600), fps=10, clock=clock)
    with source, pytest.raises(SourceError, match="USB camera /dev/null ended the stream") as raised:
        while True:
            source.read()
            clock.passed += 0.1
    assert not raised.value.permanent
