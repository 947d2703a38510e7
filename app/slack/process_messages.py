"""What pycam says in Slack about its own processes. Pure."""

from __future__ import annotations

from app.slack.wording import duration, escape, when

_MEANWHILE = {
    "camera": "Nothing is watched there meanwhile.",
    "web": "Slack's commands are not answered meanwhile.",
    "socket": "Slack's commands are not answered meanwhile.",
    "presence": "Who is home is not known meanwhile; nothing is armed or disarmed by itself.",
    "uploader": "Samples wait on the disk meanwhile.",
    "redis": "Commands are not carried out meanwhile; cameras go on as they were last told, and alerts still go out.",
}


def silent(process: str, since: float) -> str:
    """Nothing was heard of it for too long."""
    kind = process.partition(":")[0]
    meanwhile = _MEANWHILE.get(kind, "")
    return f":warning: {_name(process)} is silent since {when(since)}. {meanwhile}".rstrip()


def restarted(process: str, since: float) -> str:
    """It ended as it should not, and runs again."""
    return (
        f":warning: {_name(process)} ended unexpectedly and was started again, {when(since)}. "
        "You are told when it has been well for a while; `journalctl` on the machine knows why."
    )


def well(process: str, seconds: float) -> str:
    """The trouble that was told of is over."""
    return f":white_check_mark: {_name(process)} is well again, {duration(seconds)} after the trouble began."


def _name(process: str) -> str:
    kind, _, name = process.partition(":")
    return f"{escape(kind).capitalize()} *{escape(name)}*" if name else f"*{escape(kind).capitalize()}*"
