"""The presence process: settings -> a running Watcher."""

from __future__ import annotations

import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.presence.evidence import can_see, is_locally_administered
from app.presence.loop import Watcher
from app.presence.memory import Memory
from app.presence.routers import open_routers
from app.presence.routers.router import NoAnswer, Router
from app.settings import Settings
from app.settings.presence import MAC, Person
from app.shutdown import Shutdown
from app.state.connection import connect
from app.store.outbox import Outbox

log = logging.getLogger(__name__)


def run(settings: Settings, shutdown: Shutdown) -> int:
    """Follow who is home until the end is asked for; the exit code (sysexits.h)."""
    presence = settings.presence
    if not presence.people or not presence.routers:
        log.error(
            "presence.%s is empty: who lives here, and which router knows? (config.yml, presence)",
            "people" if not presence.people else "routers",
        )
        return os.EX_CONFIG
    try:
        routers = open_routers(settings)
    except NoAnswer as missing:
        log.error("the presence process cannot start: %s", missing)
        return os.EX_CONFIG
    for warning in warnings(presence.people, routers):
        log.warning("%s", warning)
    folder = settings.storage.data / "presence"
    try:
        with _alone(folder):
            watcher = Watcher(
                settings,
                routers,
                connect(settings.secrets.redis_url),
                Outbox(settings.storage.data / "outbox"),
                Memory(folder / "known.json"),
                reopen=lambda index: open_routers(settings)[index],
                clock=time.monotonic,
                wall=time.time,
            )
            log.info("asking %s", ", ".join(router.name for router in routers))
            return watcher.run(shutdown)
    except BlockingIOError:
        log.error("another presence process already follows who is home (%s)", folder)
        return os.EX_TEMPFAIL
    except OSError as error:
        log.error("the presence process cannot use %s: %s", settings.storage.data, error)
        return os.EX_CANTCREAT


def warnings(people: tuple[Person, ...], routers: list[Router]) -> Iterator[str]:
    """What is allowed, and will disappoint."""
    for person in people:
        for word in person.devices:
            if not MAC.fullmatch(word):
                yield (
                    f"{person.name} is known by the host name {word!r}: anybody's device can have that name, "
                    "and would disarm. A MAC is better"
                )
            elif is_locally_administered(word):
                yield (
                    f"{word} of {person.name} is a made-up MAC (locally administered): the phone may change it. "
                    "Set its private Wi-Fi address for this network to off or fixed"
                )
        if not any(can_see(person, router.tells) for router in routers):
            yield f"no router of the settings can see {person.name}: whether they are home stays unknown"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two of them would say everything twice. The lock goes with the process, however it ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "presence.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
