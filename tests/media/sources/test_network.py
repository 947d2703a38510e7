from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.frame import Frame
from app.media.sources import SourceError, redact_url
from app.media.sources.network import NetworkSource
from tests.fakes import rtsp_server
from tests.fakes.mjpeg_server import MjpegServer
from tests.fakes.rtsp_server import RtspServer
from tests.media.clips import make_clip, number_in

ALL = 1_000_000  # frames a second: keep even those that come in one burst after the first look


@pytest.fixture
def mjpeg() -> Iterator[MjpegServer]:
    with MjpegServer() as server:
        yield server


@pytest.fixture
def rtsp(tmp_path: Path) -> Iterator[RtspServer]:
    if rtsp_server.missing():
        pytest.skip(rtsp_server.missing())
    with RtspServer(make_clip(tmp_path / "a.mp4", size=(320, 240), frames=90, fps=15, gop=15)) as server:
        yield server


def read(source: NetworkSource, count: int) -> list[Frame]:
    with source:
        frames = [source.read() for _ in range(count)]
    return [frame for frame in frames if frame is not None]


def test_an_mjpeg_camera_gives_its_pictures_in_order(mjpeg: MjpegServer) -> None:
    frames = read(NetworkSource(mjpeg.url, fps=ALL, timeout=10), 10)
    numbers = [number_in(frame.bgr) for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + 10))
    assert [frame.index for frame in frames] == list(range(10))
    times = [frame.time for frame in frames]
    assert times == sorted(times)


def test_a_camera_faster_than_the_cap_is_thinned(mjpeg: MjpegServer) -> None:
    frames = read(NetworkSource(mjpeg.url, fps=10, timeout=10), 6)
    numbers = [number_in(frame.bgr) for frame in frames]
    assert numbers[-1] - numbers[0] >= 12  # at 50 pictures a second, 5 gaps of a tenth hide about 20
    assert frames[-1].media_time - frames[0].media_time > 0.3


def test_a_camera_that_falls_silent_is_an_error_within_the_time_out(mjpeg: MjpegServer) -> None:
    with NetworkSource(mjpeg.url, fps=50, timeout=1) as source:
        source.read()
        mjpeg.stall()
        with pytest.raises(SourceError, match=r"127.0.0.1:\d+/video sent nothing for 1 s") as raised:
            while True:
                source.read()
    assert not raised.value.permanent


def test_a_camera_that_hangs_up_is_an_error(mjpeg: MjpegServer) -> None:
    with NetworkSource(mjpeg.url, fps=50, timeout=5) as source:
        source.read()
        mjpeg.stop()
        with pytest.raises(SourceError, match=r"ended the stream|cannot be read|closed the connection"):
            while True:
                source.read()


def test_pictures_cut_in_half_are_left_out(mjpeg: MjpegServer) -> None:
    whole = mjpeg.encode
    mjpeg.encode = lambda index: whole(index)[:40] if 5 <= index < 10 else whole(index)
    with NetworkSource(mjpeg.url, fps=ALL, timeout=10) as source:
        numbers: list[int] = []
        while not numbers or numbers[-1] < 15:
            frame = source.read()
            assert frame is not None
            numbers.append(number_in(frame.bgr))
        assert source.damaged == 5
    assert not set(numbers) & set(range(5, 10))


def refusal(url: str, timeout: float = 5) -> str:
    with pytest.raises(SourceError) as raised:
        NetworkSource(url, fps=10, timeout=timeout).open()
    assert not raised.value.permanent
    return str(raised.value)


def test_nobody_there_is_said_plainly() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert refusal(f"http://127.0.0.1:{port}/v") == f"http://127.0.0.1:{port}/v refuses the connection"
    assert refusal(f"rtsp://127.0.0.1:{port}/v") == f"rtsp://127.0.0.1:{port}/v refuses the connection"


