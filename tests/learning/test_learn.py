"""`pycam learn`: it finds what is there, makes nothing of noise, refuses what is too little, and can go back."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest

from app.cli import main
from app.domain import Tag
from app.learning.learn import Learned, by_lot, learn
from app.learning.learn_text import as_plain, as_text, comparison
from app.settings import Settings
from app.store import learned as store
from app.store.events import EventRecord, EventStore, TagRecord
from app.store.samples import Sample, SampleRecord, SampleStore
from app.vision.quieten import judge, read_fit
from bench.learn_house import FIRST_DAY, SIZE, alert, lived

SETTINGS = Settings()
NOW = FIRST_DAY.timestamp() + 10 * 86_400


def learned(
    samples: Sequence[Sample], settings: Settings = SETTINGS, events: dict[str, EventRecord] | None = None
) -> Learned:
    return learn(samples, settings, NOW, event_of=(events or {}).get, zone=UTC)


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return lived(100, 10)


@pytest.fixture(scope="module")
def found(samples: list[Sample]) -> Learned:
    return learned(samples)


def test_most_false_alarms_are_quiet_on_unseen_days_and_no_person_is(found: Learned) -> None:
    assert found.why == ""
    assert found.fit is not None
    assert found.people + found.false_alarms == 100
    assert found.lost == 0
    assert found.gone > found.false_alarms / 2
    assert all(one.probability >= 0.7 and one.example.score < 0.6 for one in found.quietened)
    assert not any(one.example.occupied for one in found.quietened)


def test_people_it_has_never_met_are_not_quiet_either(found: Learned) -> None:
    assert found.fit is not None
    rng = np.random.default_rng(99)
    quiet = {True: 0, False: 0}
    for number in range(200):
        occupied = number % 2 == 0
        record = alert(rng, number, 30, occupied=occupied).record
        judgement = judge(
            found.fit, record.frames, SIZE, camera="front", person_model="m.onnx", never_above=0.6
        )
        quiet[occupied] += judgement.quiet
    assert quiet[True] <= 3  # 3 %, of people whom even the score does not tell from the bush
    assert quiet[False] > 50


def test_fifty_tags_are_enough_where_there_is_something_to_learn() -> None:
    assert learned(lived(50, 7, people=0.5)).fit is not None


@pytest.mark.parametrize("seed", range(6))
def test_tags_that_have_nothing_to_do_with_what_was_there_teach_nothing(seed: int) -> None:
    found = learned(lived(120, 10, seed=seed, wrong=True))
    assert found.fit is None
    assert any(
        reason in found.why for reason in ("on days it has not seen", "without quietening a person", "luck")
    )


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ([], "0 tagged alerts are too few"),
        (lived(49, 7), "49 tagged alerts are too few to learn from; 50 are needed"),
        (lived(60, 7, people=0.0), "0 tagged people are too few"),
        (lived(60, 7, people=1.0), "0 false alarms are too few"),
        (lived(60, 4), "they are of 4 days; 5 are needed"),
    ],
)
def test_too_little_is_refused_with_the_reason(samples: list[Sample], why: str) -> None:
    found = learned(samples)
    assert found.fit is None
    assert why in found.why
    assert f"Nothing is learned: {found.why}." in as_text(found, SETTINGS.learning, NOW, UTC)


def test_what_a_lot_would_do_as_well_is_not_learned() -> None:
    """Here the score tells the sure people from false alarms, and nothing tells the others."""
    found = [learned(lived(60, 10, seed=seed, likeness=1.0)) for seed in range(8)]
    assert [one.fit for one in found] == [None] * 8
    assert by_lot(3, 0, 10) == 1
    assert by_lot(3, 4, 10) == pytest.approx(6 / 10 * 5 / 9 * 4 / 8)
    assert by_lot(7, 4, 10) == 0


def test_a_house_in_which_every_low_score_may_be_a_person_is_left_as_it_is() -> None:
    """The tags are true, but the frames of both kinds look the same."""
    rng = np.random.default_rng(8)
    same = [
        alert(rng, n, n // 10, occupied=False, tag=Tag.OCCUPIED if rng.random() < 0.5 else Tag.UNOCCUPIED)
        for n in range(100)
    ]
    assert learned(same).fit is None


def test_alerts_of_another_model_camera_or_without_a_score_are_left_out(samples: list[Sample]) -> None:
    rng = np.random.default_rng(6)
    strange = [
        alert(rng, 900, 1, occupied=False, tag=Tag.UNOCCUPIED, model="old.onnx"),
        alert(rng, 901, 1, occupied=False, tag=Tag.UNOCCUPIED, camera="sold"),
        _without_looks(alert(rng, 902, 1, occupied=False, tag=Tag.UNOCCUPIED)),
        alert(rng, 903, 1, occupied=False, camera="sold"),
    ]
    found = learned([*strange, *samples])
    assert found.people + found.false_alarms == 100
    assert sorted(found.left_out.values()) == [0, 1, 1, 1]


def test_a_camera_with_few_tags_is_neither_learned_from_nor_ever_quietened(samples: list[Sample]) -> None:
    rng = np.random.default_rng(6)
    garden = [alert(rng, 900 + n, n, occupied=False, tag=Tag.UNOCCUPIED, camera="garden") for n in range(9)]
    settings = Settings.model_validate(
        {"cameras": [{"name": n, "source": "x.mp4"} for n in ("front", "garden")]}
    )
    found = learned([*samples, *garden], settings)
    assert found.fit is not None
    assert list(found.fit.cameras) == ["front"]
    more = alert(rng, 950, 9, occupied=False, tag=Tag.UNOCCUPIED, camera="garden")
    both = learned([*samples, *garden, more], settings)
    assert both.fit is not None
    assert list(both.fit.cameras) == ["front", "garden"]


def test_from_never_above_on_nothing_is_quiet_and_the_owner_sets_where_that_is(samples: list[Sample]) -> None:
    strict = Settings.model_validate({"learning": {"never_above": 0.5}})
    found = learned(samples, strict)
    assert all(one.example.score < 0.5 for one in found.quietened)
    assert found.gone < learned(samples).gone
    nothing = learned(samples, Settings.model_validate({"learning": {"never_above": 0}}))
    assert nothing.fit is None
    assert "it would quieten 0 of" in nothing.why


def test_an_event_that_was_seen_well_later_did_not_stay_quiet(samples: list[Sample], found: Learned) -> None:
    ids = [one.example.id for one in found.quietened if one.example.occupied is False]
    events = {
        id_: EventRecord(id=id_, camera="front", started=1.0, person_score=0.7 if id_ in ids[:2] else 0.5)
        for id_ in ids
    }
    again = learned(samples, events=events)
    assert again.gone == found.gone - 2
    assert {one.example.id for one in found.quietened} - {one.example.id for one in again.quietened} == {
        *ids[:2]
    }


def test_what_nobody_tagged_is_listed_but_not_learned_from(samples: list[Sample], found: Learned) -> None:
    rng = np.random.default_rng(12)
    untagged = [alert(rng, 800 + n, 8, occupied=False) for n in range(10)]
    with_them = learned([*samples, *untagged])
    assert with_them.fit == found.fit
    listed = [one.example for one in with_them.quietened if one.example.occupied is None]
    assert listed
    assert as_text(with_them, SETTINGS.learning, NOW, UTC).count("not tagged") == len(listed)


def test_the_text_says_last_week_before_and_after_and_how_far_to_trust_it(found: Learned) -> None:
    text = as_text(found, SETTINGS.learning, NOW, UTC)
    week = [one for one in found.quietened if one.example.taken >= NOW - 7 * 86_400]
    assert 0 < len(week) < len(found.quietened)
    assert f"Alerts of the last seven days that would have been quiet: {len(week)}:" in text
    assert text.count(".jpg") == len(week)
    assert 'goes out as "Probably nothing"' in text
    assert f"{found.gone} of {found.false_alarms} false alarms quiet, 0 of {found.people} people" in text
    assert "would be quiet (95 % sure)" in text
    assert "false alarms a day" in text
    held = Settings.model_validate({"learning": {"quieten": "hold"}}).learning
    assert "there is no alert" in as_text(found, held, NOW, UTC)


def test_false_alarms_a_day_are_by_the_days_that_were_watched(samples: list[Sample]) -> None:
    rng = np.random.default_rng(12)
    quiet_days = [alert(rng, 800 + day, day, occupied=False) for day in range(20, 30)]
    found = learned([*samples, *quiet_days])
    assert (found.days, found.watched_days) == (10, 20)
    (line,) = [line for line in comparison(found) if line.startswith("false alarms a day")]
    assert f"{found.false_alarms / 20:.1f} (" in line


def test_the_plain_values_tell_the_same(found: Learned) -> None:
    plain = json.loads(json.dumps(as_plain(found, NOW)))
    assert (plain["gone"], plain["lost"], plain["why_not"]) == (found.gone, 0, "")
    assert plain["threshold"] == found.fit.threshold if found.fit else False
    assert plain["lost_interval"][1] < 0.15
    assert all(entry["score"] < 0.6 for entry in plain["last_week"])


# The command


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory, samples: list[Sample]) -> Path:
    """A data folder with the hundred samples: three thousand files."""
    data = tmp_path_factory.mktemp("data")
    kept = SampleStore(data / "samples", max_mb=500)
    for sample in samples:
        kept.save(sample.record, [b"jpeg"] * len(sample.record.frames))
        if sample.tag is not None:
            kept.tag(sample.record.id, sample.tag)
    return data


@pytest.fixture
def data(disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of this test's own, with the same samples."""
    (tmp_path / "samples").symlink_to(disk / "samples")
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    return tmp_path


