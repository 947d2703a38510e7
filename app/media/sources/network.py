"""A camera on the network: RTSP, or HTTP(S) with MJPEG or anything FFmpeg can demux."""

from __future__ import annotations

import re

from app.media.clock import Clock, SystemClock
from app.media.sources.decoder import VideoDecoder
from app.media.sources.live import LiveSource
from app.media.sources.packet_tap import PacketTap

SCHEMES = ("rtsp", "rtsps", "http", "https")


def redact_url(url: str) -> str:
    """`url` without what may be a secret, for messages and logs.

    Cuts more than it must: user and password, and all from the first of ? # & ; = on (cameras take them in
    the query, some in the path). Where an @ may belong to the one or the other, nothing is shown.
    """
    scheme, _, rest = url.partition("://")
    login, at, address = rest.rpartition("@")
    if re.search(r"[@/?#&;=]", login):
        return f"{scheme}://***"
    shown = re.sub(r"[?#&;=].*", "…", address, flags=re.DOTALL)
    return f"{scheme}://{'***@' if at else ''}{shown}"


class NetworkSource(LiveSource):
    """url            rtsp://, rtsps://, http:// or https://, with user:password@ if the camera wants it.
                      Certificates are not checked: cameras sign their own.
    timeout           seconds for the connection and the first look, and again for each read.
    rtsp_transport    "tcp" (frames whole or not at all) or "udp".
    keep_packets      hand out what the camera sends beside the frames, if it is H.264 as browsers play it.

    Frames come in the camera's own size; choose a sub-stream in the url for less work.
    """

    def __init__(
        self,
        url: str,
        *,
        fps: float,
        timeout: float = 10.0,
        rtsp_transport: str = "tcp",
        keep_packets: bool = False,
        clock: Clock | None = None,
    ) -> None:
        label = redact_url(url)
        options = {
            # FFmpeg's own socket time-out, in µs, behind PyAV's: it also bounds the good-bye in close().
            "timeout": str(int(timeout * 1_000_000)),
            # Do not measure the frame rate before the first frame: over RTSP that takes 2 s, and we have
            # our own clock. ("nobuffer" would throw the probed frames away and wait for the next key frame.)
            "fpsprobesize": "0",
            # A playlist from the network may not name local files.
            "protocol_whitelist": "rtp,srtp,udp,tcp,tls,http,https,httpproxy,crypto,data",
        }
        if url.startswith("rtsp"):
            options |= {"rtsp_transport": rtsp_transport, "allowed_media_types": "video"}
        tap = PacketTap(clock or SystemClock()) if keep_packets else None
        decoder = VideoDecoder(url, label, options=options, timeout=timeout, threads="SLICE", tap=tap)
        super().__init__(decoder, label, fps=fps, clock=clock, tap=tap)
