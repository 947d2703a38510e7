"""From the frame that completes the vote to the first byte at Slack: `python -m bench.alert_latency [EVENTS]`.

The real loop, recorder and outbox in this process, the real notifier in one of its own, a real Redis between
them, and a local server that stands for Slack. The person is a bright shape and the detector one that sees bright
shapes, so that what is measured is the way of an alert and not the model. The baseline is a bare request of the
same size from here to the same server: what HTTP on this machine costs by itself.
"""

from __future__ import annotations

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from statistics import median, quantiles
from typing import Any

import numpy as np
import requests
import yaml

from app.camera.announcer import Announcer
from app.camera.loop import CameraLoop
from app.camera.orders import Orders
from app.camera.recorder import Recorder
from app.demo.processes import Processes
from app.demo.redis_server import NoRedis, PrivateRedis
from app.domain import Box, Detection
from app.media.frame import Frame
from app.rules import Verdict
from app.settings.schema import CameraSettings, Settings, StorageSettings
from app.shutdown import Shutdown
from app.state.connection import connect
from app.store.events import EventStore
from app.store.outbox import Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore
from app.vision.gate import InlineGate
from app.vision.modelfile import ModelError
from app.vision.pipeline import pipeline_for

EVENTS = 20
PATIENCE_SECONDS = 30.0
START = 1_700_000_000.0
ARMED = Orders(Verdict(True, "the bench armed it"), None, None, None)


class Slack(ThreadingHTTPServer):
    """Accepts everything; `posted` receives the moment at which each chat.postMessage began to arrive."""

    daemon_threads = True

    def __init__(self) -> None:
        self.posted: Queue[float] = Queue()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def answer(self, path: str) -> dict[str, Any]:
        """What Slack would say, as little of it as is needed."""
        file = {"id": "F0BENCH000", "mimetype": "image/jpeg"}
        return {
            "ok": True,
            "channel": "C0BENCH",
            "ts": f"{time.time():.6f}",
            "upload_url": f"{self.url}upload",
            "file_id": "F0BENCH000",
            "file": file,
            "files": [file],
            "path": path,
        }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Slack
    raw_requestline: bytes

    def parse_request(self) -> bool:
        """The request line is just in: as near to the first byte as this server gets."""
        now = time.perf_counter()
        if b"chat.postMessage" in self.raw_requestline:
            self.server.posted.put(now)
        return super().parse_request()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(self.server.answer(self.path)).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST

    def log_message(self, *_args: Any) -> None:
        """Not a word: the bench prints its own."""


class BrightShapes:
    """The detector."""

    name, min_score = "bright shapes", 0.5
    input_size = (416, 320)
    skipped: tuple[ModelError, ...] = ()

    def detect(self, frame: np.ndarray[Any, Any], region: Box | None = None) -> list[Detection]:
        """One person around everything bright."""
        ys, xs = np.nonzero(frame[::4, ::4, 0] > 190)
        if not len(xs):
            return []
        left, top = int(xs.min()) * 4, int(ys.min()) * 4
        return [Detection(Box(left, top, int(xs.max()) * 4 + 4 - left, int(ys.max()) * 4 + 4 - top), 0.9)]


def frames() -> Iterator[Frame]:
    """A visitor for three seconds of every fifteen, for ever; 640×480, ten a second by their own time."""
    noise = np.random.default_rng(1).integers(87, 94, (480, 640, 3), np.uint8)
    index = 0
    while True:
        bgr, moment = noise.copy(), index / 10
        if moment % 15 >= 12:
            left = int(moment * 60) % 540
            bgr[120:420, left : left + 100] = 200
        yield Frame(bgr=bgr, luma=None, time=START + moment, media_time=moment, index=index)
        index += 1


def measure(events: int, folder: Path, redis_url: str, slack: Slack) -> list[float]:
    """Seconds from the deciding frame's hand-over to the loop until its message begins to arrive."""
    data = folder / "data"
    camera = CameraSettings(name="front", source="made-up")
    settings = Settings(cameras=(camera,), storage=StorageSettings(data=data, min_free_mb=0))
    store, outbox = EventStore(data / "events"), Outbox(data / "outbox")
    recorder = Recorder(
        Announcer(outbox, store, connect(redis_url)),
        store,
        SampleStore(data / "samples", max_mb=500),
        LastPictures(data / "cameras"),
        settings.storage,
        epoch=time.time,
    )
    gate = InlineGate(BrightShapes())
    loop = CameraLoop(
        settings,
        camera,
        pipeline=pipeline_for(settings, camera, gate),
        gate=gate,
        orders=lambda: ARMED,
        recorder=recorder,
        picture_answered=lambda _wish: None,
    )
    recorder.start()
    taken: list[float] = []
    for frame in frames():
        idle = loop.status.event_id is None
        begun = time.perf_counter()
        loop.step(frame)
        if idle and loop.status.event_id is not None:
            taken.append(slack.posted.get(timeout=PATIENCE_SECONDS) - begun)
            if len(taken) == events:
                break
            # Let the rest of the alert (picture, edit) go out, as it would before the next visit.
            while outbox.pending():
                time.sleep(0.02)
    recorder.close()
    return taken


def bare(events: int, slack: Slack) -> list[float]:
    """Seconds until a request sent from here begins to arrive, each on a new connection."""
    taken = []
    for _ in range(events):
        begun = time.perf_counter()
        requests.post(f"{slack.url}chat.postMessage", json={"text": "x" * 2000}, timeout=5)
        taken.append(slack.posted.get(timeout=PATIENCE_SECONDS) - begun)
    return taken


def main() -> int:
    """Print what was found."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS
    slack = Slack()
    with tempfile.TemporaryDirectory(prefix="pycam-bench-") as name:
        folder = Path(name)
        try:
            redis_server = PrivateRedis(folder)
        except NoRedis as error:
            print(f"alert latency: not measured, {error}")
            return 0
        config = folder / "config.yml"
        config.write_text(yaml.safe_dump({"slack": {"alerts_channel": "C0BENCH"}}), encoding="utf-8")
        environment = {
            "PYCAM_CONFIG": str(config),
            "PYCAM_DATA": str(folder / "data"),
            "REDIS_URL": redis_server.url,
            "SLACK_API_URL": slack.url,
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "SLACK_SIGNING_SECRET": "bench",
        }
        processes = Processes(environment, folder, print)
        try:
            redis_server.wait_until_ready(Shutdown())
            processes.start("notifier", "app", "notifier")
            client = connect(redis_server.url)
            while not client.hexists("pycam:facts", "process:notifier"):
                time.sleep(0.05)
            taken, baseline = measure(events, folder, redis_server.url, slack), bare(events, slack)
        except Empty:
            print(f"alert latency: no message arrived\n{processes.last_words('notifier', 20)}")
            return 1
        finally:
            processes.stop()
            redis_server.stop()
    middle, least = median(taken), median(baseline)
    print(f"alert latency, {len(taken)} events: frame that completes the vote -> first byte at Slack")
    worst = quantiles(taken, n=20)[-1]
    print(f"  median {1000 * middle:6.1f} ms   p95 {1000 * worst:6.1f} ms   limit for the median 300 ms")
    print(f"  a bare request {1000 * least:6.1f} ms   ratio {middle / least:.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
