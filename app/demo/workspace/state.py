"""The workspace's memory: one lock, one condition that is notified of every change, one feed for the pages."""

from __future__ import annotations

import secrets
import string
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from app.demo.workspace.feed import Feed
from app.demo.workspace.model import Channel, File, Json, Message, Request, SlackError, User
from app.demo.workspace.story import told

SLACKBOT = "USLACKBOT"
ID_LETTERS = string.ascii_uppercase + string.digits


class State:
    """All that is so in the workspace. Every method takes the lock; values handed out are frozen."""

    def __init__(
        self,
        *,
        team_id: str,
        bot: User,
        users: dict[str, User],
        channels: dict[str, Channel],
        file_ready_seconds: float,
        clock: Callable[[], float],
        narrate: Callable[[str], None],
    ) -> None:
        self.team_id = team_id
        self.bot = bot
        self.bot_id = "B" + bot.id[1:]
        self.app_id = "A" + bot.id[1:]
        self.users = users
        self.channels = channels
        self.file_ready_seconds = file_ready_seconds
        self.clock = clock
        self.narrate = narrate
        self.base_url = ""
        self.files: dict[str, File] = {}
        self.requests: list[Request] = []
        self.scheduled: dict[str, str] = {}
        """Id of a scheduled message -> its channel's."""
        self.notice = ""
        self.changed = threading.Condition(threading.RLock())
        self.feed = Feed()
        self._messages: dict[tuple[str, str], Message] = {}
        self._last_ts_micros = 0

    # --- people and channels

    def person(self, user_id: str) -> User:
        """The user or the bot. Raises SlackError("user_not_found")."""
        if user_id == self.bot.id:
            return self.bot
        if user_id not in self.users:
            raise SlackError("user_not_found")
        return self.users[user_id]

    def channel(self, channel_id: str) -> Channel:
        """By id only. Raises SlackError("channel_not_found")."""
        if channel_id not in self.channels:
            raise SlackError("channel_not_found")
        return self.channels[channel_id]

    def channel_by_name_or_id(self, value: str) -> Channel:
        """chat.postMessage alone also takes "#name" or "name"."""
        for channel in self.channels.values():
            if value in (channel.id, channel.name, f"#{channel.name}"):
                return channel
        raise SlackError("channel_not_found")

    # --- messages

    def messages(self, channel: str | None = None, *, ephemeral: bool = False) -> list[Message]:
        """In order of arrival, thread replies included; messages for one person only when `ephemeral`."""
        with self.changed:
            return [
                m
                for m in self._messages.values()
                if (channel is None or m.channel == channel) and (ephemeral or not m.is_ephemeral)
            ]

    def message(self, channel: str, ts: str) -> Message | None:
        with self.changed:
            return self._messages.get((channel, ts))

    def post(
        self,
        channel: str,
        user: str,
        text: str,
        *,
        blocks: tuple[Json, ...] = (),
        thread_ts: str | None = None,
        file_ids: tuple[str, ...] = (),
        visible_to: str | None = None,
        silently: bool = False,
    ) -> Message:
        """`silently`: the story has told it already."""
        with self.changed:
            if thread_ts is not None:
                thread_ts = self._thread_root(channel, thread_ts)
            message = Message(
                channel=channel,
                ts=self._next_ts(),
                user=user,
                text=text,
                blocks=blocks,
                thread_ts=thread_ts,
                file_ids=file_ids,
                visible_to=visible_to,
                is_bot=user == self.bot.id,
            )
            self._put(message, silently=silently)
            return message

    def update(self, message: Message, *, text: str, blocks: tuple[Json, ...]) -> Message:
        with self.changed:
            edited = replace(
                message, text=text, blocks=blocks, edited_ts=self._next_ts(), revision=message.revision + 1
            )
            self._put(edited, message)
            return edited

    def delete(self, message: Message) -> None:
        with self.changed:
            self._messages.pop((message.channel, message.ts), None)
            self.feed.publish(
                "delete", {"channel": message.channel, "ts": message.ts}, visible_to=message.visible_to
            )
            self.narrate(f"{self.name_of(message.user)} deleted a message")
            self.changed.notify_all()

    # --- files, requests, notice

    def put_file(self, file: File) -> None:
        with self.changed:
            self.files[file.id] = file
            self.changed.notify_all()

    def forget_file(self, file_id: str) -> None:
        """The file is gone, and so is its place in each message that showed it (pages draw a grey note)."""
        with self.changed:
            file = self.files.pop(file_id)
            self.feed.publish("file_deleted", {"id": file_id})
            self.narrate(f"{self.name_of(file.user)} deleted {file.name}")
            self.changed.notify_all()

    def record(self, request: Request) -> None:
        with self.changed:
            self.requests.append(request)
            self.changed.notify_all()

    def set_notice(self, text: str) -> None:
        with self.changed:
            self.notice = text
            self.feed.publish("notice", {"text": text})
            self.changed.notify_all()

    # --- words

    def name_of(self, user_id: str) -> str:
        user = self.bot if user_id == self.bot.id else self.users.get(user_id)
        return user.real_name if user else "Slackbot" if user_id == SLACKBOT else user_id

    def new_id(self, prefix: str) -> str:
        return prefix + "0" + "".join(secrets.choice(ID_LETTERS) for _ in range(9))

    def file_is_ready(self, file: File) -> bool:
        return file.ready_at is not None and time.monotonic() >= file.ready_at

    def _thread_root(self, channel: str, ts: str) -> str:
        parent = self._messages.get((channel, ts))
        if parent is None:
            raise SlackError("thread_not_found")
        return parent.thread_ts or parent.ts

    def _next_ts(self) -> str:
        self._last_ts_micros = max(int(self.clock() * 1_000_000), self._last_ts_micros + 1)
        return f"{self._last_ts_micros // 1_000_000}.{self._last_ts_micros % 1_000_000:06d}"

    def _put(self, message: Message, before: Message | None = None, *, silently: bool = False) -> None:
        self._messages[(message.channel, message.ts)] = message
        self.feed.publish("message", self.for_page(message), visible_to=message.visible_to)
        if not silently:
            names = {id_: self.name_of(id_) for id_ in (*self.users, self.bot.id)}
            names |= {channel.id: f"#{channel.name}" for channel in self.channels.values()}
            self.narrate(told(message, before, names, self.files, self.clock()))
        self.changed.notify_all()

    def for_page(self, message: Message) -> Json:
        """What a page needs to draw a message."""
        return {
            "channel": message.channel,
            "ts": message.ts,
            "user": message.user,
            "text": message.text,
            "blocks": list(message.blocks),
            "thread_ts": message.thread_ts,
            "files": [self.file_for_page(file_id) for file_id in message.file_ids],
            "ephemeral": message.is_ephemeral,
            "edited": message.edited_ts is not None and not message.blocks,
        }

    def file_for_page(self, file_id: str) -> Json:
        file = self.files.get(file_id)
        if file is None:
            return {"id": file_id, "gone": True}
        return {
            "id": file.id,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype,
            "size": file.size,
            "url": f"/files/{file.id}",
        }
