"""Who acts on the appliance: an owner, a member and a stranger in Slack, phones on the Wi-Fi, visitors at the door."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.commands.dispatch import FAILED, REDIS_AWAY, REDIS_LOST
from app.demo.workspace import MEMBER, OWNER, STRANGER, Message
from app.demo.workspace.acting import Acted
from app.demo.workspace.model import SlackError
from app.store.events import EventStore
from soak.truth import Act, Move
from soak.world import CAMERAS, PHONES, World

LATE_SECONDS = 2.0
"""A request whose answer was lost may be carried out this much after the process that has it goes on."""

LOOKING = ("pi_status", "last_image", "current_position", "who_is_home", "top", "glances", "pycam")
TAPS = ("tag_occupied", "tag_unoccupied", "tag_occupied", "tag_unoccupied", "snooze", "disarm")


@dataclass(frozen=True, slots=True)
class Sets:
    """What a command or tap sets if it is carried out; `said`: words of the reply, one of which proves that it is so
    now, or was already."""

    key: str
    value: Any
    said: tuple[str, ...] = ()


def what_is_set(command: str, text: str) -> list[Sets]:
    """The effects of a command as its owner means it; lengths of time are one minute."""
    cameras = [text] if text else list(CAMERAS)
    found: list[Sets] = []
    match command:
        case "pycam_on" | "pycam_off":
            on, state = command == "pycam_on", "armed" if command == "pycam_on" else "disarmed"
            for name in cameras:
                words = (f"*{name}* is {state} by", f"{name} is already {state}")
                found.append(Sets(f"armed:{name}", on, words))
        case "auto_detect_on" | "auto_detect_off":
            state = command.rpartition("_")[2]
            words = (f"presence is {state}, by", f"presence is already {state}")
            found.append(Sets("auto", state == "on", words))
        case "notifications_on":
            words = ("Notifications are on, by", "Notifications are already on")
            found.append(Sets("notifications", (True, None), words))
        case "notifications_off":
            found.append(Sets("notifications", (False, 60.0), ("Notifications are off",)))
        case "guest" if text == "off":
            found.append(Sets("guest", None, ("The guest pass is over", "There is no guest pass")))
        case "guest":
            found.append(Sets("guest", 60.0, ("is home until",)))
    return found


class People:
    """Each method does one thing; trouble may strike while it does."""

    def __init__(
        self, world: World, seed: int, tell: Callable[[str], None], complain: Callable[[str], None]
    ) -> None:
        self._world, self._truth, self._tell, self._complain = world, world.truth, tell, complain
        self._random = random.Random(f"people {seed}")  # noqa: S311 — to be repeated
        self.answers: list[float] = []
        """Seconds until each acknowledgement."""

    def type(self, user: str, command: str, text: str = "") -> None:
        """A slash command, and what is known of its effect afterwards."""
        began = time.time()
        acted = self._world.slack.command(f"/{command}", text, user=user)
        self._truth.commands += 1
        sets = what_is_set(command, text)
        if user != OWNER.id:
            self._truth.refused += bool(sets)
            return
        answer = acted.body
        if FAILED in answer:
            self._complain(f"/{command} {text} failed inside: {answer}")
        for effect in sets:
            if self._heard(acted):
                if any(words in answer for words in effect.said):
                    self._did(effect, began, sure=True, words=f"/{command} {text}")
                elif REDIS_LOST in answer:
                    self._did(effect, began, sure=False, words=f"/{command} {text}, broken off")
                elif REDIS_AWAY not in answer:
                    self._complain(f"/{command} {text} was answered with {answer[:200]}")
            else:
                self._did(effect, began, sure=False, words=f"/{command} {text}, unanswered")

    def tap(self, user: str, message: Message, action: str) -> None:
        """A button of an alert. Slack wants an empty answer: without Redis, or room on the disk, what became of it is
        told by the outbox, and not taken for sure here."""
        value = next((a.get("value", "") for a in message.actions() if a["action_id"] == action), "")
        began = time.time()
        try:
            acted = self._world.slack.click(message.ts, action, user=user)
        except SlackError:
            return  # it was edited away meanwhile
        self._truth.taps += 1
        if user != OWNER.id:
            self._truth.refused += 1
            return
        self._heard(acted)
        with self._truth.lock:
            spans = list(self._truth.spans)
        well = not any(s.what in ("redis", "disk") and s.touches(began - 1, time.time()) for s in spans)
        known = EventStore(self._world.data / "events").get(value) is not None
        if not known:
            return  # killed between the alert and its record: the person is told that it is not known
        sure = acted.error is None and well
        if action in ("tag_occupied", "tag_unoccupied"):
            self._did(Sets(f"tag:{value}", action.removeprefix("tag_")), began, sure=sure, words=action)
        elif action == "snooze":
            self._did(Sets("notifications", (False, 60.0)), began, sure=sure, words=action)
        elif action == "disarm":
            self._did(
                Sets(f"armed:{value.split('-', 1)[1].rsplit('-', 1)[0]}", False),
                began,
                sure=sure,
                words=action,
            )

    def stay_disarmed(self) -> None:
        """The button below the last departure; whether it still is the last one cannot be known from outside."""
        for message in reversed(self._world.slack.messages()):
            if any(a["action_id"] == "stay_disarmed" for a in message.actions()):
                began = time.time()
                self._world.slack.click(message.ts, "stay_disarmed")
                self._truth.taps += 1
                for name in CAMERAS:
                    self._did(Sets(f"armed:{name}", False), began, sure=False, words="stay disarmed")
                return

    def order(self) -> None:
        """The owner changes something, now."""
        self.type(OWNER.id, *self._order())

    def begin(self) -> None:
        """A storm in which nothing is armed proves little."""
        self.type(OWNER.id, "pycam_on")
        self.type(OWNER.id, "notifications_on")
        self.type(OWNER.id, self._random.choice(("auto_detect_on", "auto_detect_on", "auto_detect_off")))

    def something(self) -> None:
        """One more thing somebody does in Slack."""
        dice = self._random.random()
        user = self._random.choices((OWNER.id, MEMBER.id, STRANGER.id), (8, 3, 3))[0]
        if dice < 0.40:
            self.type(user, self._random.choice(LOOKING))
        elif dice < 0.75 and (alerts := self._alerts()):
            # Snooze and Disarm change what everything else means; they are rarer.
            action = self._random.choice(TAPS if self._random.random() < 0.15 else TAPS[:4])
            self.tap(user, self._random.choice(alerts[-6:]), action)
        elif dice < 0.78:
            self.stay_disarmed()
        else:
            self.type(user, *self._order())

    def household(self) -> None:
        """Everybody leaves, everybody is home, or only one of them."""
        home = set(self._random.choice(([], [], list(PHONES), list(PHONES)[:1], list(PHONES)[1:])))
        now = {device["name"] for device in self._world.router.devices}
        for person, mac in PHONES.items():
            if (person in home) == (person in now):
                continue
            if person in home:
                self._world.router.connect(mac, person)
            else:
                self._world.router.disconnect(mac)
            self._truth.moves.append(Move(time.time(), person, person in home))
            self._tell(f"{person}'s phone {'joins' if person in home else 'leaves'}")

    def visitor(self) -> None:
        """Somebody at one of the doors."""
        camera = self._random.choice(CAMERAS)
        if self._world.feed.visit(camera):
            self._tell(f"a visitor at {camera}")

    def _order(self) -> tuple[str, str]:
        where = self._random.choice(("", "", *CAMERAS))
        return self._random.choices(
            (
                ("pycam_on", where),
                ("pycam_off", where),
                ("auto_detect_on", ""),
                ("auto_detect_off", ""),
                ("notifications_off", "1m"),
                ("notifications_on", ""),
                ("guest", "1m"),
                ("guest", "off"),
            ),
            (8, 4, 4, 2, 1, 5, 1, 2),
        )[0]

    def _alerts(self) -> list[Message]:
        messages = self._world.slack.messages()
        return [m for m in messages if any(a["action_id"] == "tag_occupied" for a in m.actions())]

    def _heard(self, acted: Acted) -> bool:
        if acted.error is None and acted.status == 200:
            self.answers.append(acted.seconds)
            return True
        return False

    def _did(self, effect: Sets, began: float, *, sure: bool, words: str) -> None:
        now = time.time()
        hi = now if sure else now + LATE_SECONDS + self._web_may_sleep(now)
        self._truth.add(Act(effect.key, effect.value, began, hi, sure, words))
        if effect.key != "guest" and not effect.key.startswith("tag:"):
            self._tell(f"{words}: {effect.key} = {effect.value}{'' if sure else ' (perhaps)'}")

    def _web_may_sleep(self, now: float) -> float:
        """A halted web process has the request in its socket, and will carry it out when it goes on."""
        with self._truth.lock:
            asleep = any(s.what == "web" and s.end > now for s in self._truth.spans)
        return 6.0 if asleep else 0.0
