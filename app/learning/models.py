"""`pycam model fetch`: the person model from the catalogue to the disk, cut to the camera.

1. read the catalogue                        catalogue.py
2. take what is there already and verifies
3. else download it, or copy it from the mirror, and verify it      download.py
4. cut YOLOX-nano to the person channel at the camera's aspect      cut.py
5. let the person gate load the cut; a cut that it refuses is deleted
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from app.learning.catalogue import Model, read_catalogue
from app.learning.cut import PIXEL_BUDGET, CutError, cut, cut_name, input_size_for
from app.learning.download import FetchError, Patience, Progress, copy, download, matches
from app.vision.person import ModelError, load_detector

__all__ = ["FetchError", "Patience", "fetch"]

DEFAULT_ASPECT = (4, 3)
CUTTABLE = "yolox_nano.onnx"


def fetch(
    destination: Path,
    *,
    names: Sequence[str] | None = None,
    mirror: str | None = None,
    progress: Progress | None = None,
    aspect: tuple[int, int] | None = None,
    say: Callable[[str], None] | None = None,
    catalogue: dict[str, Model] | None = None,
    patience: Patience | None = None,
) -> list[Path]:
    """Have the models called `names` (None: all that can be had) in the folder `destination`, and the cut.

    `mirror` is a folder or an http(s) URL that holds the files under their names; with one, nothing is asked of
    the public source. `aspect` is the camera's (width, height), 4:3 if None. `progress` hears of bytes, `say` gets one
    sentence for each thing done or found done. Returns the usable files. Raises FetchError, CatalogueError.
    """
    say = say or (lambda _: None)
    progress = progress or (lambda *_: None)
    models = read_catalogue() if catalogue is None else catalogue
    try:
        destination.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FetchError(f"The folder {destination} cannot be made ({error.strerror})") from error
    usable = []
    for model in _wanted(models, names, mirror):
        target = destination / model.name
        if _there(target, model):
            say(f"{target} is already there and verified")
        else:
            _get(model, target, mirror, progress, patience)
            say(f"{target} is there and verified ({target.stat().st_size:,} bytes, {model.licence})")
        usable.append(target)
        if model.name == CUTTABLE and (made := make_cut(target, aspect or DEFAULT_ASPECT, say)):
            usable.append(made)
    return usable


def _wanted(models: dict[str, Model], names: Sequence[str] | None, mirror: str | None) -> list[Model]:
    if names is None:
        return [model for model in models.values() if model.url]
    for name in names:
        if name not in models:
            raise FetchError(f"The catalogue has no {name}: it has {', '.join(models)}")
        if models[name].url is None and mirror is None:
            raise FetchError(f"{name} has no public source: give a mirror that holds it")
    return [models[name] for name in names]


def _there(target: Path, model: Model) -> bool:
    try:
        return matches(target, model.versions)
    except OSError as error:
        raise FetchError(f"{target} cannot be read ({error.strerror})") from error


def _get(
    model: Model, target: Path, mirror: str | None, progress: Progress, patience: Patience | None
) -> None:
    if mirror is None:
        if model.url is not None:  # _wanted() has seen to that
            download(model.url, target, model.versions, progress, patience)
    elif mirror.startswith(("http://", "https://")):
        download(f"{mirror.rstrip('/')}/{quote(model.name)}", target, model.versions, progress, patience)
    else:
        folder = unquote(urlsplit(mirror).path) if mirror.startswith("file://") else mirror
        copy(Path(folder).expanduser() / model.name, target, model.versions, progress)


def make_cut(
    full: Path, aspect: tuple[int, int], say: Callable[[str], None], pixels: int = PIXEL_BUDGET
) -> Path | None:
    """The person cut of `full` beside it, of about so many `pixels`.

    None, after saying why: the full model is good enough to go on. Raises FetchError if the disk does not take it.
    """
    try:
        size = input_size_for(aspect, pixels)
        target = full.with_name(cut_name(size))
        if _loads(target):
            say(f"{target} is already there and loads")
            return target
        part = target.with_name(f".{target.name}.part.onnx")
        try:
            cut(full, part, size)
            load_detector(part)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except (CutError, ModelError) as error:
        say(f"{error}")
        return None
    except OSError as error:
        raise FetchError(f"The person cut cannot be written to {full.parent} ({error.strerror})") from error
    say(f"{target} is cut from it for a camera of {aspect[0]}:{aspect[1]}")
    return target


def _loads(path: Path) -> bool:
    try:
        load_detector(path)
    except ModelError:
        return False
    return True
