"""The notifier's bench with people who are told besides Slack, over real HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from app.demo.workspace import Workspace
from app.notifier.courier import Courier
from app.notifier.desk import Desk
from app.notifier.herald import Herald
from app.notifier.messenger import Messenger
from app.notifier.told import Told
from app.settings.notify import NotifyTarget
from app.state.wishes import Wishes
from app.store.events import EventRecord
from app.store.outbox import Item
from tests.fakes.http_receiver import HttpReceiver
from tests.notifier.conftest import JPEG, Bench


class Town(Bench):
    """`NOTIFY`, each at a path of its own of `receiver`, or at the `url` given."""

    def __init__(self, data: Path, slack: Workspace, receiver: HttpReceiver, *notify: dict[str, Any]) -> None:
        self.receiver = receiver
        self.targets = [
            NotifyTarget.model_validate({"url": receiver.url(f"target-{number}", "?cto=1&rto=1")} | facts)
            for number, facts in enumerate(notify, start=1)
        ]
        self.wishes: Wishes | None = Wishes()
        super().__init__(data, slack)

    def restart(self) -> None:
        super().restart()
        self.messengers = [
            Messenger(number, target, send_seconds=5.0) for number, target in enumerate(self.targets, start=1)
        ]
        self.desk = Desk(
            self.client,
            self.ledger,
            self.events,
            self.settings,
            lambda: self.clock,
            messengers={messenger.key: messenger for messenger in self.messengers},
            wishes=lambda: self.wishes,
        )
        self.courier = Courier(self.desk, self.outbox, chance=lambda: 1.0)
        told = Told(self.data / "notifier" / "told.json")
        self.herald = Herald(self.outbox, self.events, self.messengers, told, now=lambda: self.clock)
        self.herald.open()

    def run_once(self) -> list[tuple[Item, float]]:
        """As the notifier's look: the herald hears first, writes a little later."""
        self.herald.hear(self.ledger.pending())
        self.herald.step()
        return super().run_once()

    def alert(self, camera: str = "front", *, picture: bool = True, **facts: Any) -> EventRecord:
        """An event with all that belongs to it."""
        event = self.event(camera, **facts)
        if picture:
            self.events.save_picture(event.id, JPEG)
        return self.put_alert(event)

    def waiting(self, kind: str = "notify") -> list[Item]:
        """What lies in the outbox of that kind."""
        return [item for item in self.outbox.pending() if item.kind == kind]

    def attempt_all(self) -> None:
        """One attempt at all that is due, until nothing is due any more; time stands still."""
        while self.run_once():
            pass

    def told(self) -> list[str]:
        """Titles of what arrived."""
        return [text.splitlines()[0] for text in self.receiver.texts()]
