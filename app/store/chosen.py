"""What an owner has set without a shell: chosen.yml, a layer of the settings (settings/written.py)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from app.settings import SettingsError, load_settings
from app.settings.written import CHOSEN
from app.store.files import make_folder, write_whole

_HEAD = b"# Written by the dashboard and by Slack's settings, laid over your own. Remove it to do without.\n"


class Refused(Exception):
    """Nothing was changed; the text says which setting cannot be, and why: one line a mistake."""


class Chosen:
    """Under the data folder `data`. Any process may change it, one at a time."""

    def __init__(self, data: Path, check: Callable[[Path], object] | None = None) -> None:
        """`check` raises SettingsError if the file cannot be the layer; by default it is loaded as at a start."""
        self._data, self._file = data, data / CHOSEN
        self._check = check or (lambda path: load_settings(chosen=path))

    def layer(self) -> dict[str, Any]:
        """What is in force, as plain data. Raises OSError, or yaml.YAMLError if somebody edited it badly."""
        try:
            loaded = yaml.safe_load(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        return loaded if isinstance(loaded, dict) else {}

    def change(self, edit: Callable[[dict[str, Any]], None]) -> bool:
        """Let `edit` change the layer, prove what comes out, put it in force. False: there was nothing to change.

        Raises Refused, DiskFull or OSError.
        """
        with self._locked():
            try:
                before, layer = self.layer(), self.layer()
            except yaml.YAMLError as error:
                raise Refused(f"{self._file} was edited by hand and cannot be read: {error}") from None
            edit(layer)
            if layer == before:
                return False
            text = _HEAD + yaml.safe_dump(layer, default_flow_style=None, sort_keys=False).encode()
            candidate = self._data / f".{CHOSEN}.candidate"
            write_whole(candidate, text, durable=False)
            try:
                self._check(candidate)
            except SettingsError as error:
                raise Refused(str(error).replace(str(candidate), "")) from None
            finally:
                candidate.unlink(missing_ok=True)
            write_whole(self._file, text)
        return True

    @contextmanager
    def _locked(self) -> Iterator[None]:
        make_folder(self._data)
        descriptor = os.open(self._data / f".{CHOSEN}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
