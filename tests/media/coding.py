"""Coded pictures made on the spot, and clips looked at with other people's tools."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import pytest

from app.media.coded import CodedPacket
from app.media.encoder import H264Encoder, even_size
from tests.media.clips import number_in, picture

SIZE = (64, 48)


def coded(times: Iterable[float], size: tuple[int, int] = SIZE) -> list[CodedPacket]:
    """Numbered pictures of those times, coded as the camera process codes them."""
    encoder = H264Encoder(even_size(*size, 1080), crf=20, max_kbit=3000, fps=10)
    packets: list[CodedPacket] = []
    for index, time in enumerate(times):
        packets += encoder.encode(picture(index, size), time)
    return packets


def tenths(seconds: float, start: float = 0.0) -> list[float]:
    """Ten frames a second."""
    return [start + index / 10 for index in range(round(seconds * 10))]


class Played(NamedTuple):
    times: list[float]
    numbers: list[int]
    shapes: set[tuple[int, ...]]


def played(clip: Path) -> Played:
    """Every picture of a clip, decoded: when, which, and in which size."""
    times, numbers, shapes = [], [], set()
    with av.open(str(clip)) as container:
        for frame in container.decode(video=0):
            bgr: np.ndarray[Any, Any] = frame.to_ndarray(format="bgr24")
            assert frame.time is not None
            times.append(float(frame.time))
            numbers.append(number_in(bgr))
            shapes.add(bgr.shape)
    return Played(times, numbers, shapes)


def probed(clip: Path) -> dict[str, Any]:
    """What ffprobe says of the video in it; "error" holds what it found wrong."""
    if shutil.which("ffprobe") is None:
        pytest.skip("ffprobe is not installed")
    asked = ["-v", "error", "-show_streams", "-show_format", "-of", "json", str(clip)]
    done = subprocess.run(["ffprobe", *asked], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    [stream] = told["streams"]
    return {**stream, "duration": float(told["format"]["duration"]), "error": done.stderr}
