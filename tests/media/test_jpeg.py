from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.media.jpeg import encode_jpeg, is_whole_jpeg
from tests.media.clips import picture


def test_an_encoded_frame_is_whole_and_reads_back_as_it_was() -> None:
    bgr = picture(20, (64, 48))
    data = encode_jpeg(bgr)
    assert is_whole_jpeg(data)
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert back is not None and back.shape == bgr.shape
    assert np.abs(back.astype(int) - bgr).mean() < 3


def test_lower_quality_makes_fewer_bytes() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert len(encode_jpeg(noise, quality=20)) < len(encode_jpeg(noise, quality=90)) / 2


@given(cut=st.integers(1, 400))
@settings(max_examples=50, deadline=None)
def test_a_jpeg_cut_anywhere_is_not_whole(cut: int) -> None:
    data = encode_jpeg(picture(3, (64, 48)))
    assert not is_whole_jpeg(data[: max(0, len(data) - cut)])


@pytest.mark.parametrize("data", [b"", b"\xff\xd8\xff\xd9", b"GIF89a\xff\xd9", b"\x89PNG\r\n"])
def test_what_is_no_jpeg_is_not_whole(data: bytes) -> None:
    assert not is_whole_jpeg(data)


@pytest.mark.parametrize(
    "bgr",
    [
        np.zeros((0, 0, 3), np.uint8),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
    ],
)
def test_what_is_no_bgr_picture_is_refused(bgr: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8 picture"):
        encode_jpeg(bgr)


@pytest.mark.parametrize("quality", [0, 101, -5])
def test_an_impossible_quality_is_refused(quality: int) -> None:
    with pytest.raises(ValueError, match="quality"):
        encode_jpeg(picture(0, (8, 8)), quality)
