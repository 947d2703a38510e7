"""What the demo's camera sees: a hallway, and now and then a visitor who walks through it.

The visitor is the public-domain portrait that scikit-image ships (`skimage.data.astronaut()`, NASA), because
a person detector takes it for a person. Without scikit-image it is a drawn figure: that moves, but is nobody.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 480
PIXELS_PER_DEGREE = 5
"""Of turning the head; 90 degrees stay within what is drawn around the hallway."""

VISIT_SECONDS = 8.0
"""Half a second to come in, six to look around, one to leave."""

# The portrait without the flag and the shuttle behind it: head, shoulders, arms; pixels of its 512 × 512.
_OUTLINE = [
    (150, 512), (60, 512), (0, 420), (30, 345), (110, 300), (165, 275), (170, 215), (140, 160), (150, 70),
    (195, 15), (255, 5), (300, 40), (312, 110), (300, 180), (280, 240), (330, 270), (410, 300), (470, 360),
    (511, 470), (511, 512),
]  # fmt: skip


class Hallway:
    """Renders one frame at a time; the same time and visits give the same picture, but for sensor noise."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        # Around it the same again, mirrored: more to see when the camera turns.
        around = ((HEIGHT, HEIGHT), (WIDTH, WIDTH), (0, 0))
        self._empty = Image.fromarray(np.pad(np.asarray(_draw_hallway()), around, "symmetric"))
        self._visitor, self.has_person = _visitor()
        # A few noise fields, used in turn: a camera's picture never stands quite still.
        self._noise = [
            np.rint(self._random.normal(0, 2.0, (HEIGHT, WIDTH, 3))).astype(np.int16) for _ in range(5)
        ]

    def jpeg(self, now: float, visits: Sequence[float], look: tuple[int, int] = (0, 0)) -> bytes:
        """The frame at `now`, as JPEG. `visits`: when each visitor comes in, on the same clock.

        `look`: pan and tilt of the camera, degrees -90..90; positive is right and up.
        """
        right, down = look[0] * PIXELS_PER_DEGREE, -look[1] * PIXELS_PER_DEGREE
        left, top = WIDTH + right, HEIGHT + down
        picture = self._empty.crop((left, top, left + WIDTH, top + HEIGHT))
        for start in visits:
            if 0 <= now - start < VISIT_SECONDS:
                self._paste_visitor(picture, now - start, -right, -down)
        noise = self._noise[int(now * 10) % len(self._noise)]
        noisy = np.clip(np.asarray(picture, dtype=np.int16) + noise, 0, 255).astype(np.uint8)
        out = io.BytesIO()
        Image.fromarray(noisy).save(out, "JPEG", quality=85)
        return out.getvalue()

    def _paste_visitor(self, picture: Image.Image, since: float, right: int, down: int) -> None:
        width, height = self._visitor.size
        middle = (WIDTH - width) // 2
        # In within the half second between two looks of the person gate: the alert's picture is of the one that
        # finds somebody, or of a surer one later, and shall show all of them.
        x = np.interp(since, (0, 0.6, 7, VISIT_SECONDS), (-width, middle - 70, middle + 70, WIDTH))
        step = abs(np.sin(since * 6)) * 6  # one bobs while walking
        y = HEIGHT - height + 8 - int(step)
        picture.paste(self._visitor, (int(x) + right, y + down), self._visitor)


def _visitor() -> tuple[Image.Image, bool]:
    """The visitor with transparency, and whether a detector will take it for a person."""
    try:
        from skimage.data import astronaut  # noqa: PLC0415 — optional, and slow to import
    except ImportError:
        return _draw_figure(), False
    portrait = Image.fromarray(astronaut()).convert("RGBA")
    mask = Image.new("L", portrait.size, 0)
    ImageDraw.Draw(mask).polygon(_OUTLINE, fill=255)
    portrait.putalpha(mask.filter(ImageFilter.GaussianBlur(4)))
    return portrait.resize((380, 380), Image.Resampling.LANCZOS), True


def _draw_figure() -> Image.Image:
    figure = Image.new("RGBA", (150, 360), (0, 0, 0, 0))
    draw = ImageDraw.Draw(figure)
    draw.ellipse((50, 0, 100, 60), fill=(196, 150, 120, 255))
    draw.rounded_rectangle((25, 62, 125, 215), 30, fill=(54, 76, 110, 255))
    draw.rounded_rectangle((40, 205, 70, 355), 12, fill=(40, 42, 50, 255))
    draw.rounded_rectangle((80, 205, 110, 355), 12, fill=(40, 42, 50, 255))
    return figure


def _draw_hallway() -> Image.Image:
    """Wall, floor, door, window, a picture and a plant: enough edges to look like somewhere."""
    wall = np.linspace(214, 186, HEIGHT)[:, None, None] * np.array([1.0, 0.97, 0.92])
    room = Image.fromarray(np.broadcast_to(wall, (HEIGHT, WIDTH, 3)).astype(np.uint8).copy())
    draw = ImageDraw.Draw(room)
    draw.rectangle((0, 380, WIDTH, HEIGHT), fill=(151, 117, 86))
    for x in range(-200, WIDTH + 200, 70):
        draw.line((320 + (x - 320) * 0.7, 380, x, HEIGHT), fill=(133, 101, 73), width=2)
    draw.rectangle((0, 372, WIDTH, 381), fill=(235, 231, 222))
    draw.rectangle((420, 120, 545, 374), fill=(235, 231, 222))
    draw.rectangle((430, 130, 535, 374), fill=(122, 84, 58))
    for top in (145, 255):
        draw.rectangle((447, top, 518, top + 85), outline=(96, 64, 43), width=4)
    draw.ellipse((436, 255, 446, 265), fill=(214, 186, 110))
    draw.rectangle((70, 90, 210, 240), fill=(245, 243, 238))
    draw.rectangle((80, 100, 200, 230), fill=(158, 190, 214))
    draw.line((140, 100, 140, 230), fill=(245, 243, 238), width=6)
    draw.line((80, 165, 200, 165), fill=(245, 243, 238), width=6)
    draw.rectangle((275, 110, 355, 170), fill=(66, 62, 60))
    draw.rectangle((281, 116, 349, 164), fill=(204, 160, 116))
    draw.polygon([(281, 164), (305, 132), (322, 150), (334, 138), (349, 164)], fill=(96, 116, 98))
    draw.polygon([(590, 374), (625, 374), (618, 316), (597, 316)], fill=(168, 92, 66))
    for angle in range(-60, 61, 20):
        tip = (607 + angle * 0.75, 240 + abs(angle) * 0.6)
        draw.line((607, 318, *tip), fill=(72, 108, 70), width=7)
    return room.filter(ImageFilter.GaussianBlur(0.8))
