"""A process takes up settings that were changed while it ran: it ends as it should, and starts itself anew.

Only what is written at run time counts (tuned.yml, chosen.yml): whoever edits config.yml restarts by hand, at the
moment of his choice. The process keeps its number, so that systemd sees nothing but another READY: told STOPPING
before that, it would wait for the end of the process, and kill the new one for not ending.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping

from app import systemd
from app.settings import Settings, SettingsError
from app.settings.written import CHOSEN, TUNED
from app.shutdown import Shutdown

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0

FOREIGN: Mapping[str, frozenset[str]] = {
    "camera": frozenset({"presence", "uploader", "glances", "notifier", "slack"}),
    "presence": frozenset({"motion", "person", "trigger", "training", "uploader", "glances", "notifier"}),
    "notifier": frozenset({"motion", "person", "trigger", "presence", "uploader"}),
    "uploader": frozenset({"motion", "person", "trigger", "presence", "slack", "notifier"}),
    "socket": frozenset({"motion", "person", "trigger", "notifier"}),
    "web": frozenset({"motion", "person", "trigger", "notifier"}),
}
"""Sections that a process does not care about: who lives here is no reason for a camera to look away."""


class Renewal:
    """Watches the written settings for `process` from now on; `start` does so in the background.

    `load` gives the settings of now, or raises SettingsError. `ask` asks for the new start; by default for the end,
    which `end` makes one.
    """

    def __init__(
        self,
        process: str,
        settings: Settings,
        shutdown: Shutdown,
        load: Callable[[], Settings],
        ask: Callable[[], None] | None = None,
    ) -> None:
        self._files = [settings.storage.data / name for name in (TUNED, CHOSEN)]
        self._foreign, self._shutdown, self._load = FOREIGN.get(process, frozenset()), shutdown, load
        self._ask = ask or shutdown.request
        self._in_force = self._own(settings)
        self._seen: list[tuple[int, int] | None] | None = None
        """None: the first look compares, for they may have been changed since `settings` were read."""
        self.wanted = False
        """Whether the process is to start anew, once it has ended."""

    def start(self) -> None:
        """Look until the shutdown."""
        threading.Thread(target=self._run, name="renewal", daemon=True).start()

    def _run(self) -> None:
        while not self._shutdown.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once; ask for the end if there is something new for this process."""
        signature = self._signature()
        if signature == self._seen:
            return
        self._seen = signature
        try:
            changed = self._own(self._load()) != self._in_force
        except SettingsError as error:
            log.error("the changed settings cannot be taken up: %s", error)
            return
        if changed:
            log.info("the settings were changed: starting anew with them")
            self.wanted = True
            self._ask()

    def end(self, code: int) -> int:
        """What the process ends with; if it is to start anew, this does not return. Only from the main thread."""
        if self.wanted:
            # A handler's note of a signal would be lost with the old program: from here on one ends the process itself.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            if not self._shutdown.signalled:  # who was told to go does not come back
                try:
                    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 — ourselves, no shell
                except OSError as error:
                    log.error("the process could not start itself anew: %s", error)
        systemd.notify(systemd.STOPPING)
        return code

    def _own(self, settings: Settings) -> dict[str, object]:
        return settings.model_dump(exclude=set(self._foreign))

    def _signature(self) -> list[tuple[int, int] | None]:
        return [_signature_of(path) for path in self._files]


def _signature_of(path: os.PathLike[str]) -> tuple[int, int] | None:
    """Another whenever the file was replaced: each time it is a new one."""
    try:
        stat = os.stat(path)  # noqa: PTH116
    except OSError:
        return None
    return stat.st_ino, stat.st_mtime_ns
