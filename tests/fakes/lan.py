"""A LAN in network namespaces: this machine's side in one, each phone in another, joined by a bridge. Needs root."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import Any

GATEWAY, PI = "192.168.77.1", "192.168.77.2"
"""The router's and our own address; phones have .10 and up."""


def why_not() -> str | None:
    """Why namespaces cannot be made here; None if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "iproute2 is not installed"
    name = f"pycam-try-{token_hex(3)}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if tried.returncode != 0:
        return f"no network namespace can be made: {tried.stderr.decode().strip()}"
    made = subprocess.run(
        ["ip", "-n", name, "link", "add", "b0", "type", "bridge"], capture_output=True, check=False
    )
    subprocess.run(["ip", "netns", "del", name], check=True)
    return None if made.returncode == 0 else f"no bridge can be made: {made.stderr.decode().strip()}"


class Lan:
    """`with Lan() as lan:`; nothing of it touches the machine's own network."""

    def __init__(self) -> None:
        self._tag = token_hex(3)
        self._spaces: list[str] = []
        self.router = self._space("router")
        self.pi = self._space("pi")

    def __enter__(self) -> Lan:
        ip("-n", self.router, "link", "add", "br0", "type", "bridge")
        ip("-n", self.router, "addr", "add", f"{GATEWAY}/24", "dev", "br0")
        ip("-n", self.router, "link", "set", "br0", "up")
        self._join(self.pi, "02:00:00:00:77:02")
        ip("-n", self.pi, "addr", "add", f"{PI}/24", "dev", "eth0")
        ip("-n", self.pi, "route", "add", "default", "via", GATEWAY)
        return self

    def phone(self, mac: str, address: str | None = None) -> str:
        """A phone on the LAN; its namespace."""
        space = self._space("phone")
        self._join(space, mac)
        if address:
            ip("-n", space, "addr", "add", f"{address}/24", "dev", "eth0")
        return space

    def leave(self, space: str) -> None:
        """Out of range."""
        ip("-n", space, "link", "set", "eth0", "down")

    def come_back(self, space: str) -> None:
        """In range again."""
        ip("-n", space, "link", "set", "eth0", "up")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for space in reversed(self._spaces):
            subprocess.run(["ip", "netns", "del", space], capture_output=True, check=False)

    def _space(self, what: str) -> str:
        name = f"pycam-{self._tag}-{what}{len(self._spaces)}"
        ip("netns", "add", name)
        self._spaces.append(name)
        ip("-n", name, "link", "set", "lo", "up")
        return name

    def _join(self, space: str, mac: str) -> None:
        port = f"p{len(self._spaces)}"
        ip("-n", self.router, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
        ip("-n", self.router, "link", "set", port, "master", "br0", "up")
        ip("-n", space, "link", "set", "eth0", "address", mac)
        ip("-n", space, "link", "set", "eth0", "up")


def ip(*words: str) -> Any:
    """`ip WORDS`; its JSON where it writes some."""
    done = subprocess.run(["ip", *words], capture_output=True, check=True)
    return json.loads(done.stdout) if done.stdout.startswith(b"[") else None


class Dnsmasq:
    """A real dnsmasq in the router's namespace, giving leases of `lease_seconds`."""

    def __init__(self, lan: Lan, folder: Path, lease_seconds: int = 120) -> None:
        self.leases = folder / "dnsmasq.leases"
        self._process = subprocess.Popen(
            [
                *("ip", "netns", "exec", lan.router, "dnsmasq", "--keep-in-foreground", "--no-daemon"),
                *("--conf-file=/dev/null", "--port=0", "--no-ping", "--interface=br0", "--bind-interfaces"),
                *("--user=root", f"--dhcp-leasefile={self.leases}"),
                f"--dhcp-range=192.168.77.50,192.168.77.99,{lease_seconds}",
                f"--pid-file={folder / 'dnsmasq.pid'}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait()


DHCP_CLIENT = """
import socket, struct, sys, os
mac, name, what = bytes.fromhex(sys.argv[1].replace(":", "")), sys.argv[2].encode(), sys.argv[3]
link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
link.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
link.setsockopt(socket.SOL_SOCKET, 25, b"eth0")  # SO_BINDTODEVICE
link.bind(("0.0.0.0", 68))
link.settimeout(1)
xid = os.urandom(4)
def message(kind, options=b"", address=bytes(4)):
    head = struct.pack("!BBBB4sHH", 1, 1, 6, 0, xid, 0, 0x8000) + address + bytes(12) + mac.ljust(16, b"\\0")
    return (head + bytes(192) + b"\\x63\\x82\\x53\\x63" + bytes([53, 1, kind])
            + bytes([12, len(name)]) + name + options + b"\\xff").ljust(300, b"\\0")
def ask(kind, options, wanted):
    for _ in range(20):
        link.sendto(message(kind, options), ("255.255.255.255", 67))
        try:
            while True:
                answer = link.recv(2048)
                at = answer.find(bytes([53, 1]), 240)
                if answer[4:8] == xid and answer[at + 2] == wanted:
                    return answer
        except OSError:
            continue
    raise SystemExit("no answer")
offer = ask(1, b"", 2)
address = offer[16:20]
at = offer.find(bytes([54, 4]), 240)
server = offer[at + 2:at + 6]
ask(3, bytes([50, 4]) + address + bytes([54, 4]) + server, 5)
if what == "release":
    os.system(f"ip addr add {socket.inet_ntoa(address)}/24 dev eth0")
    link.sendto(message(7, bytes([54, 4]) + server, address), (socket.inet_ntoa(server), 67))
print(socket.inet_ntoa(address))
"""
"""As much of a DHCP client (RFC 2131) as takes and gives back a lease: no distribution has one that is always there."""


def take_lease(space: str, python: str, mac: str, name: str, *, give_back: bool = False) -> str:
    """Have the phone ask for a lease as `name`; the address it got."""
    what = "release" if give_back else "keep"
    done = subprocess.run(
        ["ip", "netns", "exec", space, python, "-c", DHCP_CLIENT, mac, name, what],
        capture_output=True,
        check=True,
        timeout=40,
    )
    return done.stdout.decode().strip()
