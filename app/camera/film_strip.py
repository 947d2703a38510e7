"""The film of one camera: pictures in, packets out, and which of them belong to which event.

No thread and no clock of its own; time is the pipeline's seconds, which never jump when the machine's clock is set.
Each packet is made (or taken over from the camera) once, however many events want it: the quiet tail of one may be
the pre-roll of the next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from app.media.coded import CodedPacket, CodedStream
from app.media.encoder import EncoderError, H264Encoder, even_size
from app.media.preroll import PreRoll
from app.settings.clips import ClipSettings
from app.store.events import EventRecord

log = logging.getLogger(__name__)

BREAK_SECONDS = 5.0
"""Without a picture for so long, what comes then is another story (the trigger ends its event, too)."""

APPROACH_SECONDS = 10.0
"""An event begins with the first frame of the motion that led to it, and is known of only later."""

KEYLESS_SECONDS = 20.0
"""A camera that sends no key picture for so long never will (some refresh in stripes): then its frames are encoded."""

ANOTHER_KIND = "the camera sent another kind of picture: the clip ends there"

ENCODER_PAUSE_SECONDS = 60.0
"""Before an encoder that failed is tried again."""


class Desk(Protocol):
    """Where packets become files; none of it waits for the disk, but `close`."""

    problem: str

    def start(self) -> None:
        """Begin."""

    def close(self) -> None:
        """Write what waits, then end."""

    def open(self, event_id: str, packets: Sequence[CodedPacket], lead: float) -> None:
        """A clip begins with these packets, `lead` seconds before its event."""

    def add(self, event_id: str, packet: CodedPacket) -> bool:
        """Go on with it. False: no more of it can be kept."""

    def finish(self, event: EventRecord, problem: str) -> None:
        """It is over. `problem`: what is missing in it; "" if nothing is."""


@dataclass(slots=True)
class _Take:
    """What is recorded for one event."""

    event_id: str
    started: float
    missing: int
    """Pictures that had been left out before it began."""
    recording: bool = False
    over: bool = False
    """Nothing more goes in, though its event may go on."""
    problem: str = ""
    event: EventRecord | None = None
    """Once it has ended."""
    until: float = float("inf")


class FilmStrip:
    """Used by one thread. Call `look` for each frame, and `begin` and `end` for the events among them."""

    def __init__(
        self, settings: ClipSettings, desk: Desk, *, fps: float, missing: Callable[[], int] = lambda: 0
    ) -> None:
        """`fps`: pictures a second, about. `missing`: how many never came here, so far."""
        self._settings, self._desk, self._missing, self._fps = settings, desk, missing, fps
        seconds = settings.pre_roll_seconds + APPROACH_SECONDS
        self.pre_roll = PreRoll(seconds, settings.pre_roll_max_mb * 1_000_000)
        self._encoder: H264Encoder | None = None
        self._shape: tuple[int, ...] = ()
        self._encode_from = self._time = float("-inf")
        self._stream: CodedStream | None = None
        self._expected, self._wait_for_key = 0, True
        self._keyless_since: float | None = None
        self._takes: list[_Take] = []
        self._told_squeezed = False
        self.refused: CodedStream | None = None
        """A camera's stream that cannot be kept as it comes, whatever it looked like."""
        self.problem = ""

    def look(
        self,
        time: float,
        bgr: np.ndarray[Any, Any] | None,
        stream: CodedStream | None = None,
        packets: Sequence[CodedPacket] = (),
    ) -> None:
        """A frame taken at `time`: its picture, or what its camera sent of `stream` (in seconds of `time`)."""
        if not 0 <= time - self._time <= BREAK_SECONDS:
            self._break()
        self._time = time
        if stream is None or stream is self.refused:
            packets = self._encoded(bgr, time) if bgr is not None else ()
        for packet in packets:
            self._add(packet)
        for take in [take for take in self._takes if time > take.until]:
            self._finish(take)
        if self.pre_roll.squeezed and not self._told_squeezed:
            self._told_squeezed = True
            log.warning("the pre-roll is cut short: it takes more than clips.pre_roll_max_mb")

    def begin(self, event_id: str, started: float) -> None:
        """An event, seen to have started at `started`."""
        take = _Take(event_id, started, self._missing(), problem="" if self._encoder else self.problem)
        self._takes.append(take)
        packets = self.pre_roll.since(started - self._settings.pre_roll_seconds)
        if packets:
            self._record(take, packets)

    def end(self, event: EventRecord, until: float) -> None:
        """It has ended; its clip goes on until `until`."""
        for take in [take for take in self._takes if take.event_id == event.id]:
            take.event, take.until = event, until
            if take.over or until <= self._time:
                self._finish(take)

    def finish_ended(self) -> None:
        """No frames come: finish the clips that only wait for their tail."""
        for take in [take for take in self._takes if take.event is not None]:
            self._finish(take)

    def stand_down(self) -> None:
        """Nobody watches any more: finish what is over, keep nothing, and let go of the encoder's memory."""
        self._break()
        self._encoder = None

    def _break(self) -> None:
        for take in self._takes:
            take.over = True
        self.finish_ended()
        self._forget()

    def _forget(self) -> None:
        self.pre_roll.clear()
        self._wait_for_key, self._keyless_since = True, None

    def _encoded(self, bgr: np.ndarray[Any, Any], time: float) -> Sequence[CodedPacket]:
        if time < self._encode_from:
            return ()
        try:
            if self._encoder is None or (bgr.shape != self._shape and not self._recording()):
                self._encoder, self._shape = self._new_encoder(bgr), bgr.shape
            packets = self._encoder.encode(bgr, time)
        except EncoderError as error:
            self._encoder, self._encode_from = None, time + ENCODER_PAUSE_SECONDS
            if self.problem != str(error):
                log.error("%s; no clips until it can", error)
            self.problem = str(error)
            return ()
        self.problem = ""
        return packets

    def _new_encoder(self, bgr: np.ndarray[Any, Any]) -> H264Encoder:
        size = even_size(bgr.shape[1], bgr.shape[0], self._settings.max_height_pixels)
        return H264Encoder(
            size, crf=self._settings.crf, max_kbit=self._settings.max_kbit_per_second, fps=self._fps
        )

    def _recording(self) -> bool:
        """A file has one size from its beginning to its end: others are scaled into it as long as it is written."""
        return any(take.recording and not take.over for take in self._takes)

    def _add(self, packet: CodedPacket) -> None:
        if packet.stream is not self._stream:
            self._take_up(packet.stream)
        elif packet.number != self._expected:
            # Something is missing, and all up to the next key picture builds upon it.
            self._wait_for_key = True
        self._expected = packet.number + 1
        if self._wait_for_key and not packet.key:
            self._mind_keyless(packet)
            return
        self._wait_for_key, self._keyless_since = False, None
        self.pre_roll.add(packet)
        for take in self._takes:
            if take.over:
                continue
            if not take.recording:
                if packet.key:
                    self._record(take, [packet])
            elif packet.pts <= take.until:
                take.over = not self._desk.add(take.event_id, packet)

    def _take_up(self, stream: CodedStream) -> None:
        if self._stream is not None and not stream.continues(self._stream):
            self.pre_roll.clear()
            for take in self._takes:
                if take.recording and not take.over:
                    take.over, take.problem = True, ANOTHER_KIND
        self._stream, self._wait_for_key = stream, True

    def _mind_keyless(self, packet: CodedPacket) -> None:
        if self._keyless_since is None:
            self._keyless_since = packet.pts
        elif packet.pts - self._keyless_since > KEYLESS_SECONDS:
            log.warning("the camera sends no key pictures: its video is encoded here")
            self.refused = packet.stream

    def _record(self, take: _Take, packets: Sequence[CodedPacket]) -> None:
        take.recording, take.problem = True, ""
        self._desk.open(take.event_id, packets, max(0.0, take.started - packets[0].pts))

    def _finish(self, take: _Take) -> None:
        self._takes.remove(take)
        missing = self._missing() - take.missing
        problem = take.problem
        if missing and not problem:
            problem = f"{missing} pictures are missing: this machine was too slow"
        if not take.recording and not problem:
            problem = "no picture came with which a clip can begin"
        if take.event is not None:
            self._desk.finish(take.event, problem)


def shifted(packets: Sequence[CodedPacket], seconds: float) -> list[CodedPacket]:
    """The same packets, `seconds` later."""
    return [replace(packet, pts=packet.pts + seconds, dts=packet.dts + seconds) for packet in packets]
