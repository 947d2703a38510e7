from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from app.media.frame import Frame
from app.media.sources import SourceError, open_source
from app.media.sources.file import FileSource
from tests.media.clips import make_clip, number_in
from tests.media.fake_clock import START, FakeClock


def all_frames(source: FileSource) -> list[Frame]:
    frames = []
    with source:
        while (frame := source.read()) is not None:
            frames.append(frame)
    return frames


def fast(path: Path) -> FileSource:
    return FileSource(path, as_fast_as_possible=True, clock=FakeClock())


@pytest.mark.parametrize(
    ("name", "codec", "size"),
    [
        ("a.mp4", "libx264", (64, 48)),
        ("a.mkv", "libx264", (320, 240)),
        ("a.ts", "libx264", (66, 50)),
        ("a.avi", "mjpeg", (64, 48)),
        ("a.mov", "mjpeg", (322, 242)),
        ("a.mp4", "mpeg4", (176, 144)),
    ],
)
def test_every_frame_of_a_clip_comes_once_in_order_with_its_time(
    tmp_path: Path, name: str, codec: str, size: tuple[int, int]
) -> None:
    frames = all_frames(fast(make_clip(tmp_path / name, codec=codec, size=size, frames=20, fps=10)))
    assert [number_in(frame.bgr) for frame in frames] == list(range(20))
    assert [frame.index for frame in frames] == list(range(20))
    assert [frame.media_time for frame in frames] == pytest.approx([index / 10 for index in range(20)])
    assert [frame.time for frame in frames] == pytest.approx([START + index / 10 for index in range(20)])
    assert {frame.bgr.shape for frame in frames} == {(size[1], size[0], 3)}
    assert {(frame.bgr.dtype, frame.bgr.flags.c_contiguous, frame.luma) for frame in frames} == {
        (np.dtype(np.uint8), True, None)
    }


def test_colours_arrive_as_blue_green_red(tmp_path: Path) -> None:
    frame = all_frames(fast(make_clip(tmp_path / "a.mp4", frames=1)))[0]
    blue, green, red = frame.bgr[:, :24].reshape(-1, 3).mean(0)
    assert red > 150 and blue < 60 and green < 60


def test_media_time_starts_at_the_first_frame_even_if_the_time_stamps_do_not(tmp_path: Path) -> None:
    frames = all_frames(fast(make_clip(tmp_path / "a.mkv", start_pts=500, frames=5)))
    assert [frame.media_time for frame in frames] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_a_raw_stream_without_time_stamps_is_still_paced(tmp_path: Path) -> None:
    frames = all_frames(fast(make_clip(tmp_path / "a.h264", frames=10, options={})))
    times = [frame.media_time for frame in frames]
    assert len(frames) == 10
    assert times == sorted(times) and times[-1] > 0


def test_a_clip_is_played_at_its_own_pace(tmp_path: Path) -> None:
    clock = FakeClock()
    source = FileSource(make_clip(tmp_path / "a.mp4", frames=20, fps=10), clock=clock)
    assert len(all_frames(source)) == 20
    assert clock.passed == pytest.approx(1.9)


def test_a_clip_played_as_fast_as_possible_waits_for_nothing_and_keeps_its_own_times(tmp_path: Path) -> None:
    clock = FakeClock()
    source = FileSource(make_clip(tmp_path / "a.mp4"), as_fast_as_possible=True, clock=clock)
    assert all_frames(source)[-1].time == pytest.approx(START + 1.9)
    assert clock.waits == []


def test_frames_that_are_late_are_not_skipped(tmp_path: Path) -> None:
    clock = FakeClock()
    with FileSource(make_clip(tmp_path / "a.mp4", frames=20), clock=clock) as source:
        source.read()
        clock.passed += 100
        rest = []
        while (frame := source.read()) is not None:
            rest.append(frame.index)
    assert rest == list(range(1, 20))
    assert clock.passed == 100


def test_a_looped_clip_starts_again_and_its_clock_goes_on(tmp_path: Path) -> None:
    clock = FakeClock()
    with FileSource(make_clip(tmp_path / "a.mp4", frames=3, fps=10), loop=True, clock=clock) as source:
        frames = [source.read() for _ in range(8)]
    assert [number_in(frame.bgr) for frame in frames if frame] == [0, 1, 2, 0, 1, 2, 0, 1]
    assert [frame.media_time for frame in frames if frame] == pytest.approx([0, 0.1, 0.2] * 2 + [0, 0.1])
    assert [frame.time - START for frame in frames if frame] == pytest.approx(
        [index / 10 for index in range(8)]
    )
    assert [frame.index for frame in frames if frame] == list(range(8))


def test_an_interrupted_source_no_longer_waits(tmp_path: Path) -> None:
    clock = FakeClock()
    with FileSource(make_clip(tmp_path / "a.mp4", frames=5), clock=clock) as source:
        source.interrupt()
        while source.read() is not None:
            pass
    assert clock.passed == 0


def refusal(path: Path) -> SourceError:
    with pytest.raises(SourceError) as raised:
        all_frames(fast(path))
    assert raised.value.permanent
    return raised.value


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert str(refusal(tmp_path / "gone.mp4")) == f"{tmp_path / 'gone.mp4'} does not exist"


