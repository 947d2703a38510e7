"""A camera's own packets, copied on their way to the decoder, so that a clip need not be encoded again."""

from __future__ import annotations

from typing import Any

from app.media.clock import Clock
from app.media.coded import CodedPacket, CodedStream, has_key_picture, is_annex_b
from app.media.frame import MAX_PACKETS

_PLAYABLE = ("yuv420p", "yuvj420p")  # 8 bits, 4:2:0: what every browser decodes; j: the full range of cameras

JUMP_SECONDS = 1.0
"""A camera's clock that is this far from ours was set, or the stream began anew: its time starts from here again."""

SLEW = 0.01
"""Part of the difference between its clock and ours taken over at each packet: drift goes, jitter stays small."""


class PacketTap:
    """Used by the thread that reads. `stream` is None where the packets cannot be kept as they come."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._packets: list[CodedPacket] = []
        self._offset: float | None = None
        self._number = 0
        self.stream: CodedStream | None = None

    def open(self, video: Any) -> None:
        """A stream was opened (an av.VideoStream); what was taken before belongs to another one."""
        self._packets, self._offset, self._number = [], None, 0
        codec = video.codec_context
        parameters = bytes(codec.extradata or b"")
        fits = codec.name == "h264" and codec.pix_fmt in _PLAYABLE and is_annex_b(parameters)
        sized = codec.width > 0 and codec.height > 0
        self.stream = CodedStream(parameters, codec.width, codec.height) if fits and sized else None

    def take(self, packet: Any) -> None:
        """Copy one packet (an av.Packet). Those without a time are left out: they come before the first key picture."""
        if self.stream is None or not packet.size:
            return
        number, self._number = self._number, self._number + 1
        dts = packet.pts if packet.dts is None else packet.dts
        if dts is None or packet.pts is None or packet.pts < dts:
            return
        arrived, sent = self._clock.monotonic(), float(dts * packet.time_base)
        if self._offset is None or abs(arrived - sent - self._offset) > JUMP_SECONDS:
            self._offset = arrived - sent
        self._offset += SLEW * (arrived - sent - self._offset)
        time, data = sent + self._offset, bytes(packet)
        later = float((packet.pts - dts) * packet.time_base)
        key = bool(packet.is_keyframe) and has_key_picture(data)
        self._packets.append(CodedPacket(self.stream, data, time + later, time, key, number))
        del self._packets[:-MAX_PACKETS]

    def taken(self, since: float) -> tuple[CodedPacket, ...]:
        """What came since the last call; times in seconds after `since`, a moment of the clock."""
        packets, self._packets = self._packets, []
        return tuple(
            CodedPacket(one.stream, one.data, one.pts - since, one.dts - since, one.key, one.number)
            for one in packets
        )
