"""The unit files as systemd reads them, as far as the tests need it."""

from __future__ import annotations

import shlex
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
SYSTEMD = ROOT / "deploy" / "systemd"
VENV = "/opt/pycam/venv/bin/"
HERE = Path(sys.executable).parent

SERVICES = sorted(path.name for path in SYSTEMD.glob("pycam-*.service"))


class Unit:
    """A service with the drop-in that all share."""

    def __init__(self, name: str, instance: str = "front") -> None:
        self.instance = instance
        self._values: dict[str, list[str]] = defaultdict(list)
        for path in (SYSTEMD / name, *sorted((SYSTEMD / "pycam-.service.d").glob("*.conf"))):
            self._read(path)

    def _read(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8").replace("\\\n", " ")
        for line in text.splitlines():
            key, sign, value = line.partition("=")
            if sign and not line.startswith("#"):
                self._values[key].append(value.strip())

    def all(self, key: str) -> list[str]:
        """Every value of a key."""
        return self._values[key]

    def the(self, key: str) -> str:
        """The value of a key that has one."""
        (value,) = self._values[key]
        return value

    def command(self) -> list[str]:
        """What ExecStart runs, with the programs of this virtual environment."""
        words = shlex.split(self.the("ExecStart").replace("%i", self.instance))
        assert words[0].startswith(VENV)
        return [str(HERE / words[0].removeprefix(VENV)), *words[1:]]

    def environment(self) -> dict[str, str]:
        """Its Environment= lines."""
        return dict(line.split("=", 1) for line in self.all("Environment"))
