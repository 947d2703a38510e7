"""A disk so small that it can be filled: a tmpfs, where this user may mount one."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

SIZE_MB = 600


class SmallDisk:
    """Mounted on `folder`; `full()` leaves no byte on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def mount(cls, folder: Path) -> SmallDisk | None:
        """None where that is not allowed."""
        folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() != 0:
            return None
        command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=0700", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
        return cls(folder) if done.returncode == 0 else None

    def unmount(self, *, keep: bool = False) -> None:
        """Its content goes with it, unless it is to be kept: then it lies where it was mounted."""
        kept = self.folder.with_name(f".{self.folder.name}.kept")
        if keep:
            subprocess.run(["cp", "-a", str(self.folder), str(kept)], check=True)  # sockets, too
        subprocess.run(["umount", "-l", str(self.folder)], check=False)
        if keep:
            kept.replace(self.folder)

    @contextlib.contextmanager
    def full(self) -> Iterator[None]:
        """No room, for as long as the block runs."""
        ballast = self.folder / "ballast"
        try:
            with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1_000_000))
            yield
        finally:
            ballast.unlink(missing_ok=True)
