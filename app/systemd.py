"""What a process tells systemd (sd_notify(3)). Says nothing where systemd did not start it."""

from __future__ import annotations

import os
import socket

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"


def is_supervisor() -> bool:
    """Whether systemd started this process and waits for what it has to say (Type=notify)."""
    return bool(os.environ.get("NOTIFY_SOCKET"))


def notify(state: str) -> bool:
    """Send one datagram to $NOTIFY_SOCKET. False if there is none or nobody listens; never raises."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):  # Linux's abstract name space, in systemd's spelling
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)  # a full queue must not hold up whoever works
            sender.connect(address)
            sender.send(state.encode())
    except (OSError, ValueError):  # ValueError: a NUL in the address
        return False
    return True


def have_patience(seconds: float) -> None:
    """Make the watchdog wait at least `seconds` for the next ALIVE, where the settings allow work to take longer."""
    try:
        patience = int(os.environ.get("WATCHDOG_USEC", "")) / 1e6
    except ValueError:  # this unit has no watchdog
        return
    if patience < seconds:
        notify(f"WATCHDOG_USEC={int(seconds * 1e6)}")
