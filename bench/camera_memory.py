"""Whether the camera process grows: `python -m bench.camera_memory [FRAMES]`.

The real process (motion, gate if a model is installed, trigger, recorder, samples, reporter) looks at made-up
frames of 640×480, some twenty times as fast as a camera gives them (much faster, and the disk would be measured:
samples would wait for it): a visitor for ten seconds of every thirty. Resident memory is read after
a tenth of the frames, when every buffer has been filled once, and at the end. Redis' own count of commands says
how many there were for each frame.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from app.camera.process import run
from app.demo.redis_server import NoRedis, PrivateRedis
from app.media.frame import Frame
from app.media.sources import Source
from app.media.sources.source import OpenedByWith
from app.settings.schema import CameraSettings, Secrets, Settings, StorageSettings
from app.shutdown import Shutdown
from app.state.connection import connect
from app.state.wishes import Armed, write_wishes

FRAMES = 10_000
WIDTH, HEIGHT = 640, 480
START = 1_700_000_000.0
PAUSE_SECONDS = 0.003
POOL = 16  # different noise on neighbouring frames, without spending the time on making it


class MadeUp(OpenedByWith):
    """Frames from memory; `resident` holds the process's resident bytes by frame number."""

    live = False

    def __init__(self, frames: int) -> None:
        self._frames = self._made(frames)
        self._marks = {frames // 10, frames - 1}
        self.resident: dict[int, int] = {}

    def open(self) -> None:
        """Always there."""

    def read(self) -> Frame | None:
        """The next one."""
        time.sleep(PAUSE_SECONDS)
        frame = next(self._frames, None)
        if frame is not None and frame.index in self._marks:
            gc.collect()
            self.resident[frame.index] = psutil.Process().memory_info().rss
        return frame

    def interrupt(self) -> None:
        """Never waits."""

    def close(self) -> None:
        """Nothing to let go of."""

    @staticmethod
    def _made(frames: int) -> Iterator[Frame]:
        rng = np.random.default_rng(1)
        room = [
            (90 + rng.integers(-3, 4, (HEIGHT, WIDTH, 3), np.int16)).astype(np.uint8) for _ in range(POOL)
        ]
        for index in range(frames):
            bgr = room[index % POOL].copy()
            moment = index / 10
            if moment % 30 >= 20:
                left = int(moment * 60) % (WIDTH - 100)
                bgr[120:420, left : left + 100] = 200
            yield Frame(bgr=bgr, luma=None, time=START + moment, media_time=moment, index=index)


def measure(frames: int, folder: Path, redis_url: str) -> dict[str, Any]:
    """One run of the process over `frames` frames."""
    client = connect(redis_url)
    write_wishes(client, {"armed:front": Armed(by="bench", at=1.0, on=True)})
    before: Any = client.info("stats")
    made = MadeUp(frames)
    settings = Settings(
        cameras=(CameraSettings(name="front", source="made-up"),),
        storage=StorageSettings(data=folder, min_free_mb=0),
        secrets=Secrets(redis_url=redis_url),
    )

    def source(_camera: CameraSettings) -> Source:
        return made

    code = run(settings, Shutdown(), "front", source=source)
    after: Any = client.info("stats")
    early, late = made.resident[min(made.resident)], made.resident[max(made.resident)]
    return {
        "exit code": code,
        "events": sum(1 for _ in (folder / "events").glob("*/*/event.json")),
        "early MB": early / 1e6,
        "late MB": late / 1e6,
        "ratio": late / early,
        "Redis commands per frame": (after["total_commands_processed"] - before["total_commands_processed"])
        / frames,
    }


def main() -> int:
    """Print what was found."""
    frames = int(sys.argv[1]) if len(sys.argv) > 1 else FRAMES
    with tempfile.TemporaryDirectory(prefix="pycam-bench-") as folder:
        try:
            redis_server = PrivateRedis(Path(folder))
        except NoRedis as error:
            print(f"camera memory: not measured, {error}")
            return 0
        try:
            redis_server.wait_until_ready(Shutdown())
            found = measure(frames, Path(folder) / "data", redis_server.url)
        finally:
            redis_server.stop()
    print(f"camera process, {frames} frames of {WIDTH}×{HEIGHT}, {found['events']} events")
    print(f"  resident after {frames // 10:>6} frames  {found['early MB']:7.1f} MB")
    print(f"  resident after {frames:>6} frames  {found['late MB']:7.1f} MB   ratio {found['ratio']:.3f}")
    print(f"  Redis commands per frame      {found['Redis commands per frame']:7.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
