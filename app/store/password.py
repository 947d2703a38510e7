"""The dashboard's password, as its hash, and the key its sign-ins are signed with: dashboard/ in the data folder."""

from __future__ import annotations

from pathlib import Path
from secrets import token_bytes

from app.store.files import make_folder, write_whole

_KEY_BYTES = 32


class PasswordFile:
    """One hash for the house. Whoever wants to see a home's pictures needs it; nobody can read it back."""

    def __init__(self, data: Path) -> None:
        self._folder = data / "dashboard"

    def read(self) -> str | None:
        """The hash; None if no password was ever set. Raises OSError or UnicodeDecodeError."""
        try:
            return self._hash.read_text(encoding="ascii").strip() or None
        except FileNotFoundError:
            return None

    def write(self, hashed: str) -> None:
        """Replace it. Raises DiskFull or OSError."""
        make_folder(self._folder)
        write_whole(self._hash, hashed.encode("ascii") + b"\n")

    def signing_key(self) -> bytes:
        """Made at the first call, the same ever after. Raises DiskFull or OSError."""
        path = self._folder / "session-key"
        for _ in range(2):
            try:
                key = path.read_bytes()
            except FileNotFoundError:
                key = b""
            if len(key) >= _KEY_BYTES:
                return key
            make_folder(self._folder)
            write_whole(path, token_bytes(_KEY_BYTES))  # read again: another process may have been later
        raise OSError(f"{path} does not keep what is written to it")

    @property
    def _hash(self) -> Path:
        return self._folder / "password"
