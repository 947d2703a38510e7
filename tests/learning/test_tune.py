"""Tuning, on a house whose truth is known: it helps where it can, loses nobody, and says when it cannot know."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from app.cli import main
from app.domain import Tag
from app.learning.digest_gains import tuning_gain
from app.learning.tune import Tuned, layer_with, tune
from app.learning.tune_text import as_plain, as_text
from app.settings import Settings, load_settings
from app.slack.digest_facts import Verdict
from app.store.outbox import Outbox
from app.store.samples import SampleStore
from app.vision.gate import Gate, InlineGate
from tests.learning.drawn_house import House, Model, Paint, gust, moth, past_the_tree, settings_for, walker

TAGS: Mapping[Paint, Tag] = {
    gust: Tag.UNOCCUPIED,
    moth: Tag.UNOCCUPIED,
    walker: Tag.OCCUPIED,
    past_the_tree: Tag.OCCUPIED,
}


def live(house: House, days: Sequence[Sequence[Paint]]) -> House:
    for day in days:
        house.quiet()
        for paint in day:
            house.alert(paint, TAGS[paint])
        house.next_day()
    return house


def tuned(house: House, gate: Gate | None = None, since: float | None = None) -> Tuned:
    return tune(
        list(house.store.all()),
        house.settings,
        shelf=house.shelf(gate),
        view_since={} if since is None else {"front": since},
    )


@pytest.fixture(scope="module")
def windy(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A tree that is as sure a person to the model as people are; nobody ever walks there."""
    house = House(tmp_path_factory.mktemp("windy"), model=Model(tree_score=0.9))
    return live(house, [[gust, walker, gust, walker, walker]] * 4)


@pytest.fixture(scope="module")
def found(windy: House) -> Tuned:
    """What is proposed for the windy house."""
    return tuned(windy)


def test_a_swaying_tree_is_masked_and_nobody_is_lost(found: Tuned) -> None:
    assert found.knobs is not None
    assert (found.false_alarms, found.people, found.gone) == (8, 12, 8)
    assert (found.knobs.min_area_percent, found.knobs.min_score) == (0.4, 0.4)
    (mask,) = found.knobs.masks.values()
    assert all(0 <= x <= 0.4 and 0.2 <= y <= 0.8 for polygon in mask for x, y in polygon)
    assert found.unseen is not None
    assert (found.unseen.gone, found.unseen.lost, found.unseen.days) == (8, 0, 4)
    assert found.replayed is not None
    assert (found.replayed.gone, found.replayed.gone_of) == (8, 8)
    assert (found.replayed.kept, found.replayed.kept_of) == (12, 12)


def test_pictures_are_played_the_newest_people_first_until_the_time_for_that_is_up(windy: House) -> None:
    minutes = count(0, 60)
    shelf = replace(windy.shelf(), clock=lambda: float(next(minutes)))
    found = tune(list(windy.store.all()), windy.settings, shelf=shelf, view_since={})
    assert found.gone == 8
    assert found.replayed is not None
    assert (found.replayed.kept, found.replayed.kept_of) == (2, 2)  # five played: as set, and masked
    assert (found.replayed.gone, found.replayed.gone_of) == (0, 0)
    assert found.not_played == 18
    assert "For the pictures of 18 older alerts there was no time." in as_text(found)


def test_before_and_after_stand_side_by_side_in_the_seeds_table(found: Tuned) -> None:
    text = as_text(found)
    assert "20 tagged alerts of 4 days: 12 with somebody, 8 false alarms" in text
    assert "| 1 | 1 | 0 | 8 | 0 |" in text
    assert "| 1 | 1 | 1 | 12 | 12 |" in text
    assert "false alarms    8 → 0" in text
    assert "at most 24 % would be lost" in text
    assert "front: motion in the left does not count" in text


def test_text_and_plain_values_tell_the_same(found: Tuned) -> None:
    plain = json.loads(json.dumps(as_plain(found)))
    assert (plain["gone"], plain["why_not"]) == (8, "")
    assert {"motion_model": 1, "person_last_30": 1, "actual": 0, "before": 8, "after": 0} in plain["table"]


def test_a_place_where_somebody_walked_is_never_masked(tmp_path: Path) -> None:
    house = House(tmp_path, model=Model(tree_score=0.9))
    found = tuned(live(house, [[gust, walker, gust, past_the_tree, walker]] * 4))
    assert found.knobs is None
    assert "without losing a tagged person" in found.why
    assert "Nothing is proposed" in as_text(found)


def test_where_people_walk_past_the_tree_a_doubtful_score_is_what_tells_them_apart(tmp_path: Path) -> None:
    found = tuned(live(House(tmp_path), [[gust, walker, gust, past_the_tree, walker]] * 4))
    assert found.knobs is not None
    assert found.knobs.masks == {}
    assert found.knobs.min_score == pytest.approx(0.65)
    assert found.gone == 8


