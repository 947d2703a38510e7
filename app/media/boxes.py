"""The boxes an MP4 file is made of (ISO/IEC 14496-12, 4.2), as far as it takes to find where a whole part ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_HEADER = 8  # 32 bits of length, 4 letters
_LARGE = 16  # with a length of 64 bits behind them


class Box(NamedTuple):
    """`end`: the offset behind it; may lie beyond the file's own end."""

    kind: str
    start: int
    end: int


def boxes(path: Path) -> Iterator[Box]:
    """The outermost boxes, in order, up to the first that is none. Raises OSError."""
    with path.open("rb") as file:
        length = file.seek(0, 2)
        start = 0
        while start + _HEADER <= length:
            file.seek(start)
            header = file.read(_LARGE)
            size, kind = int.from_bytes(header[:4], "big"), header[4:_HEADER]
            if size == 1 and len(header) == _LARGE:
                size = int.from_bytes(header[_HEADER:], "big")
            if size < _HEADER or not kind.isalnum():
                return
            yield Box(kind.decode("ascii"), start, start + size)
            start += size


def whole_length(path: Path) -> int:
    """Bytes of a fragmented MP4 up to the end of its last whole fragment (moof and mdat); 0: there is none, and
    nothing of it can be played. Raises OSError."""
    length, whole, before = path.stat().st_size, 0, ""
    for box in boxes(path):
        if box.end > length:
            break
        if box.kind == "mdat" and before == "moof":
            whole = box.end
        before = box.kind
    return whole
