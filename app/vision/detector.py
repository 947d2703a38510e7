"""One network, asked about one frame: prepare the picture, run the engine, decode, back to the frame's pixels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.domain import Box, Detection
from app.settings.labels import PERSON
from app.settings.night import NightSettings
from app.vision.backends import Engine, EngineError
from app.vision.layouts import Array, Layout, complaint, suppress
from app.vision.modelfile import FETCH_HINT, ModelError, unusable
from app.vision.night import clear, is_dark, is_noisy, lifted, light_of, unlifted

Frame = npt.NDArray[np.uint8]

_LETTERBOX_GREY = 114  # what YOLOX was trained with


class PersonDetector:
    """A network that finds people, and what else it was told to. Made by `load_detector`.

    `name`, `backend` and `input_size` are for people.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        layout: Layout,
        input_size: tuple[int, int],
        min_score: float,
        *,
        night: NightSettings | None = None,
        classes: Sequence[str] = (PERSON,),
        identity: str = "",
    ) -> None:
        self.name = name
        self.identity = identity
        """What its speed depends on, but for the machine: the file's content, the engine, the threads."""
        self.backend = engine.name
        self.layout = layout.name
        self.input_size = input_size
        """(width, height) in pixels."""
        self.min_score = min_score
        self.skipped: tuple[ModelError, ...] = ()
        """Why, for each better file that `auto` could not use."""
        self._engine = engine
        self._layout = layout
        self._night = night
        """None: dark pictures are taken as they are."""
        self._classes = {label: layout.labels.index(label) for label in classes if label in layout.labels}
        self.unknown = tuple(label for label in classes if label not in layout.labels)
        """What it was to look for and cannot tell from other things."""

    def detect(self, frame: Frame, region: Box | None = None) -> list[Detection]:
        """Who is in `frame`, best first: boxes in pixels of the whole frame, scores `min_score`..1.

        `frame` is uint8, height×width×3 in BGR order, or height×width (grey, infrared). With `region`, only that
        part of the frame is looked at. Raises ValueError for any other array and for a region outside the
        frame, ModelError if the engine fails.
        """
        image = _as_bgr(frame)
        frame_h, frame_w = image.shape[:2]
        left, top, right, bottom = 0, 0, frame_w, frame_h
        if region is not None:
            left, top = max(region.x, 0), max(region.y, 0)
            right, bottom = min(region.x + region.w, frame_w), min(region.y + region.h, frame_h)
            if left >= right or top >= bottom:
                raise ValueError(f"{region} lies outside a frame of {frame_w}×{frame_h}")
            image = image[top:bottom, left:right]

        output, scale, cleared = self._ask(image)
        found = []
        least = unlifted(self.min_score) if cleared else self.min_score
        for label, place in self._classes.items():
            boxes, scores = self._layout.decode(output, self.input_size, least, place)
            if self._layout.nms_iou is None:
                order = np.argsort(-scores, kind="stable")
            else:
                order = suppress(boxes, scores, self._layout.nms_iou)
            low, high = (left, top, left, top), (right, bottom, right, bottom)
            corners = np.clip((boxes[order] / (scale + scale)).round() + low, low, high).astype(int)
            for (x1, y1, x2, y2), score in zip(corners.tolist(), scores[order].tolist(), strict=True):
                if x1 < x2 and y1 < y2:
                    sure = min(score, 1.0)
                    if cleared:
                        sure = max(lifted(sure), self.min_score)  # of what is equal but for rounding
                    found.append(Detection(Box(x1, y1, x2 - x1, y2 - y1), sure, label))
        return sorted(found, key=lambda one: -one.score)

    def problem(self) -> str | None:
        """What is impossible about the answer to an empty (grey) frame, or None. Raises ModelError as `detect`."""
        width, height = self.input_size
        output, *_ = self._ask(np.full((height, width, 3), 128, np.uint8))
        return complaint(self._layout, output)

    def _ask(self, image: Frame) -> tuple[Array, tuple[float, float], bool]:
        """(the network's raw answer, (input pixels per image pixel in x, in y), whether it was made clear)."""
        blob, scale, cleared = self._prepare(image)
        try:
            return self._engine.run(blob)[0], scale, cleared
        except EngineError as error:
            raise unusable(Path(self.name), f"failed on a frame ({error})", FETCH_HINT) from error

    def _prepare(self, image: Frame) -> tuple[Array, tuple[float, float], bool]:
        """(1×3×H×W network input, (input pixels per image pixel in x, in y), whether it was made clear)."""
        width, height = self.input_size
        if self._layout.letterbox:
            # Top-left aligned as in YOLOX's own demo: no offset to undo.
            ratio = min(width / image.shape[1], height / image.shape[0])
            w, h = max(int(image.shape[1] * ratio), 1), max(int(image.shape[0] * ratio), 1)
            scale = (ratio, ratio)
        else:
            w, h, scale = width, height, (width / image.shape[1], height / image.shape[0])
        canvas = np.full((height, width, 3), _LETTERBOX_GREY, np.uint8)
        canvas[:h, :w], cleared = self._resize(image, (w, h))
        mean = (self._layout.mean,) * 3
        blob = cv2.dnn.blobFromImage(canvas, self._layout.scale, (width, height), mean, swapRB=False)
        return blob, scale, cleared

    def _resize(self, image: Frame, size: tuple[int, int]) -> tuple[Frame, bool]:
        """(the image at (width, height), made clear if it is dark or noisy; whether it was)."""
        plain = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        if self._night is None:
            return plain, False
        enlarged = size[0] / image.shape[1]
        # Enlarged, grain is as smooth as any outline: it has to be measured before.
        light = light_of(image if enlarged > 1 else plain)
        if not is_dark(light, self._night) and not is_noisy(light, self._night):
            return plain, False
        # All pixels of a grainy image count, not two of each row: that alone takes away much of the grain.
        full = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        return clear(full, light, self._night, enlarged), True


def _as_bgr(frame: Frame) -> Frame:
    if frame.dtype == np.uint8 and frame.size:
        if frame.ndim == 3 and frame.shape[2] == 3:
            return frame
        if frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 1):
            return cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
    raise ValueError(f"a frame is uint8, height×width×3 or height×width, not {frame.dtype} {frame.shape}")
