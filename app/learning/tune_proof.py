"""What counts as proof: that a false alarm is gone with other settings, and that somebody is still announced.

Each side is held to the careful one. A false alarm is gone if the record of its whole event rules it out, or if
its clip, which alerts as set, does not alert at all with one of the turns. Somebody is kept if their clip still
alerts, and not much later; without a clip that tells it, only what alerts already within the sample's own frames is
proof: of what comes after them there is no picture.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.learning.tune_case import Case
from app.learning.tune_clips import Shown
from app.learning.tune_judge import Judge
from app.learning.tune_knobs import Knobs, Turn, turns, without_turns
from app.learning.tune_replay import Player


class Proof:
    """Of alerts that alert with `start`. `shown`: by id, what their clips tell."""

    def __init__(self, judge: Judge, player: Player, start: Knobs, shown: Mapping[str, Shown]) -> None:
        self._judge, self._player, self._start, self._shown = judge, player, start, shown

    def gone(self, case: Case, knobs: Knobs) -> bool:
        """Whether this false alarm is spared."""
        return self.gone_by_record(case, knobs) or self._gone_by_clip(case, knobs)

    def gone_by_record(self, case: Case, knobs: Knobs) -> bool:
        """Whether it is without a look at its clip."""
        return self._judge.false_alarm_is_gone(case, without_turns(self._start, knobs))

    def kept(self, case: Case, knobs: Knobs) -> bool:
        """Whether this person is still announced."""
        if not (turned := turns(self._start, knobs)):
            return self._judge.verdict(case, knobs).alert
        if (shown := self._shown.get(case.id)) is None:
            return self._judge.verdict(case, knobs).alert and all(self._still_plays(case, t) for t in turned)
        if not self._judge.verdict(case, without_turns(self._start, knobs)).alert:
            return False
        return all(turn in shown.turned and shown.delay(shown.turned[turn]) is not None for turn in turned)

    def _gone_by_clip(self, case: Case, knobs: Knobs) -> bool:
        shown = self._shown.get(case.id)
        return shown is not None and any(
            shown.spares(turn) and not self._recorded_otherwise(case, turn)
            for turn in turns(self._start, knobs)
        )

    def _recorded_otherwise(self, case: Case, turn: Turn) -> bool:
        """A clip is not quite what the camera saw. Where the frames recorded up to the alert tell of the vote that it
        would still be reached, they are believed."""
        return turn.wheel != "threshold_levels" and self._judge.verdict(case, turn.of(self._start)).alert

    def _still_plays(self, case: Case, turn: Turn) -> bool:
        """Of the vote the recorded frames tell all, of the threshold only the pictures do: they must alert both as
        set and turned."""
        if turn.wheel != "threshold_levels":
            return True
        return all(self._player.alerts(case, knobs) for knobs in (self._start, turn.of(self._start)))
