"""The gain between a frame and the scene: what the camera's exposure, a cloud or a lamp put there."""

from __future__ import annotations

import numpy as np

from app.vision.brightness import SAMPLE, Brightness
from app.vision.mask import Plane

_SAME_LIGHT = 0.01  # means within 1 % are the same light: no gain to estimate
_SAME_MEAN = 0.003  # from frame to frame: somebody walks, and the light need not be asked for again
_GAIN_RANGE = (0.2, 5.0)  # beyond this the frame is black or blown out and the ratio means nothing


class Exposure:
    """Of one stream."""

    def __init__(self, brightness: Brightness) -> None:
        self._brightness = brightness
        self._asked_mean = 0.0

    def gain(
        self,
        plane: Plane,
        mean: float,
        scene: np.ndarray[tuple[int, int], np.dtype[np.float32]],
        scene_mean: float,
        before: float,
    ) -> float:
        """Plane over scene, 0.2 to 5; 1.0 in the same light. Their means are in grey levels; `before`: the last one."""
        if abs(mean - scene_mean) <= _SAME_LIGHT * scene_mean:
            return 1.0
        if before == 1.0 and abs(mean - self._asked_mean) <= _SAME_MEAN * mean:
            return 1.0
        self._asked_mean = mean
        ratio = self._brightness.ratio(plane[SAMPLE], scene[SAMPLE])
        if abs(ratio - 1.0) <= _SAME_LIGHT:
            return 1.0
        return min(max(ratio, _GAIN_RANGE[0]), _GAIN_RANGE[1])
