"""Under `person.night`: what is done to dark and noisy pictures before the person model sees them."""

from __future__ import annotations

from pydantic import Field

from app.settings.section import Section


class NightSettings(Section):
    """Levels are grey levels, 0..255. The reasons stand in config/config.yml, the measurements in docs/person.md."""

    below_level: int = Field(110, ge=0, le=255)
    noise_levels: float = Field(2.5, ge=0, le=255)
    smooth_pixels: float = Field(1.2, ge=0, le=5)
