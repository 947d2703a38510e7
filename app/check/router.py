"""Each router that is asked who is home: log in, one list, and whom it sees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, skipped, warning
from app.settings import Settings
from app.settings.presence import Router

_MARGIN_SECONDS = 5.0

_PRESENCE = "fill presence.people and presence.routers (docs/presence.md), if pycam shall follow who is home"


def checks(context: Context) -> Iterator[Check]:
    """router:KIND for each; router:KIND-2 for the second of its kind; router if there is none."""
    presence = context.settings.presence
    if not presence.routers:
        yield Check("router", lambda: _none(context.settings))
    seen: Counter[str] = Counter()
    for router in presence.routers:
        seen[router.kind] += 1
        number = f"-{seen[router.kind]}" if seen[router.kind] > 1 else ""
        limit = presence.timeout_seconds + _MARGIN_SECONDS
        yield Check(f"router:{router.kind}{number}", partial(ask, context.settings, router), limit)


def ask(settings: Settings, router: Router) -> Outcome:
    """One poll through its adapter, as the presence process does it."""
    from app.presence.routers import open_routers  # noqa: PLC0415 — see app/check/__init__.py
    from app.presence.routers.router import NoAnswer  # noqa: PLC0415

    presence = settings.presence
    alone = settings.model_copy(update={"presence": presence.model_copy(update={"routers": (router,)})})
    try:
        (opened,) = open_routers(alone)
        devices = opened.poll()
    except NoAnswer as error:
        if error.refused:
            return failed(
                f"the login does not do: {error}",
                "correct ROUTER_USERNAME and ROUTER_PASSWORD (private.yml), or the entry in presence.routers "
                "(docs/presence.md); too many attempts may lock the account",
            )
        return failed(str(error), f"see docs/presence.md, {router.kind}; does its own page list the devices?")
    seen = f"{len(devices)} device{'' if len(devices) == 1 else 's'} connected"
    if not presence.people:
        return warning(f"{seen}; presence.people is empty: nobody can be recognised", _PRESENCE)
    words = {word for device in devices for word in device if word}
    home = [person.name for person in presence.people if words.intersection(person.devices)]
    seen += f"; of presence.people it sees {', '.join(home) or 'nobody'}"
    unasked = [one.name for one in presence.people if opened.tells.unasked.issuperset(one.devices)]
    if blind := [name for name in unasked if name not in home]:
        return warning(
            f"{seen}, and knows no address to ask for {', '.join(blind)}",
            "write their phones' fixed addresses to `addresses` of presence.people (docs/presence.md, neighbours)",
        )
    return ok(seen)


def _none(settings: Settings) -> Outcome:
    if settings.presence.people:
        return failed("presence.people is set, and no router to ask", _PRESENCE)
    return skipped("presence is not set up: pycam does not follow who is home")
