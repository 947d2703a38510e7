"""Which processes the settings call for, by their names in the facts: web, camera:front … Pure."""

from __future__ import annotations

from collections.abc import Iterator

from app.settings.schema import Settings


def called_for(settings: Settings) -> Iterator[str]:
    """What must run for the house to be watched and its owner told; a dashboard may be done without.

    One way in is enough: Socket Mode, where it is set up, else HTTP.
    """
    if settings.secrets.slack_app_token.get_secret_value():
        yield "socket"
    elif settings.secrets.slack_signing_secret.get_secret_value():
        yield "web"
    yield "notifier"
    yield from _cameras_and_extras(settings)


def able_to_run(settings: Settings) -> Iterator[str]:
    """What would not fail at its start: both ways in, if both have their secrets; a notifier that may send."""
    secrets = settings.secrets
    if secrets.slack_app_token.get_secret_value():
        yield "socket"
    if secrets.slack_signing_secret.get_secret_value():
        yield "web"
    if secrets.slack_bot_token.get_secret_value() and settings.slack.alerts_channel:
        yield "notifier"
    if settings.dashboard.enabled:
        yield "dashboard"
    yield from _cameras_and_extras(settings)


def _cameras_and_extras(settings: Settings) -> Iterator[str]:
    for camera in settings.cameras:
        yield f"camera:{camera.name}"
    if settings.presence.people and settings.presence.routers:
        yield "presence"
    if settings.uploader.enabled:
        yield "uploader"
