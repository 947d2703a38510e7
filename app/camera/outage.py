"""When people are told that a camera is away, and when that it is back. Pure: times go in, an answer comes out."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class News(Enum):
    """What there is to tell."""

    LOST = "lost"
    BACK = "back"


class Outage(NamedTuple):
    """`since`: seconds since the epoch of the last picture (or of the start, if there was none)."""

    news: News
    since: float


class OutageWatch:
    """Once when no frame has come for `patience_seconds` and once when one comes again; shorter blips are silent.

    `told_since`: what people were told before a restart, so that a camera process which restarts because its
    camera is away does not tell it again each time.
    """

    def __init__(
        self, patience_seconds: float, *, now: float, epoch: float, told_since: float | None
    ) -> None:
        self._patience = patience_seconds
        self._last, self._last_epoch = now, epoch
        self.told_since = told_since

    def frame(self, now: float, epoch: float) -> Outage | None:
        """A frame came. `now` is monotonic seconds."""
        self._last, self._last_epoch = now, epoch
        if self.told_since is None:
            return None
        since, self.told_since = self.told_since, None
        return Outage(News.BACK, since)

    def no_frame(self, now: float) -> Outage | None:
        """None came, though one should have."""
        if self.told_since is not None or now - self._last < self._patience:
            return None
        self.told_since = self._last_epoch
        return Outage(News.LOST, self._last_epoch)

    def excused(self, now: float, epoch: float) -> None:
        """None came, and none was wanted: the camera is released."""
        self._last, self._last_epoch = now, epoch
