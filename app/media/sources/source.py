"""What every kind of camera (and a clip) looks like from outside."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from app.media.frame import Frame


class SourceError(Exception):
    """The source cannot be opened or read; the message is one sentence fit for a person, without secrets.

    `permanent`: trying again without changing something (a path, a setting, an installation) will not help.
    """

    def __init__(self, message: str, permanent: bool = False) -> None:
        super().__init__(message)
        self.permanent = permanent


class Source(Protocol):
    """Frames, one after the other. Used by one thread, except `interrupt`. No error but SourceError."""

    live: bool
    """True: frames come whether anybody looks or not. False: a clip, which waits."""

    def open(self) -> None:
        """Reach the camera or file."""

    def read(self) -> Frame | None:
        """The next frame; waits for it. None: the end of a clip."""

    def interrupt(self) -> None:
        """Any thread: end a wait of our own making in `read`. Waits in a driver end by their own time-out."""

    def close(self) -> None:
        """Let go of it; twice is fine."""

    def __enter__(self) -> Self:
        """Open."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""


class OpenedByWith:
    """`with source:` opens and closes."""

    def open(self) -> None:
        """Reach the camera or file."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        """Open; what was opened half is closed again."""
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
