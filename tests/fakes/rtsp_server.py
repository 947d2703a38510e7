"""A real RTSP server (GStreamer's), in a process of its own that can be frozen and killed.

Needs, by apt: gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good. They belong to the system's
Python, not to the venv; so this file is also the script which that Python runs.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Self

SYSTEM_PYTHON = "/usr/bin/python3"
PACKAGES = "gir1.2-gst-rtsp-server-1.0 python3-gi gstreamer1.0-plugins-good"


@cache
def missing() -> str:
    """What to tell when there is no RTSP server here; "" when there is."""
    try:
        done = subprocess.run([SYSTEM_PYTHON, __file__, "--check"], capture_output=True, check=False)
    except OSError:
        return f"no {SYSTEM_PYTHON} for the RTSP server"
    return "" if done.returncode == 0 else f"no RTSP server; apt install {PACKAGES}"


class RtspServer:
    """Plays an H.264 .mp4 at its own pace to each visitor, from the start, at `url`."""

    def __init__(self, clip: Path) -> None:
        self._clip = clip
        self._port = 0
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"rtsp://127.0.0.1:{self._port}/camera"

    def start(self) -> None:
        """Serve; on the port it had before, if there was one. Returns when it listens."""
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, __file__, str(self._clip), str(self._port)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def freeze(self) -> None:
        """Connections stay open and nothing comes."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """As if its plug was pulled."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None

    def _signal(self, number: int) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()


def _serve(clip: str, port: str) -> None:
    import gi  # type: ignore[import-not-found]

    gi.require_version("Gst", "1.0")
    gi.require_version("GstRtspServer", "1.0")
    from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found]

    Gst.init(None)
    for element in ("qtdemux", "h264parse", "rtph264pay"):
        if Gst.ElementFactory.find(element) is None:
            raise SystemExit(f"GStreamer lacks {element}")
    if clip == "--check":
        return
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        f"( filesrc location={clip} ! qtdemux ! h264parse ! rtph264pay config-interval=1 name=pay0 pt=96 )"
    )
    server.get_mount_points().add_factory("/camera", factory)
    if not server.attach(None):
        raise SystemExit(f"port {port} is taken")
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    _serve(*[*sys.argv[1:], "0"][:2])
