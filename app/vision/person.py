"""The person gate: is there somebody in this frame, and where?

    detector = load_detector("auto")
    for detection in detector.detect(frame_bgr, region): ...

One file per step: modelfile.py reads and checks, ranking.py chooses, backends.py runs, layouts.py decodes;
region.py says where to look. A detector belongs to one thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from app.domain import Box, Detection
from app.settings.night import NightSettings
from app.vision.backends import Engine, EngineError, caffe_engine, onnx_engine
from app.vision.layouts import EXPECTED, Array, Layout, complaint, default_min_score, recognise, suppress
from app.vision.modelfile import FETCH_HINT, ModelError, ModelMissing, onnx_input_size, read_model, unusable
from app.vision.night import clear, is_dark, is_noisy, light_of
from app.vision.ranking import best_first

__all__ = ["ModelError", "ModelMissing", "PersonDetector", "load_detector"]

Frame = npt.NDArray[np.uint8]

MODEL_FILES = Path(__file__).resolve().parents[1] / "model-files"

_LETTERBOX_GREY = 114  # what YOLOX was trained with
_CAFFE_SIZE = (300, 300)  # MobileNet-SSD's input, which its prototxt fixes


class PersonDetector:
    """A network that finds people. Made by `load_detector`; `name`, `backend` and `input_size` are for people."""

    def __init__(
        self,
        name: str,
        engine: Engine,
        layout: Layout,
        input_size: tuple[int, int],
        min_score: float,
        *,
        night: NightSettings | None = None,
    ) -> None:
        self.name = name
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

    def detect(self, frame: Frame, region: Box | None = None) -> list[Detection]:
        """The people in `frame`, best first: boxes in pixels of the whole frame, scores `min_score`..1.

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

        output, scale = self._ask(image)
        boxes, scores = self._layout.decode(output, self.input_size, self.min_score)
        if self._layout.nms_iou is None:
            order = np.argsort(-scores, kind="stable")
        else:
            order = suppress(boxes, scores, self._layout.nms_iou)
        low, high = (left, top, left, top), (right, bottom, right, bottom)
        corners = np.clip((boxes[order] / (scale + scale)).round() + low, low, high).astype(int)
        found = []
        for (x1, y1, x2, y2), score in zip(corners.tolist(), scores[order].tolist(), strict=True):
            if x1 < x2 and y1 < y2:
                found.append(Detection(Box(x1, y1, x2 - x1, y2 - y1), min(score, 1.0)))
        return found

    def problem(self) -> str | None:
        """What is impossible about the answer to an empty (grey) frame, or None. Raises ModelError as `detect`."""
        width, height = self.input_size
        output, _ = self._ask(np.full((height, width, 3), 128, np.uint8))
        return complaint(self._layout, output)

    def _ask(self, image: Frame) -> tuple[Array, tuple[float, float]]:
        """(the network's raw answer, (input pixels per image pixel in x, in y))."""
        blob, scale = self._prepare(image)
        try:
            return self._engine.run(blob)[0], scale
        except EngineError as error:
            raise unusable(Path(self.name), f"failed on a frame ({error})", FETCH_HINT) from error

    def _prepare(self, image: Frame) -> tuple[Array, tuple[float, float]]:
        """(1×3×H×W network input, (input pixels per image pixel in x, in y))."""
        width, height = self.input_size
        if self._layout.letterbox:
            # Top-left aligned as in YOLOX's own demo: no offset to undo.
            ratio = min(width / image.shape[1], height / image.shape[0])
            w, h = max(int(image.shape[1] * ratio), 1), max(int(image.shape[0] * ratio), 1)
            scale = (ratio, ratio)
        else:
            w, h, scale = width, height, (width / image.shape[1], height / image.shape[0])
        canvas = np.full((height, width, 3), _LETTERBOX_GREY, np.uint8)
        canvas[:h, :w] = self._resize(image, (w, h))
        mean = (self._layout.mean,) * 3
        return cv2.dnn.blobFromImage(canvas, self._layout.scale, (width, height), mean, swapRB=False), scale

    def _resize(self, image: Frame, size: tuple[int, int]) -> Frame:
        """The image at (width, height), made clear if it is dark or noisy."""
        plain = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.uint8)
        if self._night is None:
            return plain
        light = light_of(plain)
        if not is_dark(light, self._night) and not is_noisy(light, self._night):
            return plain
        # All pixels of a grainy image count, not two of each row: that alone takes away much of the grain.
        return clear(cv2.resize(image, size, interpolation=cv2.INTER_AREA), light, self._night)


