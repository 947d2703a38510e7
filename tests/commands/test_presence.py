from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.commands.presence import guest, who_is_home
from app.commands.request import Mistake
from app.commands.status import pi_status
from app.domain import Presence
from app.slack.wording import when
from app.state.facts import Facts, Heartbeat, HouseholdFact, PersonFact, PresenceFact, RouterFact
from app.state.wishes import Guest, Wishes
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with

ALIVE = {"presence": Heartbeat(at=NOW - 1, pid=1, started=NOW - 100)}


def told(tmp_path: Path, wishes: Wishes | None = None, **changes: Any) -> str:
    values: dict[str, Any] = {"at": NOW - 2, "presence": Presence.HOME, "since": NOW - 7200, **changes}
    household = HouseholdFact(
        at=NOW - 2,
        people=(
            PersonFact(name="Robin", home=True, unknown=False, since=NOW - 7200, seen_at=NOW - 30),
            PersonFact(name="<Kim>", home=False, unknown=False, since=NOW - 60),
            PersonFact(name="Sam"),
            PersonFact(name="Ali", home=True, unknown=True, since=NOW - 3600),
        ),
        routers=(
            RouterFact(name="fritzbox", answered_at=NOW - 10),
            RouterFact(name="openwrt", problem="it hangs"),
        ),
    )
    facts = Facts(presence=PresenceFact(**values), household=household)
    context = context_with(tmp_path)
    return who_is_home(request_of("who_is_home"), snapshot_with(wishes, facts), context).text


def test_everybody_is_listed_with_since_when_and_the_routers_with_their_health(tmp_path: Path) -> None:
    assert told(tmp_path).splitlines() == [
        "Somebody has been home for 2 h.",
        "• Robin: home for 2 h, last seen 30 s ago",
        "• &lt;Kim&gt;: away for 1 min",
        "• Sam: unknown",
        f"• Ali: unknown, was home since {when(NOW - 3600)}",
        "_fritzbox answered 10 s ago_",
        "_openwrt no answer yet; now: it hangs_",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"presence": Presence.AWAY}, "Nobody has been home for 2 h."),
        ({"away_since": NOW - 20}, "Nobody has been home for 20 s; the exit delay is running."),
        (
            {"problem": "it hangs"},
            "Who is home is *unknown*: it hangs. When it was last known, somebody was home.",
        ),
        (
            {"presence": Presence.UNKNOWN, "since": 0, "problem": "it is being found out"},
            "*unknown*: it is being",
        ),
        ({"at": NOW - 60}, "*unknown*: the presence process has been silent for 1 min"),
    ],
)
def test_unknown_is_said_as_unknown(tmp_path: Path, changes: dict[str, Any], line: str) -> None:
    assert line in told(tmp_path, **changes).splitlines()[0]


def test_without_a_presence_process_it_is_unknown(tmp_path: Path) -> None:
    reply = who_is_home(request_of("who_is_home"), snapshot_with(), context_with(tmp_path))

    assert reply.text == "Who is home is *unknown*: the presence process is not running."


def test_the_status_says_unknown_too_and_what_was_known_last(tmp_path: Path) -> None:
    for presence, words in (
        (Presence.UNKNOWN, "unknown (it hangs);"),
        (Presence.AWAY, "away when last known;"),
    ):
        fact = PresenceFact(at=NOW, presence=presence, since=0, problem="it hangs")
        reply = pi_status(
            request_of("pi_status"), snapshot_with(facts=Facts(presence=fact)), context_with(tmp_path)
        )
        assert words in reply.text


def test_a_guest_is_listed_with_who_said_so(tmp_path: Path) -> None:
    wishes = Wishes(guest=Guest(by=OWNER, at=NOW - 60, until=NOW + 3600))

    assert f"a guest, by <@{OWNER}>, for another 1 h" in told(tmp_path, wishes)


def test_a_guest_pass_is_a_wish_with_an_end_and_the_channel_is_told(tmp_path: Path) -> None:
    snapshot = snapshot_with(facts=Facts(process=ALIVE))
    reply = guest(request_of("guest", "1h30m"), snapshot, context_with(tmp_path))

    assert reply.wishes == {"guest": Guest(by=OWNER, at=NOW, until=NOW + 5400)}
    assert reply.in_channel
    assert "does not arm" in reply.text
    assert "not running" not in reply.text


def test_without_the_presence_process_a_guest_pass_says_that_it_has_to_wait(tmp_path: Path) -> None:
    assert "not running" in guest(request_of("guest", "4h"), snapshot_with(), context_with(tmp_path)).text


def test_a_guest_pass_ends_on_demand(tmp_path: Path) -> None:
    wishes = Wishes(guest=Guest(by=OWNER, at=NOW - 60, until=NOW + 3600))
    reply = guest(request_of("guest", " OFF "), snapshot_with(wishes), context_with(tmp_path))

    assert reply.wishes == {"guest": Guest(by=OWNER, at=NOW, until=None)}
    over = Wishes(guest=Guest(by=OWNER, at=NOW - 60, until=None))
    again = guest(request_of("guest", "off"), snapshot_with(over), context_with(tmp_path))
    assert (again.text, again.wishes) == ("There is no guest pass.", {})


def test_ending_a_pass_that_is_not_known_is_kept_for_the_presence_process_may_know_of_one(
    tmp_path: Path,
) -> None:
    reply = guest(request_of("guest", "off"), snapshot_with(), context_with(tmp_path))

    assert (reply.text, reply.in_channel) == ("There is no guest pass.", False)
    assert reply.wishes == {"guest": Guest(by=OWNER, at=NOW, until=None)}


@pytest.mark.parametrize("text", ["", "soon", "-4h", "4h `<!channel>`", "8d", "0m"])
def test_what_is_not_a_length_of_time_changes_nothing(tmp_path: Path, text: str) -> None:
    with pytest.raises(Mistake) as caught:
        guest(request_of("guest", text), snapshot_with(), context_with(tmp_path))
    assert "/guest 4h" in str(caught.value)
    assert "<!channel>" not in str(caught.value)
