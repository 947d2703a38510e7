"""The person model: is there one, is it what the catalogue says, and is it fast enough here?"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from app.check.check import Check, Context, Outcome, failed, ok, skipped, warning

if TYPE_CHECKING:
    from app.vision.person import PersonDetector

SECONDS = 90
"""A Pi 3 needs some ten to import, load and ask a network."""

RUNS = 5

_FETCH = "fetch it: `pycam model fetch`"

_FULL = "yolox_nano.onnx"
"""What `pycam model fetch` makes its cuts from."""


def checks(context: Context) -> Iterator[Check]:
    """person:model, person:speed."""
    yield Check("person:model", partial(model, context), SECONDS)
    yield Check("person:speed", partial(speed, context), SECONDS, alone=True)


def model(context: Context) -> Outcome:
    """Which file is used, and whether its content is known."""
    from app.learning.catalogue import read_catalogue  # noqa: PLC0415 — see app/check/__init__.py
    from app.learning.download import matches  # noqa: PLC0415
    from app.vision.person import ModelError  # noqa: PLC0415

    try:
        detector = _loaded(context)
    except ModelError as error:
        return failed(f"motion alone decides: {error}", _FETCH)
    path, catalogue = _path_of(detector, context), read_catalogue()
    passed_over = f"; passed over: {'; '.join(map(str, detector.skipped))}" if detector.skipped else ""
    seen = f"{path} ({detector.backend}, {detector.input_size[0]}×{detector.input_size[1]})"
    if path.name in catalogue and matches(path, catalogue[path.name].versions):
        known = "its SHA-256 is in the catalogue"
    elif path.name.startswith("yolox_nano_person_"):
        full = path.with_name(_FULL)
        if not matches(full, catalogue[_FULL].versions):
            return warning(
                f"{seen}: a cut, but the {_FULL} that it should be made from is not beside it or is not the "
                f"catalogue's{passed_over}",
                _FETCH,
            )
        known = f"a cut; the {_FULL} beside it has a SHA-256 of the catalogue"
    else:
        return warning(
            f"{seen}: not in the catalogue (SHA-256 {_sha256(path)}){passed_over}",
            f"if you did not put it there yourself, delete it and {_FETCH}",
        )
    if passed_over:
        return warning(f"{seen}: {known}{passed_over}", f"delete what is passed over, and {_FETCH}")
    return ok(f"{seen}: {known}")


def speed(context: Context) -> Outcome:
    """Milliseconds a frame, with the machine to itself but for what runs anyway."""
    import numpy as np  # noqa: PLC0415 — as above

    from app.vision.person import ModelError  # noqa: PLC0415

    try:
        detector = _loaded(context)
    except ModelError:
        return skipped("see person:model")
    camera, most = context.settings.cameras[0], context.settings.person.max_per_second
    frame = np.full((camera.height_pixels, camera.width_pixels, 3), 128, np.uint8)
    took = []
    for _ in range(RUNS):
        began = time.monotonic()
        detector.detect(frame)
        took.append(time.monotonic() - began)
    milliseconds = median(took) * 1000
    seen = f"{milliseconds:.0f} ms a frame (median of {RUNS}), {detector.name} on {detector.backend}"
    if milliseconds > 1000 / most:
        return warning(
            f"{seen}: {1000 / milliseconds:.1f} a second, person.max_per_second allows {most:g}",
            "nothing is lost, but a visitor is recognised later; a smaller cut, onnxruntime or more threads help",
        )
    return ok(seen)


def _loaded(context: Context) -> PersonDetector:
    from app.vision.person import load_detector  # noqa: PLC0415 — as above

    person = context.settings.person
    search = [context.settings.storage.data / "models"]
    return load_detector(
        person.model,
        search=search,
        min_score=person.min_score,
        threads=person.threads,
        night=person.night,
        classes=context.settings.cameras[0].classes,
        looks_per_second=person.max_per_second,
    )


def _path_of(detector: PersonDetector, context: Context) -> Path:
    from app.vision.person import MODEL_FILES  # noqa: PLC0415 — as above

    if context.settings.person.model != "auto":
        return Path(context.settings.person.model)
    folders = (context.settings.storage.data / "models", MODEL_FILES)
    return next(path for folder in folders if (path := folder / detector.name).exists())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
