"""What pycam says in Slack. Pure: facts in, text and Block Kit blocks out.

Limits (docs.slack.dev/reference/block-kit): section text 3000 characters, confirm title 100 and text 300,
button text 75, image alt text 2000. Everything not written here is clipped and escaped before it goes in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.domain import Tag
from app.slack.wording import clip, duration, escape, mention, sureness, utc, when, with_article

Block = dict[str, Any]

LATE_SECONDS = 120.0
"""An alert that reaches Slack this long after its event started says so."""

FILE_ID = re.compile(r"F[A-Z0-9]{8,}")
"""What Slack takes as the id of a file in a block."""


class Message(NamedTuple):
    """`text` is the notification, and what is shown where blocks are not."""

    text: str
    blocks: list[Block]


@dataclass(frozen=True, slots=True)
class AlertFacts:
    """All an alert message says. Times are seconds since the epoch, scores 0..1.

    `person_score` is None when no model was there to ask; `person_problem` says why. `label` is what was seen: a
    person, or another of the camera's classes. `nothing_probability`, 0..1, is of an alert that the tags say is
    probably nothing; None: of any other. `sent` is when the message was first posted (or now, if it is not
    yet). `picture` is the id of a file that Slack can show.
    """

    event_id: str
    camera: str
    started: float
    sent: float
    ended: float | None = None
    person_score: float | None = None
    label: str = "person"
    person_model: str | None = None
    person_problem: str = ""
    nothing_probability: float | None = None
    training: bool = False
    snooze_minutes: int = 30
    tag: Tag | None = None
    tagged_by: str = ""
    tagged_at: float = 0.0
    picture: str | None = None


def answer_payload(text: str, blocks: Sequence[Block] = (), *, in_channel: bool = False) -> dict[str, Any]:
    """What answers a slash command; seen by the person alone unless `in_channel`."""
    said = {"response_type": "in_channel" if in_channel else "ephemeral", "text": text}
    return said | {"blocks": list(blocks)} if blocks else said


def alert(facts: AlertFacts) -> Message:
    """The one message of an event, as it is known by now."""
    blocks = [_section(line) for line in (_headline(facts), _details(facts))]
    if facts.person_score is None:
        blocks.append(_context(f":warning: {_motion_only(facts)}"))
    if facts.picture is not None and FILE_ID.fullmatch(facts.picture):
        blocks.append(_picture(facts))
    if facts.tag is not None:
        blocks.append(_context(_tagged(facts)))
    blocks.append({"type": "actions", "elements": _buttons(facts)})
    return Message(_plain_headline(facts), blocks)


def alert_without_blocks(facts: AlertFacts) -> str:
    """The same in words alone, for when Slack refuses the layout."""
    lines = [_headline(facts), _details(facts)]
    if facts.person_score is None:
        lines.append(_motion_only(facts))
    if facts.tag is not None:
        lines.append(_tagged(facts))
    return "\n".join(lines)


def picture_title(camera: str, taken: float) -> str:
    """The title of an alert's picture file."""
    return f"{clip(camera)}, {utc(taken)}"


def picture_in_thread() -> str:
    """Above a picture that could not be put into the alert itself."""
    return "The picture of this alert."


def picture_comment(camera: str, taken: float, now: float) -> str:
    """Above the answer to /last_image; says how old the picture is unless it is fresh."""
    age = now - taken
    said = f"*{escape(camera)}*, {when(taken)}"
    return said if age < 5 else f"{said} (taken {duration(age)} ago)"


def picture_missing() -> str:
    """Instead of a picture for which the disk had no room."""
    return "The picture itself could not be kept: the disk is full."


def camera_lost(camera: str, reason: str, since: float) -> str:
    """A camera gives no pictures any more."""
    return (
        f":red_circle: Camera *{escape(camera)}* has given no picture since {when(since)}: "
        f"{escape(reason) or 'no reason is known'}. It is tried again and again; nothing is watched there meanwhile."
    )


def camera_back(camera: str, gone_seconds: float) -> str:
    """It gives pictures again."""
    return f":large_green_circle: Camera *{escape(camera)}* is back after {duration(gone_seconds)}."