def test_moths_where_people_walk_are_told_by_their_size(tmp_path: Path) -> None:
    found = tuned(live(House(tmp_path), [[moth, walker, moth, walker, walker]] * 4))
    assert found.knobs is not None
    assert found.knobs.masks == {}
    assert found.knobs.min_area_percent > 0.4
    assert found.gone == 8
    assert found.replayed is not None
    assert found.replayed.gone == found.replayed.gone_of


def test_few_tags_propose_nothing(tmp_path: Path) -> None:
    found = tuned(live(House(tmp_path), [[gust, walker]] * 3))
    assert found.why == "6 tagged alerts are too few to propose anything; 20 are needed"


@pytest.mark.parametrize(
    ("days", "why"),
    [
        ([[gust] * 9 + [walker]] * 2, "2 tagged people are too few"),
        ([[walker] * 10, [walker] * 9 + [gust]], "1 false alarms are too few"),
        ([[gust, walker] * 10], "all of them are of one day"),
    ],
)
def test_one_sided_tags_propose_nothing(tmp_path: Path, days: list[list[Paint]], why: str) -> None:
    assert why in tuned(live(House(tmp_path), days)).why


def test_what_helps_on_one_day_only_is_not_proposed(tmp_path: Path) -> None:
    house = House(tmp_path, model=Model(tree_score=0.9))
    found = tuned(live(house, [[gust, gust, gust, gust, walker, walker], *[[walker] * 5] * 3]))
    assert found.knobs is None
    assert "does not hold on the others" in found.why


def test_a_mask_is_only_learned_from_where_the_camera_looks_now(windy: House) -> None:
    aimed = max(sample.record.taken for sample in windy.store.all()) + 1
    assert tuned(windy, since=aimed).knobs is None


def test_a_false_alarm_whose_event_is_not_known_is_not_promised_away(windy: House) -> None:
    found = tune(
        list(windy.store.all()),
        windy.settings,
        shelf=replace(windy.shelf(), event_of=lambda _: None),
        view_since={},
    )
    assert found.knobs is None
    assert [n for reason, n in found.left_out.items() if "no record of their whole event" in reason] == [8]


def test_what_the_event_showed_after_the_alert_keeps_it_an_alert(windy: House) -> None:
    def sure_later(event_id: str) -> object:
        event = windy.events.get(event_id)
        assert event is not None
        return event.model_copy(update={"boxes": ((250, 60, 40, 120),)})  # a person, far from the tree

    found = tune(
        list(windy.store.all()),
        windy.settings,
        shelf=replace(windy.shelf(), event_of=sure_later),  # type: ignore[arg-type]
        view_since={},
    )
    assert found.knobs is None


def test_damaged_samples_and_those_of_lost_cameras_are_left_out(tmp_path: Path) -> None:
    house = live(House(tmp_path, model=Model(tree_score=0.9)), [[gust, walker, gust, walker, walker]] * 4)
    ids = [sample.record.id for sample in house.store.all() if sample.record.reason == "alert"]
    (tmp_path / "samples" / ids[0] / "sample.json").write_text("{")
    (tmp_path / "samples" / ids[1] / "000.jpg").write_bytes(b"no picture")
    found = tuned(house)
    assert "19 tagged alerts are too few" in found.why
    house.alert(gust, Tag.UNOCCUPIED)
    found = tuned(house)
    assert found.knobs is not None
    assert found.replayed is not None
    assert (
        found.replayed.kept_of == 11
    )  # the one whose picture is none proves nothing, and is not counted as kept
    house.settings = house.settings.model_copy(
        update={"cameras": (house.settings.cameras[0].model_copy(update={"name": "yard"}),)}
    )
    assert [reason for reason in tuned(house).left_out if "no longer in the settings" in reason]


def test_samples_of_another_model_are_asked_again_or_left_out(tmp_path: Path) -> None:
    house = live(House(tmp_path, model=Model(name="old.onnx")), [[gust, walker, gust, walker, walker]] * 4)
    house.model = Model(tree_score=0.45)
    house.quiet()
    assert [n for reason, n in tuned(house).left_out.items() if "another person model" in reason] == [20]
    asked_before = house.model.asked
    found = tuned(house, InlineGate(house.model))
    assert house.model.asked >= asked_before + 20
    assert found.knobs is not None
    assert found.gone == 8


def test_tuning_starts_from_the_settings_as_they_are(windy: House) -> None:
    """What the present settings remove already is neither promised nor counted again."""
    mask = {"motion": {"ignore": [[[0, 0], [0.4, 0], [0.4, 1], [0, 1]]]}}
    windier = settings_for(windy.settings.storage.data, **mask)
    found = tune(
        list(windy.store.all()),
        windier,
        shelf=windy.shelf(),
        view_since={},
    )
    assert found.false_alarms == 0
    assert [n for reason, n in found.left_out.items() if "would not alert any more" in reason] == [8]


