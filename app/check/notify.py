"""Who is told besides Slack: whether each address is one that Apprise understands. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, skipped
from app.notifier.messenger import NOT_INSTALLED, Messenger, NotTold

_INSTALL = "install it: `make install`, or `pip install apprise`; until then only Slack is told"
_ADDRESS = "docs/notifications.md has one for each service; the log of `pycam notifier` names the same number"


def checks(context: Context) -> Iterator[Check]:
    """notify:1, notify:2, …, as they stand in private.yml."""
    secrets = context.settings.secrets
    if not secrets.notify:
        yield Check("notify", lambda: skipped("NOTIFY in private.yml is empty: alerts go to Slack alone"))
    for number, target in enumerate(secrets.notify, start=1):
        yield Check(f"notify:{number}", partial(understood, Messenger(number, target, secrets.words())))


def understood(messenger: Messenger) -> Outcome:
    """Whether it could be told."""
    try:
        service = messenger.service()
    except NotTold as error:
        return failed(str(error), _INSTALL if str(error) == NOT_INSTALLED else _ADDRESS)
    test = f"`pycam notify --test {messenger.number}` sends one"
    return ok(f"{service}: {messenger.target.in_words()}; no message was sent ({test})")
