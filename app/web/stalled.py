"""Who stops in the middle of a request or of an answer is hung up on: by itself gunicorn keeps a thread for each.

A phone that has left the Wi-Fi with a live view open, a paused player, a client that sends half a line: with a dozen
threads a dozen of them would be the end of all service.
"""

from __future__ import annotations

import logging
import socket
import struct

STALLED_SECONDS = 20
"""Without one byte going either way. A browser asks for the rest of a clip anew once its player goes on."""

_TIMEVAL = "ll" if socket.SO_RCVTIMEO == 20 else "qq"  # 66: a 32-bit machine with 64-bit times


def hang_up_on_the_stalled(listener: socket.socket, seconds: int = STALLED_SECONDS) -> None:
    """Every connection accepted from now on inherits it (socket(7)): a read or write that gets nowhere for `seconds`
    raises BlockingIOError, though the connection blocks; TimeoutError, if the other end confirms nothing at all."""
    patience = struct.pack(_TIMEVAL, seconds, 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, patience)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
    if listener.family != socket.AF_UNIX:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, seconds * 1000)


class Stalled(logging.Filter):
    """Makes a warning of one line of what gunicorn says of them, with a traceback, as an error: any client can."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], BlockingIOError | TimeoutError):
            record.levelno, record.levelname = logging.WARNING, "WARNING"
            record.msg, record.args = "somebody stopped in the middle of a request or an answer", None
            record.exc_info = record.exc_text = None
        return True
