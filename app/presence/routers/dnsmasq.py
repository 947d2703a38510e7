"""The leases file of dnsmasq: `expiry mac ip name client-id` a line (man dnsmasq, --dhcp-leasefile).

A lease proves the past. Clients renew at half of the lease time (RFC 2131, 4.4.5, T1), so with `lease_seconds`
known, one that did not is taken for gone long before its lease expires. Short leases (10 minutes) make this an
adapter of some use; with leases of hours take `neighbours`, which can read the addresses from this file.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from app.presence.routers.router import NoAnswer, Sightings, Tells, believable, device
from app.settings.presence import DnsmasqRouter, normal_device

RENEWAL_GRACE_SECONDS = 30.0
"""A renewal at half time may need a repetition or two."""

FUTURE_GRACE_SECONDS = 60.0
"""A lease that ends later than it can is a sign of a clock that was set."""

MAX_BYTES = 1_000_000

_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")


class Lease(NamedTuple):
    """`expires`: seconds since the epoch; None for a lease without an end. `name` may be '*'."""

    expires: float | None
    mac: str
    address: str
    name: str


def read_leases(path: Path) -> list[Lease]:
    """The IPv4 leases of the file. Raises NoAnswer for a file that is not there, cut off or something else."""
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise NoAnswer(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise NoAnswer(f"{path} is too long for a leases file")
    text = raw.decode("utf-8", "replace")
    if text and not text.endswith("\n"):
        raise NoAnswer(f"{path} is being written")  # dnsmasq writes it in place
    leases = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0] == "duid":
            continue  # the server's own id, before the IPv6 leases
        if len(words) < 4 or not words[0].isascii() or not words[0].isdigit():
            raise NoAnswer(f"{path} is not a leases file of dnsmasq")
        if _IPV4.fullmatch(words[2]):
            # An address family in front of the MAC is written for anything but Ethernet: 06-aa:bb:…
            mac = normal_device(words[1])
            leases.append(Lease(float(words[0]) or None, mac, words[2], words[3]))
    return leases


class Dnsmasq:
    """See the module. `now` is seconds since the epoch: that is how the file says it."""

    def __init__(self, settings: DnsmasqRouter, now: Callable[[], float] = time.time) -> None:
        self.name = f"dnsmasq {settings.file}"
        self.tells = Tells(macs=True, names=True)
        self._settings, self._now = settings, now

    def poll(self) -> Sightings:
        """Read once. Raises NoAnswer."""
        leases, now = read_leases(self._settings.file), self._now()
        ending = [lease for lease in leases if lease.expires is not None]
        if ending and all(lease.expires is not None and lease.expires < now for lease in ending):
            raise NoAnswer("all its leases have run out: dnsmasq has stopped, or a clock was set")
        seconds = self._settings.lease_seconds
        if seconds and any((lease.expires or 0) > now + seconds + FUTURE_GRACE_SECONDS for lease in ending):
            raise NoAnswer("a lease runs longer than lease_seconds: the setting is wrong, or a clock was set")
        found = [device(lease.mac, lease.name) for lease in leases if self._is_current(lease, now)]
        return believable(
            [one for one in found if one is not None],
            min_devices=self._settings.min_devices,
            always_there=self._settings.always_there,
        )

    def _is_current(self, lease: Lease, now: float) -> bool:
        if lease.expires is None:
            return True
        if self._settings.lease_seconds is None:
            return lease.expires >= now
        renewed = lease.expires - self._settings.lease_seconds
        return now - renewed <= self._settings.lease_seconds / 2 + RENEWAL_GRACE_SECONDS
