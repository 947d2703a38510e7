"""Dark pictures are made clear, and bright ones are left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings.night import NightSettings
from app.vision.night import clear, is_dark, is_noisy, lifted, light_of, unlifted
from app.vision.person import load_detector
from tests.vision.tiny_models import write_onnx

NIGHT = NightSettings()
Picture = np.ndarray[Any, np.dtype[np.uint8]]


@pytest.fixture(scope="module")
def worker() -> Picture:
    """480×270, half-way into the clip: one man from head to foot. Of the clips that settings were chosen on."""
    av = pytest.importorskip("av")
    clip = Path(__file__).resolve().parents[3] / "shared/clips/worker.mp4"
    if not clip.is_file():
        pytest.skip("the development clip worker.mp4 is absent")
    with av.open(str(clip)) as container:
        frames = list(container.decode(video=0))
    return np.asarray(frames[len(frames) // 2].to_ndarray(format="bgr24"), np.uint8)


def room(low: int, high: int, noise: float = 0.0) -> Picture:
    """Left half `low`, right half `high` grey levels."""
    picture = np.full((120, 160, 3), float(low))
    picture[:, 80:] = high
    grain = np.random.default_rng(1).normal(0, noise, picture.shape) if noise else 0.0
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def test_a_picture_is_dark_when_even_its_bright_parts_are() -> None:
    assert is_dark(light_of(room(10, 60)), NIGHT)
    assert not is_dark(light_of(room(10, 160)), NIGHT)


def test_one_street_lamp_does_not_make_it_day() -> None:
    picture = room(10, 60)
    picture[:8, :8] = 255
    assert is_dark(light_of(picture), NIGHT)


def test_a_covered_lens_is_not_a_dark_scene() -> None:
    assert not is_dark(light_of(room(0, 0)), NIGHT)
    assert not is_dark(light_of(room(30, 30)), NIGHT)


def test_below_level_zero_means_never() -> None:
    assert not is_dark(light_of(room(0, 50)), NightSettings(below_level=0))


@pytest.mark.parametrize("sigma", [0.0, 3.0, 8.0])
def test_the_grain_is_measured_whatever_the_outlines(sigma: float) -> None:
    grey = cv2.cvtColor(room(60, 180), cv2.COLOR_BGR2GRAY).astype(np.float32)
    noisy = np.clip(grey + np.random.default_rng(2).normal(0, sigma, grey.shape), 0, 255).astype(np.uint8)
    measured = light_of(cv2.cvtColor(noisy, cv2.COLOR_GRAY2BGR)).noise
    assert measured == pytest.approx(sigma, rel=0.15, abs=0.3)


def test_grain_in_the_light_is_smoothed_but_nothing_gets_brighter() -> None:
    picture = room(90, 180, noise=15)
    light = light_of(picture)
    assert is_noisy(light, NIGHT)
    cleared = clear(picture, light, NIGHT)
    assert light_of(cleared).noise < light.noise / 2
    assert cleared.mean() == pytest.approx(picture.mean(), abs=1)


def test_a_dark_picture_gets_most_of_the_range() -> None:
    picture = room(10, 50)
    cleared = clear(picture, light_of(picture), NIGHT)
    assert (int(cleared[60, 10, 0]), int(cleared[60, 150, 0])) == (20, 170)


def test_grain_that_was_enlarged_is_smoothed_as_much_as_before() -> None:
    small = room(90, 180, noise=15)
    large = np.asarray(cv2.resize(small, None, fx=3, fy=3, interpolation=cv2.INTER_AREA), np.uint8)
    light = light_of(small)
    left = [float(clear(large, light, NIGHT, enlarged)[:, :200].std()) for enlarged in (1.0, 3.0)]
    assert left[1] < left[0] / 1.5
    assert left[1] == pytest.approx(float(clear(small, light, NIGHT)[:, :66].std()), rel=0.2)


@given(low=st.integers(0, 100), span=st.integers(0, 155), noise=st.floats(0, 40))
def test_whatever_the_light_a_picture_stays_a_picture(low: int, span: int, noise: float) -> None:
    picture = room(low, low + span, noise)
    cleared = clear(picture, light_of(picture), NIGHT)
    assert (cleared.dtype, cleared.shape) == (picture.dtype, picture.shape)


@given(score=st.floats(0, 1), other=st.floats(0, 1))
def test_scores_are_lifted_within_their_range_and_keep_their_order(score: float, other: float) -> None:
    assert score <= lifted(score) <= 1
    assert unlifted(lifted(score)) == pytest.approx(score)
    assert (lifted(score) <= lifted(other)) or score > other
    assert (lifted(0), lifted(1)) == (0, 1)


@pytest.mark.parametrize("dark", [True, False])
def test_only_a_dark_pictures_scores_are_lifted_and_the_threshold_with_them(
    tmp_path: Path, dark: bool
) -> None:
    """0.25 is below the threshold of 0.32 by day, and above it once it is lifted."""
    model = write_onnx(tmp_path / "m.onnx", [[[8, 8, 24, 24, 0.25]]])
    found = load_detector(model).detect(room(10, 60) if dark else room(60, 180))
    assert [round(one.score, 3) for one in found] == ([0.355] if dark else [])
    assert load_detector(model, night=None).detect(room(10, 60)) == []


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 50, 3), (2, 2, 3)])
def test_the_smallest_pictures_do_no_harm(shape: tuple[int, ...]) -> None:
    picture = np.zeros(shape, np.uint8)
    assert clear(picture, light_of(picture), NIGHT).shape == shape


def test_by_day_the_answer_is_the_same_with_and_without(
    shared_path: Callable[[str], Path], worker: Picture
) -> None:
    model = shared_path("models/yolox_nano_person_416x320.onnx")
    assert load_detector(model).detect(worker) == load_detector(model, night=None).detect(worker)


def test_somebody_in_the_dark_is_found_again(shared_path: Callable[[str], Path], worker: Picture) -> None:
    model = shared_path("models/yolox_nano_person_416x320.onnx")
    grey = cv2.cvtColor(worker, cv2.COLOR_BGR2GRAY).astype(np.float32)
    rng = np.random.default_rng(3)
    dark = np.clip(0.2 * grey + rng.normal(0, 6, grey.shape), 0, 255).astype(np.uint8)
    assert load_detector(model, night=None).detect(dark) == []
    found = load_detector(model).detect(dark)
    by_day = load_detector(model).detect(worker)[0].box
    assert len(found) == 1
    assert abs(found[0].box.x - by_day.x) < 30
    assert abs(found[0].box.h - by_day.h) < 60
