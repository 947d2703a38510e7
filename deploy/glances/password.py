"""Make a password for Glances: the words to standard output, what Glances keeps of them to the file named.

Glances' own way of making one asks at a terminal. What it keeps is SALT$HASH with
HASH = pbkdf2(pbkdf2(password, no salt), SALT), SHA-256, 100,000 rounds, 128 bytes, in hexadecimal
(glances/password.py of Glances 4).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sys
from pathlib import Path


def kept(password: str, salt: str) -> str:
    """What lies in the file for `password`."""
    return f"{salt}${_hash(_hash(password, ''), salt)}"


def _hash(text: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", text.encode(), salt.encode(), 100_000, dklen=128).hex()


def main(file: Path) -> None:
    """Write the file, for its owner alone, and print the password."""
    password = secrets.token_urlsafe(15)
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:  # noqa: PTH123
        out.write(kept(password, secrets.token_hex(16)))
    print(password)  # noqa: T201 — this is what it is for


if __name__ == "__main__":
    main(Path(sys.argv[1]))
