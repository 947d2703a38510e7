"""Which units the settings of this machine call for, one a line. What they do not call for would fail at its start.

The settings come from where the services find them: $PYCAM_CONFIG and $CREDENTIALS_DIRECTORY.
Exit code 78 (EX_CONFIG), and the mistake on standard error, if they cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from app.settings import Settings, SettingsError, load_settings
from app.settings.called_for import able_to_run

EX_CONFIG = 78


def units(settings: Settings) -> Iterator[str]:
    """Their names. Glances is no part of the settings and not among them."""
    for process in able_to_run(settings):
        yield f"pycam-{process.replace(':', '@')}.service"


def main() -> int:
    """Print them; the exit code."""
    try:
        settings = load_settings()
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return EX_CONFIG
    for unit in units(settings):
        print(unit)  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
