"""What a step works with, and how it reads what lies before it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from app.notifier.ledger import Ledger
from app.notifier.messenger import Messenger
from app.settings import Settings
from app.slack.client import SlackClient
from app.slack.errors import SlackError
from app.slack.messages import AlertFacts
from app.state.wishes import Wishes
from app.store.events import EventRecord, EventStore
from app.store.outbox import Item

log = logging.getLogger(__name__)


class Undeliverable(Exception):
    """It can never be sent, and that is not Slack's doing. The text says why."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`now` is seconds since the epoch; `is_ending`: whether what takes long is to break off.

    `messengers`: who is told besides Slack, by their keys. `wishes`: what people asked for, None while nobody knows.
    """

    slack: SlackClient
    ledger: Ledger
    events: EventStore
    settings: Settings
    now: Callable[[], float]
    is_ending: Callable[[], bool] = lambda: False
    messengers: Mapping[str, Messenger] = field(default_factory=dict)
    wishes: Callable[[], Wishes | None] = lambda: None

    @property
    def alerts_channel(self) -> str:
        """Where alerts and reports go."""
        return self.settings.slack.alerts_channel

    def facts(self, event: EventRecord, *, sent: float, training: bool, picture: str | None) -> AlertFacts:
        """The newest truth about an event, for its message."""
        tag = self.events.tag_of(event.id)
        return AlertFacts(
            event_id=event.id,
            camera=event.camera,
            started=event.started,
            sent=sent,
            ended=event.ended,
            person_score=event.person_score,
            label=event.label,
            person_model=event.person_model,
            person_problem=event.person_problem,
            nothing_probability=event.nothing_probability if event.quietened else None,
            training=training,
            snooze_minutes=self.settings.slack.snooze_minutes,
            tag=tag.tag if tag else None,
            tagged_by=tag.by if tag else "",
            tagged_at=tag.at if tag else 0.0,
            picture=picture,
        )

    def must_hide_picture(self, event_id: str) -> bool:
        """Whether the picture has done its work and shall leave Slack."""
        return self.settings.slack.delete_picture_after_tag and self.events.tag_of(event_id) is not None

    def is_ready(self, file_id: str) -> bool:
        """Whether a message may show a file. Raises SlackError if asking again may help."""
        try:
            return self.slack.file_ready(file_id)
        except SlackError as error:
            if error.permanent or error.advice:  # without files:read nobody can know
                log.warning("whether the picture is ready is unknown: %s", error)
                return False
            raise

    def forget_file(self, file_id: str) -> None:
        """Delete a file from Slack. Raises SlackError if trying again may help; else a failure is only logged."""
        try:
            self.slack.delete_file(file_id)
        except SlackError as error:
            if not (error.permanent or error.advice):
                raise
            log.warning("the picture %s stays in Slack: %s", file_id, error)


class Payload(BaseModel):
    """What an item of one kind carries."""

    model_config = ConfigDict(frozen=True, extra="ignore")


P = TypeVar("P", bound=Payload)


def read(item: Item, kind: type[P]) -> P:
    """The item's payload. Raises Undeliverable."""
    try:
        return kind.model_validate(item.payload)
    except ValidationError as error:
        raise Undeliverable(f"its content cannot be read ({error.error_count()} mistakes)") from error
