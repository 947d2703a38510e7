"""At most so many frames a second."""

from __future__ import annotations

# Parts of a period. A 10 fps camera capped to 10 fps jitters and must not lose every other frame…
EARLY = 0.25
LATE = 0.5  # …and after a longer gap than this the beat starts anew, so that frames do not come in a burst.


class RateCap:
    """Says which frames of a live stream to keep. Times are monotonic seconds.

    The moments frames are due stand `1 / fps` apart and do not move with the frames, so that the average over
    any longer time is at most `fps`, whatever rate the camera has. A pause is not made up for.
    """

    def __init__(self, fps: float) -> None:
        if fps <= 0:
            raise ValueError(f"frames per second must be above 0, not {fps}")
        self._period = 1 / fps
        self._due: float | None = None

    def due(self, now: float) -> bool:
        """Whether a frame that arrives now is wanted."""
        return self._due is None or now >= self._due - EARLY * self._period

    def take(self, now: float) -> None:
        """A frame was kept at `now`."""
        due = now if self._due is None or now > self._due + LATE * self._period else self._due
        self._due = due + self._period
