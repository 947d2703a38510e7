"""What tuning proposed and what was applied of it: tuned.yml (a layer of the settings), and tune/ with the rest.

    tuned.yml            in force from a process's next start on
    tune/previous.yml    what was in force before, to go back to; empty if there was nothing
    tune/<id>.json       a proposal, until the next one
    tune/*.lock          held while somebody tunes, or changes the above

A proposal is made for what was in force then, and refuses to be applied to anything else.
"""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any

import yaml
from pydantic import ValidationError

from app.settings import SettingsError, load_settings
from app.settings.written import TUNED
from app.store.events import Record
from app.store.files import make_folder, write_whole

PROPOSAL_ID = re.compile(r"[0-9a-f]{16}")

_HEAD = (
    b"# Written by `pycam tune`; `pycam tune --undo` goes back. Laid over your settings (docs/learning.md).\n"
)


class NotApplied(Exception):
    """Nothing was changed; the text says why, in one sentence."""


class Busy(Exception):
    """Another process is tuning."""


class Proposal(Record):
    """`layer` is the whole new tuned.yml, as plain data; `summary` says for people what it changes."""

    id: str
    made: float
    """Seconds since the epoch."""
    for_sha256: str
    """Of the tuned.yml that was in force."""
    layer: dict[str, Any]
    summary: list[str]


class Tuning:
    """Under the data folder `data`. Any process may propose, apply and undo."""

    def __init__(self, data: Path, check: Callable[[Path], object] | None = None) -> None:
        """`check` raises SettingsError if the file cannot be the layer; by default it is loaded as at a start."""
        self._file, self._folder = data / TUNED, data / "tune"
        self._check = check or (lambda path: load_settings(tuned=path))

    def layer(self) -> dict[str, Any]:
        """What is in force, as plain data. Raises OSError, or yaml.YAMLError if somebody edited it badly."""
        loaded = yaml.safe_load(self._in_force())
        return loaded if isinstance(loaded, dict) else {}

    def propose(self, layer: dict[str, Any], summary: list[str], now: float) -> Proposal:
        """Keep a proposal; an earlier one is forgotten. Raises DiskFull or OSError."""
        proposal = Proposal(
            id=token_hex(8), made=now, for_sha256=_digest(self._in_force()), layer=layer, summary=summary
        )
        make_folder(self._folder)
        for old in self._folder.glob("*.json"):
            old.unlink(missing_ok=True)
        write_whole(self._folder / f"{proposal.id}.json", proposal.model_dump_json(indent=1).encode())
        return proposal

    def apply(self, proposal_id: str) -> Proposal:
        """Put it in force for the next start. Raises NotApplied, DiskFull or OSError."""
        if not PROPOSAL_ID.fullmatch(proposal_id):
            raise NotApplied("That is no proposal's id.")
        with self._locked("change.lock", fcntl.LOCK_EX):
            return self._apply(proposal_id)

    def _apply(self, proposal_id: str) -> Proposal:
        try:
            proposal = Proposal.model_validate_json((self._folder / f"{proposal_id}.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            raise NotApplied("There is a newer proposal, or none any more: tune again.") from None
        before = self._in_force()
        if _digest(before) != proposal.for_sha256:
            raise NotApplied("This was applied already, or the settings have changed since: tune again.")
        settings = yaml.safe_dump(proposal.layer, default_flow_style=None, sort_keys=False)
        text = _HEAD + _mark(proposal.id) + settings.encode()
        self._prove(text)
        write_whole(self._folder / "previous.yml", before)
        write_whole(self._file, text)
        return proposal

    def undo(self, proposal_id: str | None = None) -> None:
        """Put back what was in force before the last `apply`, for the next start.

        With an id only if that proposal is the last one applied. Raises NotApplied, DiskFull or OSError.
        """
        with self._locked("change.lock", fcntl.LOCK_EX):
            self._undo(proposal_id)

    def _undo(self, proposal_id: str | None) -> None:
        if proposal_id is not None and _mark(proposal_id) not in self._in_force():
            raise NotApplied("That is not what is in force any more, so nothing was undone.")
        previous = self._folder / "previous.yml"
        try:
            before = previous.read_bytes()
        except FileNotFoundError:
            raise NotApplied("There is nothing to undo.") from None
        if before:
            self._prove(before)
            write_whole(self._file, before)
        else:
            self._file.unlink(missing_ok=True)
        previous.unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep every other process out of this block; the system lets go if this one dies. Raises Busy or OSError."""
        with self._locked("tuning.lock", fcntl.LOCK_EX | fcntl.LOCK_NB):
            yield

    @contextmanager
    def _locked(self, name: str, how: int) -> Iterator[None]:
        make_folder(self._folder)
        descriptor = os.open(self._folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, how)
            except BlockingIOError:
                raise Busy from None
            yield
        finally:
            os.close(descriptor)

    def _prove(self, text: bytes) -> None:
        candidate = self._folder / "candidate.yml"
        write_whole(candidate, text)
        try:
            self._check(candidate)
        except SettingsError as error:
            raise NotApplied(f"It does not fit your settings any more: {error}") from None
        finally:
            candidate.unlink(missing_ok=True)

    def _in_force(self) -> bytes:
        try:
            return self._file.read_bytes()
        except FileNotFoundError:
            return b""


def _mark(proposal_id: str) -> bytes:
    """A line of tuned.yml."""
    return f"# proposal {proposal_id}\n".encode()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
