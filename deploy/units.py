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

EX_CONFIG = 78


def units(settings: Settings) -> Iterator[str]:
    """Their names. Glances is no part of the settings and not among them."""
    for camera in settings.cameras:
        yield f"pycam-camera@{camera.name}.service"
    secrets = settings.secrets
    if secrets.slack_bot_token.get_secret_value() and settings.slack.alerts_channel:
        yield "pycam-notifier.service"
    if secrets.slack_signing_secret.get_secret_value():
        yield "pycam-web.service"
    if secrets.slack_app_token.get_secret_value():
        yield "pycam-socket.service"
    if settings.presence.people and settings.presence.routers:
        yield "pycam-presence.service"
    if settings.uploader.enabled:
        yield "pycam-uploader.service"


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
