"""The camera process: puts the parts together, runs until the end, and ends with an exit code.

frames ─► loop ─► pipeline (motion, gate, trigger)      the main thread; never waits for Redis, disk or model
             ├──► recorder                              thread: disk and outbox
             ├──► film ─► clip desk                     a thread each: encoder; clips on the disk
             └──► live view                             thread: JPEGs, while somebody looks
wishes ─► orders ──► head                               a thread each; head: the only one on the I2C bus
facts  ◄─ reporter                                      thread
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

import cv2

from app import systemd
from app.camera.announcer import Announcer
from app.camera.film import film_for
from app.camera.gate import gate_for
from app.camera.head import head_for
from app.camera.jobs import ClipJob
from app.camera.live import LiveView
from app.camera.loop import CameraLoop
from app.camera.orders import OrdersKeeper
from app.camera.outage import OutageWatch
from app.camera.recorder import MAX_SAMPLES, MAX_SAMPLES_OF_CLIP, Recorder
from app.camera.reporter import RELEASED, Report, Reporter
from app.camera.second_stage import SecondStage
from app.camera.telling import Telling
from app.media.reader import FrameReader, State
from app.media.sources import Source, open_source
from app.settings.schema import CameraSettings, Settings
from app.shutdown import Shutdown
from app.slack.camera_messages import cannot_be_used, needs_a_new_process
from app.state.connection import connect
from app.state.heartbeat import Pulse
from app.state.wake import WakeListener
from app.store.events import EventStore
from app.store.learned import Learned
from app.store.orders import LastOrders
from app.store.outbox import Outbox
from app.store.pictures import LastPictures
from app.store.samples import SampleStore
from app.vision.pipeline import pipeline_for
from app.vision.trigger import EndReason

log = logging.getLogger(__name__)

OK = 0
CLIP_OVER = 66  # EX_NOINPUT, said to systemd only: 0 may mean a stray SIGTERM, and is started again
BAD_SOURCE = 65  # EX_DATAERR: the source can never be read as it is set; the log says why
START_ME_AGAIN = 75  # EX_TEMPFAIL: only a new process gets the camera back; systemd starts one

FRAME_WAIT_SECONDS = 0.2
"""How long the loop waits for a frame before it looks around: a wish takes effect within 0.5 s without frames too."""

LISTENER_SECONDS = 2.0
"""It waits for Redis at most this long at a time."""

HANG_MARGIN_SECONDS = 5.0
"""Sources end their own waits after stall_seconds; a thread that takes this much longer hangs in a driver."""

LONGEST_PAUSE_SECONDS = 40.0
"""Between two attempts at a lost camera: 30 s (media/backoff.py) and a little chance."""

OpenSource = Callable[[CameraSettings], Source]


def run(settings: Settings, shutdown: Shutdown, camera_name: str, *, source: OpenSource | None = None) -> int:
    """Watch with one camera until shutdown or the end of its clip. The exit code."""
    cv2.setNumThreads(1)  # the planes are small: more threads would only take cores from the model
    camera = settings.camera(camera_name)
    # An attempt at a silent camera, the longest pause after it, and another attempt.
    systemd.have_patience(2 * (camera.stall_seconds + HANG_MARGIN_SECONDS) + LONGEST_PAUSE_SECONDS)
    return CameraProcess(settings, shutdown, camera, source or opened).run()


def opened(camera: CameraSettings) -> Source:
    """The source of a camera as set, not yet touched."""
    return open_source(
        camera.source,
        size=(camera.width_pixels, camera.height_pixels),
        fps=camera.fps,
        loop=camera.loop,
        as_fast_as_possible=camera.as_fast_as_possible,
        timeout=camera.stall_seconds,
        keep_packets=True,
    )


class CameraProcess:
    """One run of the process. Start and end in visible order in `run`."""

    def __init__(
        self, settings: Settings, shutdown: Shutdown, camera: CameraSettings, source: OpenSource
    ) -> None:
        self._settings, self._shutdown, self._camera, self._source = settings, shutdown, camera, source
        data = settings.storage.data
        data.mkdir(parents=True, exist_ok=True)
        client = connect(settings.secrets.redis_url)
        self._orders = OrdersKeeper(client, camera.name, LastOrders(data / "cameras", camera.name))
        self._listener = WakeListener(client, "wishes", self._orders.look, shutdown)
        self._gate, self._stop_gate = gate_for(settings, camera)
        events, outbox = EventStore(data / "events"), Outbox(data / "outbox")
        self._second_stage = SecondStage(Learned(data), settings.learning)
        self._recorder = Recorder(
            Announcer(outbox, events, client),
            events,
            SampleStore(data / "samples", max_mb=settings.training.max_mb),
            LastPictures(data / "cameras"),
            settings.storage,
            epoch=time.time,
            max_samples=MAX_SAMPLES_OF_CLIP if camera.as_fast_as_possible else MAX_SAMPLES,
            between=self._second_stage.look,
        )
        self._second_stage.look()
        self._head = head_for(camera, self._orders)
        head, recorder = self._head, self._recorder
        self._film = film_for(
            settings, camera, events, lambda event, told: recorder.submit(ClipJob(event, told))
        )
        self._loop = CameraLoop(
            settings,
            camera,
            pipeline=pipeline_for(settings, camera, self._gate),
            gate=self._gate,
            orders=lambda: self._orders.current,
            recorder=self._recorder,
            picture_answered=self._orders.answered,
            second_stage=self._second_stage,
            head=(lambda: head.status) if head else None,
            film=self._film,
        )
        self._live = LiveView(data, camera.name, settings.dashboard.live_fps)
        self._reporter = Reporter(Pulse(client, f"camera:{camera.name}"), camera.name, self._report)
        self._reader: FrameReader | None = None
        self._outage = OutageWatch(
            camera.stall_seconds,
            now=time.monotonic(),
            epoch=time.time(),
            told_since=self._orders.lost_since,
        )
        self._telling = Telling(camera.name, self._outage, self._recorder, self._orders)

    def run(self) -> int:
        """Everything, from the first look at the orders to the last word of the reporter."""
        self._orders.start()
        self._listener.start()
        if self._head is not None:
            self._head.start()
        self._recorder.start()
        if self._film is not None:
            self._film.start()
        self._reporter.start()
        if self._settings.dashboard.enabled:
            self._live.start()
        reason: EndReason = "stopped"
        as_it_should = False
        try:
            code = self._watch()
            if not self._shutdown.requested:
                reason = "over" if code in (OK, CLIP_OVER) else "blind"
            as_it_should = reason != "blind"
            return code
        finally:
            self._loop.finish(reason)
            if self._reader is not None:
                self._reader.close()
            if self._head is not None:
                self._head.close()
            self._live.close()
            if self._film is not None:
                self._film.close()
            self._recorder.close()
            self._reporter.close(goodbye=as_it_should)
            self._stop_gate()
            self._shutdown.request()  # at the end of a clip nobody has: the listener must not outlive the rest
            self._listener.join(LISTENER_SECONDS)

    def _watch(self) -> int:
        while not self._shutdown.requested:
            reader = self._wanted_reader()
            if reader is None:
                self._outage.excused(time.monotonic(), time.time())
                self._loop.idle()
                self._shutdown.wait(FRAME_WAIT_SECONDS)
                continue
            frame = reader.get(FRAME_WAIT_SECONDS)
            if frame is not None:
                self._loop.step(frame)
                self._live.offer(frame)
                self._telling.news(self._outage.frame(time.monotonic(), time.time()), reader.status.error)
                continue
            self._loop.idle()
            if reader.finished:
                return self._ended(reader)
            self._telling.news(self._outage.no_frame(time.monotonic()), reader.status.error)
            if reader.hopeless:
                log.error("the camera can only be had back by a new process; this one ends")
                self._telling.end(needs_a_new_process(self._camera.name, reader.status.error))
                return START_ME_AGAIN
        return OK

    def _wanted_reader(self) -> FrameReader | None:
        """The running reader; None while the camera is to be let go of."""
        released = self._camera.release_when_disarmed and not self._orders.current.watch.yes
        if released and self._reader is not None:
            log.info("disarmed: the camera is released")
            self._loop.finish("disarmed")
            self._reader.close()
            self._reader = None
        if not released and self._reader is None:
            self._reader = FrameReader(
                lambda: self._source(self._camera),
                on_change=_log_change,
                stall_seconds=self._camera.stall_seconds + HANG_MARGIN_SECONDS,
            ).start()
        return self._reader

    def _ended(self, reader: FrameReader) -> int:
        if error := reader.status.error:
            log.error("%s gives no more frames: %s", self._camera.name, error)
            self._telling.end(cannot_be_used(self._camera.name, error))
            return BAD_SOURCE
        log.info("the clip is over")
        return CLIP_OVER if systemd.is_supervisor() else OK

    def _report(self) -> Report:
        status, orders = self._loop.status, self._orders.current
        attempts, state, reason = 0, RELEASED, "disarmed, and release_when_disarmed is set"
        if self._reader is not None:
            source, attempts = self._reader.status, self._reader.attempts
            state, reason = source.state.value, "" if source.state is State.RUNNING else source.error
        return Report(
            passes=status.passes,
            frames=status.frames,
            attempts=attempts,
            last_frame_at=status.last_frame_at,
            source_state=state,
            reason=reason,
            watching=orders.watch.yes,
            watching_why=orders.watch.why,
            person_model=self._gate.model,
            person_problem=self._gate.problem or self._gate.passed_over,
            event_id=status.event_id,
            problem=self._recorder.problem or (self._film.problem if self._film else ""),
            head=self._head.status if self._head else None,
        )


def _log_change(state: State, reason: str) -> None:
    because = f": {reason}" if reason else ""
    log.log(logging.WARNING if state is State.LOST else logging.INFO, "the camera is %s%s", state, because)
