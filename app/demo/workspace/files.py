"""Files: the three-step upload, the processing that takes a while, and who may read the bytes."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import replace

from app.demo.workspace.model import File, Json, SlackError
from app.demo.workspace.state import State
from app.demo.workspace.story import size

MAX_FILE_BYTES = 100_000_000
"""Slack allows 1 GB; the stand-in keeps files in memory."""

SIGNATURES = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"GIF8", 0, "image/gif"),
    (b"ftyp", 4, "video/mp4"),
)

BLOCK_IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif")


class Files:
    """The upload's steps in order: reserve(), receive(), complete()."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._upload_tokens: dict[str, str] = {}
        self._timers: list[threading.Timer] = []

    def reserve(self, name: str, length: int) -> tuple[str, str]:
        """Step 1: (file id, upload URL). The URL is a secret and good for one upload."""
        if length < 1 or length > MAX_FILE_BYTES:
            raise SlackError("file_upload_size_restricted")
        state = self._state
        file = File(
            id=state.new_id("F"),
            name=name,
            title=name,
            size=length,
            user=state.bot.id,
            created=int(state.clock()),
        )
        token = secrets.token_urlsafe(24)
        with state.changed:
            self._upload_tokens[token] = file.id
            state.put_file(file)
        return file.id, f"{state.base_url}upload/v1/{token}"

    def receive(self, token: str, data: bytes) -> tuple[int, str]:
        """Step 2: (HTTP status, body). A length other than the one declared is refused; the URL stays good."""
        state = self._state
        with state.changed:
            file_id = self._upload_tokens.get(token)
            if file_id is None:
                return 404, "upload URL is unknown, used or expired"
            file = state.files[file_id]
            if len(data) != file.size:
                return 400, f"expected {file.size} bytes, got {len(data)}"
            del self._upload_tokens[token]
            state.put_file(replace(file, data=data))
        return 200, f"OK - {len(data)}"

    def complete(
        self, entries: list[Json], channel: str | None, thread_ts: str | None, comment: str
    ) -> list[File]:
        """Step 3. Processing starts; with a channel, the files are shared there once it has ended."""
        state = self._state
        with state.changed:
            files = [self._uploaded(entry) for entry in entries]
            if channel is not None and thread_ts is not None and state.message(channel, thread_ts) is None:
                raise SlackError("thread_not_found")
            ready_at = time.monotonic() + state.file_ready_seconds
            done = []
            for file, entry in zip(files, entries, strict=True):
                shared = (channel,) if channel else ()
                completed = replace(
                    file,
                    title=str(entry.get("title") or file.name),
                    mimetype=sniff(file.data or b""),
                    channels=shared,
                    ready_at=ready_at,
                )
                state.put_file(completed)
                done.append(completed)
                state.narrate(f"{state.name_of(file.user)} uploaded {file.name}, {size(file.size)}")
        if channel is not None:
            self._share(tuple(file.id for file in done), channel, thread_ts, comment)
        return done

    def info(self, file_id: str) -> File:
        """Raises SlackError("file_not_found") also for a file whose upload was never completed."""
        file = self._state.files.get(file_id)
        if file is None or file.ready_at is None:
            raise SlackError("file_not_found")
        return file

    def delete(self, file_id: str) -> None:
        with self._state.changed:
            file = self.info(file_id)
            if file.user != self._state.bot.id:
                raise SlackError("cant_delete_file")
            self._state.forget_file(file_id)

    def usable_in_block(self, file_id: str) -> bool:
        """Whether an image block may name it: processed, and a picture."""
        file = self._state.files.get(file_id)
        return file is not None and self._state.file_is_ready(file) and file.mimetype in BLOCK_IMAGE_TYPES

    def to_api(self, file: File) -> Json:
        """The file object of files.info: `mimetype` and `filetype` are empty until processing has ended."""
        state = self._state
        ready = state.file_is_ready(file)
        shares = {
            message.channel: [{"ts": message.ts, "channel_name": state.channels[message.channel].name}]
            for message in state.messages()
            if file.id in message.file_ids
        }
        return {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": file.mimetype if ready else "",
            "filetype": file.mimetype.rpartition("/")[2].replace("jpeg", "jpg") if ready else "",
            "user": file.user,
            "size": file.size,
            "is_public": bool(file.channels),
            "url_private": f"{state.base_url}files/{file.id}",
            "url_private_download": f"{state.base_url}files/{file.id}",
            "channels": list(file.channels),
            "shares": {"public": shares} if shares else {},
        }

    def close(self) -> None:
        """Cancel the shares that wait for processing."""
        for timer in self._timers:
            timer.cancel()

    def _uploaded(self, entry: Json) -> File:
        file = self._state.files.get(str(entry.get("id")))
        if file is None or file.data is None:
            raise SlackError("file_not_found")
        if file.ready_at is not None:
            raise SlackError("file_already_completed")
        return file

    def _share(self, file_ids: tuple[str, ...], channel: str, thread_ts: str | None, comment: str) -> None:
        state = self._state

        def share() -> None:
            with state.changed:
                left = tuple(file_id for file_id in file_ids if file_id in state.files)
                if left:
                    state.post(channel, state.bot.id, comment, thread_ts=thread_ts, file_ids=left)

        if state.file_ready_seconds <= 0:
            share()
            return
        timer = threading.Timer(state.file_ready_seconds, share)
        timer.daemon = True
        self._timers.append(timer)
        timer.start()


def sniff(data: bytes) -> str:
    """The media type by its first bytes."""
    for signature, offset, mimetype in SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return mimetype
    return "application/octet-stream"
