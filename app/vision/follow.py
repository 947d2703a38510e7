"""Which frames need no look: while somebody is being followed, the last answer stands for a moment.

In the middle of a rest a glance at where they were tells whether as much is there as was; if not, the rest is over. It
costs a tenth of a look.
"""

from __future__ import annotations

from enum import Enum, auto

from app.vision.background import Background
from app.vision.foreground import Foreground
from app.vision.mask import Plane
from app.vision.motion_rules import TURN_SECONDS, frames

_SURE_LOOKS = 3  # in a row that found motion; from then on frames rest
_LEAVES = 0.7  # of the area at the look before: half out of the picture, or a shadow that is left
_REST_TURNS = 2  # from look to look, with the glance between them
_LEAST_FRAMES = 3  # to a turn; of fewer, each tells something new
_AS_MUCH = (0.8, 1.3)  # of the pixels that differed at the look


class Need(Enum):
    """What a frame needs."""

    LOOK = auto()
    GLANCE = auto()
    NOTHING = auto()


class Follow:
    """One stream's rests. Tell it of each look."""

    def __init__(self, background: Background, foreground: Foreground, fps: float) -> None:
        self._background, self._foreground = background, foreground
        turn_frames = frames(TURN_SECONDS, fps)
        self._rest_frames = _REST_TURNS * turn_frames - 1 if turn_frames >= _LEAST_FRAMES else 0
        self._glance_at = self._rest_frames - turn_frames  # frames of the rest to come
        self._sure_looks = self._resting = self._pixels = 0
        self._area_percent = 0.0

    def restart(self) -> None:
        """Nobody is being followed."""
        self._sure_looks = self._resting = 0
        self._area_percent = 0.0

    def looked(self, plane: Plane, moving: bool, area_percent: float) -> None:
        """A look at `plane` found motion of this area, or none."""
        leaves = area_percent < _LEAVES * self._area_percent
        self._area_percent = area_percent
        self._sure_looks = self._sure_looks + 1 if moving and not leaves else 0
        self._resting = self._rest_frames if self._sure_looks >= _SURE_LOOKS else 0
        if self._resting:
            self._pixels = self._background.beyond_limit(plane, self._foreground.window)

    def next_needs(self) -> Need:
        """What the next frame needs. Call it once for each."""
        if not self._resting:
            return Need.LOOK
        self._resting -= 1
        return Need.GLANCE if self._resting == self._glance_at else Need.NOTHING

    def is_there(self, plane: Plane) -> bool:
        """Whether about as much differs from the scene as at the last look, where it did then."""
        pixels = self._background.beyond_limit(plane, self._foreground.window)
        return _AS_MUCH[0] * self._pixels <= pixels <= _AS_MUCH[1] * self._pixels
