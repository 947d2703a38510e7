"""What pycam says in Slack about a camera that has given up, was wrong, or gives no picture. Pure."""

from __future__ import annotations

from app.slack.wording import escape


def needs_a_new_process(camera: str, reason: str) -> str:
    """Its driver hangs: the process ends, and systemd starts another."""
    return (
        f":red_circle: Camera *{escape(camera)}* hangs: {escape(reason) or 'no reason is known'}. Its process ends, "
        "and a new one tries to get the camera back; nothing is watched there meanwhile."
    )


def not_nothing(camera: str, label: str) -> str:
    """Below an alert that said "probably nothing": what came after spoke against it."""
    return f":warning: Not nothing after all: {escape(label)} at *{escape(camera)}*, as the alert above now says."


def cannot_be_used(camera: str, reason: str) -> str:
    """Its source can never be read as it is set."""
    return (
        f":red_circle: Camera *{escape(camera)}* cannot be used: {escape(reason)}. Nothing is watched there until "
        "somebody mends that; `pycam check` and the log on the machine say more."
    )


def no_picture(camera: str, *, only_fresh: bool) -> str:
    """Instead of a picture that was asked for. `only_fresh`: an old one was not."""
    if only_fresh:
        return f"*{escape(camera)}* gives no picture now. `/last_image` sends the last one there is."
    return f"There is no picture of {escape(camera)}: the camera gives none, and none was kept."
