"""`pycam model list` and `pycam model use`: what is there, whether it is what it should be, and which one works."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from app.learning.catalogue import Model
from app.learning.download import matches
from app.learning.models import CUTTABLE
from app.settings import Settings
from app.store.files import make_folder, write_whole
from app.vision.detector import PersonDetector
from app.vision.notes import IN_USE, Notes
from app.vision.person import MODEL_FILES, ModelError, load_detector
from app.vision.ranking import best_first, is_model

AUTO = "auto"


class UseError(Exception):
    """A model cannot be chosen. The message is one sentence for people."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One file. `size` in bytes; `state` is a few words on what it is; `ms` a look, if that was measured here."""

    path: Path
    size: int
    state: str
    in_use: bool
    chosen: bool
    ms: float | None


def folders(settings: Settings) -> list[Path]:
    """Where `auto` looks, in this order."""
    return [settings.storage.data / "models", MODEL_FILES]


def present(where: Sequence[Path]) -> list[Path]:
    """The model files of the folders, best first; of two with the same name the one that would be taken."""
    first: dict[str, Path] = {}
    for folder in where:
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                if path.is_file() and is_model(path):
                    first.setdefault(path.name, path)
    return best_first(first.values())


def detector_as_set(settings: Settings) -> PersonDetector:
    """The model that the first camera uses. Raises ModelError."""
    person = settings.person
    return load_detector(
        person.model,
        search=folders(settings)[:1],
        threads=person.threads,
        classes=settings.cameras[0].classes,
        looks_per_second=person.max_per_second,
    )


def list_models(settings: Settings, catalogue: dict[str, Model], notes: Notes) -> list[Listed]:
    """What is there, best first; in use is what the first camera would load now."""
    try:
        used = detector_as_set(settings).name
    except ModelError:
        used = None
    if settings.person.model != AUTO:
        used = None  # a file of its own, which may bear the name of one that lies here
    listed = []
    for path in present(folders(settings)):
        try:
            detector = load_detector(path, threads=settings.person.threads)
        except ModelError as error:
            state, ms = f"cannot be used: {error.brief}", None
        else:
            state, ms = state_of(path, catalogue), notes.ms_of(detector)
        size, in_use, chosen = path.stat().st_size, path.name == used, path.name == notes.chosen
        listed.append(Listed(path, size, state, in_use, chosen, ms))
    return listed


def state_of(path: Path, catalogue: dict[str, Model]) -> str:
    """Whether the content of a model that can be used is known."""
    if path.name in catalogue:
        right = matches(path, catalogue[path.name].versions)
        return "verified (SHA-256)" if right else "not the content that the catalogue has under this name"
    full = path.with_name(CUTTABLE)
    if path.name.startswith("yolox_nano_person_"):
        verified = CUTTABLE in catalogue and matches(full, catalogue[CUTTABLE].versions)
        return f"a cut; the {CUTTABLE} beside it is verified" if verified else "a cut, of what is not known"
    return "not in the catalogue"


def use(name: str, settings: Settings) -> str:
    """Choose the model called `name` ('auto': the best there is) and say what comes of it.

    The choice is a file beside the models, which `auto` in the settings follows. Raises UseError.
    """
    folder = folders(settings)[0]
    if settings.person.model != AUTO:
        raise UseError(
            f"Your settings say person.model: {settings.person.model}."
            " Take that line out (or write auto) to choose here"
        )
    if name == AUTO:
        (folder / IN_USE).unlink(missing_ok=True)
        try:
            now = f"now {detector_as_set(settings).name}"
        except ModelError as error:
            now = f"but none can be used: {error.brief}"
        return f"The best model that is there and fast enough is used, {now}."
    there = {path.name: path for path in present(folders(settings))}
    if name not in there:
        listed = f"there is {', '.join(there)}" if there else "there is none: `pycam model fetch`"
        raise UseError(f"No model here is called {name!r}: {listed}")
    try:
        detector = load_detector(there[name], classes=settings.cameras[0].classes)
    except ModelError as error:
        raise UseError(str(error)) from error
    make_folder(folder)
    write_whole(folder / IN_USE, f"{name}\n".encode())
    warned = f" But it {detector.skipped[-1].brief.removeprefix(f'{name} ')}." if detector.unknown else ""
    return f"{name} is used.{warned}"
