"""Which camera is meant."""

from __future__ import annotations

from app.commands.request import Context, Mistake
from app.slack.wording import listing, quote


def named_or_all(text: str, context: Context) -> list[str]:
    """The camera of that name, or all of them when none is named. Raises Mistake."""
    return [_known(text, context)] if text.strip() else context.camera_names()


def named_or_only(text: str, context: Context) -> str:
    """The camera of that name, or the only one there is. Raises Mistake."""
    if text.strip():
        return _known(text, context)
    names = context.camera_names()
    if len(names) > 1:
        raise Mistake(f"Say which camera: {listing(names, 'or')}.")
    return names[0]


def _known(text: str, context: Context) -> str:
    name, names = text.strip().lower(), context.camera_names()
    if name not in names:
        there_are = "The cameras are" if len(names) > 1 else "The only camera is"
        raise Mistake(f"There is no camera {quote(text)}. {there_are} {listing(names)}.")
    return name
