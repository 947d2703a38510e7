"""The still scene, learned: what each pixel of a small grey plane looks like, and how much it fluctuates.

A running average of the frames, as in the seed, made steadier in five ways:

- it starts from the median of the first frames, so that somebody walking through them leaves no imprint;
- a gain between scene and frame is taken out, so that exposure and room light may change;
- each pixel has its own limit, learned from its own fluctuation, so that leaves and lamps raise only theirs,
  and higher at edges, which wind on the mast and video compression move about;
- foreground is hardly learned, so that somebody who walks slowly does not dissolve;
- what was to be seen where somebody stood for long is remembered (`earlier.py`), so that they leave no ghost.
"""

from __future__ import annotations

import cv2
import numpy as np

from app.vision.brightness import Brightness
from app.vision.earlier import Earlier
from app.vision.exposure import Exposure
from app.vision.foreground import LEAST_PIXELS, Window
from app.vision.light import Field, soft_change
from app.vision.limits import Limits
from app.vision.mask import Plane
from app.vision.motion_rules import SLOW_TURNS, BackgroundRules, weight

_START_NOISE_CAP_LEVELS = 4.0  # what moved during the warm-up must not make its place blind afterwards
_YOUNG_NOISE_CAP_LEVELS = 12.0  # the same while learning fast, where a passer-by counts for more
_NOISE_CAP_LEVELS = 25.0  # one passer-by must not teach a pixel more than a waving branch would
_NEW_TURNS = 2  # after the warm-up
_TRUE_LEVELS = (6.0, 240.0)  # outside these a blurred pixel has clipped parts
_EXPLAINED_BY_LIGHT = 0.5  # of what exceeded; if more is left, it was no light, and the scene is as it was
_EVERYWHERE: Window = (slice(None), slice(None))


