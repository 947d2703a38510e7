"""The `motion:` settings: every number with its unit and its reason."""

from __future__ import annotations

from pydantic import Field, field_validator

from app.settings.polygons import Mask
from app.settings.section import Section


class MotionSettings(Section):
    """How motion is told from weather. Pixels are those of the small plane, levels grey levels of 0..255."""

    width_pixels: int = Field(
        160, ge=64, le=640, description="Width of the small plane; a person 20 m away is still 6 pixels wide."
    )
    blur_pixels: int = Field(
        3, ge=1, le=15, description="Box blur, odd: 3 halves sensor noise and leaves a far person. 1 is none."
    )
    background_seconds: float = Field(
        1.6, ge=0.2, le=600, description="Time constant of the running average where nothing moves."
    )
    noise_seconds: float = Field(
        2.0, ge=0.2, le=600, description="Time constant of each pixel's learned fluctuation."
    )
    threshold_levels: float = Field(
        5.0, ge=2, le=100, description="Least difference that counts; 5 is just above a day picture's noise."
    )
    noise_multiple: float = Field(
        3.5, ge=1, le=20, description="A pixel's limit as a multiple of its mean deviation; 3.5 is 2.8 sigma."
    )
    edge_slack_percent: float = Field(
        15.0,
        ge=0,
        le=100,
        description="Added to a pixel's limit, of the contrast in its 3×3; 15 lets edges shake a third of a pixel.",
    )
    dilate_iterations: int = Field(
        2, ge=0, le=10, description="Grows and joins the parts of one moving figure, a pixel each time."
    )
    min_area_percent: float = Field(
        0.4, gt=0, le=100, description="Share of the frame that the biggest blob needs; below it is a moth."
    )
    warm_up_seconds: float = Field(
        0.8, ge=0.1, le=10, description="How long frames are only learned after a start or re-seed."
    )
    still_seconds: float = Field(
        1.0, ge=0.3, le=25, description="Foreground unchanged for this long is taken into the background."
    )
    light_change_percent: float = Field(
        25.0,
        ge=2,
        le=100,
        description="A brightness jump beyond this is a lamp: the level is taken over at once.",
    )
    soft_light_percent: float = Field(
        12.0,
        ge=5,
        le=100,
        description="More foreground than this gets a second look without soft light changes.",
    )
    whole_frame_percent: float = Field(
        40.0,
        ge=10,
        le=100,
        description="More foreground than this is light or the camera, not a visitor: re-seed.",
    )
    ignore: Mask = Field(
        (), description="Polygons where motion does not count; points are [x, y] in 0..1 of the frame."
    )

    @field_validator("blur_pixels")
    @classmethod
    def _odd(cls, value: int) -> int:
        if value % 2 == 0:
            raise ValueError("must be odd, so that the blur has a centre")
        return value