_NIGHT = NightSettings()


def load_detector(
    model: str | Path = "auto",
    *,
    search: Sequence[Path] = (),
    min_score: float | None = None,
    backend: str | None = None,
    threads: int = 2,
    night: NightSettings | None = _NIGHT,
) -> PersonDetector:
    """A detector from the file at `model`, or with "auto" from the best usable file there is.

    `auto` looks in the `search` folders and in app/model-files/, passes over files that it cannot use, and says so
    in `.skipped`. `min_score` (0..1) replaces the recommended threshold of the model. `backend` is "onnxruntime",
    "cv2.dnn" or None for the best installed. `threads` is how many cores onnxruntime may use.
    `night` says what is done to dark pictures; None: nothing.

    Every model answers once before it is returned, so that one that cannot work is found at the start and not at
    night. Raises ModelMissing if there is no file, ModelError if none of those found can be used.
    """
    if model != "auto":
        return _load(Path(model), min_score, backend, threads, night)
    folders = [*search, MODEL_FILES]
    skipped: list[ModelError] = []
    for path in best_first(file for folder in folders for file in _files(folder)):
        try:
            detector = _load(path, min_score, backend, threads, night)
        except ModelError as error:
            skipped.append(error)
            continue
        detector.skipped = tuple(skipped)
        return detector
    if skipped:
        raise ModelError(
            f"None of the person models can be used. {'. '.join(map(str, skipped))}",
            "; ".join(error.brief for error in skipped),
        )
    places = " or ".join(str(folder) for folder in folders)
    raise ModelMissing(
        f"There is no person model in {places}: get one with `pycam model fetch`", "none is there"
    )


def _files(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:  # absent or closed to us: nothing to be had there
        return ()


def _load(
    path: Path, min_score: float | None, backend: str | None, threads: int, night: NightSettings | None
) -> PersonDetector:
    if path.suffix in (".caffemodel", ".prototxt"):
        weights, prototxt = _caffe_pair(path)
        data = read_model(weights)
        engine, input_size = caffe_engine(read_model(prototxt)), _CAFFE_SIZE
    else:
        data = read_model(path)
        input_size = onnx_input_size(data, path)
        engine = onnx_engine(backend, threads)
    try:
        engine.load(data)
        outputs = engine.run(np.zeros((1, 3, input_size[1], input_size[0]), np.float32))
    except EngineError as error:
        raise unusable(path, f"cannot be used by {engine.name} ({error})", FETCH_HINT) from error
    layout = recognise(outputs[0].shape, input_size) if len(outputs) == 1 else None
    if layout is None:
        answers = " and ".join("×".join(map(str, output.shape)) for output in outputs)
        raise unusable(
            path,
            f"answers with {answers} where a person model answers with {EXPECTED}",
            "use one that `pycam model fetch` lists",
        )
    threshold = default_min_score(layout, input_size) if min_score is None else min_score
    detector = PersonDetector(path.name, engine, layout, input_size, threshold, night=night)
    if problem := detector.problem():
        raise unusable(path, f"is not a person model ({problem})", "use one that `pycam model fetch` lists")
    return detector


def _caffe_pair(path: Path) -> tuple[Path, Path]:
    """(weights, description); people have the description as .prototxt and as .prototxt.txt."""
    weights, prototxt = path.with_suffix(".caffemodel"), path.with_suffix(".prototxt")
    named_txt = path.with_suffix(".prototxt.txt")
    return weights, named_txt if named_txt.is_file() and not prototxt.is_file() else prototxt


def _as_bgr(frame: Frame) -> Frame:
    if frame.dtype == np.uint8 and frame.size:
        if frame.ndim == 3 and frame.shape[2] == 3:
            return frame
        if frame.ndim == 2 or (frame.ndim == 3 and frame.shape[2] == 1):
            return cv2.cvtColor(frame, cv2.COLOR_GRAY2BGR)
    raise ValueError(f"a frame is uint8, height×width×3 or height×width, not {frame.dtype} {frame.shape}")
