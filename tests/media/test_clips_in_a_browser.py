"""Clips play to their end in Debian's Chromium, as they are written: ours, a camera's, and one from a full disk."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import pytest

from app.media.clips import ClipWriter, finish
from app.media.coded import CodedPacket
from app.media.sources.packet_tap import PacketTap
from tests.media.clips import picture
from tests.media.coding import coded, tenths
from tests.media.fake_clock import FakeClock

if TYPE_CHECKING:
    from playwright import sync_api

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

PLAY = """name => new Promise((done, failed) => {
    const video = document.createElement("video");
    video.addEventListener("ended", () => done([video.videoWidth, video.videoHeight, video.currentTime]));
    video.addEventListener("error", () => failed(video.error.message));
    video.muted = true;
    video.playbackRate = 8;
    video.src = name;
    video.play().catch(failed);
})"""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: Any) -> None:
        """Not a word."""


@pytest.fixture
def page(tmp_path: Path) -> Iterator[sync_api.Page]:
    """A page beside the files of `tmp_path`."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    (tmp_path / "index.html").write_text("<!doctype html><title>clips</title>")
    serve = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.server_port}/")
            yield page
            browser.close()
        server.shutdown()


def record(path: Path, packets: Sequence[CodedPacket]) -> None:
    writer = ClipWriter(path, packets[0].stream, packets[0])
    for packet in packets:
        writer.add(packet)
    writer.close()


def sent_by_a_camera(folder: Path) -> list[CodedPacket]:
    """Main profile with B-frames and the full range of levels, as a network stream carries it."""
    path = folder / "camera.ts"
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=25, options={"profile": "main", "g": "25"})
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        for index in range(150):
            frame = av.VideoFrame.from_ndarray(picture(index % 100, (320, 240)), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    clock = FakeClock()
    tap = PacketTap(clock)
    with av.open(str(path)) as container:
        tap.open(container.streams.video[0])
        for packet in container.demux(video=0):
            tap.take(packet)
            clock.passed += 0.04
    path.unlink()
    packets = list(tap.taken(clock.monotonic() - clock.passed))
    assert any(packet.pts > packet.dts + 0.01 for packet in packets)
    return packets


def test_every_kind_of_clip_plays_to_its_end(page: sync_api.Page, tmp_path: Path) -> None:
    ours, theirs = coded(tenths(6), (321, 241)), sent_by_a_camera(tmp_path)
    for name, packets in (("ours.mp4", ours), ("theirs.mp4", theirs)):
        record(tmp_path / "part", packets)
        finish(tmp_path / "part", tmp_path / name)
    record(tmp_path / "unpacked.mp4", ours)  # what is left where there is no room for packing it anew
    for name in ("ours.mp4", "theirs.mp4", "unpacked.mp4"):
        width, height, seconds = page.evaluate(PLAY, name)
        assert (width, height) == (320, 240), name
        assert seconds == pytest.approx(6, abs=0.15), name
