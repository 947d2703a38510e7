"""What pycam says in Slack about a camera whose process ends. Pure."""

from __future__ import annotations

from app.slack.wording import escape


def needs_a_new_process(camera: str, reason: str) -> str:
    """Its driver hangs: the process ends, and systemd starts another."""
    return (
        f":red_circle: Camera *{escape(camera)}* hangs: {escape(reason) or 'no reason is known'}. Its process ends, "
        "and a new one tries to get the camera back; nothing is watched there meanwhile."
    )


def cannot_be_used(camera: str, reason: str) -> str:
    """Its source can never be read as it is set."""
    return (
        f":red_circle: Camera *{escape(camera)}* cannot be used: {escape(reason)}. Nothing is watched there until "
        "somebody mends that; `pycam check` and the log on the machine say more."
    )
