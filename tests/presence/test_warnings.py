"""What is allowed, and warned about at the start."""

from __future__ import annotations

from app.presence.process import warnings
from app.presence.routers.router import Sightings, Tells
from app.settings.presence import Person


class Router:
    name = "a router"

    def __init__(self, *, names: bool) -> None:
        self.tells = Tells(macs=True, names=names)

    def poll(self) -> Sightings:
        return frozenset()


def said(*devices: str, names: bool = True) -> str:
    person = Person(name="Robin", devices=devices)
    return "\n".join(warnings((person,), [Router(names=names)]))


def test_a_burnt_in_mac_is_no_reason_for_a_warning() -> None:
    assert said("3c:22:fb:01:02:03") == ""


def test_a_made_up_mac_and_a_host_name_are_warned_about() -> None:
    assert "made-up MAC" in said("3e:22:fb:01:02:03")
    assert "anybody's device can have that name" in said("iPhone")


def test_somebody_whom_no_router_can_see_is_warned_about() -> None:
    assert "no router of the settings can see Robin" in said("robins-phone", names=False)
