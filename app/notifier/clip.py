"""The clip of an event: into the thread of its alert once it is whole, or into the channel where somebody asked.

1. send it, if it is small enough and Slack takes it; else say where it is
2. note in message.json that it stands in the thread, so that a tag can take it away again

Step 1 goes in a lane of its own: no alert, no picture and no edit waits for a slow upload.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from app.notifier.desk import Desk, Payload, Undeliverable, read
from app.slack import clip_messages
from app.slack.clip_messages import ClipWords
from app.slack.errors import MESSAGE_GONE, UPLOAD_REFUSED, SlackError
from app.store.events import EventRecord
from app.store.outbox import Item

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 30 * 60.0
"""After this nobody who asked for it waits any more."""

UPLOAD_TRIES = 6
"""After as many failures each further attempt says in words where the clip is, if it fails as well: an uplink that
breaks off at every large file must not keep all later clips waiting."""

THREAD_GONE = MESSAGE_GONE | {"thread_not_found", "cannot_reply_to_message"}

REFUSED = "Slack takes no such file here."
NOT_TAKEN = "It could not be sent to Slack, again and again."
HIDDEN = "Its alert is tagged."


class ClipPayload(Payload):
    """`channel`: where somebody asked for it; None: the thread of its alert. `link`: it is in the bucket and can be
    seen there, `until` then (seconds since the epoch); such an item brings no file."""

    event_id: str
    channel: str | None = None
    link: str = ""
    until: float = 0.0


class Place(NamedTuple):
    """Where it goes."""

    channel: str
    thread_ts: str | None


class Upload:
    """A file as it is sent: not all in memory, and broken off when the process is to end."""

    def __init__(self, file: BinaryIO, size: int, is_ending: Callable[[], bool]) -> None:
        self._file, self._size, self._is_ending = file, size, is_ending

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read(65_536):
            yield piece

    def read(self, size: int = -1, /) -> bytes:
        """Raises OSError when the process is to end: what began is done again after the restart."""
        if self._is_ending():
            raise InterruptedError("the notifier ends")
        return self._file.read(size)


def step(item: Item, desk: Desk) -> float | None:
    """The next step: seconds until the one after it, None when all is done."""
    asked = read(item, ClipPayload)
    if file_id := item.progress.get("file_id"):
        _note(asked.event_id, file_id, desk)
        return None
    if asked.channel is not None and desk.now() - item.created > PATIENCE_SECONDS:
        raise Undeliverable("it came too late to be of use")
    event, path = desk.events.get(asked.event_id), desk.events.file(asked.event_id, "clip.mp4")
    place = _place(asked, desk)
    if event is None or path is None or place is None:
        if asked.channel is not None:
            raise Undeliverable("it is not on the disk any more")
        why = "its alert was never sent" if place is None else "it is not on the disk any more"
        log.info("the clip of %s is not sent: %s", asked.event_id, why)
        return None
    try:
        if asked.link:
            text = clip_messages.in_bucket(asked.link, asked.until)
            desk.slack.post(place.channel, text, thread_ts=place.thread_ts)
            return None
        file_id = _send(event, path, place, desk, item.attempts)
    except SlackError as error:
        if place.thread_ts is None or error.code not in THREAD_GONE:
            raise
        log.info("the alert of %s was deleted in Slack; its clip is not needed", event.id)
        return None
    if file_id is None or place.thread_ts is None:
        return None
    desk.ledger.achieved(item, {"file_id": file_id})
    return 0.0


def _place(asked: ClipPayload, desk: Desk) -> Place | None:
    if asked.channel is not None:
        return Place(asked.channel, None)
    message = desk.events.message_of(asked.event_id)
    return Place(message.channel, message.ts) if message else None


def _send(event: EventRecord, path: Path, place: Place, desk: Desk, attempts: int) -> str | None:
    """Its file id; None if only words went out. `attempts`: how many failed before this one."""
    words = _words(event, path)
    in_thread = place.thread_ts is not None
    why = ""
    too_large = words.size > desk.settings.slack.clip_max_mb * 1_000_000
    if too_large:
        why = clip_messages.too_large(words)
    elif in_thread and desk.must_hide_picture(event.id):
        why = HIDDEN
    else:
        try:
            with path.open("rb") as file:
                return desk.slack.share(
                    Upload(file, words.size, desk.is_ending),
                    f"{event.id}.mp4",
                    clip_messages.clip_title(words),
                    channel=place.channel,
                    thread_ts=place.thread_ts,
                    comment=clip_messages.clip_comment(words, in_thread=in_thread),
                )
        except SlackError as error:
            why = _why_not(error, attempts, desk)
            log.warning("Slack does not take the clip of %s: %s", event.id, error)
    where = _where(event.id, path, desk, has_link=in_thread and too_large)
    text = clip_messages.clip_elsewhere(words, where, why, in_thread=in_thread)
    desk.slack.post(place.channel, text, thread_ts=place.thread_ts)
    return None


def _why_not(error: SlackError, attempts: int, desk: Desk) -> str:
    """What to say in the clip's place. Raises the error where another attempt is better."""
    if error.code in UPLOAD_REFUSED:
        return REFUSED
    if (
        attempts < UPLOAD_TRIES
        or error.retry_after is not None
        or error.code in THREAD_GONE
        or desk.is_ending()
    ):
        raise error
    return NOT_TAKEN


def _where(event_id: str, path: Path, desk: Desk, *, has_link: bool) -> str:
    """`has_link`: the uploader, if there is one for clips, gives it a link: those too large, in their threads."""
    dashboard = desk.settings.dashboard
    if dashboard.enabled and dashboard.public_url:
        where = clip_messages.on_dashboard(f"{dashboard.public_url}/events/{event_id}")
    else:
        where = clip_messages.on_disk(event_id, str(path))
    uploader = desk.settings.uploader
    follows = has_link and uploader.enabled and uploader.clips
    return f"{where} {clip_messages.LINK_FOLLOWS}" if follows else where


def _words(event: EventRecord, path: Path) -> ClipWords:
    clip = event.clip
    return ClipWords(
        event.id,
        event.camera,
        event.started,
        clip.seconds if clip else 0.0,
        clip.pre_roll_seconds if clip else 0.0,
        path.stat().st_size,
    )


def _note(event_id: str, file_id: str, desk: Desk) -> None:
    message = desk.events.message_of(event_id)
    if desk.must_hide_picture(event_id):  # tagged while it was on its way
        desk.forget_file(file_id)
    elif message is not None:
        desk.events.save_message(event_id, message.model_copy(update={"clip_file_id": file_id}))
