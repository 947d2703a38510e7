"""What gunicorn is told to do around our processes: the hooks that gunicorn.conf and the dashboard's share."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from app import systemd
from app.logs import set_up_logs
from app.renewal import Renewal
from app.settings import Settings, SettingsError, load_settings
from app.shutdown import Shutdown
from app.web.heartbeat import Heart
from app.web.refusals import LogLimit, Shortened
from app.web.stalled import Stalled, hang_up_on_the_stalled

EX_CONFIG = 78
"""sysexits.h: a restart does not help."""

GOODBYE_SECONDS = 1
"""Of gunicorn's time to end, for the goodbye."""


class Serving:
    """The hooks of one process. `prove` raises SettingsError for settings that it cannot serve with; `renews`: whether
    its workers, which have their settings as SETTINGS, make room for new ones when those were changed at run time."""

    def __init__(self, process: str, prove: Callable[[Settings], object], *, renews: bool = False) -> None:
        self._process, self._prove, self._renews = process, prove, renews
        self._heart: Heart | None = None

    def on_starting(self, _server: Any) -> None:
        """In the master, before anything is bound."""
        try:
            settings = load_settings()
            self._prove(settings)
        except SettingsError as error:
            sys.stderr.write(f"{error}\n")
            sys.exit(EX_CONFIG)
        os.umask(0o077)  # pictures of a home are nobody else's business
        set_up_logs(self._process, settings.log_level, settings.secrets.words())
        _tame_gunicorns_log()

    def on_reload(self, _server: Any) -> None:
        """In the master, when its workers make room for new ones: gunicorn has set up its log as it likes it."""
        _tame_gunicorns_log()

    def post_worker_init(self, worker: Any) -> None:
        """Not post_fork: only a worker that could load the application may say that it lives."""
        gc.freeze()  # what is loaded stays: no collection during a request need look at it
        for listener in worker.sockets:
            hang_up_on_the_stalled(listener)
        worker.wsgi.config["WORKER"] = worker  # what streams without an end asks it whether it is to end
        # In this process only: a worker gives up on who does not read before the master kills it, and can say goodbye.
        worker.cfg.set("graceful_timeout", max(0, worker.cfg.graceful_timeout - GOODBYE_SECONDS))
        self._heart = Heart(worker.wsgi.config["REDIS"], worker.sockets, self._process)
        self._heart.start()
        if self._renews:
            of_now = worker.wsgi.config["SETTINGS"]
            Renewal(
                self._process,
                of_now,
                Shutdown(),
                load_settings,
                lambda: os.kill(worker.ppid, signal.SIGHUP),  # a new worker first, then the end of this one
            ).start()

    def worker_abort(self, worker: Any) -> None:
        """A worker that gunicorn kills for hanging did not end as it should."""
        worker.aborted = True

    def worker_exit(self, _server: Any, worker: Any) -> None:
        """In the worker."""
        if self._heart is not None:
            orphaned = os.getppid() != worker.ppid
            self._heart.stop(as_asked=not orphaned and not getattr(worker, "aborted", False))

    def on_exit(self, _server: Any) -> None:
        """In the master."""
        systemd.notify(systemd.STOPPING)


def _tame_gunicorns_log() -> None:
    """gunicorn's own lines look like pycam's, blotted out like them, and few and short whatever is sent."""
    own = logging.getLogger("gunicorn.error")
    own.handlers.clear()
    own.setLevel(logging.NOTSET)
    own.propagate = True
    own.filters[:] = [Stalled(), LogLimit(), Shortened()]
