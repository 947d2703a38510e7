"""A clip is played as its camera would have seen it, once for all ways, and asks the person model no more than one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.domain import Box, Detection
from app.learning.tune_knobs import Knobs
from app.learning.tune_play import NotPlayed, Reel, played
from app.media.clips import ClipWriter, finish
from app.media.encoder import H264Encoder
from app.settings import CameraSettings, Settings
from app.vision.gate import InlineGate, NoGate
from tests.camera.parts import picture
from tests.learning.drawn_house import Model, Picture

AS_SET = Knobs(
    min_area_percent=0.4, min_score=0.4, threshold_levels=5, min_moving_frames=3, confirm_below=0.5
)
SETTINGS = Settings.model_validate({"person": {"min_height_pixels": 56}})
CAMERA = CameraSettings(name="front", source="x.mp4", width_pixels=320, height_pixels=240, fps=10)


class Noted(Model):
    """Which frames it was shown."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: set[tuple[int, ...]] = set()

    def detect(self, frame: Picture, region: Box | None = None) -> list[Detection]:
        self.sizes.add(frame.shape)
        return super().detect(frame, region)


def made(
    path: Path,
    visits: Iterable[tuple[float, float]],
    seconds: float,
    *,
    fps: int = 10,
    size: tuple[int, int] = (320, 240),
) -> Path:
    """A clip of a grey room in which somebody bright walks at these times."""
    encoder = H264Encoder(size, crf=25, max_kbit=3000, fps=fps)
    packets = []
    for index in range(round(seconds * fps)):
        time = index / fps
        there = any(came <= time < left for came, left in visits)
        small = picture(int(time * 40) % 260 if there else None)
        scale = size[0] // 320
        packets += encoder.encode(np.kron(small, np.ones((scale, scale, 1), np.uint8)), time)
    writer = ClipWriter(path.with_suffix(".part"), encoder.stream, packets[0])
    for packet in packets:
        writer.add(packet)
    writer.close()
    finish(path.with_suffix(".part"), path)
    return path


def seen(
    reel: Reel, *ways: Knobs, model: Model | None = None, check_time: Callable[[], None] = lambda: None
) -> list[float | None]:
    gate = InlineGate(model) if model is not None else NoGate("")
    return [sight.alert for sight in played(reel, ways, SETTINGS, CAMERA, gate, check_time=check_time)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody from 6 to 8.5 s, of 12 s."""
    return made(tmp_path_factory.mktemp("clip") / "clip.mp4", [(6, 8.5)], 12)


def test_more_ways_that_move_alike_ask_the_model_no_more_questions(clip: Path) -> None:
    one, many = Model(), Model()
    never = replace(AS_SET, min_moving_frames=30)  # plays to the end, and asks as long as something moves
    seen(Reel(clip, (320, 240), 6.0), never, model=one)
    votes = [never, AS_SET, *(replace(AS_SET, confirm_below=score) for score in (0.6, 0.8, 0.95))]
    alerts = seen(Reel(clip, (320, 240), 6.0), *votes, model=many)
    assert one.asked == many.asked > 4
    assert alerts[0] is None
    assert alerts[1] is not None
    assert 6 <= alerts[1] < alerts[-1] < 8  # type: ignore[operator]


def test_of_what_the_model_says_a_way_hears_what_its_own_score_lets_count(clip: Path) -> None:
    ways = [AS_SET, replace(AS_SET, min_score=0.89), replace(AS_SET, min_score=0.91)]
    first, second, third = seen(Reel(clip, (320, 240), 6.0), *ways, model=Model())
    assert first == second is not None
    assert third is None


def test_a_cameras_own_video_is_seen_at_the_rate_and_size_the_camera_had(clip: Path, tmp_path: Path) -> None:
    """Remuxed as it came: 25 frames a second; and made small for the clip's sake."""
    model, frames = Noted(), 0

    def count() -> None:
        nonlocal frames
        frames += 1

    remuxed = made(tmp_path / "remuxed.mp4", [(6, 8.5)], 12, fps=25)
    never = replace(AS_SET, min_moving_frames=30)
    alert, silent = seen(Reel(remuxed, (640, 480), 6.0), AS_SET, never, model=model, check_time=count)
    (same,) = seen(Reel(clip, (320, 240), 6.0), AS_SET, model=Model())
    assert alert == pytest.approx(same, abs=0.15)
    assert silent is None
    assert frames >= 12 * 25
    assert model.sizes == {(480, 640, 3)}
    assert model.asked <= 2 * 4 + 2  # at most two looks a second while somebody moves


def test_the_vote_counts_the_cameras_frames_and_not_the_clips(tmp_path: Path) -> None:
    """Half a second of somebody is 12 frames of this clip, and 5 of this camera."""
    remuxed = made(tmp_path / "remuxed.mp4", [(6, 6.5)], 9, fps=25)
    ways = [AS_SET, replace(AS_SET, min_moving_frames=8)]
    alert, none = seen(Reel(remuxed, (320, 240), 6.0), *ways, model=Model())
    assert alert is not None
    assert none is None


def test_who_left_during_the_pre_roll_is_not_who_the_event_is_about(tmp_path: Path) -> None:
    path = made(tmp_path / "clip.mp4", [(1.5, 4), (12, 15)], 18)
    (alert,) = seen(Reel(path, (320, 240), 12.0), AS_SET, model=Model())
    assert alert == pytest.approx(12.2, abs=0.3)
    alone = made(tmp_path / "alone.mp4", [(1.5, 4)], 18)
    assert seen(Reel(alone, (320, 240), 12.0), AS_SET, model=Model()) == [None]


def test_without_a_model_motion_alone_decides_and_later_with_a_longer_vote(clip: Path) -> None:
    ways = [AS_SET, replace(AS_SET, min_moving_frames=9)]
    first, second = seen(Reel(clip, (320, 240), 6.0), *ways)
    assert first is not None
    assert second is not None
    assert 6.3 < first < second < 8


def test_for_people_nothing_is_played_after_the_time_that_counts(clip: Path) -> None:
    frames = 0

    def count() -> None:
        nonlocal frames
        frames += 1

    never = replace(AS_SET, min_moving_frames=30)
    reel = Reel(clip, (320, 240), 6.0)
    played(reel, [AS_SET, never], SETTINGS, CAMERA, InlineGate(Model()), most_delay=1.0, check_time=count)
    assert 65 < frames < 85  # to some 7.3 s


@pytest.mark.parametrize("content", [None, b"", b"nonsense" * 500, "cut"])
def test_what_cannot_be_read_is_one_error_in_words(
    clip: Path, tmp_path: Path, content: bytes | str | None
) -> None:
    path = tmp_path / "clip.mp4"
    if content is not None:
        path.write_bytes(clip.read_bytes()[:-2000] if isinstance(content, str) else content)
    with pytest.raises(NotPlayed, match=r"clip\.mp4|frames are damaged"):
        seen(Reel(path, (320, 240), 6.0), replace(AS_SET, min_moving_frames=30), model=Model())
