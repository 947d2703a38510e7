"""Hashing the password and trying one. argon2id with the library's parameters (RFC 9106's second choice: 64 MiB)."""

from __future__ import annotations

import hashlib
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST_CHARACTERS = 10
MOST_CHARACTERS = 200

_HASHER = PasswordHasher()
_ONE_AT_A_TIME = Lock()
"""Each try takes 64 MiB: ten at once would be the end of a small Pi."""


def hashed(password: str) -> str:
    """What is kept of it. Raises ValueError, in a sentence, for one that does not do."""
    if len(password) < LEAST_CHARACTERS:
        raise ValueError(
            f"Take at least {LEAST_CHARACTERS} characters; four unrelated words are easy to type."
        )
    if len(password) > MOST_CHARACTERS:
        raise ValueError(f"Take at most {MOST_CHARACTERS} characters.")
    if len(set(password)) < 4:
        raise ValueError("That is one character over and over.")
    return _HASHER.hash(password)


def is_right(password: str, kept: str) -> bool:
    """Whether `password` is the one. Slow on purpose: some 50 ms on a PC, some 300 ms on a Pi 4."""
    if len(password) > MOST_CHARACTERS:
        return False
    with _ONE_AT_A_TIME:
        try:
            return _HASHER.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def generation(kept: str) -> str:
    """Changes with every new password, and tells nothing about it: a sign-in holds for one only."""
    return hashlib.sha256(kept.encode()).hexdigest()[:16]
