"""What a list of events looks like in Slack. Pure.

Limits (docs.slack.dev/reference/block-kit): 50 blocks a message, and some 13,000 characters of them together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain import Tag
from app.slack.messages import FILE_ID, Block, Message
from app.slack.wording import clip, duration, escape, sureness, when, with_article

OLDER, NEWER = "events_older", "events_newer"
"""Action ids. The value of both says which page of which list they lead to."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event of a list. Times are seconds since the epoch, `score` 0..1 (None: nobody was looked for).

    `picture` is the id of a file in Slack that shows it, `address` its page on the dashboard; empty: there is none.
    """

    event_id: str
    camera: str
    started: float
    ended: float | None = None
    label: str = "person"
    score: float | None = None
    tag: Tag | None = None
    kept: bool = False
    clip_seconds: float | None = None
    picture: str | None = None
    address: str = ""
    running: bool = False
    """Whether it is still going on."""


def event_list(title: str, lines: Sequence[EventLine], *, older: str = "", newer: str = "") -> Message:
    """A page of events, newest first; `older` and `newer`: the values of the buttons that lead further."""
    blocks: list[Block] = [_section(f"*{escape(title)}*")]
    blocks += [event_block(line) for line in lines]
    if not lines:
        blocks.append(_section("There are none."))
    buttons = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": label},
            "action_id": action,
            "value": value,
        }
        for label, action, value in (("◀ Newer", NEWER, newer), ("Older ▶", OLDER, older))
        if value
    ]
    if buttons:
        blocks.append({"type": "actions", "elements": buttons})
    return Message(clip(title), blocks)


def event_block(line: EventLine) -> Block:
    """What and where, when, how long; its picture beside that, where Slack has it."""
    seen = "Motion" if line.score is None else escape(line.label).capitalize()
    said = f"*{seen}* at *{escape(line.camera)}* · {when(line.started)}"
    block = _section(f"{said}\n{' · '.join(_details(line))}")
    if line.picture is not None and FILE_ID.fullmatch(line.picture):
        block["accessory"] = {
            "type": "image",
            "alt_text": f"{clip(seen)} at {clip(line.camera)}",
            "slack_file": {"id": line.picture},
        }
    return block


def has_pictures(blocks: Iterable[Block]) -> bool:
    """Whether a file in Slack is shown in them."""
    return any(_shows_file(block) or _shows_file(block.get("accessory") or {}) for block in blocks)


def without_pictures(blocks: Iterable[Block]) -> list[Block]:
    """The same in words: Slack refuses all of a message for one file that somebody deleted."""
    return [
        {key: value for key, value in block.items() if key != "accessory" or not _shows_file(value)}
        for block in blocks
        if not _shows_file(block)
    ]


def _shows_file(block: dict[str, Any]) -> bool:
    return "slack_file" in block


def _details(line: EventLine) -> list[str]:
    said = [_length(line)]
    if line.score is not None:
        said.append(
            f"{sureness(line.score)} {with_article(escape(line.label))} ({round(min(max(line.score, 0), 1) * 100)} %)"
        )
    if line.tag is not None:
        said.append(f"tagged {line.tag}")
    if line.kept:
        said.append("kept")
    if line.clip_seconds is not None:
        said.append(f"clip of {duration(line.clip_seconds)}")
    said.append(f"<{line.address}|open>" if line.address else f"`{line.event_id}`")
    return said


def _length(line: EventLine) -> str:
    if line.ended is not None:
        return f"lasted {duration(line.ended - line.started)}"
    return "still going on" if line.running else "no end is known"


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}
