"""Each camera: does it open, and how many frames a second does it give?

A Pi or USB camera belongs to one process. Where the camera's own runs, it is asked instead of the camera.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, warning
from app.check.said import camera_fact
from app.settings.schema import CameraSettings
from app.slack.wording import ago
from app.state.facts import CameraFact

MEASURE_SECONDS = 3.0

MARGIN_SECONDS = 15.0
"""Opening may take this much longer than a silence is allowed to: a Pi camera's pipeline, an RTSP handshake."""

SLOW = 0.7
"""Below this share of cameras.fps it is worth a word."""

RELEASED = "released"
"""What the camera's process says while it is disarmed and has let go of the camera."""

_DO = (
    ("picamera", "look at its ribbon cable and at `rpicam-hello --list-cameras`"),
    ("usb:", "look at `v4l2-ctl --list-devices`; the user who runs pycam must be in the group video"),
    ("/dev/", "look at `v4l2-ctl --list-devices`; the user who runs pycam must be in the group video"),
    ("rtsp", "open the same address with `ffprobe`; user and password belong into it"),
    ("http", "open the same address with `ffprobe`; user and password belong into it"),
    ("", "correct the source of this camera in config.yml"),
)
_PICAMERA2_DO = (
    "`sudo apt install --no-install-recommends python3-picamera2 python3-opencv`, then `sudo make install`; a numpy "
    "of pip's beside apt's has to go: `sudo pip uninstall --break-system-packages numpy`"
)
"""Whatever is said of picamera2 itself: it is not there, or does not fit. No cable mends that."""

_SLOW_DO = "less resolution, or a lower cameras.fps that it can keep; in the dark many cameras slow down by themselves"


def checks(context: Context) -> Iterator[Check]:
    """camera:NAME for each."""
    for camera in context.settings.cameras:
        limit = camera.stall_seconds + MEASURE_SECONDS + MARGIN_SECONDS
        yield Check(f"camera:{camera.name}", partial(watch, context, camera), limit)


def watch(context: Context, camera: CameraSettings) -> Outcome:
    """Ask its process, or open it."""
    fact = camera_fact(context, camera.name)
    if fact is not None and fact.source_state != RELEASED:
        return _as_its_process_says(fact, camera, context.now())
    return _opened(camera)


def _as_its_process_says(fact: CameraFact, camera: CameraSettings, now: float) -> Outcome:
    its = f"`pycam camera {camera.name}` has it and says: {fact.source_state}"
    if fact.source_state != "running":
        seen = f"{its}, {fact.reason}" if fact.reason else its
        return failed(seen, _advice(camera.source, fact.reason))
    rate = f", {fact.fps:.1f} frames a second" if fact.fps is not None else ""
    last = f", last frame {ago(fact.last_frame_at, now)}" if fact.last_frame_at is not None else ""
    return _rated(f"{its}{rate}{last}", fact.fps, camera)


def _opened(camera: CameraSettings) -> Outcome:
    from app.media.sources import SourceError, open_source  # noqa: PLC0415 — see app/check/__init__.py

    try:
        with open_source(
            camera.source,
            size=(camera.width_pixels, camera.height_pixels),
            fps=camera.fps,
            timeout=camera.stall_seconds,
        ) as source:
            times: list[float] = []
            height = width = 0
            while not times or times[-1] - times[0] < MEASURE_SECONDS:
                frame = source.read()
                if frame is None:
                    break
                times.append(time.monotonic())
                height, width = frame.bgr.shape[:2]
            live = source.live
    except SourceError as error:
        return failed(str(error), _advice(camera.source, str(error)))
    if not times:
        return failed("it opens and gives no frame", _advice(camera.source))
    kind = "opens" if live else "a video file, opens"
    seen = f"{kind}: {width}×{height}"
    if len(times) < 2 or times[-1] == times[0]:
        return ok(f"{seen}, {len(times)} frame")
    fps = (len(times) - 1) / (times[-1] - times[0])
    seen = f"{seen}, {fps:.1f} frames a second over {times[-1] - times[0]:.1f} s"
    return _rated(seen, fps, camera) if live else ok(seen)


def _rated(seen: str, fps: float | None, camera: CameraSettings) -> Outcome:
    if fps is not None and fps < SLOW * camera.fps:
        return warning(f"{seen}; cameras.fps asks for {camera.fps:g}", _SLOW_DO)
    return ok(seen)


def _advice(source: str, said: str = "") -> str:
    if said.startswith("picamera2 "):
        return _PICAMERA2_DO
    return next(do for beginning, do in _DO if source.startswith(beginning))
