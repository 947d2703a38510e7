"""H.264 as it travels: packets, and the stream they belong to. Ours and the camera's own look alike."""

from __future__ import annotations

from dataclasses import dataclass

_IDR = 5  # the NAL unit with which a decoder can begin (H.264, table 7-1)


@dataclass(frozen=True, slots=True, eq=False)
class CodedStream:
    """What a player must know first. Compared by identity: each opening and each encoder makes its own.

    parameters  sequence and picture parameter sets in Annex B form (with start codes).
    """

    parameters: bytes
    width: int
    height: int

    def continues(self, other: CodedStream) -> bool:
        """Whether packets of both may stand in one file."""
        return (self.parameters, self.width, self.height) == (other.parameters, other.width, other.height)


@dataclass(frozen=True, slots=True, eq=False)
class CodedPacket:
    """One picture, coded. Times in seconds of whoever hands it out.

    pts, dts  when it is shown and when it must be decoded; they differ only in a stream with B-frames.
    key       a decoder may begin here.
    number    counts the packets of `stream` from 0: one that is missing was lost on the way.
    """

    stream: CodedStream
    data: bytes
    pts: float
    dts: float
    key: bool
    number: int


def is_annex_b(data: bytes) -> bool:
    """Whether `data` begins with a start code: the form of network streams, unlike that of files."""
    return data.startswith((b"\0\0\1", b"\0\0\0\1"))


def has_key_picture(data: bytes) -> bool:
    """Whether a decoder may begin with this packet (Annex B).

    Asked of the data: FFmpeg also marks pictures as key frames that only have parameter sets before them.
    """
    start = data.find(b"\0\0\1")
    while 0 <= start < len(data) - 3:
        unit = data[start + 3] & 0x1F
        if unit == _IDR:
            return True
        if unit < _IDR and unit > 0:
            return False  # a slice of another picture: no key picture follows it in the same packet
        start = data.find(b"\0\0\1", start + 3)
    return False
