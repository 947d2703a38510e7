"""/who_is_home and /guest: what is known of who is home, and the word of somebody who knows better."""

from __future__ import annotations

from collections.abc import Iterator

from app.commands.durations import parse_duration
from app.commands.orders import fresh, guest_pass
from app.commands.request import Context, Mistake, Reply, Request
from app.domain import Presence
from app.slack.wording import ago, duration, escape, mention, when
from app.state.facts import PersonFact, RouterFact
from app.state.snapshot import Snapshot
from app.state.wishes import Guest, field_of


def who_is_home(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """The house, each person, and how healthy the source of it is."""
    return Reply("\n".join(_report(request.received, snapshot)))


def _report(now: float, snapshot: Snapshot) -> Iterator[str]:
    fact, household = snapshot.facts.presence, snapshot.facts.household
    if fact is None or not fresh(fact, now):
        heard = f"has been silent for {duration(now - fact.at)}" if fact else "is not running"
        yield f"Who is home is *unknown*: the presence process {heard}."
        return
    if fact.presence is Presence.UNKNOWN:
        yield f"Who is home is *unknown*: {escape(fact.problem)}."
    elif fact.problem:
        last = "somebody was home" if fact.presence is Presence.HOME else "nobody was home"
        yield f"Who is home is *unknown*: {escape(fact.problem)}. When it was last known, {last}."
    elif fact.presence is Presence.HOME and fact.away_since is not None:
        yield f"Nobody has been home for {duration(now - fact.away_since)}; the exit delay is running."
    else:
        who = "Somebody" if fact.presence is Presence.HOME else "Nobody"
        yield f"{who} has been home for {duration(now - fact.since)}."
    if (wish := snapshot.wishes.guest) and (left := guest_pass(snapshot, now)):
        yield f"• a guest, by {mention(wish.by)}, for another {duration(left)}"
    for one in household.people if household else ():
        yield f"• {_person(one, now)}"
    for router in household.routers if household else ():
        yield f"_{_router(router, now)}_"


def _person(one: PersonFact, now: float) -> str:
    if one.home is None:
        return f"{escape(one.name)}: unknown"
    where = "home" if one.home else "away"
    if one.unknown:
        since = f" since {when(one.since)}" if one.since is not None else ""
        return f"{escape(one.name)}: unknown, was {where}{since}"
    since = f" for {duration(now - one.since)}" if one.since is not None else ""
    seen = f", last seen {ago(one.seen_at, now)}" if one.home and one.seen_at is not None else ""
    return f"{escape(one.name)}: {where}{since}{seen}"


def _router(router: RouterFact, now: float) -> str:
    answered = (
        f"answered {ago(router.answered_at, now)}" if router.answered_at is not None else "no answer yet"
    )
    problem = f"; now: {escape(router.problem)}" if router.problem else ""
    return f"{escape(router.name)} {answered}{problem}"


def guest(request: Request, snapshot: Snapshot, context: Context) -> Reply:
    """A guest pass: for that long presence does not arm, because somebody is home. `off` ends it."""
    typed, known = request.text.strip(), snapshot.wishes.guest
    holds = known is not None and known.until is not None and known.until > request.received
    if typed.lower() == "off":
        wish = Guest(by=request.user, at=request.received, until=None)
        if not holds:
            # Not known is not over: Redis may have been emptied, and presence about to give a pass back.
            return Reply("There is no guest pass.", wishes={} if known else {field_of(wish): wish})
        text = f"The guest pass is over, says {mention(request.user)}."
        return Reply(text, in_channel=True, wishes={field_of(wish): wish})
    if not typed:
        raise Mistake("Say how long somebody is there, such as `/guest 4h`; or `/guest off`.")
    until = request.received + parse_duration(typed, "`/guest 4h` is one, `/guest off` ends it.")
    wish = Guest(by=request.user, at=request.received, until=until)
    text = f"Somebody is home until {when(until)}, says {mention(request.user)}: presence does not arm."
    return Reply(text + _caveat(request.received, snapshot), in_channel=True, wishes={field_of(wish): wish})


def _caveat(now: float, snapshot: Snapshot) -> str:
    if not fresh(snapshot.facts.process.get("presence"), now):
        return " The presence process is not running: it will heed this when it does."
    return ""
