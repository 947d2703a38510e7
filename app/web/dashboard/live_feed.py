"""One camera's live pictures for all who look: one connection to its process while anybody does, else none."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.store.live_socket import LivePicture, NotLive, watch

SILENT_SECONDS = 10.0
"""So long without a picture from the camera process, and the view says so."""


FRESH_SECONDS = 6.0
"""Who comes new is shown the newest picture unless it is older: dashboard.live_fps may be one in five seconds."""


class Full(Exception):
    """As many look as may."""


class LiveFeeds:
    """Those of all cameras; `most` viewers at once, of all cameras together."""

    def __init__(self, data: Path, most: int) -> None:
        self._data, self._most = data, most
        self._changed = threading.Condition()
        self._feeds: dict[str, _Feed] = {}
        self._viewers = 0

    @property
    def viewers(self) -> int:
        """How many look at present."""
        return self._viewers

    @contextmanager
    def view(self, camera: str) -> Iterator[Callable[[float], LivePicture | None]]:
        """A place to look from: call it for the next picture, with the seconds to wait at most; None if none came.

        Pictures are left out for whoever is slow. Raises Full; the call raises NotLive.
        """
        with self._changed:
            if self._viewers >= self._most:
                raise Full
            self._viewers += 1
            feed = self._feeds.get(camera)
            if feed is None or feed.over:
                feed = self._feeds[camera] = _Feed(self._data, camera, self._changed)
            feed.viewers += 1
        try:
            yield _Place(feed, self._changed).next
        finally:
            with self._changed:
                self._viewers -= 1
                feed.viewers -= (
                    1  # its connection ends with the next picture, unless somebody comes before that
                )


class _Feed:
    """The connection to one camera; its thread ends with the last viewer, or with the camera."""

    def __init__(self, data: Path, camera: str, changed: threading.Condition) -> None:
        self._data, self._camera, self._changed = data, camera, changed
        self.viewers = 0
        self.number, self.newest, self.came = 0, LivePicture(b"", 0), 0.0
        self.why = ""
        self.over = False
        threading.Thread(target=self._run, name=f"live {camera}", daemon=True).start()

    def _run(self) -> None:
        why = "the camera process has ended"
        try:
            with watch(self._data, self._camera, SILENT_SECONDS) as pictures:
                for picture in pictures:
                    with self._changed:
                        if not self.viewers:
                            self.over = True  # at once: who comes now gets a connection of his own
                            return
                        self.newest, self.number, self.came = picture, self.number + 1, time.monotonic()
                        self._changed.notify_all()
        except NotLive as error:
            why = str(error)
        except (OSError, ValueError) as error:
            why = f"the camera process cannot be reached: {error}"
        finally:
            with self._changed:
                self.over, self.why = True, why
                self._changed.notify_all()


class _Place:
    """Where one viewer has got to."""

    def __init__(self, feed: _Feed, changed: threading.Condition) -> None:
        self._feed, self._changed = feed, changed
        self._seen = 0 if time.monotonic() - feed.came < FRESH_SECONDS else feed.number

    def next(self, timeout: float) -> LivePicture | None:
        feed = self._feed
        with self._changed:
            self._changed.wait_for(lambda: feed.number > self._seen or feed.over, timeout)
            if feed.number > self._seen:
                self._seen = feed.number
                return feed.newest
            if feed.over:
                raise NotLive(feed.why)
        return None
