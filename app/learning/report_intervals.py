"""How sure a share or a rate is, from how often it was seen. Pure.

Both give 95 % intervals that stay honest for the small counts of one house: also for 0, and for all of n.
"""

from __future__ import annotations

import math
from typing import NamedTuple

Z = 1.959964
"""The normal distribution's 97.5 % point: two-sided 95 %."""


class Interval(NamedTuple):
    """From `low` to `high`, both included."""

    low: float
    high: float


def wilson(hits: int, of: int) -> Interval | None:
    """The share behind `hits` out of `of`, 0..1; None if there was nothing to count.

    Wilson's score interval (E. B. Wilson 1927, JASA 22:209; advised for small n by Brown, Cai, DasGupta 2001).
    Raises ValueError unless 0 <= hits <= of.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} out of {of} is no share")
    if of == 0:
        return None
    share, z2 = hits / of, Z * Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    reach = Z * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Interval(0.0 if hits == 0 else middle - reach, 1.0 if hits == of else middle + reach)


def difference(hits: int, of: int, other_hits: int, of_others: int) -> Interval | None:
    """How much the share behind the first count lies above that behind the second, -1..1; None if either is of nothing.

    Newcombe's hybrid of the two Wilson intervals (R. G. Newcombe 1998, Statistics in Medicine 17:873, method 10). If 0
    lies in it, nobody can call it a change. Raises ValueError as `wilson` does.
    """
    first, second = wilson(hits, of), wilson(other_hits, of_others)
    if first is None or second is None:
        return None
    share, other = hits / of, other_hits / of_others
    below = math.hypot(share - first.low, second.high - other)
    above = math.hypot(first.high - share, other - second.low)
    return Interval(share - other - below, share - other + above)


def poisson(count: int) -> Interval:
    """The mean behind a `count` of independent happenings.

    Byar's approximation of the exact (Garwood) limits (Breslow & Day 1987, Statistical Methods in Cancer
    Research II, p. 69), which needs no gamma function: the upper one is within 0.2 % of exact, the lower one
    within 8 % for a count of 2 and 1 % from 5 on. Where it is poor, below 2, the exact limits are as short.
    Raises ValueError for a negative count.
    """
    if count < 0:
        raise ValueError(f"{count} is no count")
    if count == 0:
        return Interval(0.0, -math.log(0.025))
    above = count + 1
    low = count * (1 - 1 / (9 * count) - Z / (3 * math.sqrt(count))) ** 3 if count > 1 else -math.log(0.975)
    return Interval(low, above * (1 - 1 / (9 * above) + Z / (3 * math.sqrt(above))) ** 3)
