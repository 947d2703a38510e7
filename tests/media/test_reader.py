from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from app.media.backoff import Backoff
from app.media.frame import Frame
from app.media.reader import FrameReader, State
from app.media.sources import Source, SourceError
from app.media.sources.file import FileSource
from tests.deadline import eventually
from tests.media.clips import make_clip, number_in
from tests.media.scripted_source import Hang, ScriptedSource

LOST, RUNNING, ENDED = State.LOST, State.RUNNING, State.ENDED


class Camera:
    """Hands out one scripted source after the other; the last one again and again."""

    def __init__(self, *sources: Callable[[], Source]) -> None:
        self._sources = sources
        self.attempts = 0

    def __call__(self) -> Source:
        self.attempts += 1
        return self._sources[min(self.attempts, len(self._sources)) - 1]()


class Changes(list[tuple[State, str]]):
    """What `on_change` was told."""

    def __call__(self, state: State, reason: str) -> None:
        self.append((state, reason))

    @property
    def states(self) -> list[State]:
        return [state for state, _ in self]


def quick() -> Backoff:
    return Backoff(first=0.005, longest=0.02)


def indices(reader: FrameReader, count: int) -> list[int]:
    """The next `count` frames' numbers."""
    seen: list[int] = []

    def take() -> bool:
        got = reader.get(0.1)
        if got is not None:
            seen.append(got.index)
        return len(seen) == count

    eventually(take, f"{count} frames")
    return seen


def drained(reader: FrameReader) -> list[Frame]:
    """Every frame until the reader is finished."""
    frames: list[Frame] = []

    def take() -> bool:
        got = reader.get(0.1)
        if got is not None:
            frames.append(got)
        return got is None and reader.finished

    eventually(take, "the end of the clip")
    return frames


def test_of_a_clip_every_frame_arrives_in_order_and_then_it_is_finished(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=60)
    changes = Changes()
    with FrameReader(lambda: FileSource(clip, as_fast_as_possible=True), on_change=changes) as reader:
        frames = drained(reader)
        assert [number_in(frame.bgr) for frame in frames] == list(range(60))
        assert (reader.dropped, reader.status.error) == (0, "")
        assert reader.get(60) is None  # at once; the suite's time-out would tell
    assert changes == [(RUNNING, ""), (ENDED, "")]


def test_a_clip_waits_for_whoever_looks_at_it() -> None:
    source = ScriptedSource([*range(50), None], live=False)
    with FrameReader(lambda: source) as reader:
        slow = threading.Event()
        seen = []
        while not reader.finished:
            got = reader.get(5)
            slow.wait(0.002)
            seen += [got.index] if got else []
    assert seen == list(range(50))
    assert (source.opened, source.closed) == (1, 1)


def test_a_missing_clip_ends_with_its_reason_and_is_not_tried_again(tmp_path: Path) -> None:
    camera = Camera(lambda: FileSource(tmp_path / "gone.mp4"))
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick()) as reader:
        eventually(lambda: reader.finished, "the end")
        assert "does not exist" in reader.status.error
    assert changes.states == [ENDED]
    assert camera.attempts == 1


def test_of_a_camera_the_newest_frame_wins_and_the_rest_is_counted() -> None:
    with FrameReader(lambda: ScriptedSource(range(100))) as reader:
        eventually(lambda: reader.dropped == 99, "all frames to be read")
        assert indices(reader, 1) == [99]


def test_a_lost_camera_is_reported_once_and_once_more_when_it_is_back() -> None:
    camera = Camera(
        lambda: ScriptedSource([0, 1, SourceError("cable out")]),
        lambda: ScriptedSource([], opening=SourceError("still out")),
        lambda: ScriptedSource([SourceError("nearly")]),
        lambda: ScriptedSource([7]),
    )
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick()) as reader:
        eventually(lambda: len(changes) == 3, "lost and back")
        assert indices(reader, 1) == [7]
        assert changes == [(RUNNING, ""), (LOST, "cable out"), (RUNNING, "")]
        assert reader.status.state is RUNNING
        assert reader.status.error == "nearly"
    assert camera.attempts == 4
    assert len(changes) == 3  # to close it is no change worth telling


def test_a_camera_that_is_not_there_at_the_start_is_reported_once_too() -> None:
    camera = Camera(
        *[lambda: ScriptedSource([], opening=SourceError("no route"))] * 5, lambda: ScriptedSource([1])
    )
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick()):
        eventually(lambda: len(changes) == 2, "lost and back")
    assert changes == [(LOST, "no route"), (RUNNING, "")]


def test_a_camera_whose_stream_ends_is_lost_not_finished() -> None:
    camera = Camera(lambda: ScriptedSource([0, None]), lambda: ScriptedSource([5]))
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick()) as reader:
        eventually(lambda: len(changes) == 3, "lost and back")
        assert not reader.finished
    assert changes.states == [RUNNING, LOST, RUNNING]


def test_a_fault_of_our_own_in_a_source_does_not_end_the_watch() -> None:
    camera = Camera(lambda: ScriptedSource([0, ZeroDivisionError()]), lambda: ScriptedSource([5]))
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick()):
        eventually(lambda: len(changes) == 3, "lost and back")
    assert changes[1] == (LOST, "unexpected ZeroDivisionError while reading frames")


