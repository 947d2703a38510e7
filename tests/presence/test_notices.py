"""What is worth a message, and what it says."""

from __future__ import annotations

from typing import Any

from app.domain import Presence
from app.presence.decide import Arrived, BecameUnknown, Known, Left
from app.presence.departure import CalledOff, Changed, Leaving, Told
from app.presence.notices import Happening, notices
from app.state.wishes import Armed, Auto, Wishes

HOME, AWAY = Told(Presence.HOME, 100), Told(Presence.AWAY, 500)
ON = Auto(by="U1", at=1, on=True)


def texts(wishes: Wishes | None = None, **what: Any) -> list[str]:
    values: dict[str, Any] = {
        "transitions": (),
        "steps": (),
        "home": ("Robin",),
        "went": (),
        "problem": "",
        "unknown_seconds": 600,
        "exit_delay_seconds": 60,
        **what,
    }
    return [
        message.text for message in notices(Happening(**values), wishes or Wishes(auto=ON), ["front", "back"])
    ]


def test_leaving_says_who_left_last_and_when_it_arms() -> None:
    assert texts(transitions=[Left("Kim", True)], steps=[Leaving(500)], went=["Kim"]) == [
        ":house: Nobody is home any more (Kim left last): arming in 1 min."
    ]


def test_arming_names_the_cameras_that_are_armed_now() -> None:
    stays = Wishes(auto=ON, armed={"back": Armed(by="U1", at=501, on=False)})

    assert texts(steps=[Changed(HOME, AWAY)]) == [":lock: Armed, because nobody is home: front and back."]
    assert texts(stays, steps=[Changed(HOME, AWAY)]) == [":lock: Armed, because nobody is home: front."]


def test_arriving_names_who_and_what_it_disarmed() -> None:
    back = Changed(AWAY, Told(Presence.HOME, 900))
    by_hand = Wishes(auto=ON, armed={name: Armed(by="U1", at=600, on=False) for name in ("front", "back")})

    assert texts(transitions=[Arrived("Robin", True)], steps=[back]) == [
        ":unlock: Robin is home; disarmed: front and back."
    ]
    assert texts(by_hand, steps=[back]) == []


def test_coming_back_in_time_says_that_nothing_is_armed() -> None:
    assert texts(steps=[CalledOff()], home=["Robin", "Kim"]) == [
        ":house: Robin and Kim are home again: nothing is armed."
    ]


def test_without_auto_who_comes_and_goes_is_not_told_but_an_outage_is() -> None:
    off = Wishes(auto=Auto(by="U1", at=1, on=False))
    moves = {"transitions": [BecameUnknown()], "steps": [Leaving(500), Changed(HOME, AWAY)]}

    for wishes in (off, Wishes(auto=None, armed={})):
        (text,) = texts(wishes, problem="fritzbox: it <hangs>", **moves)
        assert text.startswith(
            ":grey_question: Who is home has been unknown for 10 min: fritzbox: it &lt;hangs"
        )


def test_the_end_of_an_outage_says_who_is_home() -> None:
    assert texts(transitions=[Known(Presence.HOME)]) == [":house: Who is home is known again: Robin is home."]
    assert "nobody is home" in texts(transitions=[Known(Presence.AWAY)], home=[])[0]
