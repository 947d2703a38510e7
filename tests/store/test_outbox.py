"""What was put is sent or set aside: no crash, full disk, wrong clock or second thought loses it."""

from __future__ import annotations

import logging
import os
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.store import outbox as outbox_module
from app.store.files import LEFTOVER_SECONDS, DiskFull
from app.store.outbox import RESERVE_BYTES, Item, Outbox

JPEG = b"\xff\xd8 a picture \xff\xd9"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


@pytest.fixture
def outbox(root: Path) -> Outbox:
    return Outbox(root)


def post(outbox: Outbox, text: str, **more: Any) -> Item:
    """Put a post; the item as the notifier would take it."""
    id_ = outbox.put("post", {"text": text}, lane="alerts", **more)
    return next(item for item in outbox.pending() if item.id == id_)


def texts(outbox: Outbox) -> list[str]:
    return [item.payload["text"] for item in outbox.pending()]


def files(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "pending").iterdir())


def make_old(path: Path) -> None:
    age = path.stat().st_mtime - LEFTOVER_SECONDS - 1
    os.utime(path, (age, age))


def full_disk(monkeypatch: pytest.MonkeyPatch, is_full_for: Callable[[Path], bool]) -> None:
    write_whole = outbox_module.write_whole

    def write(path: Path, data: bytes, *, durable: bool = True) -> None:
        if is_full_for(path):
            raise DiskFull(f"no space left for {path}")
        write_whole(path, data, durable=durable)

    monkeypatch.setattr(outbox_module, "write_whole", write)


# What is put


def test_what_is_put_waits_with_its_picture_for_any_process_to_see(outbox: Outbox, root: Path) -> None:
    id_ = outbox.put("alert", {"event": {"id": "e"}}, lane="alerts", picture=JPEG, now=5.0)

    (item,) = Outbox(root).pending()

    assert (item.id, item.kind, item.lane, item.created) == (id_, "alert", "alerts", 5.0)
    assert item.payload == {"event": {"id": "e"}}
    assert Outbox(root).picture(item) == JPEG


def test_an_item_without_a_picture_has_none(outbox: Outbox) -> None:
    assert outbox.picture(post(outbox, "a")) is None


def test_items_wait_in_the_order_they_were_put(outbox: Outbox) -> None:
    for index in range(20):
        post(outbox, str(index))

    assert texts(outbox) == [str(index) for index in range(20)]


@settings(deadline=None, max_examples=30)
@given(clock=st.lists(st.floats(min_value=0, max_value=4e9), max_size=8))
def test_a_clock_that_jumps_does_not_change_the_order(
    tmp_path_factory: pytest.TempPathFactory, clock: list[float]
) -> None:
    outbox = Outbox(tmp_path_factory.mktemp("outbox"))
    for index, now in enumerate(clock):
        outbox.put("post", {"text": str(index)}, lane="alerts", now=now)

    assert texts(outbox) == [str(index) for index in range(len(clock))]
    assert [item.created for item in outbox.pending()] == clock


