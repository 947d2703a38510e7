"""What is compared with the scene, and the doubts about what was found: weather, light, a camera that turned.

The guards that cost much look only at planes on which something would be reported, and what they found holds for a few
looks, so that somebody who walks about is not doubted at every step.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from app.settings.motion import MotionSettings
from app.vision.background import Background
from app.vision.foreground import Figure, Foreground
from app.vision.mask import Plane
from app.vision.stillness import Stillness
from app.vision.turning import Turning

_NEIGHBOURS = 2  # frames just before, that a median of three needs
_CROWD = 8  # figures: not visitors but rain, snow or a shaken mast
_DOUBTFUL = 2.0  # among such, in changing light and in a new scene, somebody has to be so much larger
_RAINY_LOOKS = 3  # rain goes on: for so many looks more it is taken out at once, which saves one comparison
_DRY_LOOKS = 3  # a crowd about somebody, that is no weather, is not taken for it again at once
_TO_BEGIN = 1.3  # so much larger to be seen first than to be followed: moths hover at the gate
_TURNED_PERCENT = 6.0  # of the plane: with less that differs no camera has turned
_TRUSTED_LOOKS = 3  # what has an outline is not asked for it again at once, but after a rest it is,
_TRUSTED_GROWTH = 1.5  # unless it covers so much more: then a lamp has been switched besides;
_TRUSTED_SHRINK = 0.85  # or less: then their shadow may be what is left


class Reseed(StrEnum):
    """Why the background starts anew."""

    START = "first frame"
    ASKED = "asked for, as after a camera move"
    FRAME_SIZE = "the frame size changed"
    TURNED = "the camera was turned"
    WHOLE_FRAME = "the whole frame changed, as by light or a moved camera"


class Found(NamedTuple):
    """What one look found."""

    plane: Plane
    """The one to learn from: the plane looked at, or what is steady of it."""
    figures: list[Figure]
    """The biggest first, also those that are too small to count."""
    least_percent: float
    """Of the plane, that a figure has to cover to count."""
    reseed: Reseed | None = None
    """The background has to start anew, and nothing else was found."""


class Guards:
    """Looks at planes of one fixed size. `counted_pixels`: of the plane, outside of ignore polygons."""

    def __init__(
        self,
        settings: MotionSettings,
        background: Background,
        foreground: Foreground,
        stillness: Stillness,
        counted_pixels: int,
    ) -> None:
        self._background, self._foreground, self._stillness = background, foreground, stillness
        height, width = foreground.busy.shape
        self.turning = Turning(width, height)
        self._min_area_percent = settings.min_area_percent
        self._soft_light_pixels = counted_pixels * settings.soft_light_percent / 100
        self._turned_pixels = counted_pixels * _TURNED_PERCENT / 100
        self._whole_frame_pixels = counted_pixels * settings.whole_frame_percent / 100
        self.restart()

    def restart(self) -> None:
        """The scene is forgotten, and with it what was found about it."""
        self._trusted_looks = self._trusted_pixels = self._rainy_looks = self._dry_looks = 0
        self._neighbours, self._crowd = _NEIGHBOURS, False  # the warm-up's

    @property
    def weather(self) -> bool:
        """Whether there may be some: each frame is wanted, to tell by its neighbours what was there for it alone."""
        return self._rainy_looks > 0 or self._crowd

    def look(self, plane: Plane, moving: bool, rested: bool) -> Found:
        """The figures on a plane.

        moving: whether there were such on the last one.
        rested: that one lies a while back.
        """
        background = self._background
        least_percent = self._least_percent(moving)
        if self._rainy_looks > 0:
            plane = self._stillness.steady_plane()
        covered = self._covered(background.compare(plane))
        if covered > self._most_pixels():
            covered = self._covered(background.compare_in_soft_light(plane))
            self._trust(0 if background.light_changed else covered)
        if covered > self._whole_frame_pixels:
            return Found(plane, [], least_percent, Reseed.WHOLE_FRAME)
        figures = self._figures(covered)
        self._neighbours = 0 if rested else self._neighbours + 1
        self._crowd = len(figures) >= _CROWD
        if self._rainy_looks > 0:
            self._rainy_looks = 0 if background.light_changed else self._rainy_looks - 1
        elif self._crowd:
            least_percent *= _DOUBTFUL
            self._dry_looks -= 1
            if self._neighbours >= _NEIGHBOURS and (self._dry_looks < 0 or not moving):
                plane, figures = self._without_weather(plane, figures, covered)
        self._trusted_looks = -1 if rested else self._trusted_looks - 1
        if not _any(figures, least_percent):
            self._trust(0)
        elif self._turned(plane, covered):
            return Found(plane, [], least_percent, Reseed.TURNED)
        elif not self._is_trusted(covered):
            self._trust(covered)
            figures = self._without_light(plane, figures, least_percent)
        if background.light_changed:
            least_percent *= _DOUBTFUL
        if not _any(figures, least_percent):
            background.settle_light()
        return Found(plane, figures, least_percent)

    def _least_percent(self, moving: bool) -> float:
        """What the biggest figure has to cover, as far as is known before the plane is looked at."""
        if self._rainy_looks > 0 or self._background.is_new:
            return self._min_area_percent * _DOUBTFUL
        return self._min_area_percent if moving else self._min_area_percent * _TO_BEGIN

    def _without_weather(
        self, plane: Plane, figures: list[Figure], covered: int
    ) -> tuple[Plane, list[Figure]]:
        """The plane and the figures without what was there for a single frame."""
        steady = self._stillness.steady_plane()
        steadily = self._covered(self._background.compare_again(steady))
        if steadily > covered:
            self._covered(self._background.compare_again(plane))  # no rain, but light that has just changed
            self._dry_looks = _DRY_LOOKS
            return plane, figures
        rains = 2 * steadily <= covered and not self._background.light_changed
        self._rainy_looks = _RAINY_LOOKS if rains else 0
        left = self._figures(steadily)
        self._dry_looks = _DRY_LOOKS if 2 * len(left) > len(figures) else 0
        return steady, left

    def _without_light(self, plane: Plane, figures: list[Figure], least_percent: float) -> list[Figure]:
        """The figures less what fades into its surroundings, which is taken into the scene."""
        background, foreground = self._background, self._foreground
        if not foreground.is_soft(figures[0].outline, plane, background.scene):
            return figures
        self._trust(0)
        if not background.light_changed:
            figures = self._figures(self._covered(background.compare_in_soft_light(plane)))
        while _any(figures, least_percent) and foreground.is_shadow(
            figures[0].outline, plane, background.scene, background.difference
        ):
            foreground.busy[foreground.around(figures[0].outline)] = 0
            figures = figures[1:]
        return figures

    def _trust(self, covered: int) -> None:
        """What covers so many pixels has an outline; 0: nothing is known to have one."""
        self._trusted_looks, self._trusted_pixels = (_TRUSTED_LOOKS, covered) if covered else (0, 0)

    def _is_trusted(self, covered: int) -> bool:
        least, most = _TRUSTED_SHRINK * self._trusted_pixels, _TRUSTED_GROWTH * self._trusted_pixels
        return self._trusted_looks >= 0 and least <= covered <= most

    def _most_pixels(self) -> float:
        """With more of them covered, it is asked first whether that is light."""
        most = max(self._soft_light_pixels, _TRUSTED_GROWTH * self._trusted_pixels)
        return min(self._whole_frame_pixels, most)

    def _turned(self, plane: Plane, covered: int) -> bool:
        background = self._background
        return (
            covered > self._turned_pixels
            and self._foreground.reaches_everywhere
            and self.turning.turned_since(
                plane, background.scene, background.change_limit, background.exceeded, covered
            )
        )

    def _covered(self, exceeded: int) -> int:
        """How many pixels the figures among the exceeded ones cover; about, as long as they are not many."""
        if not exceeded or not self._foreground.find(self._background.exceeded):
            return 0
        return exceeded if exceeded <= self._soft_light_pixels else self._foreground.count()

    def _figures(self, covered: int) -> list[Figure]:
        """The biggest first."""
        if not covered:
            self._foreground.clear()
            return []
        self._foreground.grow()
        return self._foreground.figures()


def _any(figures: list[Figure], least_percent: float) -> bool:
    return bool(figures) and figures[0].area_percent >= least_percent