class Background:
    """The scene on planes of one fixed size. Every plane is allocated once."""

    def __init__(self, width: int, height: int, rules: BackgroundRules, ignored: Plane | None = None) -> None:
        """`ignored`: 255 where nothing counts."""
        shape = (height, width)
        self._rules = rules
        self._start = np.empty((rules.warm_up_frames, *shape), np.uint8)
        self._scene, self._noise = np.empty(shape, np.float32), np.empty(shape, np.float32)
        self._expected, self.difference = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self.exceeded, self._scratch = np.empty(shape, np.uint8), np.empty(shape, np.uint8)
        self._limits = Limits(width, height, rules, ignored)
        self.limit, self.change_limit = self._limits.limit, self._limits.change_limit
        self._brightness = Brightness(width, height)
        self._exposure = Exposure(self._brightness)
        self._earlier = Earlier(width, height, self._brightness)
        self._soft_light: Field | None = None
        self._mean = 0.0
        self._gain = 1.0
        self._expected_is_scene = False
        self._frames = 0
        self._age = self._since_slow = 0.0
        self._slow_turn = False

    @property
    def warming_up(self) -> bool:
        """True until `warm_up` has seen enough planes."""
        return self._frames < self._rules.warm_up_frames

    @property
    def is_new(self) -> bool:
        """Whether the scene has only just become known: what stirred in it then is not known to do so yet."""
        return self._age < _NEW_TURNS

    def restart(self) -> None:
        """Forget the scene; the next planes are a new warm-up."""
        self._frames = 0
        self._earlier.forget()
        self._limits.restart()

    def warm_up(self, plane: Plane) -> None:
        """Take one of the first planes; after the last of them the scene is known."""
        self._start[self._frames] = plane
        self._frames += 1
        if self.warming_up:
            return
        scene = np.median(self._start, axis=0)
        fluctuation = np.abs(self._start - scene).mean(axis=0)
        floor = float(np.median(fluctuation))
        self._scene[:] = scene
        self._noise[:] = np.clip(fluctuation, floor, max(floor, _START_NOISE_CAP_LEVELS))
        self._mean = float(scene.mean())
        self._age = self._since_slow = 0.0
        self._expected_is_scene = False
        self._refresh_limits()

    def compare(self, plane: Plane) -> int:
        """How many pixels of the plane differ from the scene by more than their limit; `exceeded` is 255 there.

        0 when they are too few to be anything.
        """
        self._soft_light = None
        mean = cv2.mean(plane)[0]
        self._gain = self._estimate_gain(plane, mean)
        return self._beyond_limit(plane)

    def compare_in_soft_light(self, plane: Plane) -> int:
        """The same once more, after the scene has followed what changed smoothly over a good part of the frame.

        A cloud, a blind, the camera's exposure and the shadow somebody throws into the room change large soft
        areas by a little; people have outlines. For the rare plane of which much is foreground.
        """
        before = cv2.countNonZero(self.exceeded)
        self._soft_light = soft_change(plane, self._expected)
        cv2.multiply(self._expected, self._soft_light, self._expected, dtype=cv2.CV_8U)
        self._expected_is_scene = False
        cv2.absdiff(plane, self._expected, self.difference)
        count = self._exceeding(plane)
        if count <= _EXPLAINED_BY_LIGHT * before:
            return count
        self._soft_light = None
        return self._beyond_limit(plane)

    @property
    def light_changed(self) -> bool:
        """Whether the last plane is lit otherwise than the scene, softly."""
        return self._soft_light is not None

    def settle_light(self) -> None:
        """The light found by `compare_in_soft_light`, if any, is the scene's from now on.

        Not to be called while somebody is about: then it may be their shadow, and leaves with them.
        """
        if self._soft_light is not None:
            cv2.multiply(self._scene, self._soft_light, self._scene)
            self._expected_is_scene = False

    def compare_again(self, plane: Plane) -> int:
        """Like `compare`, in the light found there: for another view of the same moment."""
        return self._beyond_limit(plane)

    def beyond_limit(self, plane: Plane, window: Window) -> int:
        """How many pixels of a window differ from the scene, in the light found last: a glance, changing nothing."""
        return self._limits.exceeding(plane[window], self._scene[window], self._gain, window)

    @property
    def scene(self) -> Plane:
        """What a plane without anybody would look like now."""
        return self._expected

    def _beyond_limit(self, plane: Plane) -> int:
        if self._gain == 1.0:
            if not self._expected_is_scene:
                cv2.convertScaleAbs(self._scene, self._expected)
                self._expected_is_scene = True
                self._mean = cv2.mean(self._expected)[0]
            cv2.absdiff(plane, self._expected, self.difference)
        else:
            self._distance_in_changing_light(plane)
        return self._exceeding(plane)

    def _exceeding(self, plane: Plane) -> int:
        cv2.compare(self.difference, self.limit, cv2.CMP_GT, self.exceeded)
        count = cv2.countNonZero(self.exceeded)
        if count >= LEAST_PIXELS and self._earlier.known:
            back = self._earlier.explain(plane, self._gain, self.difference, self.limit, self.exceeded)
            if back is not None:
                self._take_in(plane, back, self._earlier.window)
                count = cv2.countNonZero(self.exceeded)
        return count if count >= LEAST_PIXELS else 0

    def _distance_in_changing_light(self, plane: Plane) -> None:
        """Anything between the scene as it was and the scene times the gain is expected.

        Blown-out windows, black corners and the flattened ends of a camera's tone curve follow the room's light
        only in part.
        """
        cv2.convertScaleAbs(self._scene, self._expected, self._gain, 0)
        self._expected_is_scene = False
        cv2.convertScaleAbs(self._scene, self._scratch)
        self._mean = cv2.mean(self._scratch)[0]
        between = (self._expected, self._scratch)
        darker, brighter = between if self._gain < 1.0 else reversed(between)
        cv2.subtract(darker, plane, self.exceeded)
        cv2.subtract(plane, brighter, self.difference)
        cv2.max(self.exceeded, self.difference, self.difference)

    def learn(self, plane: Plane, turns: float) -> None:
        """Move the scene and its noise towards this plane, on which nothing moves, `turns` after the one before."""
        self._grow_older(turns)
        cv2.accumulateWeighted(plane, self._scene, weight(turns, self._rules.scene_turns))
        cv2.accumulateWeighted(self.difference, self._noise, weight(turns, self._rules.noise_turns))
        self._expected_is_scene = False
        self._take_turns()

    def learn_around(self, plane: Plane, turns: float, busy: Plane, window: Window, change: Plane) -> None:
        """The same, where the plane is `busy` (255, and only within `window`) but a little.

        `change` is the plane's difference to a recent one: under foreground it is the only honest sign of how
        much a pixel fluctuates, because its distance to the scene is the foreground itself.
        """
        self._grow_older(turns)
        cv2.bitwise_not(busy, self._scratch)
        # Behind somebody the scene still follows the room's light.
        cv2.copyTo(plane, self._scratch, self._expected)
        cv2.accumulateWeighted(self._expected, self._scene, weight(turns, self._rules.scene_turns))
        noise_weight = weight(turns, self._rules.noise_turns)
        cv2.accumulateWeighted(self.difference, self._noise, noise_weight, self._scratch)
        self._expected_is_scene = False
        self._learn_busy(plane[window], turns, busy[window], window, change[window])
        self._take_turns()

    def _learn_busy(self, plane: Plane, turns: float, busy: Plane, window: Window, change: Plane) -> None:
        scratch, noise = self._scratch[window], self._noise[window]
        if self._slow_turn:
            scene_weight = weight(self._since_slow, self._rules.busy_scene_turns)
            cv2.accumulateWeighted(plane, self._scene[window], scene_weight, busy)
            cv2.threshold(change, _NOISE_CAP_LEVELS, 0, cv2.THRESH_TRUNC, scratch)
            noise_weight = weight(self._since_slow, self._rules.busy_noise_turns)
            cv2.accumulateWeighted(scratch, noise, noise_weight, busy)
        elif self._age < self._rules.young_turns:
            # What stirs in a new scene is wind more often than a visitor: learned at the quiet places' rate.
            cv2.threshold(change, _YOUNG_NOISE_CAP_LEVELS, 0, cv2.THRESH_TRUNC, scratch)
            cv2.accumulateWeighted(scratch, noise, weight(turns, self._rules.noise_turns), busy)
            self._refresh_limits()

    def _take_turns(self) -> None:
        if self._slow_turn:
            self._refresh_limits()
            if self._earlier.known:
                self._earlier.grow_older()
                self._earlier.follow_light(self._scene)

    def _grow_older(self, turns: float) -> None:
        self._age += turns
        self._since_slow = turns if self._slow_turn else self._since_slow + turns
        self._slow_turn = self._since_slow >= SLOW_TURNS

    def absorb(self, plane: Plane, where: Plane, window: Window) -> None:
        """Make the plane the scene at once `where` (255, a mask of the window only), and remember what was there."""
        self._earlier.keep(self._scene, where, window)
        self._take_in(plane, where, window)

    def _take_in(self, plane: Plane, where: Plane, window: Window = _EVERYWHERE) -> None:
        cv2.accumulateWeighted(plane[window], self._scene[window], 1.0, where)
        cv2.copyTo(plane[window], where, self._expected[window])
        self._expected_is_scene = False

    def _estimate_gain(self, plane: Plane, mean: float) -> float:
        """Frame over scene. A large jump is a lamp: the scene is at the new level at once, and keeps what it knows."""
        gain = self._exposure.gain(plane, mean, self._scene, self._mean, self._gain)
        if abs(gain - 1.0) <= self._rules.light_change:
            return gain
        # What was blown out or black told nothing of its true level; only the frame knows it now.
        unknown = cv2.bitwise_not(cv2.inRange(self._scene, *_TRUE_LEVELS))
        cv2.multiply(self._scene, gain, self._scene)
        self._take_in(plane, unknown)
        if self._earlier.known:
            self._earlier.follow_light(self._scene)
        self._mean = mean
        return 1.0

    def _refresh_limits(self) -> None:
        self._limits.refresh(self._noise, cv2.convertScaleAbs(self._scene, self._scratch))