def test_many_processes_may_put_at_once(outbox: Outbox, root: Path) -> None:
    def put_some(name: str) -> None:
        mine = Outbox(root)
        for index in range(10):
            mine.put("post", {"text": f"{name}{index}"}, lane=name)

    threads = [threading.Thread(target=put_some, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for name in "abcd":  # each one's own in order
        assert [text for text in texts(outbox) if text[0] == name] == [
            f"{name}{index}" for index in range(10)
        ]


def test_what_waits_is_for_this_user_alone(outbox: Outbox, root: Path) -> None:
    outbox.put("alert", {}, lane="alerts", picture=JPEG)

    for path in (root, root / "pending", root / "set-aside"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    for path in (root / "pending").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


# once


def test_putting_a_name_again_replaces_what_still_waits_under_it(outbox: Outbox, root: Path) -> None:
    post(outbox, "old", once="edit-1", picture=JPEG)
    post(outbox, "other", once="edit-11")
    post(outbox, "new", once="edit-1")

    assert texts(outbox) == ["other", "new"]
    assert len(files(root)) == 2


def test_a_renewed_item_survives_the_end_of_the_old_one(outbox: Outbox) -> None:
    old = post(outbox, "old", once="edit-1")
    post(outbox, "new", once="edit-1")

    outbox.done(old)

    assert texts(outbox) == ["new"]


def test_a_renewed_item_is_not_overwritten_by_the_progress_of_the_old_one(outbox: Outbox) -> None:
    old = post(outbox, "old", once="edit-1")
    new = post(outbox, "new", once="edit-1")

    outbox.keep_progress(old.model_copy(update={"progress": {"ts": "1"}, "attempts": 3}))

    assert outbox.pending() == [new]
    assert (new.progress, new.attempts) == ({}, 0)


def test_a_renewed_item_is_not_lost_when_the_old_one_is_set_aside(outbox: Outbox) -> None:
    old = post(outbox, "old", once="edit-1")
    post(outbox, "new", once="edit-1")

    outbox.set_aside(old, "refused")

    assert texts(outbox) == ["new"]
    assert outbox.count_set_aside() == 0


def test_of_many_that_put_one_name_at_once_at_least_the_last_stays(outbox: Outbox, root: Path) -> None:
    for _ in range(5):
        barrier = threading.Barrier(4)

        def put(name: str, barrier: threading.Barrier = barrier) -> None:
            mine = Outbox(root)
            barrier.wait()
            mine.put("post", {"text": name}, lane="alerts", once="report")

        threads = [threading.Thread(target=put, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert outbox.pending()
        post(outbox, "last", once="report")
        assert texts(outbox) == ["last"]


@settings(deadline=None)
@given(
    st.one_of(
        st.text(), st.sampled_from(["", "..", "../x", "a/b", "a.b", "a\n", "é", "*", "a" * 101])
    ).filter(lambda name: not (name.isascii() and name.replace("-", "a").isalnum() and len(name) <= 100))
)
def test_a_name_that_could_be_a_path_is_refused(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.mktemp("outbox")
    with pytest.raises(ValueError, match="name of an item"):
        Outbox(root).put("edit", {}, lane="alerts", once=name)
    assert files(root) == []


# What happens to it


def test_what_is_done_is_gone_with_its_picture(outbox: Outbox, root: Path) -> None:
    item = post(outbox, "a", picture=JPEG)

    outbox.done(item)
    outbox.done(item)

    assert files(root) == []


def test_progress_survives_a_restart(outbox: Outbox, root: Path) -> None:
    item = post(outbox, "a", picture=JPEG)

    outbox.keep_progress(item.model_copy(update={"progress": {"ts": "1.2"}, "attempts": 2, "reason": "429"}))

    (again,) = Outbox(root).pending()
    assert (again.progress, again.attempts, again.reason) == ({"ts": "1.2"}, 2, "429")
    assert outbox.picture(again) == JPEG


def test_what_is_set_aside_keeps_its_picture_and_says_why(outbox: Outbox, root: Path) -> None:
    item = post(outbox, "a", picture=JPEG)

    outbox.set_aside(item, "channel_not_found")

    assert outbox.pending() == []
    assert files(root) == []
    assert outbox.count_set_aside() == 1
    kept = Item.model_validate_json((root / "set-aside" / f"{item.id}.json").read_bytes())
    assert kept.reason == "channel_not_found"
    assert (root / "set-aside" / f"{item.id}.jpg").read_bytes() == JPEG


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\x00",
        b'{"id": "x"}',
        b'{"id": "x", "kind": "bomb", "lane": "a", "created": 1, "payload": {}}',
        b'{"id": "../../x", "kind": "post", "lane": "a", "created": 1, "payload": {}}',
        b'{"id": "other", "kind": "post", "lane": "a", "created": 1, "payload": {}}',
        b"[" * 100_000,
    ],
)
def test_a_file_that_is_no_item_is_set_aside_with_its_picture_and_holds_up_nobody(
    outbox: Outbox, root: Path, content: bytes
) -> None:
    (root / "pending" / "x.json").write_bytes(content)
    (root / "pending" / "x.jpg").write_bytes(JPEG)
    post(outbox, "well")

    assert texts(outbox) == ["well"]
    assert outbox.count_set_aside() == 1
    assert (root / "set-aside" / "x.json").read_bytes() == content
    assert (root / "set-aside" / "x.jpg").exists()


def test_an_item_of_a_newer_pycam_still_goes_out(outbox: Outbox, root: Path) -> None:
    item = post(outbox, "a")
    path = root / "pending" / f"{item.id}.json"
    path.write_text(path.read_text().replace('"kind"', '"colour": "red", "kind"', 1))

    assert outbox.pending() == [item]


def test_a_file_that_cannot_be_read_right_now_stays_where_it_is(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = post(outbox, "a")
    read = Path.read_bytes

    def fail(_path: Path) -> bytes:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(Path, "read_bytes", fail)
    assert outbox.pending() == []
    monkeypatch.setattr(Path, "read_bytes", read)
    assert outbox.pending() == [item]


def test_a_file_that_goes_while_the_folder_is_read_was_just_sent(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = post(outbox, "a")
    read = Path.read_bytes

    def sent_meanwhile(path: Path) -> bytes:
        outbox.done(item)
        return read(path)

    monkeypatch.setattr(Path, "read_bytes", sent_meanwhile)
    assert outbox.pending() == []
    assert outbox.count_set_aside() == 0


# Crashes


def test_a_power_cut_at_any_moment_leaves_whole_items_or_none(tmp_path: Path) -> None:
    """Processes that put as fast as they can are killed; what they left is read as after a restart."""
    script = textwrap.dedent("""
        import sys
        from pathlib import Path
        from app.store.outbox import Outbox
        outbox = Outbox(Path(sys.argv[1]))
        print("ready", flush=True)
        for index in range(1_000_000):
            outbox.put("alert", {"text": str(index), "more": "x" * 5000}, lane="alerts", picture=bytes(100_000))
            print(index, flush=True)
    """)
    for round_ in range(5):
        root = tmp_path / str(round_)
        process = subprocess.Popen(
            [sys.executable, "-c", script, str(root)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        for _ in range(2 + 3 * round_):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        told = [int(line) for line in process.stdout.read().split() if line != "ready"]
        process.wait()

        outbox = Outbox(root)
        items = outbox.pending()

        assert outbox.count_set_aside() == 0
        assert [item.payload["text"] for item in items] == [str(index) for index in range(len(items))]
        assert len(items) > max(told, default=-1)  # whatever put() returned for is there
        assert all(len(outbox.picture(item) or b"") == 100_000 for item in items)


def test_a_crash_between_picture_and_item_leaves_no_item(
    outbox: Outbox, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def power_cut(path: Path) -> bool:
        if path.suffix == ".json":
            os._exit(7)
        return False

    full_disk(monkeypatch, power_cut)
    if (child := os.fork()) == 0:
        outbox.put("post", {"text": "a"}, lane="alerts", picture=JPEG)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7

    assert len(files(root)) == 1  # the picture alone
    assert outbox.pending() == []


def test_a_start_removes_what_crashes_left_and_nothing_that_is_in_hand(outbox: Outbox, root: Path) -> None:
    item = post(outbox, "a", picture=JPEG)
    pending = root / "pending"
    leftovers = [pending / "1.jpg", pending / ".2.json.aa.tmp", root / "set-aside" / ".3.json.bb.tmp"]
    in_hand = [pending / "4.jpg", pending / ".5.jpg.cc.tmp"]
    for path in leftovers + in_hand:
        path.write_bytes(b"x")
    for path in [*leftovers, pending / f"{item.id}.jpg", pending / f"{item.id}.json"]:
        make_old(path)

    Outbox(root)

    assert not any(path.exists() for path in leftovers)
    assert all(path.exists() for path in in_hand)
    assert outbox.pending() == [item]
    assert outbox.picture(item) == JPEG


# A full disk


def test_on_a_full_disk_the_reserve_is_given_up_first(
    outbox: Outbox, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox.keep_reserve()
    assert (root / "reserve").stat().st_size == RESERVE_BYTES
    full_disk(monkeypatch, lambda path: path.parent.name == "pending" and (root / "reserve").exists())

    item = post(outbox, "a", picture=JPEG)

    assert outbox.picture(item) == JPEG
    assert not (root / "reserve").exists()


def test_on_a_full_disk_without_a_reserve_the_picture_is_given_up(
    outbox: Outbox, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full_disk(monkeypatch, lambda path: path.suffix == ".jpg")

    with caplog.at_level(logging.ERROR):
        item = post(outbox, "a", picture=JPEG)

    assert outbox.picture(item) is None
    assert "goes out without its picture" in caplog.text
    assert files(root) == [f"{item.id}.json"]


@pytest.mark.parametrize("picture", [None, JPEG])
def test_when_nothing_can_be_written_the_caller_hears_of_it(
    outbox: Outbox, root: Path, monkeypatch: pytest.MonkeyPatch, picture: bytes | None
) -> None:
    full_disk(monkeypatch, lambda path: path.suffix == ".json")

    with pytest.raises(DiskFull):
        outbox.put("post", {}, lane="alerts", picture=picture)
    assert files(root) == []


def test_on_a_full_disk_a_renewal_that_fails_leaves_the_old_item(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    post(outbox, "old", once="edit-1")
    full_disk(monkeypatch, lambda path: True)

    with pytest.raises(DiskFull):
        outbox.put("post", {"text": "new"}, lane="alerts", once="edit-1")
    assert texts(outbox) == ["old"]


def test_on_a_full_disk_what_slack_took_is_remembered_in_the_reserve(
    outbox: Outbox, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = post(outbox, "a")
    outbox.keep_reserve()
    full_disk(monkeypatch, lambda path: (root / "reserve").exists())

    outbox.keep_progress(item.model_copy(update={"progress": {"ts": "1"}}))

    assert outbox.pending()[0].progress == {"ts": "1"}


def test_on_a_full_disk_an_item_can_still_be_set_aside(
    outbox: Outbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    item = post(outbox, "a", picture=JPEG)
    full_disk(monkeypatch, lambda path: True)

    with caplog.at_level(logging.ERROR):
        outbox.set_aside(item, "channel_not_found")

    assert outbox.pending() == []
    assert outbox.count_set_aside() == 1
    assert "channel_not_found" in caplog.text


def test_a_reserve_that_finds_no_room_is_only_missed(
    outbox: Outbox, root: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full_disk(monkeypatch, lambda path: True)

    with caplog.at_level(logging.WARNING):
        outbox.keep_reserve()

    assert not (root / "reserve").exists()
    assert "no room for the outbox's reserve" in caplog.text
