"""Asking the person at the terminal before anything is changed."""

from __future__ import annotations

import sys


def agreed(question: str, *, can_ask: bool, otherwise: str) -> bool:
    """Whether the answer is yes. Where nobody can be asked, the command `otherwise` is said, and it is no.

    The end of the input (Ctrl-D) and Ctrl-C are a no, too.
    """
    if not can_ask or not sys.stdin.isatty():
        print(f"nothing is changed yet: {otherwise}", file=sys.stderr)
        return False
    try:
        return input(f"\n{question} [y/N] ").strip().lower() in ("y", "yes")
    except (EOFError, KeyboardInterrupt):
        print(file=sys.stderr)
        return False
