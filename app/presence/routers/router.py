"""What every router can be asked, and the one way in which it can fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from app.presence.sightings import Device, NoAnswer, Sightings, Tells
from app.settings.presence import MAC, normal_device

__all__ = ["Device", "NoAnswer", "Router", "Sightings", "Tells", "believable", "device"]


class Router(Protocol):
    """One source of sightings. `tells`: by what it knows devices; belongs to the last poll."""

    name: str
    tells: Tells

    def poll(self) -> Sightings:
        """Ask once. Raises NoAnswer; an answer that cannot be trusted is none."""


def device(mac: object, name: object = None) -> Device | None:
    """A device from what a router wrote; None if there is nothing to know it by."""
    address = normal_device(mac) if isinstance(mac, str) else ""
    if not MAC.fullmatch(address):
        address = ""
    called = name.strip().lower() if isinstance(name, str) else ""
    if called in ("*", "?", "unknown"):  # dnsmasq's, and others', word for "it did not say"
        called = ""
    return Device(address, called) if address or called else None


def believable(devices: Iterable[Device], *, min_devices: int, always_there: Iterable[str]) -> Sightings:
    """The devices as Sightings. Raises NoAnswer for a list too short to be, or without what is always there."""
    seen = frozenset(devices)
    if len(seen) < min_devices:
        raise NoAnswer(f"its list holds {len(seen)} devices; fewer than {min_devices} are not believed")
    known = {word for found in seen for word in found if word}
    if missing := [wanted for wanted in always_there if wanted not in known]:
        raise NoAnswer(f"its list lacks {missing[0]}, which is always there: not believed")
    return seen
