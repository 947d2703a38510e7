"""What pycam says in Slack about the clip of an event. Pure."""

from __future__ import annotations

from typing import NamedTuple

from app.slack.wording import clip, duration, escape, utc, when


class ClipWords(NamedTuple):
    """Of which event, when that started (seconds since the epoch), how long its clip is and how much of it lies
    before the event (seconds), and its bytes."""

    event_id: str
    camera: str
    started: float
    seconds: float
    pre_roll_seconds: float
    size: int


def clip_title(words: ClipWords) -> str:
    """The title of the file."""
    return f"{clip(words.camera)}, {utc(words.started)}"


def clip_comment(words: ClipWords, *, in_thread: bool) -> str:
    """Above the clip; in the thread of its alert everybody knows which one it is."""
    lead = f", from {duration(words.pre_roll_seconds)} before" if words.pre_roll_seconds >= 1 else ""
    length = f"{duration(words.seconds)}{lead}"
    if in_thread:
        return f"The clip: {length}."
    return f"*{escape(words.camera)}*, {when(words.started)}: {length}."


def clip_elsewhere(words: ClipWords, where: str, why: str, *, in_thread: bool) -> str:
    """Instead of one that is not sent: `where` it is, in words or as a link, and `why` it is not here."""
    return f"{clip_comment(words, in_thread=in_thread)} {why} {where}"


def too_large(words: ClipWords) -> str:
    """Why it is not sent."""
    return f"It is too large for Slack ({words.size / 1e6:.0f} MB)."


def on_dashboard(address: str) -> str:
    """Where it is."""
    return f"<{address}|Watch it on the dashboard>"


def on_disk(event_id: str, path: str) -> str:
    """Where it is, if nothing shows it."""
    return f"It lies on the machine: `{escape(path)}`; `pycam events export {event_id}` packs it."


LINK_FOLLOWS = "A link to the copy in the bucket follows."


def in_bucket(link: str, until: float) -> str:
    """The copy in the bucket. The link is signed by us: it lets in whoever has it."""
    return f"<{link}|Watch the clip>, until {when(until)}. Whoever has this link can."