@pytest.mark.parametrize("scheme", ["rtsp", "http", "https"])
def test_a_port_that_takes_the_call_and_says_nothing_is_given_up(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}/v"
        message = refusal(f"{scheme}://admin:geheim@{address}", timeout=1)
    assert message.startswith(f"{scheme}://***@{address} ")
    assert "geheim" not in message


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (b"401 Unauthorized", "refuses the user name or password"),
        (b"403 Forbidden", "refuses the user name or password"),
        (b"404 Not Found", "cannot be read: Server returned 404 Not Found"),
        (b"503 Service Unavailable", "cannot be read: Server returned 5XX Server Error reply"),
        (b"200 OK", "is not a video, or is cut off or damaged"),
    ],
)
def test_an_answer_that_is_no_stream_is_told_without_the_password(
    mjpeg: MjpegServer, status: bytes, said: str
) -> None:
    mjpeg.answer = b"HTTP/1.1 " + status + b"\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nsorry"
    url = mjpeg.url.replace("://", "://admin:geheim@") + "?pwd=geheim"
    assert refusal(url) == f"http://***@127.0.0.1:{mjpeg.port}/video… {said}"


def test_the_password_in_the_url_reaches_the_camera_and_no_message_or_log(
    mjpeg: MjpegServer, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(0)
    mjpeg.login = b"Basic " + base64.b64encode(b"admin:geheim")
    with NetworkSource(mjpeg.url.replace("://", "://admin:geheim@"), fps=50, timeout=5) as source:
        source.read()
        mjpeg.stop()
        with pytest.raises(SourceError) as raised:
            while True:
                source.read()
    assert mjpeg.visits == 2  # refused, then let in
    out, err = capfd.readouterr()
    assert "geheim" not in str(raised.value) + caplog.text + out + err


def test_a_wrong_password_is_told_as_such(mjpeg: MjpegServer) -> None:
    mjpeg.login = b"Basic " + base64.b64encode(b"admin:other")
    url = mjpeg.url.replace("://", "://admin:geheim@")
    assert refusal(url) == f"http://***@127.0.0.1:{mjpeg.port}/video refuses the user name or password"


def test_an_rtsp_camera_gives_its_pictures_in_order(rtsp: RtspServer) -> None:
    frames = read(NetworkSource(rtsp.url, fps=ALL, timeout=10), 30)
    numbers = [number_in(frame.bgr) for frame in frames]
    assert numbers == list(range(numbers[0], numbers[0] + 30))
    assert {frame.bgr.shape for frame in frames} == {(240, 320, 3)}


def test_an_rtsp_camera_is_looked_at_without_waiting_for_a_second_key_frame(rtsp: RtspServer) -> None:
    first = read(NetworkSource(rtsp.url, fps=ALL, timeout=10), 1)[0]
    assert number_in(first.bgr) < 15


def test_an_rtsp_camera_that_freezes_is_an_error_within_the_time_out(rtsp: RtspServer) -> None:
    with NetworkSource(rtsp.url, fps=ALL, timeout=1) as source:
        source.read()
        rtsp.freeze()
        with pytest.raises(SourceError, match=r"sent nothing for 1 s|cannot be read"):
            while True:
                source.read()
        rtsp.thaw()


def test_an_rtsp_server_that_does_not_have_the_stream_says_so(rtsp: RtspServer) -> None:
    assert "404" in refusal(rtsp.url + "-other")


SECRET = st.text("abc@/?#&;=:%+_-", min_size=1, max_size=12).map(lambda text: f"XX{text}XX")


@given(user=SECRET, password=SECRET, query=SECRET)
def test_no_part_of_a_password_is_ever_shown(user: str, password: str, query: str) -> None:
    shown = redact_url(f"rtsp://{user}:{password}@cam.example:554/live?user=admin&pwd={query}")
    assert "XX" not in shown
    assert shown.startswith("rtsp://")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://cam.example:554/live/1", "rtsp://cam.example:554/live/1"),
        ("rtsp://admin:geheim@cam.example/live", "rtsp://***@cam.example/live"),
        ("rtsp://admin:ge@he/im?#@cam.example/live", "rtsp://***"),
        ("http://cam.example/v.cgi?user=admin&pwd=geheim", "http://cam.example/v.cgi…"),
        ("http://cam.example/v.cgi?pwd=ge@heim", "http://***"),
        ("rtsp://cam.example/user=admin_password=geheim_channel=1", "rtsp://cam.example/user…"),
    ],
)
def test_what_is_no_secret_stays_legible(url: str, shown: str) -> None:
    assert redact_url(url) == shown
