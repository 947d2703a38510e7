"""Motion on made-up frames: what is seen, what stays quiet, where the boxes lie, what is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.domain import Box
from app.vision.motion import Motion, MotionDetector, MotionSettings, Reseed

WIDTH, HEIGHT = 320, 240
FPS = 10
WARM_UP = 8  # frames; the default 0.8 s at 10 frames per second
Frame = np.ndarray[Any, np.dtype[np.uint8]]


class Room:
    """A textured room seen by a camera with sensor noise."""

    def __init__(
        self, width: int = WIDTH, height: int = HEIGHT, noise: float = 3.0, level: float = 110.0
    ) -> None:
        self.rng = np.random.default_rng(5)
        texture = self.rng.normal(0, 25, (12, 16)).astype(np.float32)
        self.picture = level + cv2.resize(texture, (width, height), interpolation=cv2.INTER_CUBIC)
        # A few fields in turn: drawing fresh noise for every frame would be most of the tests' time.
        self.grain = [self.rng.normal(0, noise, (height, width)).astype(np.float32) for _ in range(7)]
        self.taken = 0
        self.width, self.height = width, height

    def frame(self, box: Box | None = None, contrast: float = 40.0, light: float = 1.0) -> Frame:
        """One BGR frame, with a block of this contrast in front of the room at `box`."""
        picture = self.picture.copy()
        if box is not None:
            picture[box.y : box.y + box.h, box.x : box.x + box.w] += contrast
        self.taken += 1
        grain = np.roll(self.grain[self.taken % len(self.grain)], self.taken * 37, axis=1)
        grey = np.clip(picture * light + grain, 0, 255).astype(np.uint8)
        return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)

    def walker(self, step: int) -> Box:
        """A figure a fifth of the frame high, two frame-percent further right with every step."""
        return Box(
            int(self.width * (0.1 + 0.02 * step)), int(self.height * 0.4), self.width // 12, self.height // 5
        )


def detector(**changes: Any) -> MotionDetector:
    return MotionDetector(MotionSettings(**changes))


def watch(eye: MotionDetector, frames: Iterable[Frame]) -> list[Motion]:
    return [eye.step(frame) for frame in frames]


def settled(room: Room, **changes: Any) -> MotionDetector:
    """A detector that has watched the empty room for three seconds."""
    eye = detector(**changes)
    watch(eye, (room.frame() for _ in range(3 * FPS)))
    return eye


def moving(motions: Iterable[Motion]) -> int:
    return sum(motion.moving for motion in motions)


def iou(a: Box, b: Box) -> float:
    across = max(0, min(a.x + a.w, b.x + b.w) - max(a.x, b.x))
    down = max(0, min(a.y + a.h, b.y + b.h) - max(a.y, b.y))
    return across * down / (a.w * a.h + b.w * b.h - across * down)


# --- what is seen -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("contrast", [-60, -12, 12, 60])
def test_somebody_walking_is_seen_from_the_second_frame_to_the_last(contrast: float) -> None:
    room = Room()
    eye = settled(room)
    motions = watch(eye, (room.frame(room.walker(step), contrast) for step in range(40)))
    assert moving(motions[1:]) == 39
    assert all(0.4 <= motion.area_percent <= 15 for motion in motions[1:])


def test_somebody_faint_is_seen_at_night() -> None:
    room = Room(noise=8.0, level=40.0)
    eye = settled(room)
    assert moving(watch(eye, (room.frame(room.walker(step), 14) for step in range(40)))) >= 36


def test_somebody_who_walks_since_the_first_frame_is_seen_right_after_the_warm_up() -> None:
    room = Room()
    motions = watch(detector(), (room.frame(room.walker(step)) for step in range(30)))
    assert all(motion.warming_up for motion in motions[:WARM_UP])
    assert moving(motions[WARM_UP:]) == 30 - WARM_UP


def test_somebody_passing_in_the_warm_up_does_not_hide_the_faint_one_after() -> None:
    room = Room()
    eye = detector()
    watch(eye, (room.frame(room.walker(step), 90) for step in range(WARM_UP)))
    watch(eye, (room.frame() for _ in range(5)))
    assert (
        moving(watch(eye, (room.frame(room.walker(step), -12) for step in range(WARM_UP)))[1:]) == WARM_UP - 1
    )


def test_somebody_is_still_seen_while_the_light_goes_down() -> None:
    room = Room()
    eye = settled(room)
    frames = (room.frame(room.walker(step), 40, light=1 - 0.01 * step) for step in range(40))
    assert moving(watch(eye, frames)) >= 38


# --- what stays quiet ---------------------------------------------------------------------------------------


def lamp(second: float) -> float:
    return 0.45 if 4 <= second < 8 else 1.0


def clouds(second: float) -> float:
    return 1 + 0.25 * float(np.sin(second * 2 * np.pi / 20))


def exposure_ramp(second: float) -> float:
    return min(1.3, max(1.0, 1 + 0.3 * (second - 4)))


@pytest.mark.parametrize("light", [lambda second: 1.0, lamp, clouds, exposure_ramp])
@pytest.mark.parametrize(("noise", "level"), [(3.0, 110.0), (3.0, 200.0), (8.0, 40.0)])
def test_noise_and_light_are_no_motion(light: Callable[[float], float], noise: float, level: float) -> None:
    room = Room(noise=noise, level=level)
    assert moving(watch(detector(), (room.frame(light=light(n / FPS)) for n in range(12 * FPS)))) == 0


def test_light_that_falls_softly_on_half_the_room_is_no_motion() -> None:
    room = Room()
    eye = settled(room)
    across = np.linspace(0, 1, WIDTH, dtype=np.float32)
    room.picture += 15 / (1 + np.exp(-12 * (across - 0.5)))
    assert moving(watch(eye, (room.frame() for _ in range(3 * FPS)))) <= 1  # an alert takes three


def test_a_blown_out_window_is_no_motion_when_the_lamp_goes_off() -> None:
    room = Room()
    room.picture[40:120, 200:280] = (
        400  # clipped at 255 with the lamp, 180 without: not what the gain foretells
    )
    frames = [room.frame(light=lamp(n / FPS)) for n in range(12 * FPS)]
    assert moving(watch(detector(), frames)) == 0


def test_a_view_that_shakes_by_a_pixel_is_no_motion() -> None:
    room = Room()
    room.picture += 50 * (np.indices((HEIGHT, WIDTH)).sum(0) // 30 % 2)  # hard edges
    still, shaken = room.picture, []
    for _ in range(6 * FPS):
        x, y = room.rng.uniform(-0.8, 0.8, 2)
        shift = np.array([[1, 0, x], [0, 1, y]])
        room.picture = cv2.warpAffine(still, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
        shaken.append(room.frame())
    assert moving(watch(detector(), shaken)) == 0


def test_a_view_that_changes_as_a_whole_is_learned_anew_in_silence() -> None:
    room, other = Room(), Room()
    other.picture = room.picture[::-1, ::-1].copy() + 30 * (np.indices((HEIGHT, WIDTH)).sum(0) // 24 % 2)
    eye = settled(room)
    motions = watch(eye, (other.frame() for _ in range(3 * FPS)))
    assert motions[0].reseeded is Reseed.WHOLE_FRAME
    assert moving(motions) == 0


def test_a_lamp_that_flickers_in_a_corner_is_learned_within_ten_seconds() -> None:
    room = Room()
    corner = Box(0, 0, 60, 50)

    def flickering(frames: int) -> Iterator[Frame]:
        return (room.frame(corner, float(room.rng.uniform(-12, 12))) for _ in range(frames))

    eye = detector()
    watch(eye, flickering(10 * FPS))
    assert moving(watch(eye, flickering(10 * FPS))) <= 2


def test_what_is_smaller_than_the_least_area_is_measured_but_is_no_motion() -> None:
    room = Room()
    eye = settled(room, min_area_percent=5)
    motions = watch(eye, (room.frame(room.walker(step)) for step in range(10)))
    assert moving(motions) == 0
    assert all(motion.boxes == [] for motion in motions)
    assert max(motion.area_percent for motion in motions) > 1


def test_somebody_walking_through_failing_light_leaves_no_mark_behind() -> None:
    room = Room()
    eye = settled(room)
    frames = (room.frame(room.walker(step // 3), 40, light=1 - 0.01 * step) for step in range(60))
    watch(eye, frames)
    afterwards = watch(eye, (room.frame(light=0.4) for _ in range(2 * FPS)))
    assert moving(afterwards[2:]) == 0  # two frames may rest


# --- no ghosts ----------------------------------------------------------------------------------------------


def test_a_place_is_quiet_two_seconds_after_somebody_who_stood_there_left() -> None:
    room = Room()
    eye = settled(room)
    watch(eye, (room.frame(room.walker(step)) for step in range(15)))
    watch(eye, (room.frame(room.walker(15)) for _ in range(10 * FPS)))
    leaving = watch(eye, (room.frame(room.walker(step)) for step in range(15, 45)))
    assert moving(leaving[2:]) >= 26
    gone = watch(eye, (room.frame() for _ in range(5 * FPS)))
    assert moving(gone[2 * FPS :]) == 0


@pytest.mark.parametrize(
    ("noise", "level", "contrast"), [(3.0, 110.0, 40), (3.0, 110.0, -40), (8.0, 40.0, 30)]
)
def test_the_wall_is_known_again_at_once_after_somebody_stood_before_it_for_a_minute(
    noise: float, level: float, contrast: float
) -> None:
    room = Room(noise=noise, level=level)
    eye = settled(room)
    watch(eye, (room.frame(room.walker(step), contrast) for step in range(15)))
    for moment in range(60 * FPS):
        place = room.walker(15)
        swaying = Box(place.x + round(np.sin(moment / 7)), place.y, place.w, place.h)
        eye.step(room.frame(swaying, contrast))
    watch(eye, (room.frame(room.walker(step), contrast) for step in range(15, 45)))
    gone = watch(eye, (room.frame() for _ in range(5 * FPS)))
    assert moving(gone[FPS // 2 :]) == 0


def test_the_wall_is_known_again_though_the_light_has_changed_meanwhile() -> None:
    room = Room()
    eye = settled(room)
    watch(eye, (room.frame(room.walker(15)) for _ in range(5 * FPS)))
    watch(eye, (room.frame(room.walker(15), light=1 - n / 600) for n in range(30 * FPS)))
    watch(eye, (room.frame(room.walker(15), light=0.5) for _ in range(3 * FPS)))
    gone = watch(eye, (room.frame(light=0.5) for _ in range(5 * FPS)))
    assert moving(gone[FPS // 2 :]) == 0


def test_a_parked_car_does_not_hide_who_walks_past_it_later() -> None:
    room = Room()
    eye = settled(room)
    car = Box(90, 90, 120, 70)
    watch(eye, (room.frame(car, -50) for _ in range(3 * FPS)))
    room.picture[car.y : car.y + car.h, car.x : car.x + car.w] -= 50
    watch(eye, (room.frame() for _ in range(240 * FPS)))  # until what was there before is forgotten
    motions = watch(eye, (room.frame(room.walker(step), 50) for step in range(8, 30)))
    assert moving(motions[1:]) == 21


def test_somebody_who_was_there_from_the_start_leaves_no_ghost() -> None:
    room = Room()
    eye = detector()
    watch(eye, (room.frame(room.walker(10)) for _ in range(2 * FPS)))
    assert moving(watch(eye, (room.frame(room.walker(step)) for step in range(10, 45)))) >= 30
    gone = watch(eye, (room.frame() for _ in range(5 * FPS)))
    assert moving(gone[2 * FPS :]) == 0


@pytest.mark.parametrize("frames_per_second", [5, 10, 30])
def test_a_thing_put_down_is_quiet_after_two_seconds_at_any_frame_rate(frames_per_second: int) -> None:
    room = Room()
    eye = MotionDetector(MotionSettings(), frames_per_second=frames_per_second)
    watch(eye, (room.frame() for _ in range(3 * frames_per_second)))
    motions = watch(eye, (room.frame(room.walker(5)) for _ in range(4 * frames_per_second)))
    assert moving(motions[:frames_per_second]) == frames_per_second
    assert moving(motions[2 * frames_per_second :]) == 0


# --- starting anew ------------------------------------------------------------------------------------------


def test_nothing_is_reported_in_the_warm_up_and_the_first_frame_says_why() -> None:
    room = Room()
    motions = watch(detector(), (room.frame() for _ in range(WARM_UP + 1)))
    assert [motion.warming_up for motion in motions] == [True] * WARM_UP + [False]
    assert [motion.reseeded for motion in motions] == [Reseed.START] + [None] * WARM_UP


def test_a_reseed_after_a_camera_move_is_silent_and_sees_again_after_the_warm_up() -> None:
    room, other = Room(), Room()
    other.picture = np.roll(room.picture, 40, axis=1)
    eye = settled(room)
    eye.reseed()
    motions = watch(eye, (other.frame() for _ in range(2 * FPS)))
    assert motions[0].reseeded is Reseed.ASKED
    assert moving(motions) == 0
    assert moving(watch(eye, (other.frame(other.walker(step)) for step in range(10)))) >= 9


@pytest.mark.parametrize(("pixels_a_frame", "frames"), [(2, 20), (4, 20), (10, 8)])
def test_a_camera_that_somebody_turns_is_one_silent_new_start(pixels_a_frame: int, frames: int) -> None:
    wide = Room(WIDTH + pixels_a_frame * frames, HEIGHT)
    wide.picture += 20 * (np.indices(wide.picture.shape).sum(0) // 24 % 2)
    eye = detector()
    watch(eye, (wide.frame()[:, :WIDTH] for _ in range(3 * FPS)))
    turning = watch(
        eye, (wide.frame()[:, pixels_a_frame * n : pixels_a_frame * n + WIDTH] for n in range(1, frames + 1))
    )
    after = watch(eye, (wide.frame()[:, -WIDTH:] for _ in range(4 * FPS)))
    assert moving(turning + after) <= 2  # an alert takes three frames
    reseeded = [motion.reseeded for motion in turning + after if motion.reseeded]
    assert len(reseeded) == 1 and reseeded[0] in (Reseed.TURNED, Reseed.WHOLE_FRAME)
    assert not after[2 * FPS].warming_up


def test_a_new_frame_size_starts_anew_in_silence() -> None:
    room, larger = Room(), Room(640, 480)
    eye = settled(room)
    motions = watch(eye, (larger.frame() for _ in range(2 * FPS)))
    assert motions[0].reseeded is Reseed.FRAME_SIZE
    assert moving(motions) == 0
    assert moving(watch(eye, (larger.frame(larger.walker(step)) for step in range(10)))) >= 9


# --- where --------------------------------------------------------------------------------------------------

SIZES = [(160, 120), (320, 240), (480, 270), (640, 480), (768, 432), (1280, 720), (1920, 1080), (1080, 1920)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_boxes_are_in_frame_pixels_at_every_resolution(width: int, height: int) -> None:
    room = Room(width, height)
    eye = detector()
    watch(eye, [room.frame()] * (WARM_UP + 2))
    truth = room.walker(20)
    motion = eye.step(room.frame(truth))
    assert len(motion.boxes) == 1
    assert iou(motion.boxes[0], truth) > 0.4  # the box is dilated by some pixels of the small plane
    centre = (motion.boxes[0].x + motion.boxes[0].w / 2, motion.boxes[0].y + motion.boxes[0].h / 2)
    assert centre == pytest.approx((truth.x + truth.w / 2, truth.y + truth.h / 2), abs=width / 80)
    assert motion.area_percent == pytest.approx(100 / 60, abs=2.0)


def test_a_luma_plane_gives_what_the_bgr_frame_gives() -> None:
    room = Room(640, 480)
    from_bgr, from_luma = detector(), detector()
    for step in range(-2 * FPS, 30):
        frame = room.frame(room.walker(step) if step >= 0 else None)
        bgr, luma = from_bgr.step(frame), from_luma.step(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY))
        assert bgr.moving == luma.moving
        assert bgr.area_percent == pytest.approx(luma.area_percent, abs=0.3)
    assert from_luma.step(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)).moving


def test_boxes_of_a_small_luma_plane_can_be_given_in_pixels_of_the_main_picture() -> None:
    room = Room(160, 120)
    eye = detector()
    watch(eye, (room.frame()[:, :, 0] for _ in range(3 * FPS)))
    truth = room.walker(20)
    motion = eye.step(room.frame(truth)[:, :, 0], frame_size=(1280, 960))
    assert iou(motion.boxes[0], Box(truth.x * 8, truth.y * 8, truth.w * 8, truth.h * 8)) > 0.4


def test_the_biggest_of_several_boxes_comes_first() -> None:
    room = Room()
    eye = settled(room)
    frame = room.frame(Box(20, 20, 30, 30))
    frame[150:230, 200:280] = 250
    boxes = eye.step(frame).boxes
    assert len(boxes) == 2
    assert iou(boxes[0], Box(200, 150, 80, 80)) > 0.6


def test_a_frame_that_is_a_view_of_a_larger_array_is_read_as_it_looks() -> None:
    room = Room(160, 120)
    eye = detector()
    padded = np.zeros((120, 192), np.uint8)  # the row padding of a camera's luma plane
    for step in range(-2 * FPS, 10):
        padded[:, :160] = room.frame(room.walker(step) if step >= 0 else None)[:, :, 0]
        motion = eye.step(padded[:, :160])
    assert motion.moving
    assert iou(motion.boxes[0], room.walker(9)) > 0.4


def test_the_frame_is_left_as_it_was() -> None:
    room = Room()
    eye = settled(room)
    frame = room.frame(room.walker(3))
    before = frame.copy()
    eye.step(frame)
    assert np.array_equal(frame, before)


@settings(max_examples=40, deadline=None)
@given(width=st.integers(16, 700), height=st.integers(16, 700), colour=st.booleans(), data=st.data())
def test_boxes_lie_within_frames_of_any_size(
    width: int, height: int, colour: bool, data: st.DataObject
) -> None:
    shape = (height, width, 3) if colour else (height, width)
    eye = detector()
    watch(eye, [np.full(shape, 90, np.uint8)] * (WARM_UP + 1))
    frame = np.full(shape, 90, np.uint8)
    x, y = data.draw(st.integers(0, width - 8)), data.draw(st.integers(0, height - 8))
    frame[y : y + height // 2 + 1, x : x + width // 3 + 1] = 200
    motion = eye.step(frame)
    assert 0 <= motion.area_percent <= 100
    assert motion.moving == bool(motion.boxes)
    for box in motion.boxes:
        assert box.x >= 0 and box.y >= 0 and box.w > 0 and box.h > 0
        assert box.x + box.w <= width and box.y + box.h <= height


# --- ignored places -----------------------------------------------------------------------------------------

LEFT_HALF = [[(0, 0), (0.5, 0), (0.5, 1), (0, 1)]]


def test_motion_within_an_ignored_polygon_is_not_seen() -> None:
    room = Room()
    eye = settled(room, ignore=LEFT_HALF)
    motions = watch(eye, (room.frame(room.walker(step)) for step in range(12)))  # stays left of 0.42
    assert moving(motions) == 0
    assert {motion.area_percent for motion in motions} == {0.0}


def test_motion_outside_an_ignored_polygon_is_seen() -> None:
    room = Room()
    eye = settled(room, ignore=LEFT_HALF)
    motions = watch(eye, (room.frame(room.walker(step)) for step in range(22, 40)))
    assert moving(motions) >= 17


def test_a_whole_view_change_is_judged_by_the_places_that_count() -> None:
    room = Room()
    eye = settled(room, ignore=[[(0, 0), (0.8, 0), (0.8, 1), (0, 1)]])
    frame = room.frame()
    checks = 80 * (np.indices((HEIGHT, WIDTH)).sum(0) // 24 % 2).astype(np.uint8)
    frame[:, WIDTH * 8 // 10 :] = checks[:, WIDTH * 8 // 10 :, None]
    assert eye.step(frame).reseeded is Reseed.WHOLE_FRAME


# --- refusals -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "complaint"),
    [
        (None, "numpy array, not NoneType"),
        (b"jpeg", "numpy array, not bytes"),
        (np.zeros((240, 320, 3), np.float32), "uint8.*not float32"),
        (np.zeros((240, 320, 4), np.uint8), r"not \(240, 320, 4\)"),
        (np.zeros((240, 320, 1), np.uint8), r"not \(240, 320, 1\)"),
        (np.zeros((2, 240, 320, 3), np.uint8), "BGR"),
        (np.zeros(320, np.uint8), "luma"),
        (np.zeros((0, 0, 3), np.uint8), "at least 16 pixels"),
        (np.zeros((240, 8, 3), np.uint8), "at least 16 pixels"),
    ],
)
def test_what_is_no_picture_is_refused_with_a_sentence(frame: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        detector().step(frame)


def test_a_refused_frame_does_not_disturb_the_watch() -> None:
    room = Room()
    eye = settled(room)
    with pytest.raises(ValueError, match="uint8"):
        eye.step(np.zeros((HEIGHT, WIDTH, 3), np.uint16))
    motion = eye.step(room.frame())
    assert motion.reseeded is None
    assert not motion.warming_up


def test_a_frame_size_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="frame_size"):
        detector().step(np.zeros((120, 160), np.uint8), frame_size=(0, 480))


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_frame_rate_that_is_none_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="frames_per_second"):
        MotionDetector(MotionSettings(), frames_per_second=rate)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("width_pixels", 10),
        ("blur_pixels", 4),
        ("threshold_levels", -1),
        ("min_area_percent", 0),
        ("min_area_percent", 101),
        ("min_area_percent", float("nan")),
        ("warm_up_seconds", 0),
        ("still_seconds", "soon"),
        ("whole_frame_percent", 0),
        ("min_aera_percent", 1),
        ("ignore", [[(0, 0), (1, 1)]]),
        ("ignore", [[(0, 0), (1, 1), (1, 1.2)]]),
        ("ignore", [[(0, 0), (1, 1), (1, float("nan"))]]),
        ("ignore", [[(0, 0), (1, 0), (1, 1), (0, 1)]]),
    ],
)
def test_an_impossible_setting_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        MotionSettings(**{name: value})
    assert name in {str(error["loc"][0]) for error in refused.value.errors()}


def test_settings_cannot_be_changed_behind_the_detector() -> None:
    with pytest.raises(ValidationError):
        MotionSettings().min_area_percent = 2  # type: ignore[misc]


def test_every_setting_says_its_reason() -> None:
    assert all(field.description for field in MotionSettings.model_fields.values())
