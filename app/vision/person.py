"""The person gate: is there somebody in this frame, and where?

    detector = load_detector("auto")
    for detection in detector.detect(frame_bgr, region): ...

One file per step: modelfile.py reads and checks, ranking.py orders, notes.py knows what was chosen and measured here,
backends.py runs, night.py makes dark pictures clear, layouts.py decodes, detector.py puts these together; region.py
says where to look. A detector belongs to one thread at a time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from app.settings.labels import PERSON
from app.settings.night import NightSettings
from app.vision.backends import EngineError, caffe_engine, onnx_engine
from app.vision.detector import PersonDetector
from app.vision.layouts import EXPECTED, default_min_score, recognise
from app.vision.modelfile import FETCH_HINT, ModelError, ModelMissing, onnx_input_size, read_model, unusable
from app.vision.notes import read_notes
from app.vision.ranking import best_first

__all__ = ["ModelError", "ModelMissing", "PersonDetector", "load_detector"]

MODEL_FILES = Path(__file__).resolve().parents[1] / "model-files"

log = logging.getLogger(__name__)

_CAFFE_SIZE = (300, 300)  # MobileNet-SSD's input, which its prototxt fixes

_NIGHT = NightSettings()
_SHARE = 0.5  # of the time between two looks that one may take: the rest is for frames, clips and Slack


def load_detector(
    model: str | Path = "auto",
    *,
    search: Sequence[Path] = (),
    min_score: float | None = None,
    backend: str | None = None,
    threads: int = 2,
    night: NightSettings | None = _NIGHT,
    classes: Sequence[str] = (PERSON,),
    looks_per_second: float | None = None,
    stopwatch: Callable[[PersonDetector], float] | None = None,
) -> PersonDetector:
    """A detector from the file at `model`, or with "auto" from the best usable file there is.

    `auto` looks in the `search` folders and in app/model-files/, passes over files that it cannot use, and says so
    in `.skipped`. `min_score` (0..1) replaces the recommended threshold of the model. `backend` is "onnxruntime",
    "cv2.dnn" or None for the best installed. `threads` is how many cores onnxruntime may use.
    `night` says what is done to dark pictures; None: nothing. `classes` is what to look for; a model that does not
    know all of it is used only where none does, and `.skipped` says so. With `looks_per_second`, `auto` takes the first
    that keeps up with it on this machine, or the fastest if none does; what was not measured here before, `stopwatch`
    measures (milliseconds a look); without one it is taken to keep up. One chosen with `pycam model use` comes
    first in any case.

    Every model answers once before it is returned, so that one that cannot work is found at the start and not at
    night. Raises ModelMissing if there is no file, ModelError if none of those found can be used.
    """
    load = partial(
        _load, min_score=min_score, backend=backend, threads=threads, night=night, classes=tuple(classes)
    )
    if model != "auto":
        return _told(load(Path(model)))
    folders = [*search, MODEL_FILES]
    skipped: list[ModelError] = []
    notes = read_notes(folders)
    budget_ms = look_budget_ms(looks_per_second) if looks_per_second else float("inf")
    only_people = set(classes) == {PERSON}
    files = (file for folder in folders for file in _files(folder))
    knowing, partly = _Fastest(), _Fastest()
    for path in best_first(files, chosen=notes.chosen, only_people=only_people):
        try:
            detector = load(path)
        except ModelError as error:
            skipped.append(error)
            continue
        best = partly if detector.unknown else knowing
        if best.detector is not None and best.ms <= budget_ms:
            continue  # a better one of its kind keeps up
        ms = 0.0
        if looks_per_second and path.name != notes.chosen:
            ms = notes.ms_of(detector) or (stopwatch(detector) if stopwatch else 0.0)
        if ms < best.ms:
            best.detector, best.ms = detector, ms
        if ms > budget_ms:
            log.info("%s takes %.0f ms a look here, %.0f would do", detector.name, ms, budget_ms)
        elif best is knowing:
            break
    if found := knowing.detector or partly.detector:
        found.skipped = tuple(skipped)
        return _told(found)
    if skipped:
        raise ModelError(
            f"None of the person models can be used. {'. '.join(map(str, skipped))}",
            "; ".join(error.brief for error in skipped),
        )
    places = " or ".join(str(folder) for folder in folders)
    raise ModelMissing(
        f"There is no person model in {places}: get one with `pycam model fetch`", "none is there"
    )


@dataclass(slots=True)
class _Fastest:
    """Of the models that were looked at so far."""

    detector: PersonDetector | None = None
    ms: float = float("inf")


def look_budget_ms(looks_per_second: float) -> float:
    """How long one look may take, in milliseconds, where so many are wanted."""
    return 1000 * _SHARE / looks_per_second


def _told(detector: PersonDetector) -> PersonDetector:
    """`detector`, with what it does not know among what is said of better models."""
    if detector.unknown:
        lacking = unusable(
            Path(detector.name),
            f"cannot tell what is a {' or a '.join(detector.unknown)}",
            "the full yolox_nano.onnx can: `pycam model fetch`",
        )
        detector.skipped = (*detector.skipped, lacking)
    return detector


def _files(folder: Path) -> Iterable[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:  # absent or closed to us: nothing to be had there
        return ()


def _load(
    path: Path,
    *,
    min_score: float | None,
    backend: str | None,
    threads: int,
    night: NightSettings | None,
    classes: Sequence[str],
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
    identity = f"{hashlib.sha256(data).hexdigest()[:16]} {engine.name} {threads}"
    detector = PersonDetector(
        path.name, engine, layout, input_size, threshold, night=night, classes=classes, identity=identity
    )
    if len(detector.unknown) == len(classes):
        raise unusable(
            path,
            f"cannot tell what is a {' or a '.join(classes)}",
            "the full yolox_nano.onnx can: `pycam model fetch`",
        )
    if problem := detector.problem():
        raise unusable(path, f"is not a person model ({problem})", "use one that `pycam model fetch` lists")
    return detector


def _caffe_pair(path: Path) -> tuple[Path, Path]:
    """(weights, description); people have the description as .prototxt and as .prototxt.txt."""
    weights, prototxt = path.with_suffix(".caffemodel"), path.with_suffix(".prototxt")
    named_txt = path.with_suffix(".prototxt.txt")
    return weights, named_txt if named_txt.is_file() and not prototxt.is_file() else prototxt