def test_the_command_shows_and_changes_nothing_until_yes(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn"]) == 0
    said = capsys.readouterr()
    assert "100 tagged alerts of 10 days" in said.out
    assert "nothing is changed yet" in said.err
    assert not (data / "learned.json").exists()
    assert main(["learn", "--yes"]) == 0
    first = read_fit(store.Learned(data).read() or "")
    assert first.person_model == "m.onnx"
    assert main(["learn", "--yes"]) == 0
    assert main(["learn", "--undo"]) == 0
    assert read_fit(store.Learned(data).read() or "") == first
    assert "before is in force again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "changed"), [("y\n", True), ("yes\n", True), ("\n", False), ("no\n", False)]
)
def test_it_asks(data: Path, monkeypatch: pytest.MonkeyPatch, answer: str, changed: bool) -> None:
    terminal = io.StringIO(answer)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", terminal)
    assert main(["learn"]) == 0
    assert (data / "learned.json").exists() is changed


def test_what_is_refused_leaves_what_is_in_force(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "--yes"]) == 0
    before = (data / "learned.json").read_bytes()
    (data / "mine.yml").write_text("learning: {never_above: 0}")
    monkeypatch.setenv("PYCAM_CONFIG", str(data / "mine.yml"))
    assert main(["learn", "--yes"]) == 1
    assert "Nothing is learned: it would quieten 0 of" in capsys.readouterr().out
    assert (data / "learned.json").read_bytes() == before


