"""A file is whole or not there; a full disk leaves what was there and nothing else."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store.files import (
    LEFTOVER_SECONDS,
    DiskFull,
    free_mb,
    make_folder,
    sweep_leftovers,
    write_whole,
)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a tiny disk needs root")
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not allow mounting")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    write_whole(tmp_path / "a", b"one")
    write_whole(tmp_path / "a", b"two", durable=False)

    assert (tmp_path / "a").read_bytes() == b"two"
    assert names(tmp_path) == ["a"]


def test_files_and_folders_are_for_this_user_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_folder(tmp_path / "events" / "day")
        write_whole(tmp_path / "events" / "day" / "a.jpg", b"x")
    finally:
        os.umask(before)

    assert stat.S_IMODE((tmp_path / "events").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "events" / "day").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "events" / "day" / "a.jpg").stat().st_mode) == 0o600


def test_readers_beside_writers_never_meet_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    contents = [bytes([letter]) * size for letter, size in ((65, 1), (66, 50_000), (67, 300_000))]
    write_whole(path, contents[0])
    torn: list[bytes] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            if (seen := path.read_bytes()) not in contents:
                torn.append(seen)

    def write(content: bytes) -> None:
        try:
            for _ in range(60):
                write_whole(path, content, durable=False)
        except BaseException as error:  # noqa: BLE001 — told to the test
            failed.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for thread in readers + writers:
        thread.start()
    for writer in writers:
        writer.join()
    done.set()
    for reader in readers:
        reader.join()

    assert torn == []
    assert failed == []
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("broken", ["open", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, number: int
) -> None:
    write_whole(tmp_path / "a", b"old")

    def fail(*_args: object, **_kwargs: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        if broken == "replace":
            patch.setattr(Path, "replace", fail)
        else:
            patch.setattr(os, broken, fail)
        with pytest.raises(DiskFull):
            write_whole(tmp_path / "a", b"new")

    assert (tmp_path / "a").read_bytes() == b"old"
    assert names(tmp_path) == ["a"]


def test_another_error_stays_what_it_is_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "the card is dying")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="dying"):
            write_whole(tmp_path / "a", b"new")

    assert names(tmp_path) == []


def test_a_write_that_is_interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "a", b"new")

    assert names(tmp_path) == []


def test_a_file_and_its_name_are_synced_before_it_counts_as_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noting_fsync(descriptor: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    def noting_replace(self: Path, target: Path) -> Path:
        order.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", noting_fsync)
    monkeypatch.setattr(Path, "replace", noting_replace)
    write_whole(tmp_path / "a", b"x")
    assert order == ["file", "rename", "folder"]

    order.clear()
    make_folder(tmp_path / "b" / "c")
    assert order == ["folder", "folder"]  # each new name in what it lies in


def test_a_really_full_disk_is_disk_full(tiny_disk: Path) -> None:
    write_whole(tiny_disk / "a", b"old")

    with pytest.raises(DiskFull):
        write_whole(tiny_disk / "a", bytes(200_000))
    assert (tiny_disk / "a").read_bytes() == b"old"
    assert names(tiny_disk) == ["a"]


def test_free_space_is_what_is_left(tiny_disk: Path) -> None:
    before = free_mb(tiny_disk)
    write_whole(tiny_disk / "a", bytes(20_000))

    assert 0 < free_mb(tiny_disk) < before <= 0.066


def test_a_folder_in_the_way_of_a_file_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "a", b"x")
    with pytest.raises(OSError, match="exists"):
        write_whole(tmp_path / "file", b"x")
        make_folder(tmp_path / "file")


def test_old_half_written_files_are_swept_and_the_work_in_hand_is_not(tmp_path: Path) -> None:
    old, young, whole = tmp_path / ".a.0001.tmp", tmp_path / ".b.0002.tmp", tmp_path / "c.jpg"
    for path in (old, young, whole):
        path.write_bytes(b"x")
    for path in (old, whole):
        age = path.stat().st_mtime - LEFTOVER_SECONDS - 1
        os.utime(path, (age, age))

    sweep_leftovers(tmp_path)
    sweep_leftovers(tmp_path / "nowhere")

    assert names(tmp_path) == [".b.0002.tmp", "c.jpg"]