def test_a_folder_is_not_a_clip(tmp_path: Path) -> None:
    assert str(refusal(tmp_path)) == f"{tmp_path} is not a file"


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert str(refusal(tmp_path / "a.mp4")) == "a.mp4 is empty (0 bytes)"


@pytest.mark.parametrize("content", [b"hello, I am a text\n" * 50, bytes(range(256)) * 20, b"\x00"])
def test_what_is_not_a_video_is_told_so(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    assert str(refusal(tmp_path / "a.mp4")) == "a.mp4 is not a video, or is cut off or damaged"


def test_sound_alone_is_told_to_have_no_picture(tmp_path: Path) -> None:
    wav = tmp_path / "a.wav"
    wav.write_bytes(
        b"RIFF\x24\x20\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x80\x3e\x00\x00\x02\x00\x10\x00"
        b"data\x00\x20\x00\x00" + b"\x00" * 8192
    )
    assert str(refusal(wav)) == "a.wav has no picture in it"


def test_a_clip_cut_off_before_its_index_is_refused_at_the_start(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(320, 240), frames=40)
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    assert str(refusal(clip)) == "a.mp4 is not a video, or is cut off or damaged"


def test_a_clip_cut_off_after_its_index_gives_its_good_frames_first(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", size=(320, 240), frames=40, options={"movflags": "faststart"})
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size * 6 // 10])
    numbers = []
    with (
        fast(clip) as source,
        pytest.raises(SourceError, match=r"a.mp4 is cut off: it ends after .* s of 4.0 s") as raised,
    ):
        while (frame := source.read()) is not None:
            numbers.append(number_in(frame.bgr))
    assert raised.value.permanent
    assert len(numbers) > 5
    assert numbers == list(range(len(numbers)))


def damage(clip: Path, pictures: range) -> None:
    """Overwrite some pictures of an MJPEG .avi; its frame (sizes, index) stays as it was."""
    data = bytearray(clip.read_bytes())
    starts = [at for at in range(len(data) - 3) if data[at : at + 3] == b"\xff\xd8\xff"]
    for number in pictures:
        end = data.index(b"\xff\xd9", starts[number]) + 2
        data[starts[number] : end] = bytes(end - starts[number])
    clip.write_bytes(data)


def test_damage_in_the_middle_is_left_out_and_counted_and_the_rest_comes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.avi", codec="mjpeg", size=(320, 240), frames=40)
    damage(clip, range(10, 15))
    source = fast(clip)
    numbers = [number_in(frame.bgr) for frame in all_frames(source)]
    assert numbers == [*range(10), *range(15, 40)]
    assert source.damaged == 5


def test_a_clip_of_damage_alone_has_no_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.avi", codec="mjpeg", frames=5)
    damage(clip, range(5))
    assert str(refusal(clip)) == "a.avi has no frame that can be decoded"


def test_a_clip_trimmed_by_an_edit_list_is_not_taken_for_cut_off(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", frames=60, gop=60)
    trimmed = tmp_path / "b.mp4"
    try:
        subprocess.run(
            ["ffmpeg", "-v", "error", "-ss", "2", "-i", clip, "-t", "2", "-c", "copy", trimmed], check=True
        )
    except FileNotFoundError:
        pytest.skip("ffmpeg is not installed")
    assert len(all_frames(fast(trimmed))) >= 20


def test_a_playlist_that_calls_itself_a_clip_reaches_nothing_outside(tmp_path: Path) -> None:
    playlist = tmp_path / "a.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:10,\nhttp://192.0.2.1/secret.ts\n#EXT-X-ENDLIST\n")
    refusal(playlist)


def test_a_path_that_looks_like_a_protocol_is_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_clip(tmp_path / "a.mp4", frames=3).rename(tmp_path / "concat:a.mp4")
    assert len(all_frames(fast(Path("concat:a.mp4")))) == 3


def test_frames_are_not_kept_by_the_source(tmp_path: Path) -> None:
    with fast(make_clip(tmp_path / "a.mp4", frames=2)) as source:
        first, second = source.read(), source.read()
    assert first is not None and second is not None
    assert not np.shares_memory(first.bgr, second.bgr)
    first.bgr[:] = 0  # the frame is the taker's own: writable, and nobody else's
    assert number_in(second.bgr) == 1


@pytest.mark.parametrize(
    ("name", "count"),
    [("three-visits.mp4", 720), ("worker.mp4", 71), ("hand-and-bottles.mp4", 1189), ("road-cars.mp4", 748)],
)
def test_real_footage_decodes_to_its_last_frame(
    shared_path: Callable[[str], Path], name: str, count: int
) -> None:
    source = open_source(str(shared_path(f"clips/{name}")), as_fast_as_possible=True)
    frames, last = 0, -1.0
    with source:
        while (frame := source.read()) is not None:
            assert frame.media_time >= last
            frames, last = frames + 1, frame.media_time
    assert frames == count


def test_a_clip_behind_a_closed_folder_is_a_permanent_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_path: Path, *, follow_symlinks: bool = True) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "stat", closed)  # root, who runs CI, may open every folder
    with pytest.raises(SourceError, match="Permission denied") as refused:
        FileSource(tmp_path / "clip.mp4").open()
    assert refused.value.permanent
