"""Whether and how a camera can be turned: `head:` of a camera."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.settings.section import Section

Degrees = Annotated[int, Field(ge=-90, le=90)]


class HeadSettings(Section):
    """A pan-tilt head. 0 0 is straight ahead; the limits are inclusive."""

    kind: Literal["none", "auto", "pantilt", "simulated"] = "auto"
    pan_degrees: tuple[Degrees, Degrees] = (-90, 90)
    tilt_degrees: tuple[Degrees, Degrees] = (-90, 90)
    step_degrees: int = Field(2, ge=1, le=180)
    step_seconds: float = Field(0.02, ge=0.005, le=1)
    settle_seconds: float = Field(0.5, ge=0, le=10)
    hold_seconds: float = Field(2, ge=0, le=3600)

    @model_validator(mode="after")
    def _from_low_to_high(self) -> HeadSettings:
        for name in ("pan_degrees", "tilt_degrees"):
            low, high = getattr(self, name)
            if low > high:
                raise ValueError(f"{name} must go from low to high, such as [{high}, {low}]")
        return self

    def within(self, pan: int, tilt: int) -> tuple[int, int]:
        """The nearest position that is within the limits, degrees."""
        return _clamp(pan, self.pan_degrees), _clamp(tilt, self.tilt_degrees)


def _clamp(value: int, limits: tuple[int, int]) -> int:
    return min(max(value, limits[0]), limits[1])
