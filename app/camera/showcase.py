"""Which frame of an event its alert shows. Pure.

The alert goes out at once, with the frame that decided: often half a sleeve at the picture's edge. While the event
goes on the same message gets a better one, MAX_BETTER times at most: soon after the start, when whoever came has
walked in, and once more later on, or at the event's end.

A frame is better that shows a person instead of a dog, or has a clearly better score; where nobody was asked, one
with more motion that lies wholly inside it.
"""

from __future__ import annotations

from app.domain import Box
from app.vision.pipeline import Evidence, Outcome

DUE_SECONDS = (2.0, 8.0)
"""After the start of the alert: somebody who walks is in the middle of the picture after about two seconds; after
eight, most visits have shown all they will."""

MAX_BETTER = len(DUE_SECONDS)

BETTER_SCORE = 0.1
"""Less is the model's noise from frame to frame, and not worth editing a message for."""

BETTER_AREA = 1.5
"""Times the motion, where no score can tell."""

EDGE_PERCENT = 1.0
"""Motion closer to the edge than this share of the frame's width (or height) goes on outside it."""


class Showcase:
    """One event's pictures. `look` with each outcome while it is open, `last` once at its end.

    `shown`: what the alert went out with, at the pipeline's `time`.
    """

    def __init__(self, shown: Evidence, time: float) -> None:
        self._shown_score, self._best_score = shown.score, shown.score
        self._shown_label = self._best_label = shown.label
        self._shown_area = self._best_area = 0.0 if _is_cut_off(shown) else _area(shown.boxes)
        self._best: Evidence | None = None
        self._since = time
        self.count = 0
        """How many better ones were handed out."""

    def look(self, outcome: Outcome) -> Evidence | None:
        """Remember the best; that, if it is clearly better than what is shown and its time has come."""
        self._consider(outcome)
        if self.count == MAX_BETTER or outcome.time - self._since < DUE_SECONDS[self.count]:
            return None
        return self.last()

    def last(self) -> Evidence | None:
        """The best there is, if it is clearly better than what is shown and not all changes are used up."""
        if self.count == MAX_BETTER or not self._is_better():
            return None
        better, self._best = self._best, None
        self._shown_score, self._shown_area = self._best_score, self._best_area
        self._shown_label = self._best_label
        self.count += 1
        return better

    def _consider(self, outcome: Outcome) -> None:
        evidence = outcome.evidence
        if evidence is not None and evidence.score is not None:
            # The pipeline's evidence turns from a dog to a person, never back.
            other = evidence.label != self._best_label
            if self._best_score is None or evidence.score > self._best_score or other:
                self._best, self._best_score, self._best_label = evidence, evidence.score, evidence.label
        elif self._best_score is None and outcome.motion.moving:
            moved = Evidence(outcome.frame, tuple(outcome.motion.boxes), None)
            area = _area(moved.boxes)
            if area > self._best_area and not _is_cut_off(moved):
                self._best, self._best_area = moved, area

    def _is_better(self) -> bool:
        if self._best is None:
            return False
        if self._best_score is None:
            return self._best_area >= BETTER_AREA * self._shown_area
        if self._best_label != self._shown_label:
            return True
        return self._shown_score is None or self._best_score >= self._shown_score + BETTER_SCORE


def _area(boxes: tuple[Box, ...]) -> float:
    """Pixels, those under two boxes twice."""
    return float(sum(box.w * box.h for box in boxes))


def _is_cut_off(evidence: Evidence) -> bool:
    """Whether what moved goes on outside the frame, as far as the frame can tell."""
    height, width = evidence.frame.bgr.shape[:2]
    x, y = width * EDGE_PERCENT / 100, height * EDGE_PERCENT / 100
    return any(
        box.x < x or box.y < y or box.x + box.w > width - x or box.y + box.h > height - y
        for box in evidence.boxes
    )
