"""The clips of tagged alerts: which there are, what each tells of the threshold and the vote, and in what time.

False alarms come first: a turn that spares none of them need not be tried on people. The newest come first, and each
of the two in a share of the time of its own, so that a Pi with many clips still ends. A clip is decoded once for all
turns of a wheel, and nothing of it is kept but what came of each.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.learning.tune_case import Case, newest_first
from app.learning.tune_knobs import Knobs, Turn, possible_turns
from app.learning.tune_play import NoModel, NotPlayed, Reel, Sight, played
from app.settings import Settings
from app.store.events import EventRecord
from app.vision.gate import Gate, NoGate

log = logging.getLogger(__name__)

MOST_DELAY_SECONDS = 2.0
"""Somebody is kept only if the alert comes at most this much later: they walk three metres meanwhile, and the model
has looked four more times. Any longer, and who crosses the picture is gone before the next look."""

FALSE_ALARMS_SECONDS, PEOPLE_SECONDS, CHECKS_SECONDS = 300.0, 200.0, 100.0
"""For playing clips. Slack takes the answer to a command for half an hour, and the weekly message gives up tuning after
as long: the rest has to be done in that, too."""

NO_CLIP = "false alarms have no whole clip on this disk: neither threshold nor vote is turned by them"
NO_CLIP_OF_PEOPLE = (
    "people have no clip on this disk: they must still alert within the frames of their samples"
)
UNREADABLE_CLIP = "clips cannot be read to their end, and are not used"
SILENT = "clips do not alert when they are played as set, and prove nothing"
NO_TIME = "clips were not played: the time for that was up"
NO_MODEL = "clips cannot be played: the person model of the samples is not on this machine, or fails"

_BEFORE_THE_END = 0.5
"""Seconds that a whole clip may lack of its event: a frame or two at the rate of a slow camera."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the clips are, and how long they may be looked at.

    clip_of    an event's clip; None if there is none (any more).
    gate       the present person model for such classes: opened when it is first asked for, which takes a Pi seconds.
    clock      monotonic seconds.
    progress   is told before each clip: how many of how many.
    """

    event_of: Callable[[str], EventRecord | None]
    clip_of: Callable[[str], Path | None]
    gate: Callable[[Sequence[str]], Gate]
    clock: Callable[[], float]
    progress: Callable[[int, int], None] = lambda _number, _of: None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the clip of one event tells: when it alerts as set, and what comes of each turn that was tried."""

    alert: float
    turned: Mapping[Turn, Sight]

    def spares(self, turn: Turn) -> bool:
        """Whether there is no alert at all any more."""
        return turn in self.turned and self.turned[turn].alert is None

    def delay(self, sight: Sight) -> float | None:
        """How much later that alerts, seconds; None: too late, or never."""
        if sight.alert is None or sight.alert - self.alert > MOST_DELAY_SECONDS:
            return None
        return max(0.0, sight.alert - self.alert)


