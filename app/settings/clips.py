"""The `clips:` settings: the video that is kept of an event."""

from __future__ import annotations

from pydantic import Field

from app.settings.section import Section


class ClipSettings(Section):
    """What led up to an event, the event, and the quiet after it; H.264 in MP4."""

    enabled: bool = True
    pre_roll_seconds: float = Field(10, ge=0, le=60)
    pre_roll_max_mb: int = Field(32, ge=1, le=1024)
    tail_seconds: float = Field(5, ge=0, le=60)
    max_height_pixels: int = Field(1080, ge=48, le=4320)
    crf: int = Field(25, ge=10, le=45)
    max_kbit_per_second: int = Field(3000, ge=100, le=100_000)
