"""What tuning proposed and what was applied of it: tuned.yml (a layer of the settings), and tune/ with the rest.

    tuned.yml         in force from a process's next start on
    tune/<id>.json    a proposal, until the next one
    tune/             the way back, and locks, too (in_force.py)

A proposal is made for what was in force then, and refuses to be applied to anything else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
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
from app.store.in_force import Busy, InForce, NotApplied

__all__ = ["PROPOSAL_ID", "Busy", "NotApplied", "Proposal", "Tuning"]

PROPOSAL_ID = re.compile(r"[0-9a-f]{16}")

_HEAD = (
    b"# Written by `pycam tune`; `pycam tune --undo` goes back. Laid over your settings (docs/learning.md).\n"
)


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
        self._folder = data / "tune"
        self._in_force = InForce(data / TUNED, self._folder)
        self._check = check or (lambda path: load_settings(tuned=path))

    def layer(self) -> dict[str, Any]:
        """What is in force, as plain data. Raises OSError, or yaml.YAMLError if somebody edited it badly."""
        loaded = yaml.safe_load(self._in_force.content())
        return loaded if isinstance(loaded, dict) else {}

    def propose(self, layer: dict[str, Any], summary: list[str], now: float) -> Proposal:
        """Keep a proposal; an earlier one is forgotten. Raises DiskFull or OSError."""
        proposal = Proposal(
            id=token_hex(8),
            made=now,
            for_sha256=_digest(self._in_force.content()),
            layer=layer,
            summary=summary,
        )
        path = self._folder / f"{proposal.id}.json"
        make_folder(self._folder)
        write_whole(path, proposal.model_dump_json(indent=1).encode())
        for old in set(self._folder.glob("*.json")) - {path}:
            old.unlink(missing_ok=True)
        return proposal

    def apply(self, proposal_id: str) -> Proposal:
        """Put it in force for the next start. Raises NotApplied, DiskFull or OSError."""
        if not PROPOSAL_ID.fullmatch(proposal_id):
            raise NotApplied("That is no proposal's id.")
        with self._in_force.changing():
            return self._apply(proposal_id)

    def _apply(self, proposal_id: str) -> Proposal:
        try:
            proposal = Proposal.model_validate_json((self._folder / f"{proposal_id}.json").read_bytes())
        except (FileNotFoundError, ValidationError):
            raise NotApplied("There is a newer proposal, or none any more: tune again.") from None
        before = self._in_force.content()
        if _digest(before) != proposal.for_sha256:
            raise NotApplied("This was applied already, or the settings have changed since: tune again.")
        settings = yaml.safe_dump(proposal.layer, default_flow_style=None, sort_keys=False)
        text = _HEAD + _mark(proposal.id) + settings.encode()
        self._prove(text)
        self._in_force.put(text)
        return proposal

    def undo(self, proposal_id: str | None = None) -> None:
        """Put back what was in force before the last `apply`, for the next start.

        With an id only if that proposal is the last one applied. Raises NotApplied, DiskFull or OSError.
        """
        with self._in_force.changing():
            if proposal_id is not None and _mark(proposal_id) not in self._in_force.content():
                raise NotApplied("That is not what is in force any more, so nothing was undone.")
            self._in_force.undo(self._prove)

    def alone(self) -> AbstractContextManager[None]:
        """Keep every other process that tunes out of this block. Raises Busy, OSError or DiskFull."""
        return self._in_force.alone("tuning.lock")

    def _prove(self, text: bytes) -> None:
        candidate = self._folder / "candidate.yml"
        write_whole(candidate, text)
        try:
            self._check(candidate)
        except SettingsError as error:
            raise NotApplied(f"It does not fit your settings any more: {error}") from None
        finally:
            candidate.unlink(missing_ok=True)


def _mark(proposal_id: str) -> bytes:
    """A line of tuned.yml."""
    return f"# proposal {proposal_id}\n".encode()


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
