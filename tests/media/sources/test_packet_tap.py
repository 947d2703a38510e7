"""A network camera's own packets come beside its frames, whole and in an order a clip can be made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.media.clips import ClipWriter, finish
from app.media.coded import CodedPacket, has_key_picture
from app.media.frame import MAX_PACKETS, Frame
from app.media.sources.network import NetworkSource
from app.media.sources.packet_tap import JUMP_SECONDS, PacketTap
from tests.fakes import rtsp_server
from tests.fakes.mjpeg_server import MjpegServer
from tests.fakes.rtsp_server import RtspServer
from tests.media.clips import make_clip
from tests.media.coding import played, probed
from tests.media.fake_clock import FakeClock

ALL = 1_000_000
IDR, SLICE, SPS, PPS, SEI = (bytes([0, 0, 0, 1, kind]) + b"data" for kind in (0x65, 0x41, 0x67, 0x68, 0x06))


@dataclass
class Packet:
    """As much of an av.Packet as is asked for."""

    pts: int | None
    dts: int | None
    data: bytes = SLICE
    is_keyframe: bool = False
    time_base: Fraction = Fraction(1, 90_000)

    @property
    def size(self) -> int:
        return len(self.data)

    def __bytes__(self) -> bytes:
        return self.data


def video(**changed: Any) -> Any:
    codec = {
        "name": "h264",
        "pix_fmt": "yuvj420p",
        "extradata": SPS + PPS,
        "width": 640,
        "height": 480,
    } | changed
    return SimpleNamespace(codec_context=SimpleNamespace(**codec))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tap(clock: FakeClock) -> PacketTap:
    tap = PacketTap(clock)
    tap.open(video())
    return tap


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "hevc"},
        {"name": "mjpeg", "pix_fmt": "yuvj420p"},
        {"pix_fmt": "yuv422p"},
        {"pix_fmt": "yuv420p10le"},
        {"pix_fmt": None},
        {"extradata": None},
        {"extradata": b"\x01d\x00\x1e"},
        {"width": 0},
    ],
)
def test_what_browsers_do_not_play_as_it_comes_is_not_kept(clock: FakeClock, changed: dict[str, Any]) -> None:
    tap = PacketTap(clock)
    tap.open(video(**changed))
    tap.take(Packet(0, 0))
    assert tap.stream is None
    assert tap.taken(0.0) == ()


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (IDR, True),
        (SPS + PPS + SEI + IDR, True),
        (SPS + PPS + SLICE, False),
        (SLICE, False),
        (SPS, False),
        (b"", False),
        (b"\0\0\1", False),
        (SLICE + IDR, False),
    ],
)
def test_a_key_picture_is_known_by_its_data(data: bytes, key: bool) -> None:
    assert has_key_picture(data) is key


@given(data=st.binary(max_size=300))
def test_whatever_the_data_are_the_look_for_a_key_picture_ends(data: bytes) -> None:
    assert has_key_picture(data) in (True, False)


def test_times_are_the_frames_own_and_packets_are_numbered(clock: FakeClock, tap: PacketTap) -> None:
    opened = clock.monotonic()
    for index in range(30):
        tap.take(Packet(index * 9000, index * 9000, IDR if index == 0 else SLICE, index == 0))
        clock.passed += 0.1
    packets = tap.taken(opened)
    assert [packet.pts for packet in packets] == pytest.approx([index / 10 for index in range(30)])
    assert [packet.number for packet in packets] == list(range(30))
    assert [packet.key for packet in packets] == [True] + [False] * 29
    assert tap.taken(opened) == ()


def test_a_clock_that_runs_differently_is_followed_without_a_jump(clock: FakeClock, tap: PacketTap) -> None:
    opened = clock.monotonic()
    for index in range(20_000):  # half an hour, a thousandth too fast: 2 s
        tap.take(Packet(round(index * 9000 * 1.001), round(index * 9000 * 1.001)))
        clock.passed += 0.1
        if index % 1000 == 999:
            packets = tap.taken(opened)
            steps = [after.dts - before.dts for before, after in pairwise(packets)]
            assert min(steps) > 0.09
            assert max(steps) < 0.11
            assert packets[-1].dts == pytest.approx(clock.monotonic() - opened, abs=0.2)


@pytest.mark.parametrize("jump", [-3600, -JUMP_SECONDS - 1, JUMP_SECONDS + 1, 3600, 2**33 / 90_000])
def test_a_camera_whose_clock_is_set_goes_on_from_now(clock: FakeClock, tap: PacketTap, jump: float) -> None:
    opened = clock.monotonic()
    for index in range(40):
        ticks = 900_000_000 + index * 9000 + round(jump * 90_000) * (index >= 20)
        tap.take(Packet(ticks, ticks))
        clock.passed += 0.1
    times = [packet.dts for packet in tap.taken(opened)]
    assert times == pytest.approx([index / 10 for index in range(40)], abs=0.02)


def test_packets_without_a_time_are_left_out_and_missed(tap: PacketTap) -> None:
    for pts, dts in ((None, None), (9000, None), (18_000, 18_000), (9000, 18_000), (27_000, 27_000)):
        tap.take(Packet(pts, dts))
    assert [packet.number for packet in tap.taken(0.0)] == [1, 2, 4]


def test_packets_nobody_takes_are_bounded(tap: PacketTap) -> None:
    for index in range(MAX_PACKETS + 500):
        tap.take(Packet(index, index))
    packets = tap.taken(0.0)
    assert len(packets) == MAX_PACKETS
    assert packets[-1].number == MAX_PACKETS + 499


def test_opened_anew_it_is_another_stream_and_nothing_of_before_is_in_it(tap: PacketTap) -> None:
    before = tap.stream
    tap.take(Packet(0, 0))
    tap.open(video())
    assert tap.stream is not before
    assert tap.stream is not None
    assert before is not None
    assert tap.stream.continues(before)
    assert tap.taken(0.0) == ()


@pytest.fixture
def rtsp(tmp_path: Path) -> Iterator[RtspServer]:
    if rtsp_server.missing():
        pytest.skip(rtsp_server.missing())
    # With B-frames, as few cameras send them: the hardest case.
    with RtspServer(make_clip(tmp_path / "a.mp4", size=(320, 240), frames=90, fps=30, gop=15)) as server:
        yield server


def frames_of(source: NetworkSource, count: int) -> list[Frame]:
    with source:
        frames = [source.read() for _ in range(count)]
    return [frame for frame in frames if frame is not None]


def test_an_rtsp_cameras_packets_make_a_clip_without_being_encoded_again(
    rtsp: RtspServer, tmp_path: Path
) -> None:
    source = NetworkSource(rtsp.url, fps=ALL, timeout=10, keep_packets=True)
    frames = frames_of(source, 60)
    packets: list[CodedPacket] = [packet for frame in frames for packet in frame.packets]
    assert {frame.stream for frame in frames} == {packet.stream for packet in packets}
    first = next(index for index, packet in enumerate(packets) if packet.key)
    kept = packets[first:]
    assert len(kept) > 30
    # The frames' clock and the packets' are one, to within the B-frames' delay and a busy machine's.
    assert kept[-1].dts == pytest.approx(frames[-1].media_time, abs=0.5)
    writer = ClipWriter(tmp_path / "part", kept[0].stream, kept[0])
    for packet in kept:
        writer.add(packet)
    writer.close()
    finish(tmp_path / "part", tmp_path / "clip.mp4")
    seen = played(tmp_path / "clip.mp4")
    # The last B-frames' pictures were still on their way when the camera was hung up on.
    assert seen.numbers[:-4] == list(range(seen.numbers[0], seen.numbers[0] + len(kept) - 4))
    assert seen.times == sorted(set(seen.times))
    facts = probed(tmp_path / "clip.mp4")
    assert (facts["codec_name"], facts["pix_fmt"], facts["profile"]) == ("h264", "yuv420p", "High")
    sent = sum(len(packet.data) for packet in kept)
    assert (tmp_path / "clip.mp4").stat().st_size == pytest.approx(sent, abs=6000)


def test_frames_that_are_thinned_lose_no_packet(rtsp: RtspServer) -> None:
    frames = frames_of(NetworkSource(rtsp.url, fps=5, timeout=10, keep_packets=True), 8)
    numbers = [packet.number for frame in frames for packet in frame.packets]
    assert len(numbers) > 3 * len(frames)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_an_mjpeg_camera_has_no_packets_to_keep() -> None:
    with MjpegServer() as server:
        frames = frames_of(NetworkSource(server.url, fps=ALL, timeout=10, keep_packets=True), 3)
    assert {(frame.stream, frame.packets) for frame in frames} == {(None, ())}


def test_packets_are_not_kept_unless_asked_for(rtsp: RtspServer) -> None:
    frames = frames_of(NetworkSource(rtsp.url, fps=ALL, timeout=10), 3)
    assert {(frame.stream, frame.packets) for frame in frames} == {(None, ())}
