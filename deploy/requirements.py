"""What pip is to install for the appliance, beside what the system has.

    python deploy/requirements.py [--system-numpy VERSION] FOLDER

writes FOLDER/requirements.txt and FOLDER/constraints.txt from pyproject.toml and constraints.txt. With
--system-numpy, OpenCV and numpy are the system's: apt's picamera2 and OpenCV are built against apt's numpy, and
another one beside it breaks them ("numpy.dtype size changed"). So pip is held to that VERSION, whatever asks for it.
"""

from __future__ import annotations

import argparse
import platform
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parent.parent

NOT_ON_THE_APPLIANCE = frozenset({"dev", "demo"})
"""Extras for people who work on pycam."""

NO_WHEELS_ON_32_BIT_ARM = frozenset({"models"})

OF_THE_SYSTEM = frozenset({"numpy", "opencv-python-headless", "opencv-python", "scipy"})
"""With the system's numpy: from apt."""

CHOSEN_BY_NUMPY = frozenset({"ml-dtypes"})
"""Of these the pinned version may want a newer numpy than the system's; pip finds an older one that does not."""


def main() -> None:
    """Write both files."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--system-numpy", metavar="VERSION")
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    left_out = OF_THE_SYSTEM | CHOSEN_BY_NUMPY if options.system_numpy else frozenset()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *_extras(project["optional-dependencies"], platform.machine())]
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    for name, lines in (("requirements.txt", wanted), ("constraints.txt", pinned)):
        kept = [line for line in lines if _name(line) not in left_out]
        if options.system_numpy and name == "constraints.txt":
            kept.append(f"numpy=={options.system_numpy}")
        (options.folder / name).write_text("\n".join(kept) + "\n", encoding="utf-8")


def _extras(extras: dict[str, list[str]], machine: str) -> Iterable[str]:
    skipped = NOT_ON_THE_APPLIANCE
    if machine.startswith("armv"):
        skipped |= NO_WHEELS_ON_32_BIT_ARM
    return (line for name, lines in extras.items() if name not in skipped for line in lines)


def _name(line: str) -> str:
    """'opencv-python-headless' of 'opencv_python_headless>=4.10,<6'."""
    return re.split(r"[\s\[<>=!~;]", line.strip(), maxsplit=1)[0].lower().replace("_", "-")


if __name__ == "__main__":
    main()
