"""`python -m soak [--minutes 10] [--seed N] [--model FILE] [--keep FOLDER]`."""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from pathlib import Path

from soak.run import Plan, Soak
from tests.fakes.redis_server import REDIS_SERVER


def main() -> int:
    """0 if every invariant held, 1 with the violated one and the seed, 2 if it cannot be run here."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    parser.add_argument("--model", type=Path, help="a person model; without one, motion decides alone")
    parser.add_argument("--keep", type=Path, help="an empty folder for logs and data, kept afterwards")
    options = parser.parse_args()
    if REDIS_SERVER is None:
        print("redis-server is not installed", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="pycam-soak-") as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        print(f"seed {options.seed}, {options.minutes:g} minutes", flush=True)
        model = options.model.resolve() if options.model else None
        soak = Soak(
            Plan(options.minutes * 60, options.seed, model=model, keep=options.keep is not None),
            folder.resolve(),
            lambda line: print(line, flush=True),
        )
        if soak.run():
            print(f"\nevery invariant held; seed {options.seed}")
            return 0
    again = f"python -m soak --minutes {options.minutes:g} --seed {options.seed}"
    print(f"\n{len(soak.violations)} violations; again with: {again}")
    for violation in soak.violations:
        print(f"  {violation}")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