def test_a_layer_keeps_what_was_tuned_before(found: Tuned) -> None:
    assert found.knobs is not None
    old = {"person": {"min_score": 0.6}, "cameras": {"front": {"ignore": [[[0.9, 0], [1, 0], [1, 0.1]]]}}}
    layer = layer_with(old, found.start, found.knobs)
    assert layer["person"] == {"min_score": 0.6}
    assert layer["cameras"]["front"]["ignore"][0] == [[0.9, 0], [1, 0], [1, 0.1]]
    assert len(layer["cameras"]["front"]["ignore"]) == 1 + len(found.knobs.masks["front"])
    assert len(old["cameras"]["front"]["ignore"]) == 1


# The command


@pytest.fixture
def installed(windy: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The windy house as a person at its terminal finds it: samples, events and an own settings file."""
    data = tmp_path / "data"
    data.mkdir()
    for name in ("samples", "events"):
        (data / name).symlink_to(windy.settings.storage.data / name)
    mine = tmp_path / "mine.yml"
    mine.write_text("cameras: [{name: front, source: x.mp4, width_pixels: 320, height_pixels: 240}]\n")
    monkeypatch.setenv("PYCAM_DATA", str(data))
    monkeypatch.setenv("PYCAM_CONFIG", str(mine))
    return data


def ignored() -> int:
    settings: Settings = load_settings(private=Path("/nonexistent/private.yml"))
    return len(settings.camera("front").ignore)


def test_applied_and_undone_through_the_settings(installed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--apply"]) == 0
    assert "start anew" in capsys.readouterr().err
    assert ignored() > 0
    assert main(["tune"]) == 1  # nothing is left to improve
    assert "would not alert any more" in capsys.readouterr().out
    assert main(["tune", "--undo"]) == 0
    assert ignored() == 0
    assert main(["tune", "--undo"]) == 1
    assert "nothing to undo" in capsys.readouterr().err


def test_without_a_yes_nothing_changes(
    installed: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n"))  # no terminal
    assert main(["tune", "--json"]) == 0
    out, err = capsys.readouterr()
    assert len(json.loads(out)["proposal"]) == 16
    assert "nothing is changed yet" in err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    assert main(["tune"]) == 0
    assert ignored() == 0
    monkeypatch.setattr("builtins.input", lambda _: "y")
    assert main(["tune"]) == 0
    assert ignored() > 0


def test_a_layer_that_spoils_the_start_can_still_be_undone(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tune", "--apply"]) == 0
    (installed / "tuned.yml").write_text("motion: {min_area_percent: -1}\n")
    assert main(["tune"]) == 78
    assert main(["tune", "--undo"]) == 0
    assert ignored() == 0


def test_what_slack_started_answers_by_the_outbox(installed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("https://hooks.slack.com/commands/T/1/x\n"))
    monkeypatch.setattr("app.learning.tune_cli.step_back", lambda: None)
    assert main(["tune", "--reply"]) == 0
    (item,) = Outbox(installed / "outbox").pending()
    assert item.kind == "reply"
    assert item.payload["response_url"] == "https://hooks.slack.com/commands/T/1/x"
    told, numbers, trust, actions = item.payload["blocks"]
    assert "does not count" in told["text"]["text"]
    lines = numbers["text"]["text"].strip("`").splitlines()
    assert lines[0] == "false alarms    8 → 0"
    assert lines[-1].split() == ["yes", "yes", "yes", "12", "12"]
    assert max(map(len, lines)) <= 40, "a phone shows so much of a line"
    assert "0 of 12 people lost" in trust["text"]["text"]
    (button,) = actions["elements"]
    assert (button["action_id"], len(button["value"])) == ("tune_apply", 16)
    assert ignored() == 0


def test_the_pictures_of_a_sample_are_not_needed_to_know_that_tags_are_few(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(installed / "empty"))
    monkeypatch.setattr(sys, "stdin", io.StringIO("https://hooks.slack.com/commands/T/1/x\n"))
    monkeypatch.setattr("app.learning.tune_cli.step_back", lambda: None)
    assert main(["tune", "--reply"]) == 1
    (item,) = Outbox(installed / "empty" / "outbox").pending()
    assert "0 tagged alerts are too few" in item.payload["text"]


def test_the_weekly_message_says_what_it_would_spare_and_proposes_nothing(installed: Path) -> None:
    settings = load_settings(private=Path("/nonexistent/private.yml"))
    samples = list(SampleStore(installed / "samples", max_mb=500).all())
    gain = tuning_gain(settings, samples)
    assert gain.verdict is Verdict.SPARES
    assert 0 < gain.gone <= gain.of == 8
    assert list((installed / "tune").glob("*.json")) == []
    assert ignored() == 0
