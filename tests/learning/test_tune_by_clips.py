"""Threshold and vote are turned by what whole clips prove, and no further; what proves nothing turns nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.domain import Box, Detection, Tag
from app.learning import tune_clips
from app.learning.tune import Tuned, tune
from app.learning.tune_case import Case
from app.learning.tune_check import Checked, Replayed
from app.learning.tune_clips import Clips, Shown
from app.learning.tune_knobs import Knobs, Turn, possible_turns
from app.learning.tune_play import Sight
from app.learning.tune_text import as_plain, as_text
from app.store.events import EventRecord
from app.vision.gate import Gate, InlineGate, NoGate
from tests.learning.drawn_house import TREE, House, Model, Paint, Picture, gust, walker

START = Knobs(min_area_percent=0.4, min_score=0.4, threshold_levels=5, min_moving_frames=3, confirm_below=0.5)
HUSH = 7
"""The first step from which on a shimmer of eight levels is not seen: its edges, blurred, are less."""


class Eyes(Model):
    """Sure of what is bluish, fairly sure of what is grey, and least sure of people, who are white."""

    def detect(self, frame: Picture, region: Box | None = None) -> list[Detection]:
        self.asked += 1
        grey, blue = frame[:, :, 0].astype(int), frame[:, :, 0].astype(int) - frame[:, :, 1]
        found = []
        for score, like in ((0.95, blue > 60), (0.75, (grey > 190) & (grey < 218)), (0.62, grey > 225)):
            ys, xs = np.nonzero(like & ((blue < 20) | (score > 0.9)))
            if len(xs) > 300:
                box = Box(int(xs.min()), int(ys.min()), int(np.ptp(xs)) + 1, int(np.ptp(ys)) + 1)
                found.append(Detection(box, score))
        return found


def bird(picture: Picture, seconds: float) -> None:
    """As large and as bright as somebody, and gone after four frames."""
    if seconds < 0.35:
        walker(picture, seconds)


def bird_that_comes_back(picture: Picture, seconds: float) -> None:
    """The same, and then for longer, when the sample has long ended and the event goes on."""
    if seconds < 0.35 or seconds > 1.5:
        walker(picture, seconds)


def late(picture: Picture, seconds: float) -> None:
    """Somebody who shows for four frames and walks in only when the vote is over again."""
    if seconds < 0.35 or seconds > 2.6:
        walker(picture, seconds % 2.6)


def shimmer(picture: Picture, seconds: float) -> None:
    """Hardly brighter than the room."""
    left = 150 + round(40 * seconds)
    picture[90:210, left : left + 30] += 8
    picture[90:210, left : left + 30, 0] = 200


def flash(picture: Picture, seconds: float) -> None:
    """Something dull that passes, taken for a person in one look."""
    left = 150 + round(40 * seconds)
    picture[90:210, left : left + 30] = TREE if seconds < 0.4 else 160


def house_of(data: Path, wrong: Sequence[Paint], *, gated: bool = True, films: bool = True) -> House:
    """Four days, each with these false alarms and three people."""
    house = House(data, model=Eyes(), gated=gated, films=films, visit_seconds=3.2)
    for _ in range(4):
        house.quiet()
        for paint in wrong:
            house.alert(paint, Tag.UNOCCUPIED)
        for _ in range(3):
            house.alert(walker, Tag.OCCUPIED)
        house.next_day()
    return house


def tuned(house: House, gate: Gate | None = None, **shelf: object) -> Tuned:
    return tune(
        list(house.store.all()),
        house.settings,
        shelf=replace(house.shelf(gate or InlineGate(house.model)), **shelf),
        view_since={},
    )


def turned(found: Tuned) -> dict[str, object]:
    """What is proposed, as the settings call it."""
    if found.knobs is None:
        return {}
    now, then = as_plain(found)["now"], as_plain(found)["proposed"]
    return {name: value for name, value in then.items() if value != now[name]}


def clips_of(house: House, tag: Tag) -> list[Path]:
    paths = [
        house.events.file(sample.record.id, "clip.mp4")
        for sample in house.store.all()
        if sample.tag is not None and sample.tag.tag is tag
    ]
    return [path for path in paths if path is not None]


@pytest.fixture(scope="module")
def birds(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_of(tmp_path_factory.mktemp("birds"), [bird, bird])


@pytest.fixture(scope="module")
def flashes(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_of(tmp_path_factory.mktemp("flashes"), [flash, flash])


@pytest.fixture(scope="module")
def shimmers(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_of(tmp_path_factory.mktemp("shimmers"), [shimmer, shimmer])


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> House:
    return house_of(tmp_path_factory.mktemp("both"), [bird, shimmer])


@pytest.mark.parametrize(
    ("wrong", "wheel", "value"),
    [
        ("birds", "min_moving_frames", 5),
        ("flashes", "confirm_below", 0.8),
        ("shimmers", "threshold_levels", HUSH),
    ],
)
def test_what_only_whole_clips_tell_apart_is_told_apart(
    request: pytest.FixtureRequest, wrong: str, wheel: str, value: float
) -> None:
    found = tuned(request.getfixturevalue(wrong))
    assert turned(found) == {wheel: value}
    assert (found.false_alarms, found.people, found.gone) == (8, 12, 8)
    assert found.unseen is not None
    assert (found.unseen.gone, found.unseen.lost) == (8, 0)
    assert found.filmed is not None
    assert (found.filmed.gone, found.filmed.gone_of, found.filmed.kept, found.filmed.kept_of) == (
        8,
        8,
        12,
        12,
    )
    text = as_text(found)
    assert f"{wheel} {getattr(found.start, wheel):g} → {value:g}" in text
    assert "false alarms    8 → 0" in text
    assert f"told later by   {found.delay_seconds:.1f} s at most" in text
    assert "Whole clips played through the eyes again: 8 of 8 false alarms stay quiet, 12 of 12" in text


def test_before_and_after_stand_side_by_side_as_the_clips_show_them(birds: House) -> None:
    found = tuned(birds)
    assert 0 < found.delay_seconds < 1
    text = as_text(found)
    assert "| 1 | 1 | 0 | 8 | 0 |" in text
    assert "| 0 | 1 | 0 | 0 | 8 |" in text  # enough frames did not move any more
    assert "| 1 | 1 | 1 | 12 | 12 |" in text


def test_one_person_who_would_be_lost_keeps_the_wheel_where_it_is(birds: House, tmp_path: Path) -> None:
    """Eleven stay for long enough; the twelfth runs through as fast as a bird."""
    house = birds.copied(tmp_path)
    house.alert(bird, Tag.OCCUPIED)
    found = tuned(house)
    assert turned(found) == {}
    assert "without losing a tagged person" in found.why


def test_somebody_who_would_be_announced_too_late_counts_as_lost(
    birds: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = birds.copied(tmp_path)
    house.alert(late, Tag.OCCUPIED)
    assert turned(tuned(house)) == {}
    monkeypatch.setattr(tune_clips, "MOST_DELAY_SECONDS", 3.0)
    found = tuned(house)
    assert turned(found) == {"min_moving_frames": 5}
    assert 2 < found.delay_seconds < 3


@pytest.mark.parametrize(("alert", "delay"), [(3.4, 0.4), (5.0, 2.0), (5.1, None), (None, None), (2.9, 0.0)])
def test_later_by_more_than_two_seconds_is_too_late(alert: float | None, delay: float | None) -> None:
    shown = Shown(3.0, {})
    assert shown.delay(Sight(alert, motion=True, person=True)) == pytest.approx(delay)


def test_what_comes_later_in_its_event_keeps_a_false_alarm_one(tmp_path: Path) -> None:
    """By its sample, which ends with the alert, it would be gone."""
    found = tuned(house_of(tmp_path, [bird_that_comes_back] * 2))
    assert turned(found) == {}


def test_without_clips_nothing_is_turned_and_it_is_said_why(tmp_path: Path) -> None:
    found = tuned(house_of(tmp_path, [bird, bird], films=False))
    assert turned(found) == {}
    assert "8 false alarms have no whole clip on this disk" in as_text(found)


@pytest.mark.parametrize(
    "lacking",
    [{"longer": 10.0}, {"clip_problem": "9 pictures are missing"}, {"ended": None}, {"clip": None}],
)
def test_a_clip_that_does_not_show_its_whole_event_spares_no_false_alarm(
    birds: House, lacking: dict[str, Any]
) -> None:
    def cut(event_id: str) -> EventRecord:
        event = birds.events.get(event_id)
        assert event is not None
        assert event.ended is not None
        longer = {"ended": event.ended + lacking["longer"]} if "longer" in lacking else lacking
        return event.model_copy(update=longer)

    found = tuned(birds, event_of=cut)
    assert turned(found) == {}
    assert "8 false alarms have no whole clip on this disk" in as_text(found)


def test_where_the_recorded_frames_say_otherwise_than_the_clip_they_are_believed(
    birds: House, tmp_path: Path
) -> None:
    """The camera saw eight frames move before the alert, of which the clip shows four."""
    house = birds.copied(tmp_path)
    for sample in list(house.store.all()):
        if sample.tag is not None and sample.tag.tag is Tag.UNOCCUPIED:
            frames = [frame.model_copy(update={"area_percent": 5.0}) for frame in sample.record.frames[-8:]]
            record = sample.record.model_copy(update={"frames": [*sample.record.frames[:-8], *frames]})
            path = tmp_path / "samples" / record.id / "sample.json"
            path.write_text(record.model_dump_json())
    assert turned(tuned(house)).get("min_moving_frames") != 5


def test_damaged_and_deleted_clips_are_left_out_and_said_in_a_line_each(birds: House, tmp_path: Path) -> None:
    house = birds.copied(tmp_path)
    torn, nonsense, empty, deleted, *_ = clips_of(house, Tag.UNOCCUPIED)
    torn.write_bytes(torn.read_bytes()[:3000])
    nonsense.write_bytes(b"no video " * 999)
    empty.write_bytes(b"")
    deleted.unlink()
    found = tuned(house)
    assert turned(found) == {"min_moving_frames": 5}
    assert found.gone == 4
    lines = as_text(found).splitlines()
    assert "3 clips cannot be read to their end, and are not used" in lines
    assert [line for line in lines if line.startswith("1 false alarms have no whole clip")]


def test_a_clip_that_does_not_alert_as_set_proves_nothing(both: House, tmp_path: Path) -> None:
    house = both.copied(tmp_path)
    house.model = Blind()  # for the shimmer: it sees nothing of what made these alarms
    found = tuned(house)
    assert turned(found) == {"min_moving_frames": 5}
    assert found.gone == 4
    assert "4 clips do not alert when they are played as set, and prove nothing" in as_text(found)


class Blind(Eyes):
    def detect(self, frame: Picture, region: Box | None = None) -> list[Detection]:
        return [one for one in super().detect(frame, region) if one.score < 0.9]


def test_a_person_without_a_clip_limits_the_vote_to_what_their_sample_proves(
    birds: House, tmp_path: Path
) -> None:
    """A sample ends with the alert, when three frames had moved: that a fifth would have is not in it."""
    house = birds.copied(tmp_path)
    clips_of(house, Tag.OCCUPIED)[0].unlink()
    found = tuned(house)
    assert turned(found) == {}
    assert "1 people have no clip on this disk" in as_text(found)


def test_people_without_clips_may_prove_a_threshold_by_their_pictures(
    shimmers: House, tmp_path: Path
) -> None:
    house = shimmers.copied(tmp_path)
    for clip in clips_of(house, Tag.OCCUPIED):
        clip.unlink()
    found = tuned(house)
    assert turned(found) == {"threshold_levels": HUSH}
    assert found.replayed is not None
    assert (found.replayed.kept, found.replayed.kept_of) == (12, 12)
    assert found.delay_seconds == 0


def test_people_whose_clips_and_pictures_are_gone_prove_nothing(shimmers: House, tmp_path: Path) -> None:
    house = shimmers.copied(tmp_path)
    clip, *_ = clips_of(house, Tag.OCCUPIED)
    clip.unlink()
    for picture in (tmp_path / "samples" / clip.parent.name).glob("*.jpg"):
        picture.write_bytes(b"no picture")
    assert turned(tuned(house)) == {}


def test_two_kinds_of_false_alarms_turn_two_wheels_and_both_are_played_together(both: House) -> None:
    found = tuned(both)
    assert turned(found) == {"threshold_levels": HUSH, "min_moving_frames": 5}
    assert found.gone == 8
    assert found.filmed is not None
    assert (found.filmed.gone_of, found.filmed.kept, found.filmed.kept_of) == (8, 12, 12)


def test_what_cannot_be_played_with_both_turned_is_proposed_with_one(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Clips, "again", lambda *_: {})  # not one of them, in the time there is
    found = tuned(both)
    assert len(turned(found)) == 1
    assert found.gone == 4


def test_a_check_that_runs_out_of_time_is_known_to_have_been_cut(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    again, cut = Clips.again, []

    def too_late(clips: Clips, cases: Iterable[Case], knobs: Knobs) -> dict[str, Sight]:
        clips._checks_left = -1.0
        seen = again(clips, cases, knobs)
        cut.append((seen, clips.check_was_cut))
        return seen

    monkeypatch.setattr(Clips, "again", too_late)
    assert len(turned(tuned(both))) == 1
    assert cut
    assert all(one == ({}, True) for one in cut)


def test_a_false_alarm_that_is_not_seen_to_be_quiet_with_all_of_it_turned_is_not_promised(
    both: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = Clips.again

    def people_alone(clips: Clips, cases: Iterable[Case], knobs: Knobs) -> dict[str, Sight]:
        return again(clips, [case for case in cases if case.occupied], knobs)

    monkeypatch.setattr(Clips, "again", people_alone)
    found = tuned(both)
    assert len(turned(found)) == 1
    assert found.gone == 4


def test_where_a_mask_spares_everything_no_clip_is_played(tmp_path: Path) -> None:
    house = House(tmp_path, model=Model(tree_score=0.9), films=True)
    for _ in range(4):
        house.quiet()
        for paint, tag in ((gust, Tag.UNOCCUPIED), (walker, Tag.OCCUPIED)) * 2 + ((walker, Tag.OCCUPIED),):
            house.alert(paint, tag)
        house.next_day()
    asked = house.model.asked
    found = tuned(house)
    assert list(turned(found)) == ["masks"]
    assert found.gone == 8
    assert house.model.asked == asked


def test_when_the_time_is_up_the_rest_counts_as_not_played(
    birds: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune_clips, "FALSE_ALARMS_SECONDS", 100.0)
    monkeypatch.setattr(tune_clips, "PEOPLE_SECONDS", 1e6)
    ticks = iter(range(10**6))
    found = tuned(birds, clock=lambda: float(next(ticks)))  # a second a frame: one clip has some 90
    assert turned(found) == {}
    assert "7 clips were not played: the time for that was up" in as_text(found).splitlines()


def test_people_whom_there_was_no_time_for_are_not_risked(
    birds: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tune_clips, "PEOPLE_SECONDS", 0.0)
    ticks = iter(range(10**6))
    found = tuned(birds, clock=lambda: next(ticks) / 1000)
    assert turned(found) == {}
    assert "12 clips were not played: the time for that was up" in as_text(found).splitlines()


@pytest.mark.parametrize("gate", [NoGate("gone"), InlineGate(Eyes(name="other.onnx"))])
def test_without_the_model_of_the_samples_no_clip_is_played(birds: House, gate: Gate) -> None:
    found = tuned(birds, gate)
    assert turned(found) == {}
    assert "8 clips cannot be played: the person model of the samples is not on this machine" in as_text(
        found
    )


def test_where_motion_alone_decides_clips_are_played_without_a_model_too(tmp_path: Path) -> None:
    house = house_of(tmp_path, [shimmer, shimmer], gated=False)
    found = tuned(house, NoGate("nor now"))
    assert list(turned(found)) == ["threshold_levels"]
    assert found.gone == 8
    assert house.model.asked == 0


class Failing(Eyes):
    def detect(self, frame: Picture, region: Box | None = None) -> list[Detection]:
        raise RuntimeError("out of memory")


def test_a_model_that_fails_on_a_clip_lets_nothing_be_decided_by_motion_alone(birds: House) -> None:
    found = tuned(birds, InlineGate(Failing()))
    assert turned(found) == {}
    assert found.filmed is None


def test_each_clip_is_announced_before_it_is_played(birds: House) -> None:
    told: list[tuple[int, int]] = []
    tuned(birds, progress=lambda number, of: told.append((number, of)))
    assert told == [*((n, 8) for n in range(1, 9)), *((n, 12) for n in range(1, 13))]


# How far


def test_every_possible_turn_is_tighter_and_within_what_the_settings_allow() -> None:
    found = possible_turns(START, 30)
    assert found == (
        *(Turn("threshold_levels", value) for value in (6, 7, 8, 10)),
        *(Turn("min_moving_frames", value) for value in (5, 8, 12)),
        *(Turn("confirm_below", value) for value in (0.6, 0.7, 0.8, 0.9)),
    )
    assert all(turn.value > getattr(START, turn.wheel) for turn in found)


def test_turns_end_at_the_window_at_the_highest_level_and_without_a_model() -> None:
    tight = replace(START, threshold_levels=90, min_moving_frames=20, min_score=None)
    assert possible_turns(tight, 30) == (Turn("min_moving_frames", 30),)


def test_a_threshold_between_two_levels_is_turned_by_a_whole_one() -> None:
    """Motion rounds it: 5.6 is 6 already."""
    levels = [t.value for t in possible_turns(replace(START, threshold_levels=5.6), 30)][:2]
    assert levels == [7, 8]


def test_nothing_holds_that_was_not_kept_wholly() -> None:
    whole, less = Replayed(1, 1, 2, 2), Replayed(1, 1, 1, 2)
    assert Checked(whole, whole, frozenset()).holds
    assert not Checked(less, whole, frozenset()).holds
    assert not Checked(whole, less, frozenset()).holds
