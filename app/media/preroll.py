"""The last seconds, coded, in memory: what a clip begins with. Pure; time is the packets' own."""

from __future__ import annotations

from collections import deque

from app.media.coded import CodedPacket

PACKET_BYTES = 200
"""What a packet weighs in memory beside its data, about."""


class PreRoll:
    """At least the last `seconds`, beginning with a key picture, in at most `max_bytes`.

    What leaves, leaves from the front and up to the next key picture. So up to one key picture's distance more
    than `seconds` is held; where `max_bytes` forbids it less is, and nothing of a single group that is larger.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._seconds, self._max_bytes = seconds, max_bytes
        self._packets: deque[CodedPacket] = deque()
        self._keys: deque[float] = deque()
        """The times of the key pictures held; the first is the first packet's."""
        self._bytes = 0
        self.squeezed = False
        """Whether `max_bytes` ever cost part of the `seconds`."""

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def bytes(self) -> int:
        """Held in memory now."""
        return self._bytes

    def add(self, packet: CodedPacket) -> None:
        """Hold one more, in decoding order. One that no key picture precedes is of no use and not held."""
        if not packet.key and not self._packets:
            return
        self._packets.append(packet)
        self._bytes += len(packet.data) + PACKET_BYTES
        if packet.key:
            self._keys.append(packet.pts)
        while len(self._keys) > 1 and self._keys[1] <= packet.pts - self._seconds:
            self._drop_group()
        while self._bytes > self._max_bytes:
            self.squeezed = True
            self._drop_group()

    def since(self, time: float) -> list[CodedPacket]:
        """From the last key picture at or before `time` on; all there is where that reaches less far back."""
        start = max((key for key in self._keys if key <= time), default=None)
        packets = list(self._packets)
        if start is None:
            return packets
        first = next(index for index, packet in enumerate(packets) if packet.key and packet.pts == start)
        return packets[first:]

    def clear(self) -> None:
        """Forget all."""
        self._packets.clear()
        self._keys.clear()
        self._bytes = 0

    def _drop_group(self) -> None:
        self._keys.popleft()
        while self._packets:
            self._bytes -= len(self._packets.popleft().data) + PACKET_BYTES
            if self._packets and self._packets[0].key:
                return
