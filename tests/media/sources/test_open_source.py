from __future__ import annotations

from pathlib import Path

import pytest

from app.media.sources import SourceError, open_source
from app.media.sources.file import FileSource
from app.media.sources.network import NetworkSource
from app.media.sources.picam import PiCameraSource
from app.media.sources.usb import UsbSource


@pytest.mark.parametrize(
    ("name", "kind", "live"),
    [
        ("picamera", PiCameraSource, True),
        ("picamera:1", PiCameraSource, True),
        ("usb:0", UsbSource, True),
        ("/dev/video2", UsbSource, True),
        ("/dev/v4l/by-id/usb-046d_HD_Webcam-video-index0", UsbSource, True),
        ("rtsp://192.0.2.1/stream", NetworkSource, True),
        ("rtsps://192.0.2.1/stream", NetworkSource, True),
        ("http://192.0.2.1:8080/video", NetworkSource, True),
        ("https://u:p@192.0.2.1/video", NetworkSource, True),
        ("clip.mp4", FileSource, False),
        ("/no/such/place/clip", FileSource, False),
        ("~/clip.mkv", FileSource, False),
    ],
)
def test_the_name_says_the_kind_and_nothing_is_touched_yet(name: str, kind: type, live: bool) -> None:
    source = open_source(name)
    assert type(source) is kind
    assert source.live is live


def test_a_file_without_a_suffix_in_this_folder_is_a_clip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("footage").touch()
    assert type(open_source("footage")) is FileSource


@pytest.mark.parametrize(
    "name",
    [
        "",
        "webcam",
        "picamera:",
        "picamera:x",
        "usb:",
        "usb:-1",
        "ftp://host/x",
        "rtsp://",
        "://x",
        "file:///a.mp4",
    ],
)
def test_what_is_no_source_is_refused_with_what_is_expected(name: str) -> None:
    with pytest.raises(SourceError, match=r"expected picamera, .* path of a video file") as raised:
        open_source(name)
    assert raised.value.permanent


def test_a_refused_address_does_not_show_its_password() -> None:
    with pytest.raises(SourceError) as raised:
        open_source("ftp://admin:geheim@host/x?pwd=geheim")
    assert "geheim" not in str(raised.value)
