"""The catalogue of person models: the table in app/model-files/README.md, which people read too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CATALOGUE = Path(__file__).resolve().parents[1] / "model-files" / "README.md"

COLUMNS = ("file", "size", "sha256", "licence", "source url", "what")

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")  # becomes a file name: never a path
_SHA256 = re.compile(r"[0-9a-f]{64}")
_URL = re.compile(r"https?://[^\s|]+")
_NO_URL = ("", "-", "–", "—")


class CatalogueError(Exception):
    """The table cannot be read. The message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Version:
    """One exact content of a file. `size` is in bytes, `sha256` in lower-case hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """A file of the catalogue: what may be in it, and where the public copy is (None: only on a mirror)."""

    name: str
    versions: tuple[Version, ...]
    url: str | None
    licence: str


def read_catalogue(path: Path = CATALOGUE) -> dict[str, Model]:
    """File name -> Model, in the order of the table. Raises CatalogueError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: the catalogue of models cannot be read ({error})") from error
    return parse_catalogue(text, str(path))


def parse_catalogue(text: str, where: str = "catalogue") -> dict[str, Model]:
    """The models of the one Markdown table in `text` whose header is COLUMNS. Rows of one file name are versions.

    Raises CatalogueError, with `where` and the line, for a row that is not complete and exact.
    """
    models: dict[str, Model] = {}
    for line, cells in _rows(text, where):
        name, size, sha256, licence, url, _what = cells
        digits = re.sub(r"[, _]", "", size)
        if not _FILE.fullmatch(name):
            raise CatalogueError(f"{where}:{line}: {name!r} is not a plain file name")
        if not digits.isascii() or not digits.isdecimal() or int(digits) == 0:
            raise CatalogueError(f"{where}:{line}: {size!r} is not a size in bytes")
        if not _SHA256.fullmatch(sha256):
            raise CatalogueError(f"{where}:{line}: {sha256!r} is not a SHA-256")
        if url not in _NO_URL and not _URL.fullmatch(url):
            raise CatalogueError(f"{where}:{line}: {url!r} is not a URL")
        known = models.get(name, Model(name, (), None, licence))
        versions = (*known.versions, Version(int(digits), sha256))
        models[name] = Model(name, versions, known.url or (None if url in _NO_URL else url), known.licence)
    if not models:
        raise CatalogueError(f"{where}: there is no table with the columns {' | '.join(COLUMNS)}")
    return models


def _rows(text: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of each body row of the table; backticks and <> round a cell are decoration."""
    inside = False
    for line, raw in enumerate(text.splitlines(), start=1):
        row = raw.strip()
        if not (row.startswith("|") and row.endswith("|") and len(row) > 1):
            inside = False
            continue
        cells = [cell.strip().strip("`<>") for cell in row[1:-1].split("|")]
        if tuple(cell.lower() for cell in cells) == COLUMNS:
            inside = True
        elif inside and set("".join(cells)) - set("-: "):
            if len(cells) != len(COLUMNS):
                raise CatalogueError(f"{where}:{line}: {len(cells)} cells instead of {len(COLUMNS)}")
            yield line, cells
