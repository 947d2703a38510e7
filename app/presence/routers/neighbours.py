"""The kernel's neighbour table, after a nudge: no router has to be asked, and no privilege is needed.

1. which addresses: those of the settings, of a leases file, and those the table knows (or knew) for the MACs
2. send each (and the gateway) one datagram to UDP port 5353: to deliver it, the kernel has to ask who has the
   address (ARP), and a sleeping iPhone wakes enough to answer that (mudape/iphonedetect)
3. wait until no answer is outstanding
4. REACHABLE counts and nothing else: it means confirmed within the last moments. STALE is history, and DELAY and
   PROBE are our own question (linux/Documentation, man ip-neighbour)

A gateway that does not answer means that this machine is off the network, not that everybody left. A MAC without
an address cannot be asked for: nothing is said of it (Tells.unasked).
"""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from app.presence.routers.dnsmasq import read_leases
from app.presence.routers.router import NoAnswer, Sightings, Tells, believable, device
from app.settings.presence import MAC, NeighboursRouter, Person

log = logging.getLogger(__name__)

MDNS_PORT = 5353
LOOK_SECONDS = 0.25
COMMAND_SECONDS = 3.0
_ASKING = frozenset({"INCOMPLETE", "DELAY", "PROBE"})

Ip = Callable[[str], Any]
"""`ip -j WORDS` as data; raises NoAnswer."""


class Entry(NamedTuple):
    """What one interface's table says of an address; `mac` '' where none is known (any more)."""

    address: str
    mac: str
    state: str


class Neighbours:
    """See the module. The time one poll takes: settings.settle_seconds and a little."""

    def __init__(
        self,
        settings: NeighboursRouter,
        people: Iterable[Person],
        *,
        ip: Ip | None = None,
        wait: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = "neighbours"
        self.tells = Tells(macs=True, names=False)
        self._settings = settings
        people = tuple(people)
        self._addresses = {str(address) for person in people for address in person.addresses}
        self._macs = {word for person in people for word in person.devices if MAC.fullmatch(word)}
        # Which of a person's addresses is which device's is not said: with one, all their MACs count as asked for.
        self._addressed = {word for person in people if person.addresses for word in person.devices}
        self._had: dict[str, str] = {}
        self._ip, self._wait, self._clock = ip or _ip, wait, clock

    def poll(self) -> Sightings:
        """Nudge, wait, look. Raises NoAnswer."""
        gateway = str(self._settings.gateway) if self._settings.gateway else self._default_gateway()
        known = self._known_addresses()
        self._say_unasked(self._macs - self._addressed - set(known.values()))
        asked = {gateway, *self._addresses, *known}
        until = self._clock() + self._settings.settle_seconds
        _nudge(asked)
        table = self._table()
        while _outstanding(table) & asked and self._clock() < until:
            self._wait(LOOK_SECONDS)
            table = self._table()
        if gateway not in _reachable(table):
            raise NoAnswer(f"the gateway {gateway} does not answer: this machine is off the network")
        found = [device(entry.mac) for entry in table if entry.state == "REACHABLE"]
        return believable(
            [one for one in found if one is not None],
            min_devices=self._settings.min_devices,
            always_there=self._settings.always_there,
        )

    def _known_addresses(self) -> dict[str, str]:
        """Address -> MAC, of the people's."""
        for entry in self._table():
            # Once a phone fails to answer, its entry has no MAC any more: what it was is kept here. Another
            # device that has the address now ends that.
            if entry.mac in self._macs:
                self._had[entry.address] = entry.mac
            elif entry.mac:
                self._had.pop(entry.address, None)
        known = dict(self._had)
        if self._settings.leases is not None:
            leases = read_leases(self._settings.leases)
            known |= {lease.address: lease.mac for lease in leases if lease.mac in self._macs}
        return known

    def _say_unasked(self, unasked: set[str]) -> None:
        for mac in sorted(unasked - self.tells.unasked):
            log.warning(
                "neighbours knows no address of %s and cannot ask for it: give it a fixed one in the router and "
                "write it to `addresses` (config.yml, presence.people)",
                mac,
            )
        self.tells = self.tells._replace(unasked=frozenset(unasked))

    def _default_gateway(self) -> str:
        for route in self._ip("-4 route show default"):
            if isinstance(route, dict) and isinstance(route.get("gateway"), str):
                return str(route["gateway"])
        raise NoAnswer("there is no default route: this machine is off the network")

    def _table(self) -> list[Entry]:
        """One entry for each address and interface: eth0 and wlan0 on one network both have one."""
        table: list[Entry] = []
        for entry in self._ip("-4 neigh show"):
            if isinstance(entry, dict) and isinstance(entry.get("dst"), str):
                states = entry.get("state") or [""]
                table.append(Entry(entry["dst"], str(entry.get("lladdr", "")).lower(), str(states[0])))
        return table


def _reachable(table: Iterable[Entry]) -> set[str]:
    return {entry.address for entry in table if entry.state == "REACHABLE"}


def _outstanding(table: Sequence[Entry]) -> set[str]:
    """The addresses that an interface still asks for and none has found."""
    return {entry.address for entry in table if entry.state in _ASKING} - _reachable(table)


def _nudge(addresses: Iterable[str]) -> None:
    """One empty datagram each. That nobody listens there does not matter; that it cannot be sent, shows later."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for address in addresses:
            try:
                sender.sendto(b"", (address, MDNS_PORT))
            except OSError:
                continue


def _ip(words: str) -> Any:
    try:
        done = subprocess.run(
            ["ip", "-j", *words.split()], capture_output=True, timeout=COMMAND_SECONDS, check=False
        )
        if done.returncode != 0:
            raise NoAnswer(f"`ip {words}` failed: {done.stderr.decode(errors='replace').strip()[:200]}")
        told = json.loads(done.stdout or b"[]")
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"`ip {words}` did not end within {COMMAND_SECONDS:g} s") from None
    except OSError as error:
        raise NoAnswer(f"`ip` cannot be run: {error.strerror}") from None
    except ValueError:
        raise NoAnswer(f"`ip -j {words}` did not answer in JSON") from None
    return told if isinstance(told, list) else []
