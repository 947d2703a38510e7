"""Whatever went wrong before, in whatever order: once all is well nothing waits longer than the longest pause."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.demo.workspace import Workspace
from app.store.events import EventRecord, MessageRecord
from app.store.files import DiskFull
from app.store.outbox import Item
from tests.notifier.conftest import Bench, pictures

BACKOFF_MAX_SECONDS = 8.0
RETRY_AFTER_SECONDS = 1.0
"""What the stand-in asks for."""

FAULTS = st.tuples(
    st.just("fault"),
    st.sampled_from(
        (
            "chat.postMessage",
            "chat.update",
            "files.getUploadURLExternal",
            "upload",
            "files.completeUploadExternal",
            "files.info",
            "*",
        )
    ),
    st.sampled_from(("429", "500", "drop", "drop_after", "garbage")),
    st.integers(1, 4),
)
ACTS = st.one_of(
    st.tuples(st.sampled_from(("alert", "edit", "tag", "restart", "full", "room"))),
    st.tuples(st.just("attempt")),  # as often as all of those together
    st.tuples(st.just("pass"), st.floats(0, 10)),
    FAULTS,
)


class Storm:
    """A bench to which all of it happens. While the disk is full nothing that Slack took is kept on it."""

    def __init__(self, data: Path, slack: Workspace) -> None:
        self.bench = Bench(data, slack, backoff_max_seconds=BACKOFF_MAX_SECONDS)
        self.events: list[EventRecord] = []
        self.full = False
        self._save_message = self.bench.events.save_message
        self.bench.events.save_message = self._saved  # type: ignore[method-assign]
        self._restart()

    def act(self, what: str, *how: Any) -> None:
        bench = self.bench
        match what:
            case "alert" if not self.full:
                self.events.append(bench.put_alert())
            case "edit" if self.events and not self.full:
                bench.put_edit(self.events[-1])
            case "tag" if self.events and not self.full:
                bench.tag(self.events[-1])
            case "restart":
                self._restart()
            case "full" | "room":
                self.full = what == "full"
            case "attempt":
                bench.run_once()
            case "pass":
                bench.clock += how[0]
            case "fault":
                bench.slack.faults.add(*how)

    def calm(self) -> float:
        """Mend everything; how long it took until nothing waited."""
        self.full = False
        self.bench.slack.faults.clear()
        return self.bench.drain()

    def _restart(self) -> None:
        """As after SIGKILL: only what the disk took is known."""
        self.bench.restart()
        self._keep_progress = self.bench.outbox.keep_progress
        self.bench.outbox.keep_progress = self._kept  # type: ignore[method-assign]

    def _kept(self, item: Item) -> None:
        self._no_room()
        self._keep_progress(item)

    def _saved(self, event_id: str, message: MessageRecord) -> None:
        self._no_room()
        self._save_message(event_id, message)

    def _no_room(self) -> None:
        if self.full:
            raise DiskFull("no space left")


@given(st.lists(ACTS, max_size=40))
@settings(max_examples=15, phases=(Phase.explicit, Phase.reuse, Phase.generate))
def test_in_calm_nothing_waits_longer_than_the_longest_pause_and_each_alert_has_its_picture(
    acts: list[tuple[Any, ...]],
) -> None:
    # Not shrunk: with a server for each example that takes longer than a test may.
    with TemporaryDirectory() as data, Workspace() as slack:
        storm = Storm(Path(data), slack)
        for act in acts:
            storm.act(*act)

        assert storm.calm() <= BACKOFF_MAX_SECONDS + RETRY_AFTER_SECONDS

        messages = {message.ts: message for message in slack.messages()}
        for event in storm.events:
            record = storm.bench.events.message_of(event.id)
            assert record is not None
            assert pictures(messages[record.ts])
        assert not storm.bench.set_aside()
