"""Under `learning`: what is done with an alert that `pycam learn` takes for nothing."""

from __future__ import annotations

from typing import Literal

from app.settings.polygons import Fraction
from app.settings.section import Section


class LearningSettings(Section):
    """mark: the alert goes out and says so; hold: it is recorded and counted, but not announced."""

    quieten: Literal["mark", "hold"] = "mark"
    never_above: Fraction = 0.6
