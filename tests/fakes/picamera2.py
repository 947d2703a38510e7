"""picamera2 without a Pi, as strict as the real one: what that refuses, this refuses with the same error.

Put in place with `install(monkeypatch, Rig())`; the product then imports it as `picamera2`.
After raspberrypi/picamera2's picamera2.py, request.py and job.py (0.3.3x).
"""

from __future__ import annotations

import concurrent.futures
import itertools
import sys
import types
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

RGB_FORMATS = ("BGR888", "RGB888", "XBGR8888", "XRGB8888")
YUV_FORMATS = ("YUV420", "YVU420")
BUFFERS = 6


@dataclass
class Rig:
    """What is attached to the Pi, and what happens to it."""

    cameras: int = 1
    in_use: set[int] = field(default_factory=set)
    silent: bool = False
    """The sensor gives nothing any more ("Camera frontend has timed out"); captures never complete."""
    init_fails: bool = False
    started: list[dict[str, Any]] = field(default_factory=list)
    lent: int = 0
    """Requests captured and not yet released."""


class Job:
    def __init__(self, future: concurrent.futures.Future[Any]) -> None:
        self._future = future

    def get_result(self, timeout: float | None = None) -> Any:
        return self._future.result(timeout=timeout)


class CompletedRequest:
    def __init__(self, rig: Rig, config: dict[str, Any], number: int) -> None:
        self._rig, self._config, self._number, self._references = rig, config, number, 1
        rig.lent += 1

    def release(self) -> None:
        self._references -= 1
        if self._references < 0:
            raise RuntimeError("CompletedRequest: lock now has negative ref_count")
        self._rig.lent -= 1

    def make_array(self, name: str) -> np.ndarray:
        if self._references <= 0:
            raise AttributeError("'NoneType' object has no attribute 'buffers'")
        if self._config.get(name) is None:
            raise RuntimeError(f"Stream {name!r} is not defined")
        width, height = self._config[name]["size"]
        if self._config[name]["format"] == "RGB888":
            array = np.zeros((height, width, 3), np.uint8)
            array[:, :] = (1, 2, self._number)  # memory order B, G, R
            return array
        if self._config[name]["format"] in YUV_FORMATS:
            stride = self._config[name]["stride"]
            planes = np.full((height * 3 // 2, stride), 128, np.uint8)
            planes[:height, :width] = self._number
            return planes
        raise RuntimeError("Format " + self._config[name]["format"] + " not supported")


def _picamera2_of(rig: Rig) -> type:
    class Picamera2:
        def __init__(self, camera_num: int = 0) -> None:
            self._number, self._open = camera_num, False
            if camera_num >= rig.cameras:
                raise IndexError("list index out of range")
            if rig.init_fails or camera_num in rig.in_use:
                raise RuntimeError("Camera __init__ sequence did not complete.")
            rig.in_use.add(camera_num)
            self._open, self._started = True, False
            self._config: dict[str, Any] | None = None
            self._counter = itertools.count(1)

        @staticmethod
        def global_camera_info() -> list[dict[str, Any]]:
            return [{"Model": "imx708", "Num": number} for number in range(rig.cameras)]

        def create_video_configuration(
            self,
            *,  # the real one takes them by place as well
            main: dict[str, Any] | None = None,
            lores: dict[str, Any] | None = None,
            raw: dict[str, Any] | None = None,
            controls: dict[str, Any] | None = None,
            buffer_count: int = BUFFERS,
            display: str | None = "main",
            encode: str | None = "main",
            queue: bool = True,
        ) -> dict[str, Any]:
            self._must_be_open()
            streams = {}
            for name, given, default in (
                ("main", main or {}, {"format": "XBGR8888", "size": (1280, 720)}),
                ("lores", lores, {"format": "YUV420", "size": (1280, 720)}),
            ):
                for key in given or {}:
                    if key not in ("format", "size", "stride", "preserve_ar"):
                        raise ValueError(f"Bad key {key!r}: valid stream configuration keys are …")
                streams[name] = None if given is None else {**default, **given}
            return {**streams, "raw": raw, "controls": dict(controls or {}), "buffer_count": buffer_count}

        def configure(self, config: dict[str, Any]) -> None:
            self._must_be_open()
            if self._started:
                raise RuntimeError("Camera must be stopped before configuring")
            for name in ("main", "lores"):
                self._check(name, config[name])
            if config["lores"] is not None:
                if config["lores"]["format"] not in YUV_FORMATS:
                    raise RuntimeError("lores stream must be YUV")
                if any(
                    small > big
                    for small, big in zip(config["lores"]["size"], config["main"]["size"], strict=True)
                ):
                    raise RuntimeError("lores stream dimensions may not exceed main stream")
            for name in config["controls"]:
                if name not in ("FrameDurationLimits", "FrameRate", "AwbEnable", "AeEnable"):
                    raise RuntimeError(f"Control {name} is not advertised by libcamera")
            for stream in (config["main"], config["lores"]):
                if stream is not None:
                    bytes_per_pixel = 1 if stream["format"] in YUV_FORMATS else 3
                    stream["stride"] = -(-stream["size"][0] * bytes_per_pixel // 64) * 64
            self._config = config

        @staticmethod
        def _check(name: str, stream: dict[str, Any] | None) -> None:
            if stream is None:
                return
            if stream["format"] not in RGB_FORMATS + YUV_FORMATS:
                raise RuntimeError("Bad format " + stream["format"] + " in stream " + name)
            if type(stream["size"]) is not tuple or len(stream["size"]) != 2:
                raise RuntimeError("size in " + name + " stream should be (width, height)")
            if stream["size"][0] % 2 or stream["size"][1] % 2:
                raise RuntimeError("width and height should be even")

        def camera_configuration(self) -> dict[str, Any] | None:
            return self._config

        def start(self) -> None:
            self._must_be_open()
            if self._config is None:
                raise RuntimeError("Camera has not been configured")
            self._started = True
            rig.started.append(self._config)

        def capture_request(self, wait: bool | None = None) -> Any:
            future: concurrent.futures.Future[Any] = concurrent.futures.Future()
            # The real one completes requests only while the camera runs and has a buffer left.
            if (
                self._open
                and self._started
                and not rig.silent
                and rig.lent < BUFFERS
                and self._config is not None
            ):
                future.set_result(CompletedRequest(rig, self._config, next(self._counter) % 256))
            job = Job(future)
            return job if wait is False else job.get_result()

        def close(self) -> None:
            if self._open:
                self._open = self._started = False
                rig.in_use.discard(self._number)

        def _must_be_open(self) -> None:
            if not self._open:
                raise RuntimeError("Camera not opened")

    return Picamera2


def install(monkeypatch: pytest.MonkeyPatch, rig: Rig) -> None:
    """Make `import picamera2` find this one, with `rig` attached."""
    module = types.ModuleType("picamera2")
    module.Picamera2 = _picamera2_of(rig)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "picamera2", module)
