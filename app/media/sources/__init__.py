"""Where frames come from: one file per kind, all behind `Source`; `open_source` knows which is meant.

file.py      a recorded clip
network.py   RTSP and HTTP(S) cameras
usb.py       USB cameras (Video4Linux)
picam.py     the Raspberry Pi's own camera
decoder.py   PyAV, used by the first three; live.py and rate.py what cameras share
packet_tap.py  a network camera's own packets, for clips
"""

from __future__ import annotations

import re
from pathlib import Path

from app.media.clock import Clock
from app.media.sources.file import FileSource
from app.media.sources.network import SCHEMES, NetworkSource, redact_url
from app.media.sources.picam import PiCameraSource
from app.media.sources.source import Source, SourceError
from app.media.sources.usb import UsbSource

__all__ = ["Source", "SourceError", "open_source", "redact_url"]

EXPECTED = "picamera, picamera:1, usb:0, /dev/video0, rtsp://…, http://… or the path of a video file"


def open_source(
    source: str,
    *,
    size: tuple[int, int] = (640, 480),
    fps: float = 10,
    loop: bool = False,
    as_fast_as_possible: bool = False,
    timeout: float = 10.0,
    rtsp_transport: str = "tcp",
    keep_packets: bool = False,
    clock: Clock | None = None,
) -> Source:
    """The source that `source` names. Nothing is touched before its `open()`.

    source               picamera[:N], usb:N, /dev/…, rtsp(s)://…, http(s)://…, or the path of a clip
    size                 asked of Pi and USB cameras; others come in the size they have
    fps                  the most a camera may deliver; a clip is never thinned
    loop, as_fast_as_possible   of a clip
    timeout              seconds a network camera may be silent
    keep_packets         of a network camera: frames carry what it sent, where that can be kept as it came

    Raises a permanent SourceError when it is none of these.
    """
    if match := re.fullmatch(r"picamera(?::(\d))?", source):
        return PiCameraSource(int(match[1] or 0), size=size, fps=fps, clock=clock)
    if match := re.fullmatch(r"usb:(\d+)", source):
        return UsbSource(Path(f"/dev/video{match[1]}"), size=size, fps=fps, clock=clock)
    if source.startswith("/dev/"):
        return UsbSource(Path(source), size=size, fps=fps, clock=clock)
    if "://" in source:
        if source.partition("://")[0] in SCHEMES and source.partition("://")[2]:
            return NetworkSource(
                source,
                fps=fps,
                timeout=timeout,
                rtsp_transport=rtsp_transport,
                keep_packets=keep_packets,
                clock=clock,
            )
        raise SourceError(f"{redact_url(source)} is no camera address; expected {EXPECTED}", permanent=True)
    path = Path(source).expanduser()
    if not source or not (path.suffix or len(path.parts) > 1 or path.exists()):
        raise SourceError(f"{source!r} is no camera; expected {EXPECTED}", permanent=True)
    return FileSource(path, loop=loop, as_fast_as_possible=as_fast_as_possible, clock=clock)
