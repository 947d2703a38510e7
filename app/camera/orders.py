"""What people asked of this camera: read from Redis in a thread, kept on disk, looked up by the loop in no time.

Redis gone: the last orders hold. Redis emptied: it is given back what is known here. Restart without Redis:
armed as it was.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from app.domain import Presence
from app.rules import Home, Manual, Mute, Verdict, should_alert, should_watch
from app.slack.wording import mention
from app.state.connection import Client, StateUnavailable
from app.state.facts import PresenceFact
from app.state.snapshot import Snapshot, read_snapshot
from app.state.wishes import Armed, Auto, Head, Notifications, Picture, Places, Wish, field_of, restore_wishes
from app.store.orders import LastOrders

log = logging.getLogger(__name__)

_MENTION = re.compile(r"<@([A-Z0-9]+)>")


class Known(BaseModel):
    """All that must survive a restart. Times are seconds since the epoch."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    armed: Armed | None = None
    head: Head | None = None
    places: Places | None = None
    notifications: Notifications | None = None
    auto: Auto | None = None
    presence: PresenceFact | None = None
    answered: str = ""
    """The id of the last picture request that was answered."""
    lost_since: float | None = None
    """Since when people have been told that the camera is away."""
    head_at: tuple[int, int] | None = None
    """Pan and tilt the head was last told, degrees."""

    def wishes(self, camera: str) -> dict[str, Wish]:
        """As Redis keeps them."""
        all_ = (self.armed, self.head, self.places, self.notifications, self.auto)
        return {field_of(wish, camera): wish for wish in all_ if wish is not None}


@dataclass(frozen=True, slots=True)
class Orders:
    """What holds now. Replaced as a whole, never changed."""

    watch: Verdict
    mute: Mute | None
    head: Head | None
    picture: Picture | None
    """A picture somebody waits for."""

    def alert(self, now: float) -> Verdict:
        """Whether an event that starts at `now` (seconds since the epoch) is announced: a mute may have ended."""
        return should_alert(self.mute, now)


class OrdersKeeper:
    """The orders of `camera`. `look` belongs to one thread; `current` is for any."""

    def __init__(self, client: Client, camera: str, disk: LastOrders) -> None:
        self._client, self._camera, self._disk = client, camera, disk
        self._lock = threading.Lock()
        self._known = _read(disk)
        self._current = _orders(self._known, None)
        self._logged: bool | None = None
        self._unreadable: tuple[str, ...] = ()

    @property
    def current(self) -> Orders:
        """What holds now; costs nothing."""
        return self._current

    @property
    def lost_since(self) -> float | None:
        """Since when people have been told that the camera is away."""
        return self._known.lost_since

    @property
    def head_at(self) -> tuple[int, int] | None:
        """Pan and tilt the head was last told, degrees."""
        return self._known.head_at

    def start(self) -> None:
        """The first look. Without Redis the orders from the disk hold."""
        try:
            self.look()
        except StateUnavailable as error:
            log.warning("Redis is away, the last orders hold: %s", error)
            self._log()

    def look(self) -> None:
        """Read what people ask now. Raises StateUnavailable."""
        snapshot = read_snapshot(self._client)
        self._log_unreadable(snapshot)
        said = self._said(snapshot)
        gone = {field: wish for field, wish in self._known.wishes(self._camera).items() if field not in said}
        with self._lock:
            self._known = self._known.model_copy(update=_changes(said, snapshot.facts.presence))
            self._keep(snapshot.wishes.picture.get(self._camera))
        if gone:
            log.warning("Redis has forgotten %s; it is given back", ", ".join(sorted(gone)))
            restore_wishes(self._client, gone)

    def answered(self, picture: Picture) -> None:
        """The picture was sent: do not send it again, after a restart neither."""
        with self._lock:
            self._known = self._known.model_copy(update={"answered": picture.id})
            self._keep(None)

    def told_lost(self, since: float | None) -> None:
        """People were told that the camera is away since then; None: that it is back."""
        with self._lock:
            self._known = self._known.model_copy(update={"lost_since": since})
            self._keep(self._current.picture)

    def head_stands(self, pan: int, tilt: int) -> None:
        """The head has got there: a restart begins from here."""
        with self._lock:
            self._known = self._known.model_copy(update={"head_at": (pan, tilt)})
            self._keep(self._current.picture)

    def _said(self, snapshot: Snapshot) -> dict[str, Wish]:
        wishes = snapshot.wishes
        mine = (each.get(self._camera) for each in (wishes.armed, wishes.head, wishes.places))
        return {
            field_of(wish, self._camera): wish
            for wish in (*mine, wishes.notifications, wishes.auto)
            if wish is not None
        }

    def _keep(self, picture: Picture | None) -> None:
        self._current = _orders(self._known, picture)
        self._log()
        self._disk.keep(self._known.model_dump_json())

    def _log(self) -> None:
        watch = self._current.watch
        if watch.yes != self._logged:
            log.info("%s: %s", "armed" if watch.yes else "disarmed", in_words(watch.why))
        self._logged = watch.yes

    def _log_unreadable(self, snapshot: Snapshot) -> None:
        """When they change, not at every look: that is every two seconds."""
        unreadable = snapshot.wishes.unreadable + snapshot.facts.unreadable
        for field in unreadable:
            if field not in self._unreadable:
                log.warning("the value of %r in Redis cannot be read and is ignored", field)
        self._unreadable = unreadable


def in_words(why: str) -> str:
    """A reason as a log shows it: Slack's <@U…> is the plain id there."""
    return _MENTION.sub(r"\1", why)


def _changes(said: Mapping[str, Wish], presence: PresenceFact | None) -> dict[str, object]:
    """What was said by field of Known; what Redis does not hold (any more) stays as it is known."""
    changes: dict[str, object] = {field.partition(":")[0]: wish for field, wish in said.items()}
    if presence is not None and presence.presence is not Presence.UNKNOWN:  # unknown is no change
        # `at` is renewed with each poll of the router, and would wear out the SD card.
        changes["presence"] = presence.model_copy(update={"at": presence.since})
    return changes


def _orders(known: Known, picture: Picture | None) -> Orders:
    armed, notifications, presence = known.armed, known.notifications, known.presence
    return Orders(
        watch=should_watch(
            Manual(armed.on, mention(armed.by), armed.at) if armed else None,
            auto=known.auto is not None and known.auto.on,
            home=Home(presence.presence, presence.since) if presence else None,
        ),
        mute=Mute(notifications.on, mention(notifications.by), notifications.until)
        if notifications
        else None,
        head=known.head,
        picture=picture if picture and picture.id != known.answered else None,
    )


def _read(disk: LastOrders) -> Known:
    text = disk.read()
    if text is None:
        return Known()
    try:
        return Known.model_validate_json(text)
    except ValidationError:
        log.error("the orders kept on disk cannot be read; the camera starts as on its first day")
        return Known()
