"""The panel beside the messages: what the camera sees, and levers that make something happen in the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from app.demo.workspace.model import Json
from app.demo.workspace.state import State


@dataclass(frozen=True, slots=True)
class Lever:
    """A button of the panel. `state` stands beside its label: where a phone is, say."""

    id: str
    label: str
    state: str = ""


class House:
    """The panel's content; pages hear of each change."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._picture_url = ""
        self._watching: bool | None = None
        self._pulls: dict[str, Callable[[], None]] = {}
        self._levers: dict[str, Lever] = {}

    def show_picture(self, url: str) -> None:
        """A live picture (MJPEG) at the top."""
        self._picture_url = url
        self._tell()

    def show_watching(self, watching: bool | None) -> None:
        """Below the picture: whether the camera watches. None: not known."""
        if watching is not self._watching:
            self._watching = watching
            self._tell()

    def add(self, lever: Lever, pull: Callable[[], None]) -> None:
        """A new lever below the others. `pull` runs in the server's thread and must return quickly."""
        self._pulls[lever.id] = pull
        self.renew(lever)

    def renew(self, lever: Lever) -> None:
        """The same lever with another label or state."""
        self._levers[lever.id] = lever
        self._tell()

    def pull(self, lever_id: str) -> bool:
        """A person pressed it. False if there is no such lever."""
        pull = self._pulls.get(lever_id)
        if pull is not None:
            pull()
        return pull is not None

    def for_page(self) -> Json:
        """What the page draws."""
        return {
            "picture_url": self._picture_url,
            "watching": self._watching,
            "levers": [asdict(lever) for lever in self._levers.values()],
        }

    def _tell(self) -> None:
        with self._state.changed:
            self._state.feed.publish("house", self.for_page())
