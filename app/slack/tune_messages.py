"""The messages of /tune. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.slack.wording import escape

APPLY, UNDO = "tune_apply", "tune_undo"
"""Action ids. The value of both is a proposal's opaque id."""

_MOST = 2900
"""Characters of a section's 3,000."""


class Message(NamedTuple):
    """`text` is for notifications and screen readers; the blocks show the same."""

    text: str
    blocks: tuple[dict[str, Any], ...] = ()


def plain(text: str) -> Message:
    """Words alone."""
    return Message(text)


def proposal_message(
    proposal_id: str, changes: Sequence[str], *, numbers: str, trust: Sequence[str]
) -> Message:
    """What is proposed, before and after side by side (`numbers`, in columns), how far to trust it, and the button
    that applies it."""
    told = "\n".join(f"• {escape(line)}" for line in changes)
    sure = "\n".join(map(escape, trust))
    return Message(
        f"Proposed: {escape('; '.join(changes))}",
        (
            _section(f"*Proposed*\n{told}"[:_MOST]),
            _section(f"```{escape_block(numbers)}```"),
            *([_section(sure[:_MOST])] if sure else []),
            _actions(
                _button(
                    APPLY,
                    proposal_id,
                    "Apply",
                    "Apply this? The cameras start anew with it; that takes seconds.",
                ),
            ),
        ),
    )


def applied(proposal_id: str, changes: Sequence[str], by: str) -> Message:
    """What is in force now, and the way back."""
    told = "\n".join(f"• {escape(line)}" for line in changes)
    text = f"Applied by {by}:\n{told}\nThe cameras start anew with it by themselves, within seconds."
    return Message(
        text, (_section(text[:_MOST]), _actions(_button(UNDO, proposal_id, "Undo", "Go back to before?")))
    )


def undone(by: str) -> Message:
    """The way back was taken."""
    return Message(f"Undone by {by}: the cameras start anew by themselves, and it is as before.")


def escape_block(text: str) -> str:
    """Several lines for a code block, at most what a section takes."""
    harmless = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("`", "'")
    return harmless if len(harmless) <= _MOST else harmless[: _MOST - 1] + "…"


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _actions(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(buttons)}


def _button(action: str, value: str, text: str, question: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action,
        "value": value,
        "text": {"type": "plain_text", "text": text},
        "confirm": {
            "title": {"type": "plain_text", "text": f"{text}?"},
            "text": {"type": "plain_text", "text": question},
            "confirm": {"type": "plain_text", "text": text},
            "deny": {"type": "plain_text", "text": "Cancel"},
        },
    }
