"""A clip is playable whatever ends its recording; other people's tools say so."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from app.media.boxes import boxes, whole_length
from app.media.clips import FRAGMENT_SECONDS, ClipError, ClipWriter, NothingRecorded, finish
from app.media.coded import CodedPacket, CodedStream
from tests.deadline import eventually
from tests.media.coding import coded, played, probed, tenths

ROOT = Path(__file__).parents[2]


def record(path: Path, packets: Sequence[CodedPacket]) -> None:
    writer = ClipWriter(path, packets[0].stream, packets[0])
    for packet in packets:
        writer.add(packet)
    writer.close()


def kinds(path: Path) -> list[str]:
    return [box.kind for box in boxes(path)]


def test_a_clip_plays_every_picture_in_its_time(tmp_path: Path) -> None:
    times = [100 + t for t in (0.0, 0.1, 0.25, 0.3, 2.4, 2.5, 6.0, 6.1)]
    record(tmp_path / "part", coded(times))
    clip = finish(tmp_path / "part", tmp_path / "clip.mp4")
    seen = played(tmp_path / "clip.mp4")
    assert seen.times == pytest.approx([t - 100 for t in times], abs=0.001)
    assert seen.numbers == list(range(8))
    assert clip.seconds == pytest.approx(6.2, abs=0.11)
    assert clip.packed


def test_it_is_what_a_browser_plays_with_its_index_in_front(tmp_path: Path) -> None:
    record(tmp_path / "part", coded(tenths(8), (641, 479)))
    clip = finish(tmp_path / "part", tmp_path / "clip.mp4")
    facts = probed(tmp_path / "clip.mp4")
    assert (facts["codec_name"], facts["pix_fmt"], facts["codec_tag_string"]) == ("h264", "yuv420p", "avc1")
    assert (facts["width"], facts["height"]) == (clip.width, clip.height) == (640, 478)
    assert facts["color_space"] == "smpte170m"
    assert facts["duration"] == pytest.approx(8, abs=0.1)
    assert clip.seconds == pytest.approx(8, abs=0.1)
    assert clip.bytes == (tmp_path / "clip.mp4").stat().st_size
    assert facts["error"] == ""
    layout = kinds(tmp_path / "clip.mp4")
    assert layout.index("moov") < layout.index("mdat")
    assert "moof" not in layout


def test_ffmpeg_finds_nothing_wrong_in_it(tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    record(tmp_path / "part", coded(tenths(6)))
    finish(tmp_path / "part", tmp_path / "clip.mp4")
    done = subprocess.run(
        ["ffmpeg", "-v", "warning", "-xerror", "-i", str(tmp_path / "clip.mp4"), "-f", "null", "-"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_only_this_user_can_read_it_and_nothing_half_done_is_left(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        record(tmp_path / "part", coded(tenths(1)))
        assert stat.S_IMODE((tmp_path / "part").stat().st_mode) == 0o600
        finish(tmp_path / "part", tmp_path / "clip.mp4")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "clip.mp4").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "part"]


def test_a_camera_whose_clock_goes_back_gives_a_clip_whose_does_not(tmp_path: Path) -> None:
    packets = coded(tenths(4))
    back = [
        CodedPacket(p.stream, p.data, p.pts - 3 * (i > 20), p.dts - 3 * (i > 20), p.key, p.number)
        for i, p in enumerate(packets)
    ]
    record(tmp_path / "part", back)
    finish(tmp_path / "part", tmp_path / "clip.mp4")
    seen = played(tmp_path / "clip.mp4")
    assert seen.numbers == list(range(40))
    assert seen.times == sorted(set(seen.times))


def test_while_it_grows_it_is_whole_up_to_the_last_fragment(tmp_path: Path) -> None:
    packets = coded(tenths(9))
    writer = ClipWriter(tmp_path / "part", packets[0].stream, packets[0])
    for packet in packets:
        writer.add(packet)
    copy = tmp_path / "copy"
    copy.write_bytes((tmp_path / "part").read_bytes())
    clip = finish(copy, tmp_path / "clip.mp4")
    assert clip.seconds >= 9 - FRAGMENT_SECONDS - 0.2
    assert played(tmp_path / "clip.mp4").numbers == list(range(len(played(tmp_path / "clip.mp4").numbers)))
    writer.close()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("clip") / "part"
    record(path, coded(tenths(7)))
    return path.read_bytes()


@pytest.mark.parametrize("share", [0.3, 0.5, 0.62, 0.8, 0.97])
def test_cut_off_anywhere_it_plays_up_to_the_last_whole_fragment(
    tmp_path: Path, recorded: bytes, share: float
) -> None:
    part = tmp_path / "part"
    part.write_bytes(recorded[: int(len(recorded) * share)])
    whole = whole_length(part)
    if whole == 0:
        with pytest.raises(NothingRecorded):
            finish(part, tmp_path / "clip.mp4")
        assert part.exists()
        return
    clip = finish(part, tmp_path / "clip.mp4")
    seen = played(tmp_path / "clip.mp4")
    assert seen.numbers == list(range(len(seen.numbers)))
    assert clip.seconds == pytest.approx(len(seen.numbers) / 10, abs=0.1)
    assert probed(tmp_path / "clip.mp4")["error"] == ""


def test_what_is_no_clip_is_refused_and_stays(tmp_path: Path) -> None:
    for name, data in (
        ("empty", b""),
        ("text", b"not a clip at all, but long enough to look"),
        ("zeros", bytes(5000)),
    ):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(NothingRecorded):
            finish(tmp_path / name, tmp_path / "clip.mp4")
        assert (tmp_path / name).exists()
    with pytest.raises(ClipError):
        finish(tmp_path / "nothing", tmp_path / "clip.mp4")
    assert not (tmp_path / "clip.mp4").exists()


def test_boxes_that_make_no_sense_end_the_look_and_loop_for_ever_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(b"\0\0\0\x08moov" + b"\0\0\0\x00moof" + bytes(50))
    assert kinds(path) == ["moov"]
    path.write_bytes(b"\0\0\0\x01mdat" + (2**63).to_bytes(8, "big"))
    assert [(box.kind, box.end) for box in boxes(path)] == [("mdat", 2**63)]
    assert whole_length(path) == 0


def test_parameter_sets_that_are_none_are_refused(tmp_path: Path) -> None:
    nonsense = CodedStream(b"\0\0\0\1nonsense", 64, 48)
    with pytest.raises(ClipError):
        ClipWriter(tmp_path / "part", nonsense, CodedPacket(nonsense, b"\0\0\1\xff", 0, 0, True, 0))


WRITE_FOR_EVER = """
    import sys
    from pathlib import Path
    from app.media.clips import ClipWriter
    from tests.media.coding import coded, tenths

    packets = coded(tenths(600))
    writer = ClipWriter(Path(sys.argv[1]), packets[0].stream, packets[0])
    for packet in packets[:75]:
        writer.add(packet)
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_killed_in_the_middle_it_is_repaired_to_within_a_fragment(tmp_path: Path) -> None:
    part = tmp_path / "part"
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITE_FOR_EVER), str(part)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        assert process.stdout.readline() == b"writing\n"
        os.kill(process.pid, signal.SIGKILL)
        eventually(lambda: process.poll() is not None, "it is dead")
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
    clip = finish(part, tmp_path / "clip.mp4")
    assert 7.5 - FRAGMENT_SECONDS - 0.2 <= clip.seconds <= 7.5
    assert played(tmp_path / "clip.mp4").numbers[:60] == list(range(60))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes a file system of so many bytes."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a small disk needs root")
    mounted: list[Path] = []

    def make(size: int) -> Path:
        folder = tmp_path / f"disk{len(mounted)}"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("this machine does not allow mounting")
        mounted.append(folder)
        return folder

    yield make
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_disk_that_fills_up_ends_the_clip_and_what_was_written_plays(
    tmp_path: Path, small_disk: Callable[[int], Path]
) -> None:
    packets = coded(tenths(60), (320, 240))
    size = sum(len(packet.data) for packet in packets)
    disk = small_disk(size // 2)
    writer = ClipWriter(disk / "part", packets[0].stream, packets[0])
    with pytest.raises(ClipError, match="the disk is full") as raised:
        for packet in packets:
            writer.add(packet)
    assert raised.value.full
    with suppress(ClipError):  # it may notice once more, or not
        writer.close()
    clip = finish(disk / "part", disk / "clip.mp4")  # no room for packing it anew
    assert not clip.packed
    assert clip.seconds > 10
    assert [path.name for path in disk.iterdir()] == ["clip.mp4"]
    seen = played(disk / "clip.mp4")
    assert len(seen.numbers) == pytest.approx(clip.seconds * 10, abs=2)
    assert probed(disk / "clip.mp4")["pix_fmt"] == "yuv420p"
