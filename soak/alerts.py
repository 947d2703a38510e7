"""The invariants about what reached Slack: every announced event, whole; nothing lost on the way; the newest truth."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from typing import Any

from PIL import Image

from app.demo.footage import HEIGHT, WIDTH
from app.demo.workspace import Message
from app.slack.messages import AlertFacts, alert
from app.store.events import EventRecord, EventStore, MessageRecord
from app.store.outbox import Outbox
from soak.oracle import possible
from soak.watcher import Watcher
from soak.world import World

UNANSWERED = ("drop_after", "slow")
"""Faults with which Slack does the work and the notifier cannot know: it says it again."""


class Alerts:
    """Asked in calm, with an empty outbox."""

    def __init__(self, world: World, watcher: Watcher) -> None:
        self._world, self._watcher = world, watcher
        self.announced = self.twice = self.in_thread = self.silent = 0

    def violations(self, now: float) -> Iterator[str]:
        """Everything that is missing or wrong in Slack."""
        store = EventStore(self._world.data / "events")
        messages = {(m.channel, m.ts): m for m in self._world.slack.messages()}
        by_event: dict[str, list[Message]] = {}
        for message in messages.values():
            for event_id in {a.get("value", "") for a in message.actions() if a["action_id"] == "disarm"}:
                by_event.setdefault(event_id, []).append(message)
        self.announced = self.twice = self.in_thread = self.silent = 0
        for event_id in store.all_ids():
            event = store.get(event_id)
            if event is None:
                continue
            if not event.announced:
                self.silent += 1
                continue
            self.announced += 1
            self.twice += len(by_event.get(event_id, [])) - 1 if by_event.get(event_id) else 0
            record = store.message_of(event_id)
            posted = messages.get((record.channel, record.ts)) if record else None
            if record is None or posted is None:
                yield f"the announced event {event_id} has no alert in Slack"
                continue
            yield from self._picture(store, event, record, posted)
            yield from self._newest(store, event, record, posted)
        yield from self._twice_for_a_reason()
        yield from self._outbox()

    def _picture(
        self, store: EventStore, event: EventRecord, record: MessageRecord, posted: Message
    ) -> Iterator[str]:
        shown = [b["slack_file"]["id"] for b in posted.blocks if b["type"] == "image"]
        if not shown:
            shown = [file for reply in self._world.slack.replies(posted) for file in reply.file_ids]
            self.in_thread += bool(shown)
        data = [f.data for f in map(self._world.slack.files.get, shown) if f is not None]
        if any(
            span.what == "disk" and span.touches(event.started - 1, event.started + 20)
            for span in self._spans()
        ):
            return  # then it may go out without
        if not data:
            yield f"the alert of {event.id} has no picture"
            return
        if not all(d is not None and _is_whole(d) for d in data):
            yield f"the picture of the alert of {event.id} is not whole"

    def _newest(
        self, store: EventStore, event: EventRecord, record: MessageRecord, posted: Message
    ) -> Iterator[str]:
        """The message as it would be written now is the message as it stands. Of a tag that was never acknowledged
        it need not know: docs/soak.md."""
        tag = store.tag_of(event.id)
        acts, _ = self._world.truth.copied()
        acknowledged = len(possible(acts, f"tag:{event.id}", time.time())) == 1
        facts = AlertFacts(
            event_id=event.id,
            camera=event.camera,
            started=event.started,
            sent=float(record.ts),
            ended=event.ended,
            person_score=event.person_score,
            person_model=event.person_model,
            person_problem=event.person_problem,
            training=True,
            snooze_minutes=1,
            tag=tag.tag if tag else None,
            tagged_by=tag.by if tag else "",
            tagged_at=tag.at if tag else 0.0,
        )
        stands, should = _words(list(posted.blocks)), _words(alert(facts).blocks)
        if not acknowledged:
            stands, should = _without_tag(stands), _without_tag(should)
        if stands != should:
            yield f"the alert of {event.id} is out of date: {stands}, not {should}"

    def _twice_for_a_reason(self) -> Iterator[str]:
        excuses = sum(
            1 for call in self._world.slack.calls("chat.postMessage") if call.fault in UNANSWERED and call.ok
        )
        notifier = self._world.units.units.get("notifier")
        excuses += len(notifier.kills) if notifier else 0
        if self.twice > excuses:
            yield f"{self.twice} alerts stand in Slack twice; the notifier had reason for {excuses} at most"

    def _outbox(self) -> Iterator[str]:
        outbox = Outbox(self._world.data / "outbox")
        left = outbox.pending()
        if left:
            yield f"{len(left)} items still wait in the outbox: {[(i.kind, i.reason) for i in left][:5]}"
        for path in (self._world.data / "outbox" / "set-aside").glob("*.json"):
            yield f"set aside: {path.read_text(encoding='utf-8')[:300]}"
        said = {m.text for m in self._world.slack.messages(ephemeral=True)}
        responded = {
            str(call.args.get("text")) for call in self._world.slack.calls("response_url") if call.ok
        }
        shared = {
            str(c.args.get("initial_comment"))
            for c in self._world.slack.calls("files.completeUploadExternal")
            if c.ok
        }
        for id_, item in list(self._watcher.outbox.items()):
            payload: Any = item["payload"]
            where = {"post": said, "reply": responded, "picture": shared | said}.get(str(item["kind"]))
            if where is not None and payload["text"] not in where:
                yield f"the {item['kind']} {id_} left the outbox, but never came to Slack: {payload['text'][:120]}"

    def _spans(self) -> Any:
        return self._world.truth.copied()[1]


def _is_whole(jpeg: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            picture.load()
            return jpeg.endswith(b"\xff\xd9") and picture.size == (WIDTH, HEIGHT)
    except OSError:
        return False


def _words(blocks: list[dict[str, Any]]) -> list[str]:
    """All that is to be read in the message itself, without its picture and buttons."""
    words = []
    for block in blocks:
        if block["type"] == "section":
            words.append(block["text"]["text"])
        elif block["type"] == "context":
            words += [element["text"] for element in block["elements"]]
    return words


def _without_tag(words: list[str]) -> list[str]:
    return [one for one in words if not one.startswith(":label:")]
