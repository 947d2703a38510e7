"""Free TCP ports of this machine."""

from __future__ import annotations

import socket


def free_port(wanted: int = 0) -> int:
    """`wanted` if nobody has it, else any port of 127.0.0.1. Somebody may take it before it is used."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no free port on 127.0.0.1")
