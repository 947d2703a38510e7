"""How much each pixel may differ before it counts."""

from __future__ import annotations

import math
from typing import TypeAlias

import cv2
import numpy as np

from app.vision.foreground import Window
from app.vision.mask import Plane
from app.vision.motion_rules import BackgroundRules

Scene: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.float32]]

_CONTRAST_EVERY = 2  # refreshes
_SQUARE = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


class Limits:
    """Grey levels on planes of one fixed size, allocated once."""

    def __init__(self, width: int, height: int, rules: BackgroundRules, ignored: Plane | None) -> None:
        """`ignored`: 255 where nothing counts."""
        shape = (height, width)
        self._rules, self._ignored = rules, ignored
        self._slack, self._scratch = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._refreshed = 0
        # As planes, because the greater of two planes takes a third of the time of that of a plane and a number.
        self._least = np.full(shape, round(rules.threshold_levels), np.uint8)
        self._least_change = np.full(shape, round(rules.threshold_levels * math.sqrt(0.5)), np.uint8)
        self.limit = np.empty(shape, np.uint8)
        """Between a plane and the scene."""
        self.change_limit = np.empty(shape, np.uint8)
        """Between two planes."""

    def restart(self) -> None:
        """The next scene is another one."""
        self._refreshed = 0

    def exceeding(self, plane: Plane, scene: Scene, gain: float, window: Window) -> int:
        """How many pixels of a window differ by more than their limit from the scene times the gain."""
        differs = cv2.convertScaleAbs(scene, self._scratch[window], gain, 0)
        cv2.absdiff(plane, differs, differs)
        return cv2.countNonZero(cv2.compare(differs, self.limit[window], cv2.CMP_GT, differs))

    def refresh(self, noise: Scene, scene: Plane) -> None:
        """From each pixel's mean deviation, and from the contrast around it: edges shake in the wind."""
        rules = self._rules
        cv2.convertScaleAbs(noise, self.limit, rules.noise_multiple, 0)
        # Two planes differ by √2 more noise than a plane and an average; and a step smaller than a person's
        # difference to the wall must still count as change, or slow walkers would be taken for the wall.
        cv2.convertScaleAbs(self.limit, self.change_limit, math.sqrt(2), 0)
        cv2.max(self.change_limit, self._least_change, self.change_limit)
        cv2.max(self.limit, self._least, self.limit)
        # It takes longer than all the rest, and edges stay where they are.
        if self._refreshed % _CONTRAST_EVERY == 0:
            cv2.morphologyEx(scene, cv2.MORPH_GRADIENT, _SQUARE, self._slack)
            cv2.convertScaleAbs(self._slack, self._slack, rules.edge_slack, 0)
        self._refreshed += 1
        cv2.add(self.limit, self._slack, self.limit)
        if self._ignored is not None:
            cv2.bitwise_or(self.limit, self._ignored, self.limit)  # nothing is beyond 255
