"""What pycam says in Slack about who is home. Pure: facts in, text and Block Kit blocks out."""

from __future__ import annotations

from collections.abc import Sequence

from app.slack.messages import Message
from app.slack.wording import duration, escape, listing

STAY_DISARMED = "stay_disarmed"
"""The button's action_id; its value says which departure it is about."""


def departure(since: float) -> str:
    """What a departure is known by, in a button's value: when the last one left, to the millisecond."""
    return f"{since:.3f}"


def leaving(who: Sequence[str], delay_seconds: float, since: float) -> Message:
    """Nobody is home, and what follows."""
    left = f" ({_names(who)} left last)" if who else ""
    when = f"arming in {duration(delay_seconds)}" if delay_seconds >= 1 else "arming now"
    return _with_button(f":house: Nobody is home any more{left}: {when}.", since)


def armed(cameras: Sequence[str], since: float) -> Message:
    """It is done."""
    return _with_button(f":lock: Armed, because nobody is home: {_names(cameras)}.", since)


def disarmed(who: Sequence[str], cameras: Sequence[str]) -> Message:
    """Somebody came home."""
    return _plain(f":unlock: {_who_is_home(who)}; disarmed: {_names(cameras)}.")


def called_off(who: Sequence[str]) -> Message:
    """Somebody came back within the exit delay."""
    return _plain(f":house: {_who_is_home(who)} again: nothing is armed.")


def unknown(reason: str, seconds: float) -> Message:
    """The router does not answer."""
    return _plain(
        f":grey_question: Who is home has been unknown for {duration(seconds)}: {escape(reason)}. Until that is "
        "over, presence arms nothing and disarms nothing; commands work as always."
    )


def known(who: Sequence[str]) -> Message:
    """The router answers again."""
    home = f"{_names(who)} {_is(who)} home" if who else "nobody is home"
    return _plain(f":house: Who is home is known again: {home}.")


def _who_is_home(who: Sequence[str]) -> str:
    return f"{_names(who)} {_is(who)} home" if who else "Somebody is home"


def _is(who: Sequence[str]) -> str:
    return "is" if len(who) == 1 else "are"


def _names(names: Sequence[str]) -> str:
    return listing([escape(name) for name in names])


def _plain(text: str) -> Message:
    return Message(text, [{"type": "section", "text": {"type": "mrkdwn", "text": text}}])


def _with_button(text: str, since: float) -> Message:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Stay disarmed"},
        "action_id": STAY_DISARMED,
        "value": departure(since),
    }
    return Message(text, [*_plain(text).blocks, {"type": "actions", "elements": [button]}])
