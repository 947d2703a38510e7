"""The scenes of the made-up footage: what happens in each. `bench.footage` renders them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

FRAMES_PER_SECOND = 10
FRAMES = 400
DRAWN_AT_HEIGHT = 480
"""Sizes in pixels, of what is drawn, are those of a frame of this height."""

Thing = Literal[
    "drizzle",
    "downpour",
    "snow",
    "moths",
    "spider",
    "porch lamp",
    "television",
    "mains flicker",
    "cloud shadows",
]


@dataclass(frozen=True)
class Scene:
    """What is in front of the camera, and how the camera takes it."""

    contrasts: tuple[float, ...] = ()
    """Grey levels between a visitor's clothes and the room; one is drawn for each visit. None: nobody comes."""
    height: float = 0.4
    """A visitor's height as a share of the frame's."""
    crossing_frames: tuple[int, int] = (35, 60)
    stand_frames: int = 0
    """How long each visitor stands in the middle."""
    fidgets: bool = False
    """Who stands sways by a pixel or two, as people do; else they are as still as a statue."""
    already_there: bool = False
    """The first visitor stands in the middle when the camera starts, and is learned with the room."""
    frames: int = FRAMES
    noise_levels: float = 3.0
    brightness: float = 1.0
    clouds: float = 0.0
    """How far the daylight swings, as a share; one swing takes 40 s."""
    lamp: bool = False
    """A lamp is switched every ten seconds or so."""
    exposure: float = 0.0
    """How strongly the camera darkens the picture when somebody bright comes, and the reverse."""
    leaves: bool = False
    shake: bool = False
    """Wind on the camera's mast: the view wanders by up to half a percent of its width."""
    things: tuple[Thing, ...] = ()
    """What else is in the air, or lights a part of the room."""
    pan: bool = False
    """The camera turns every twelve seconds, and nobody tells."""
    infrared: bool = False
    """The camera goes over to its infrared lamp and, later, back."""
    compressed: bool = False
    """Noise in clumps, few bits."""


SCENES = {
    "day": Scene(),
    "night": Scene(noise_levels=8, brightness=0.35),
    "clouds": Scene(clouds=0.25),
    "lamp": Scene(lamp=True),
    "leaves": Scene(leaves=True),
    "shake": Scene(shake=True),
    "rain": Scene(things=("drizzle",)),
    "visits": Scene(contrasts=(-50, -30, 30, 60)),
    "faint visits": Scene(contrasts=(-9, 9)),
    "far visits": Scene(contrasts=(-40, 40), height=0.13),
    "fast visits": Scene(contrasts=(-40, 40), crossing_frames=(9, 12)),
    "slow visits": Scene(contrasts=(-30, 30), crossing_frames=(80, 100)),
    "standing visits": Scene(contrasts=(-40, 40), stand_frames=60),
    "night visits": Scene(contrasts=(-24, 24), noise_levels=8, brightness=0.35),
    "cloudy visits": Scene(contrasts=(-30, 30), clouds=0.25),
    "lamp visits": Scene(contrasts=(-30, 30), lamp=True),
    "exposed visits": Scene(contrasts=(-60, 60), exposure=0.6),
    "leafy visits": Scene(contrasts=(-40, 40), leaves=True),
    "shaken visits": Scene(contrasts=(-40, 40), shake=True),
    "rainy visits": Scene(contrasts=(-40, 40), things=("drizzle",)),
}

_NIGHT: dict[str, Any] = {"noise_levels": 8.0, "brightness": 0.35}
_EVENING: dict[str, Any] = {"noise_levels": 5.0, "brightness": 0.5}
_WEATHER: dict[str, dict[str, Any]] = {
    "downpour": {"things": ("downpour",)},
    "night downpour": {"things": ("downpour",), **_NIGHT},
    "snow": {"things": ("snow",)},
    "night snow": {"things": ("snow",), **_NIGHT},
    "grainy night": {"noise_levels": 12.0, "brightness": 0.35, "compressed": True},
    "moths": {"things": ("moths",), **_NIGHT},
    "spider": {"things": ("spider",), **_NIGHT},
    "infrared": {"infrared": True, **_NIGHT},
    "porch lamp": {"things": ("porch lamp",), **_EVENING},
    "television": {"things": ("television",), **_EVENING},
    "mains flicker": {"things": ("mains flicker",)},
    "cloud shadows": {"things": ("cloud shadows",)},
    "pan": {"pan": True},
}
_LOITERER: dict[str, Any] = {"stand_frames": 600, "fidgets": True, "frames": 900}

HARD_SCENES = {
    **{name: Scene(**weather) for name, weather in _WEATHER.items()},
    **{f"{name}, visits": Scene(contrasts=(-40, 40), **weather) for name, weather in _WEATHER.items()},
    "contrast 8, visits": Scene(contrasts=(-8, 8)),
    "dark night, visits": Scene(contrasts=(-20, 20), noise_levels=8, brightness=0.33),
    "already there": Scene(contrasts=(-40, 40), stand_frames=80, fidgets=True, already_there=True),
    "a minute's stand": Scene(contrasts=(-40, 40), **_LOITERER),
    "a minute's stand at night": Scene(contrasts=(-30, 30), **_LOITERER, **_NIGHT),
}
"""What an eye that is good at `SCENES` may still stumble over. New scenes go to the end: a scene's place is part of
its seed."""
