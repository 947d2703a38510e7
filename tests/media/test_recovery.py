"""Real streams over real sockets that break in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.media.backoff import Backoff
from app.media.reader import FrameReader, State
from app.media.sources.network import NetworkSource
from tests.deadline import eventually
from tests.fakes import rtsp_server
from tests.fakes.mjpeg_server import MjpegServer
from tests.fakes.rtsp_server import RtspServer
from tests.media.clips import make_clip


class Watched:
    """A reader on a network camera, and what it reported."""

    def __init__(self, url: str) -> None:
        self.states: list[State] = []
        self.reader = FrameReader(
            lambda: NetworkSource(url, fps=1000, timeout=1),
            on_change=lambda state, reason: self.states.append(state),
            backoff=Backoff(first=0.05, longest=0.2),
        )

    def frames(self, count: int) -> None:
        """Take `count` frames; their times never go back."""
        times: list[float] = []

        def take() -> bool:
            got = self.reader.get(0.1)
            if got is not None:
                times.append(got.time)
            return len(times) >= count

        eventually(take, f"{count} frames")
        assert times == sorted(times)

    def runs(self, count: int) -> None:
        """Take the first `count` frames, however many attempts a busy machine needs for the first."""
        self.frames(count)
        eventually(lambda: self.states[-1:] == [State.RUNNING], "it runs")
        del self.states[:-1]

    def until(self, *states: State) -> None:
        eventually(lambda: len(self.states) >= len(states), f"{states}, not {self.states}")
        assert self.states == list(states)


@pytest.fixture
def mjpeg() -> Iterator[MjpegServer]:
    with MjpegServer() as server:
        yield server


@pytest.fixture
def rtsp(tmp_path: Path) -> Iterator[RtspServer]:
    if rtsp_server.missing():
        pytest.skip(rtsp_server.missing())
    with RtspServer(make_clip(tmp_path / "a.mp4", frames=900, fps=15, gop=15)) as server:
        yield server


def test_an_mjpeg_camera_that_is_switched_off_and_on_is_lost_once_and_back_once(mjpeg: MjpegServer) -> None:
    watched = Watched(mjpeg.url)
    with watched.reader:
        watched.runs(5)
        mjpeg.stop()
        watched.until(State.RUNNING, State.LOST)
        eventually(lambda: "refuses" in watched.reader.status.error, "a second failure in vain")
        mjpeg.start()
        watched.until(State.RUNNING, State.LOST, State.RUNNING)
        watched.frames(5)
    assert watched.states == [State.RUNNING, State.LOST, State.RUNNING]


def test_an_mjpeg_camera_that_goes_silent_is_lost_and_comes_back(mjpeg: MjpegServer) -> None:
    watched = Watched(mjpeg.url)
    with watched.reader:
        watched.runs(5)
        mjpeg.stall()
        watched.until(State.RUNNING, State.LOST)
        mjpeg.resume()
        watched.until(State.RUNNING, State.LOST, State.RUNNING)
        watched.frames(5)
        assert watched.reader.hung == 0  # the time-out ended it, not the axe


def test_an_rtsp_camera_that_dies_and_returns_is_lost_once_and_back_once(rtsp: RtspServer) -> None:
    watched = Watched(rtsp.url)
    with watched.reader:
        watched.runs(10)
        rtsp.kill()
        watched.until(State.RUNNING, State.LOST)
        eventually(lambda: "refuses" in watched.reader.status.error, "a second failure in vain")
        rtsp.start()
        watched.until(State.RUNNING, State.LOST, State.RUNNING)
        watched.frames(10)
    assert watched.states == [State.RUNNING, State.LOST, State.RUNNING]


def test_an_rtsp_camera_that_freezes_and_thaws_is_lost_once_and_back_once(rtsp: RtspServer) -> None:
    watched = Watched(rtsp.url)
    with watched.reader:
        watched.runs(10)
        rtsp.freeze()
        watched.until(State.RUNNING, State.LOST)
        rtsp.thaw()
        watched.until(State.RUNNING, State.LOST, State.RUNNING)
        watched.frames(10)
        assert watched.reader.hung == 0