def set_aside(kind: str, created: float, reason: str, total: int) -> str:
    """Something could not be sent and never will be; it lies in outbox/set-aside."""
    what = {
        "alert": "An alert",
        "edit": "A change to an alert",
        "picture": "A picture that was asked for",
        "post": "A notice",
        "reply": "The answer to a command",
        "notify": "A message besides Slack",
        "clip": "A clip",
        "dialog": "A dialog",
        "home": "A Home tab",
    }.get(kind, "Something")
    rest = f" {total} such items are kept in outbox/set-aside." if total > 1 else ""
    return f":warning: {what} of {when(created)} could not be sent: {escape(reason)}.{rest}"


def _headline(facts: AlertFacts) -> str:
    return f"{_title(facts)} at *{escape(facts.camera)}*"


def _plain_headline(facts: AlertFacts) -> str:
    if facts.nothing_probability is not None:  # one number, and that of what is said
        sure = f" ({_percent(facts.nothing_probability)} likely)"
    elif facts.person_score is not None:
        sure = f" ({sureness(facts.person_score)}, {_percent(facts.person_score)})"
    else:
        sure = ""
    return f"{_title(facts)} at {escape(facts.camera)}{sure}"


def _title(facts: AlertFacts) -> str:
    if facts.nothing_probability is None:
        return _seen(facts)
    return f"Probably nothing ({_seen(facts).lower()})"


def _seen(facts: AlertFacts) -> str:
    return "Motion" if facts.person_score is None else escape(facts.label).capitalize()


def _details(facts: AlertFacts) -> str:
    said, alone = [], ""
    if facts.nothing_probability is not None:
        said.append(f"{_percent(facts.nothing_probability)} likely nothing, going by your tags")
        alone = "the model alone: "
    if facts.person_score is not None:
        model = f", {escape(facts.person_model)}" if facts.person_model else ""
        what = f"{sureness(facts.person_score)} {with_article(escape(facts.label))}"
        said.append(f"{alone}{what} ({_percent(facts.person_score)}{model})")
    said.append(when(facts.started))
    said.append(
        "still going on" if facts.ended is None else f"lasted {duration(facts.ended - facts.started)}"
    )
    text = " · ".join(said)
    if (late := facts.sent - facts.started) > LATE_SECONDS:
        text += f"\n:hourglass: Sent {duration(late)} late: Slack could not be reached before."
    return text


def _motion_only(facts: AlertFacts) -> str:
    problem = f" ({escape(facts.person_problem)})" if facts.person_problem else ""
    if facts.person_model:
        return f"The person model gives no answer{problem}, so anything that moves alerts."
    return f"No person model{problem}, so anything that moves alerts. Get one: `pycam model fetch`."


def _tagged(facts: AlertFacts) -> str:
    return f":label: tagged *{facts.tag}* by {mention(facts.tagged_by)}, {when(facts.tagged_at)}"


def _picture(facts: AlertFacts) -> Block:
    # No block_id: an edit with a new picture needs a new one, and Slack gives it.
    return {
        "type": "image",
        "alt_text": f"{_seen(facts)} at {clip(facts.camera)}",
        "slack_file": {"id": facts.picture},
    }


def _buttons(facts: AlertFacts) -> list[Block]:
    """The tag buttons stay after tagging, so that one can change one's mind."""
    tags = []
    if facts.training:
        for tag in Tag:
            button = _button(tag.value.capitalize(), f"tag_{tag}", facts.event_id)
            tags.append(button | {"style": "primary"} if tag is facts.tag else button)
    snooze = _button(f"Snooze {duration(facts.snooze_minutes * 60)}", "snooze", facts.event_id)
    disarm = _button("Disarm", "disarm", facts.event_id) | {
        "style": "danger",
        "confirm": {
            "title": _plain("Disarm?"),
            "text": _plain(f"{clip(facts.camera, 100)} stops watching until it is armed again."),
            "confirm": _plain("Disarm"),
            "deny": _plain("Keep watching"),
        },
    }
    return [*tags, snooze, disarm]


def _button(label: str, action_id: str, value: str) -> Block:
    return {"type": "button", "text": _plain(label), "action_id": action_id, "value": value}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": text}


def _percent(score: float) -> str:
    return f"{round(min(max(score, 0.0), 1.0) * 100)} %"