def test_show_says_when_the_cameras_have_another_person_model_by_now(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["learn", "--yes"])
    events = EventStore(data / "events")
    for number, model in enumerate(["m.onnx", "other.onnx", None]):
        event_id = f"20990101T00000{number}-front-00000000"
        events.save(EventRecord(id=event_id, camera="front", started=number, person_model=model))
        capsys.readouterr()
        main(["learn", "--show"])
        said = "The cameras have other.onnx now" in capsys.readouterr().out
        assert said == (number > 0)


def test_undo_without_anything_to_undo_says_so(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--undo"]) == 1
    assert "nothing to undo" in capsys.readouterr().err
    main(["learn", "--yes"])
    assert main(["learn", "--undo"]) == 0
    assert "no alert is quietened any more" in capsys.readouterr().err


def test_show_says_what_is_in_force_and_how_it_has_fared(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["learn", "--show"]) == 1
    assert "Nothing is learned yet" in capsys.readouterr().out
    main(["learn", "--yes"])
    made = read_fit(store.Learned(data).read() or "").made
    events = EventStore(data / "events")
    for number, tag in enumerate([Tag.UNOCCUPIED, Tag.UNOCCUPIED, Tag.OCCUPIED, None]):
        event = EventRecord(
            id=f"20990101T00000{number}-front-00000000",
            camera="front",
            started=made + number,
            person_score=0.5,
            nothing_probability=0.93,
            quietened=True,
        )
        events.save(event)
        if tag is not None:
            events.tag(event.id, TagRecord(tag=tag, by="U1", at=made))
    events.save(EventRecord(id="20990101T000009-front-00000000", camera="front", started=made))
    capsys.readouterr()
    assert main(["learn", "--show"]) == 0
    said = capsys.readouterr().out
    assert "for front with m.onnx" in said
    assert "It goes by most: " in said
    assert "Quietened by pycam learn: 4 alerts, 3 of them tagged; rightly: 67 %" in said
    assert said.count("93 % nothing") == 4
    assert main(["learn", "--show", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cameras"], told["person_model"], told["nothing"], told["somebody"]) == (
        ["front"],
        "m.onnx",
        2,
        1,
    )
    assert main(["evaluate"]) == 0
    assert "Quietened by pycam learn: 4 alerts" in capsys.readouterr().out


def test_a_broken_file_is_shown_as_what_it_is_and_replaced(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "learned.json").write_text("{}")
    assert main(["learn", "--show"]) == 1
    assert "no fit for this pycam" in capsys.readouterr().err
    assert main(["learn", "--yes"]) == 0
    assert main(["learn", "--show"]) == 0


def test_only_one_learns_at_a_time(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with store.Learned(data).alone():
        assert main(["learn"]) == 1
    assert "learning already" in capsys.readouterr().err


def test_uploaded_samples_need_a_bucket(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "--s3"]) == 1
    assert "which bucket?" in capsys.readouterr().err


def _without_looks(sample: Sample) -> Sample:
    frames = [one.model_copy(update={"person_score": None}) for one in sample.record.frames]
    record: SampleRecord = sample.record.model_copy(update={"frames": frames})
    return sample.model_copy(update={"record": record})