def test_whoever_listens_cannot_stop_the_frames() -> None:
    def listener(state: State, reason: str) -> None:
        raise ZeroDivisionError

    camera = Camera(lambda: ScriptedSource([0, SourceError("x")]), lambda: ScriptedSource([5]))
    with FrameReader(camera, on_change=listener, backoff=quick()) as reader:
        eventually(lambda: camera.attempts == 2 and reader.status.state is RUNNING, "the second attempt")


def test_each_failure_in_a_row_is_waited_out_longer() -> None:
    delays: list[float] = []

    class Noted(Backoff):
        def next(self) -> float:
            delays.append(super().next())
            return 0.001

    with FrameReader(lambda: ScriptedSource([0, SourceError("x")]), backoff=Noted(rand=lambda: 0.5)):
        eventually(lambda: len(delays) >= 7, "seven failures")
    assert delays[:7] == [1, 2, 4, 8, 16, 30, 30]


def test_a_hung_camera_is_given_up_and_what_it_says_later_does_not_count() -> None:
    hang = Hang()
    stuck = ScriptedSource([0, hang, 666])
    camera = Camera(lambda: stuck, lambda: ScriptedSource([1]))
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick(), stall_seconds=0.2) as reader:
        eventually(lambda: len(changes) == 3, "lost and back")
        assert indices(reader, 1) == [1]
        assert (reader.hung, reader.hopeless) == (1, False)
        assert "its thread hangs and was given up" in changes[1][1]
        hang.let_go.set()
        eventually(lambda: reader.hung == 0, "the hung thread to end")
        assert reader.get(0) is None
    assert stuck.closed == 1
    assert changes.states == [RUNNING, LOST, RUNNING]


@pytest.mark.parametrize("where", ["open", "close"])
def test_a_camera_that_hangs_while_it_is_opened_or_closed_is_given_up_too(where: str) -> None:
    hang = Hang()

    class Stuck(ScriptedSource):
        def close(self) -> None:
            if where == "close":
                self._take(hang)

    first = Stuck([SourceError("x")], opening=hang if where == "open" else 0)
    camera = Camera(lambda: first, lambda: ScriptedSource([1]))
    with FrameReader(camera, backoff=quick(), stall_seconds=0.2) as reader:
        assert indices(reader, 1) == [1]
        assert reader.hung == 1
        hang.let_go.set()


def test_after_three_hung_threads_only_a_new_process_helps() -> None:
    hang = Hang()
    camera = Camera(lambda: ScriptedSource([hang]))
    changes = Changes()
    with FrameReader(camera, on_change=changes, backoff=quick(), stall_seconds=0.05) as reader:
        eventually(lambda: reader.hopeless, "to give up")
        assert (reader.hung, camera.attempts) == (3, 3)
        assert not reader.close(timeout=0.05)
        hang.let_go.set()
        assert reader.close()
    assert changes.states == [LOST]


def test_a_device_that_a_hung_thread_keeps_busy_is_hopeless_too() -> None:
    hang = Hang()
    camera = Camera(
        lambda: ScriptedSource([0, hang]), lambda: ScriptedSource([], opening=SourceError("busy"))
    )
    with FrameReader(camera, backoff=quick(), stall_seconds=0.05) as reader:
        eventually(lambda: reader.hopeless, "to give up")
        assert (reader.hung, camera.attempts, reader.status.error) == (1, 3, "busy")
        hang.let_go.set()


def test_a_paced_clip_may_take_longer_than_a_camera_may() -> None:
    hang = Hang()
    with FrameReader(lambda: ScriptedSource([0, hang, 1, None], live=False), stall_seconds=0.05) as reader:
        assert indices(reader, 1) == [0]
        hang.entered.wait(10)
        assert reader.get(0.5) is None
        hang.let_go.set()
        assert indices(reader, 1) == [1]


def test_close_ends_every_wait(tmp_path: Path) -> None:
    paced = FrameReader(lambda: FileSource(make_clip(tmp_path / "a.mp4", fps=1))).start()
    full = FrameReader(lambda: ScriptedSource([0, 1, 2], live=False)).start()
    waiting = FrameReader(
        lambda: ScriptedSource([], opening=SourceError("x")), backoff=Backoff(first=1000, longest=1000)
    ).start()
    eventually(lambda: waiting.status.state is LOST, "the first failure")
    assert indices(paced, 1) == [0]
    assert paced.close() and full.close() and waiting.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("frame")]


def test_a_reader_that_was_never_started_can_be_closed() -> None:
    assert FrameReader(lambda: ScriptedSource([])).close()


def test_frames_are_let_go_once_they_are_taken(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=90)
    pixels = []
    with FrameReader(lambda: FileSource(clip, as_fast_as_possible=True)) as reader:
        while not reader.finished:
            got = reader.get(5)
            if got is not None:
                pixels.append(weakref.ref(got.bgr))
            del got
            assert sum(ref() is not None for ref in pixels) <= 1  # the one in the reading thread's hand
    assert len(pixels) == 90
