"""What the encoder makes: H.264 in 4:2:0, a packet a picture, each at its own time, whatever size comes."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest

from app.media.coded import has_key_picture, is_annex_b
from app.media.encoder import KEY_SECONDS, EncoderError, H264Encoder, even_size, fitted
from tests.media.clips import picture
from tests.media.coding import coded, tenths


def test_each_picture_comes_out_at_once_and_keeps_its_time() -> None:
    times = [0.0, 0.1, 0.35, 0.4, 2.0, 7.5]
    packets = coded(times)
    assert [packet.pts for packet in packets] == pytest.approx(times, abs=1e-4)
    assert [packet.number for packet in packets] == list(range(6))


def test_key_pictures_come_by_time_and_not_by_count() -> None:
    fast = coded([index / 30 for index in range(180)])
    slow = coded([float(index) for index in range(7)])
    for packets in (fast, slow):
        keys = [packet.pts for packet in packets if packet.key]
        gaps = np.diff(keys)
        assert keys[0] == 0
        assert (gaps >= KEY_SECONDS - 0.001).all()
        assert (gaps < KEY_SECONDS + 1.0).all()


def test_a_key_picture_is_one_in_the_data_too_and_the_others_are_not() -> None:
    for packet in coded(tenths(5)):
        assert is_annex_b(packet.data)
        assert has_key_picture(packet.data) == packet.key


def test_times_that_stand_still_still_rise() -> None:
    packets = coded([1.0, 1.0, 1.0])
    assert packets[0].dts < packets[1].dts < packets[2].dts < 1.001


@pytest.mark.parametrize(
    ("size", "coded_size"),
    [
        ((640, 480), (640, 480)),
        ((641, 481), (640, 480)),
        ((1920, 1080), (1920, 1080)),
        ((2592, 1944), (1440, 1080)),
        ((3840, 2160), (1920, 1080)),
        ((1, 1), (2, 2)),
    ],
)
def test_sizes_are_even_and_no_higher_than_wanted(size: tuple[int, int], coded_size: tuple[int, int]) -> None:
    assert even_size(*size, 1080) == coded_size


def test_an_odd_picture_loses_a_pixel_and_is_not_scaled() -> None:
    odd = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    assert (fitted(odd, (6, 4)) == odd[:4, :6]).all()


def test_a_picture_of_another_shape_is_shown_whole_with_black_beside_it() -> None:
    fit = fitted(np.full((100, 100, 3), 200, np.uint8), (200, 100))
    assert fit.shape == (100, 200, 3)
    assert (fit[:, 50:150] == 200).all()
    assert not fit[:, :50].any()
    assert not fit[:, 150:].any()


def test_a_smaller_picture_fills_what_it_can() -> None:
    assert (fitted(np.full((24, 32, 3), 9, np.uint8), (64, 48)) == 9).all()


def test_after_many_pictures_they_still_look_like_what_was_filmed() -> None:
    """A limit that was reckoned by the ticks of the clock let the first pictures through, and then drained to grey."""
    rng = np.random.default_rng(3)
    room = cv2.resize(rng.integers(30, 220, (12, 16, 3), np.uint8), (160, 120))
    encoder, decoder = (
        H264Encoder((160, 120), crf=25, max_kbit=100, fps=10),
        av.CodecContext.create("h264", "r"),
    )
    decoder.extradata = encoder.stream.parameters
    errors = []
    for index in range(900):
        grain = rng.integers(0, 8, room.shape, np.uint8)
        for packet in encoder.encode(cv2.add(room, grain), index / 10):
            for shown in decoder.decode(av.Packet(packet.data)):
                errors.append(float(np.abs(shown.to_ndarray(format="bgr24").astype(int) - room).mean()))
    assert len(errors) >= 890
    assert max(errors[-50:]) < 8  # grey levels; a grey picture of this room is off by 50


def test_noise_does_not_exceed_the_rate_it_may_have() -> None:
    rng = np.random.default_rng(1)
    encoder = H264Encoder((320, 240), crf=15, max_kbit=400, fps=10)
    size = 0
    for index in range(100):
        noise = rng.integers(0, 256, (240, 320, 3), np.uint8)
        size += sum(len(packet.data) for packet in encoder.encode(noise, index / 10))
    free = H264Encoder((320, 240), crf=15, max_kbit=100_000, fps=10)
    without = sum(
        len(packet.data)
        for index in range(10)
        for packet in free.encode(rng.integers(0, 256, (240, 320, 3), np.uint8), index / 10)
    )
    assert size < 10 * without / 3


def test_what_is_no_picture_is_an_error_of_ours() -> None:
    encoder = H264Encoder((64, 48), crf=25, max_kbit=1000, fps=10)
    with pytest.raises(EncoderError):
        encoder.encode(np.zeros((48, 64), np.uint8), 0.0)
    assert encoder.encode(picture(1, (64, 48)), 1.0)


def test_a_size_no_encoder_takes_is_an_error_of_ours() -> None:
    with pytest.raises(EncoderError):
        H264Encoder((63, 47), crf=25, max_kbit=1000, fps=10)
