"""The kernel's neighbour table, after a nudge: no router has to be asked, and no privilege is needed.

1. which addresses: those of the settings, of a leases file, and those the table knows for the MACs
2. send each (and the gateway) one datagram to UDP port 5353: to deliver it, the kernel has to ask who has the
   address (ARP), and a sleeping iPhone wakes enough to answer that (mudape/iphonedetect)
3. wait until no answer is outstanding
4. REACHABLE counts and nothing else: it means confirmed within the last moments. STALE is history, and DELAY and
   PROBE are our own question (linux/Documentation, man ip-neighbour)

A gateway that does not answer means that this machine is off the network, not that everybody left.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from typing import Any

from app.presence.routers.dnsmasq import read_leases
from app.presence.routers.router import NoAnswer, Sightings, Tells, believable, device
from app.settings.presence import MAC, NeighboursRouter, Person

MDNS_PORT = 5353
LOOK_SECONDS = 0.25
COMMAND_SECONDS = 3.0
_ASKING = frozenset({"INCOMPLETE", "DELAY", "PROBE"})

Ip = Callable[[str], Any]
"""`ip -j WORDS` as data; raises NoAnswer."""


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
        self._addresses = {str(address) for person in people for address in person.addresses}
        self._macs = {word for person in people for word in person.devices if MAC.fullmatch(word)}
        self._ip, self._wait, self._clock = ip or _ip, wait, clock

    def poll(self) -> Sightings:
        """Nudge, wait, look. Raises NoAnswer."""
        gateway = str(self._settings.gateway) if self._settings.gateway else self._default_gateway()
        asked = {gateway, *self._known_addresses()}
        until = self._clock() + self._settings.settle_seconds
        _nudge(asked)
        table = self._table()
        while any(table.get(address, ("", ""))[1] in _ASKING for address in asked) and self._clock() < until:
            self._wait(LOOK_SECONDS)
            table = self._table()
        if table.get(gateway, ("", ""))[1] != "REACHABLE":
            raise NoAnswer(f"the gateway {gateway} does not answer: this machine is off the network")
        found = [device(mac) for address, (mac, state) in table.items() if state == "REACHABLE"]
        return believable(
            [one for one in found if one is not None],
            min_devices=self._settings.min_devices,
            always_there=self._settings.always_there,
        )

    def _known_addresses(self) -> set[str]:
        known = {address for address, (mac, _) in self._table().items() if mac in self._macs}
        if self._settings.leases is not None:
            known |= {
                lease.address for lease in read_leases(self._settings.leases) if lease.mac in self._macs
            }
        return known | self._addresses

    def _default_gateway(self) -> str:
        for route in self._ip("-4 route show default"):
            if isinstance(route, dict) and isinstance(route.get("gateway"), str):
                return str(route["gateway"])
        raise NoAnswer("there is no default route: this machine is off the network")

    def _table(self) -> dict[str, tuple[str, str]]:
        """Address -> MAC and state."""
        table: dict[str, tuple[str, str]] = {}
        for entry in self._ip("-4 neigh show"):
            if isinstance(entry, dict) and isinstance(entry.get("dst"), str):
                states = entry.get("state") or [""]
                table[entry["dst"]] = (str(entry.get("lladdr", "")).lower(), str(states[0]))
        return table


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
