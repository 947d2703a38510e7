"""How much brighter one picture is than another, whoever stands in it."""

from __future__ import annotations

from typing import Any

import numpy as np

SAMPLE = (slice(4, None, 8), slice(4, None, 8))  # every 8th pixel each way is plenty for one median
_ONE = np.float32(1.0)  # so that nothing is divided by zero


class Brightness:
    """Compares samples of planes of one size. Its buffers are allocated once."""

    def __init__(self, width: int, height: int) -> None:
        self.shape = np.empty((height, width))[SAMPLE].shape
        self._ratios, self._divisors = (np.empty(self.shape, np.float32) for _ in range(2))

    def ratio(self, sample: np.ndarray[Any, Any], base: np.ndarray[Any, Any]) -> float:
        """The median ratio, which somebody covering less than half the frame cannot move. Both: `plane[SAMPLE]`."""
        np.add(sample, _ONE, out=self._ratios)
        np.add(base, _ONE, out=self._divisors)
        self._ratios /= self._divisors
        ratios = self._ratios.ravel()
        ratios.partition(ratios.size // 2)  # a third of the time of np.median
        return float(ratios[ratios.size // 2])
