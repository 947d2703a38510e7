"""A network camera that speaks MJPEG over HTTP, and misbehaves on demand."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.media.jpeg import encode_jpeg
from tests.media.clips import picture

_HEAD = (
    b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: multipart/x-mixed-replace; boundary=frame\r\n\r\n"
)
_UNAUTHORIZED = (
    b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n'
    b"Content-Length: 0\r\nConnection: close\r\n\r\n"
)


class MjpegServer:
    """Serves numbered 64×48 pictures at about `fps` to each visitor, on a port it keeps when it is restarted.

    stall()    goes silent with the connections open; resume() ends that.
    stop()     drops all connections and refuses new ones; start() serves again.
    answer     what it says to a request instead of pictures, when set.
    login      the Authorization header it insists on, when set.
    """

    def __init__(self, fps: float = 50.0) -> None:
        self._period = 1 / fps
        self._stopped = threading.Event()
        self._flowing = threading.Event()
        self._flowing.set()
        self._listener: socket.socket | None = None
        self._connections: list[socket.socket] = []
        self.port = 0
        self.visits = 0
        self.answer: bytes | None = None
        self.login: bytes | None = None
        self.encode: Callable[[int], bytes] = lambda index: encode_jpeg(picture(index % 100, (64, 48)))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/video"

    def start(self) -> None:
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener, self._stopped), daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()
        self._flowing.set()
        if self._listener is not None:
            # shutdown() before close(): a thread inside accept() keeps the port open otherwise
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def stall(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self, listener: socket.socket, stopped: threading.Event) -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.visits += 1
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection, stopped), daemon=True).start()

    def _serve(self, connection: socket.socket, stopped: threading.Event) -> None:
        try:
            request = connection.recv(65536)
            answer = self.answer
            if self.login is not None and b"Authorization: " + self.login not in request:
                answer = _UNAUTHORIZED
            if answer is not None:
                connection.sendall(answer)
                return
            connection.sendall(_HEAD)
            index = 0
            while not stopped.wait(self._period):
                self._flowing.wait()
                data = self.encode(index)
                connection.sendall(
                    b"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%b\r\n"
                    % (len(data), data)
                )
                index += 1
        except OSError:
            pass
        finally:
            connection.close()