@dataclass(slots=True)
class Clips:
    """Those of one tuning. `model`: the person model that the samples were taken with; None: none."""

    settings: Settings
    shelf: Shelf
    start: Knobs
    model: str | None
    shown: dict[str, Shown] = field(default_factory=dict)
    """By event, of those that alert as set."""
    turns: tuple[Turn, ...] = ()
    """Those that spare a false alarm."""
    left_out: Counter[str] = field(default_factory=Counter)
    check_was_cut: bool = False
    """There was no time to play all that a proposal concerns once more: what is missing is not refuted."""
    _checks_left: float = CHECKS_SECONDS

    def look(self, false_alarms: Iterable[Case], people: Iterable[Case]) -> None:
        """Fill `shown` and `turns`."""
        tried = possible_turns(self.start, self.settings.trigger.window_frames)
        reels = self._reels(false_alarms, whole=True, without=NO_CLIP)
        self._look(reels, tried, FALSE_ALARMS_SECONDS, None)
        self.turns = tuple(turn for turn in tried if any(one.spares(turn) for one in self.shown.values()))
        if self.turns:
            reels = self._reels(people, whole=False, without=NO_CLIP_OF_PEOPLE)
            self._look(reels, self.turns, PEOPLE_SECONDS, MOST_DELAY_SECONDS)

    def again(self, cases: Iterable[Case], knobs: Knobs) -> dict[str, Sight]:
        """What comes of these, all of which are in `shown`, with all that `knobs` turn; those of which it is not known
        are missing. All checks of one tuning together have so much time."""
        reels = self._reels(cases, whole=False, without=None)
        seen: dict[str, Sight] = {}
        end = self.shelf.clock() + self._checks_left
        for number, (case, reel) in enumerate(reels, start=1):
            self.shelf.progress(number, len(reels))
            people = MOST_DELAY_SECONDS if case.occupied else None
            try:
                _, seen[case.id] = self._played(case, reel, [self.start, knobs], end, people)
            except _TimeIsUp:
                self.check_was_cut = True
            except NotPlayed:
                continue
        self._checks_left = end - self.shelf.clock()
        return seen

    def _look(
        self,
        reels: Sequence[tuple[Case, Reel]],
        tried: Sequence[Turn],
        seconds: float,
        most_delay: float | None,
    ) -> None:
        end = self.shelf.clock() + seconds
        ways = [self.start, *(turn.of(self.start) for turn in tried)]
        for number, (case, reel) in enumerate(reels, start=1):
            self.shelf.progress(number, len(reels))
            try:
                as_set, *sights = self._played(case, reel, ways, end, most_delay)
            except _TimeIsUp:
                self.left_out[NO_TIME] += len(reels) - number + 1
                return
            except NotPlayed as error:
                self.left_out[NO_MODEL if isinstance(error, NoModel) else UNREADABLE_CLIP] += 1
                log.warning("the clip of %s is not used: %s", case.id, error)
                continue
            if as_set.alert is None:
                self.left_out[SILENT] += 1
            else:
                self.shown[case.id] = Shown(as_set.alert, dict(zip(tried, sights, strict=True)))

    def _played(
        self, case: Case, reel: Reel, ways: Sequence[Knobs], end: float, most_delay: float | None
    ) -> list[Sight]:
        """Raises NotPlayed, or _TimeIsUp."""

        def check_time() -> None:
            if self.shelf.clock() > end:
                raise _TimeIsUp

        check_time()
        camera = self.settings.camera(case.camera)
        gate = self._gate(tuple(camera.classes))
        return played(reel, ways, self.settings, camera, gate, most_delay=most_delay, check_time=check_time)

    def _gate(self, classes: tuple[str, ...]) -> Gate:
        """Where the samples were taken without a model, motion alone decides here, too. Raises NoModel."""
        if self.model is None:
            return NoGate("the samples were taken without one")
        gate = self.shelf.gate(classes)
        if not gate.ready:
            raise NoModel(f"there is no person model to ask: {gate.problem}")
        if gate.model != self.model:
            raise NoModel(f"the samples were taken with {self.model}, and this machine has {gate.model}")
        return gate

    def _reels(self, cases: Iterable[Case], *, whole: bool, without: str | None) -> list[tuple[Case, Reel]]:
        """The newest first. `whole`: only those that show their event to its end."""
        reels = []
        for case in newest_first(cases):
            reel = self._reel(case, whole)
            if reel is not None:
                reels.append((case, reel))
            elif without is not None:
                self.left_out[without] += 1
        return reels

    def _reel(self, case: Case, whole: bool) -> Reel | None:
        event, path = self.shelf.event_of(case.id), self.shelf.clip_of(case.id)
        if event is None or path is None or event.clip is None or not event.width or not event.height:
            return None
        lead = event.clip.pre_roll_seconds
        if whole:
            if event.ended is None or event.clip_problem:
                return None
            if event.clip.seconds < lead + event.ended - event.started - _BEFORE_THE_END:
                return None
        return Reel(path, (event.width, event.height), lead)


class _TimeIsUp(Exception):
    """No more may be played."""
