"""`pycam events`: what it prints, what it refuses, and how it ends."""

from __future__ import annotations

import io
import json
import re
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import redis

from app.cli import main
from app.domain import Tag
from app.history.history import History
from app.store.events import ClipFacts, EventStore, KeepRecord, TagRecord
from tests.fakes.tcp import refused_port
from tests.history.builders import NOON, save_event

HOUR = 3600.0
NEVER = "20261120T120000-front-00000000"


@pytest.fixture(params=["with Redis", "without Redis"])
def events(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EventStore:
    """The store that the tool works on, in a house that is an hour ahead of UTC."""
    url = f"redis://127.0.0.1:{refused_port()}/0"
    if request.param == "with Redis":
        url = request.getfixturevalue("redis_url")
    (tmp_path / "config.yml").write_text("cameras: [{name: front, source: x.mp4}]\n")
    for name, value in (
        ("PYCAM_CONFIG", str(tmp_path / "config.yml")),
        ("PYCAM_DATA", str(tmp_path / "data")),
        ("REDIS_URL", url),
        ("TZ", "Europe/Berlin"),
        ("SUDO_USER", "robin"),
    ):
        monkeypatch.setenv(name, value)
    time.tzset()
    request.addfinalizer(time.tzset)
    request.addfinalizer(monkeypatch.undo)
    return EventStore(tmp_path / "data" / "events")


@pytest.fixture
def whole(events: EventStore, redis_url: str) -> EventStore:
    """The same, with an index that is whole where there is Redis."""
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        History(events, client).mirror.rebuild()
    return events


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["events", *arguments])
    out, err = capsys.readouterr()
    return code, out, err


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, _ = said(capsys, "list", "--json", *arguments)
    assert code == 0
    return json.loads(out)


def test_a_list_shows_the_newest_first_in_local_time(
    whole: EventStore, capsys: pytest.CaptureFixture[str]
) -> None:
    older = save_event(whole, NOON, person_score=None)
    newer = save_event(
        whole, NOON + 60, label="dog", person_score=0.875, ended=None, clip=ClipFacts(seconds=21.6)
    )
    whole.tag(newer, TagRecord(tag=Tag.UNOCCUPIED, by="U1", at=NOON))
    whole.keep(newer, KeepRecord(by="U1", at=NOON))
    code, out, _ = said(capsys, "list")
    assert code == 0
    heading, first, second = out.splitlines()
    assert heading.split() == ["when", "camera", "seen", "lasted", "clip", "tag", "id"]
    assert re.split(" {2,}", first) == [
        *("2026-11-20 13:01:00", "front", "dog 88%", "going on", "22 s", "unoccupied", "kept", newer)
    ]
    assert second.split() == ["2026-11-20", "13:00:00", "front", "motion", "5", "s", older]


def test_filters_and_pages_reach_every_event(events: EventStore, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [save_event(events, NOON + n, camera=("front", "back")[n % 2]) for n in range(6)]
    back = [ids[5], ids[3], ids[1]]
    first = listed(capsys, "--camera", "back", "--limit", "2")
    assert [event["id"] for event in first["events"]] == back[:2]
    rest = listed(capsys, "--camera", "back", "--before", first["next"])
    assert ([event["id"] for event in rest["events"]], rest["next"]) == (back[2:], None)
    assert first["events"][0]["started_local"] == "2026-11-20T13:00:05+01:00"
    assert first["events"][0]["started_utc"] == "2026-11-20T12:00:05Z"
    assert said(capsys, "list", "--limit", "2")[2].endswith(f"--before {ids[4]}\n")


def test_a_limit_above_a_page_is_reached_by_several(
    events: EventStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.history.events_cli.MAX_LIMIT", 2)
    ids = [save_event(events, NOON + n) for n in range(5)]
    assert [event["id"] for event in listed(capsys, "--limit", "5")["events"]] == ids[::-1]


def test_a_day_is_the_day_of_the_house(events: EventStore, capsys: pytest.CaptureFixture[str]) -> None:
    evening = save_event(events, NOON + 11 * HOUR - 1)  # 23:59:59 in Berlin
    night = save_event(events, NOON + 11 * HOUR)  # still the 20th in UTC
    assert [event["id"] for event in listed(capsys, "--day", "2026-11-20")["events"]] == [evening]
    assert [event["id"] for event in listed(capsys, "--day", "2026-11-21")["events"]] == [night]
    assert said(capsys, "list", "--day", "2026-11-22") == (0, "", "pycam events: no events match\n")


@pytest.mark.parametrize(
    "day",
    [
        "tomorrow",
        "",
        "2026-02-31",
        "99999-01-01",
        "9999-12-31",
        "1969-01-01",
        "٢٠٢٦-١١-٢٠",
        "../..",
        "2026-11",
    ],
)
def test_what_is_no_day_is_refused_in_plain_words(
    events: EventStore, capsys: pytest.CaptureFixture[str], day: str
) -> None:
    with pytest.raises(SystemExit) as end:
        said(capsys, "list", "--day", day)
    assert end.value.code == 2
    assert "is no day: today, yesterday or a date" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [("--limit", "0"), ("--limit", "9" * 5000), ("--before", "../../etc"), ("--tag", "maybe")]
)
def test_nonsense_after_an_option_is_refused(
    events: EventStore, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    with pytest.raises(SystemExit) as end:
        said(capsys, "list", *arguments)
    assert end.value.code == 2


def test_an_event_is_shown_with_all_its_facts_and_both_times(
    events: EventStore, capsys: pytest.CaptureFixture[str]
) -> None:
    event_id = save_event(
        events, clip=ClipFacts(seconds=20, pre_roll_seconds=10, width=640, height=480, bytes=1234567)
    )
    events.clip_place(event_id).write_bytes(b"clip")
    events.tag(event_id, TagRecord(tag=Tag.OCCUPIED, by="U1", at=NOON))
    assert said(capsys, "keep", event_id)[0] == 0
    code, out, _ = said(capsys, "show", event_id)
    assert code == 0
    for fact in (
        "started           2026-11-20 13:00:00 +01:00 (2026-11-20 12:00:00 UTC)",
        "lasted            5 s",
        "seen              person 90%",
        "tag               occupied, by U1",
        "kept for good     by shell:robin",
        f"clip              {events.file(event_id, 'clip.mp4')}",
        "20.0 s, 10.0 s of them before the event; 640×480, h264, 1,234,567 bytes",
    ):
        assert fact in out
    plain = json.loads(said(capsys, "show", event_id, "--json")[1])
    assert (plain["event"]["id"], plain["tag"]["tag"], plain["is_kept"]) == (event_id, "occupied", True)


def test_what_a_record_from_elsewhere_holds_does_not_steer_the_terminal(
    events: EventStore, capsys: pytest.CaptureFixture[str]
) -> None:
    event_id = save_event(events, label="\x1b[2Jdog", muted_why="\x07")
    for arguments in (("list",), ("show", event_id)):
        out = said(capsys, *arguments)[1]
        assert "dog" in out
        assert "\x1b" not in out
        assert "\x07" not in out


@pytest.mark.parametrize("event_id", ["../../etc/passwd", NEVER, "", "\x1b[2J", "a" * 5000])
@pytest.mark.parametrize("command", ["show", "keep", "unkeep", "delete", "export"])
def test_an_unknown_event_is_said_to_be_unknown(
    events: EventStore, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, event_id: str
) -> None:
    more = {"delete": ["--yes"], "export": ["--to", str(tmp_path / "x.zip")]}.get(command, [])
    code, out, err = said(capsys, command, event_id, *more)
    assert (code, out) == (1, "")
    assert "there is no event" in err
    assert "\x1b" not in err
    assert len(err) < 200
    assert not (tmp_path / "x.zip").exists()
    assert not events.root.exists()


def test_keeping_several_goes_on_after_one_that_is_unknown(
    events: EventStore, capsys: pytest.CaptureFixture[str]
) -> None:
    event_id = save_event(events)
    code, out, err = said(capsys, "keep", NEVER, event_id)
    assert (code, out) == (1, f"{event_id}: kept for good\n")
    assert NEVER in err
    assert [event["id"] for event in listed(capsys, "--kept")["events"]] == [event_id]
    assert said(capsys, "unkeep", event_id)[:2] == (0, f"{event_id}: no longer kept\n")
    assert not events.is_kept(event_id)


def test_deleting_asks_first(
    events: EventStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    event_id = save_event(events)
    code, _, err = said(capsys, "delete", event_id)
    assert code == 64
    assert "say --yes" in err
    for answer, code, there in (("\n", 64, True), ("no\n", 64, True), ("", 64, True), ("y\n", 0, False)):
        typed = io.StringIO(answer)
        monkeypatch.setattr(typed, "isatty", lambda: True)
        monkeypatch.setattr(sys, "stdin", typed)
        assert said(capsys, "delete", event_id)[0] == code
        assert (events.get(event_id) is not None) is there
    assert listed(capsys)["events"] == []


def test_deleting_takes_the_sample_of_the_same_visit_too(
    events: EventStore, capsys: pytest.CaptureFixture[str]
) -> None:
    event_id = save_event(events)
    sample = events.root.parent / "samples" / event_id
    sample.mkdir(parents=True)
    (sample / "000.jpg").write_bytes(b"jpeg")
    assert said(capsys, "delete", "--yes", event_id)[0] == 0
    assert not sample.exists()


def test_what_is_kept_or_goes_on_is_not_deleted(
    events: EventStore, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, running = save_event(events), save_event(events, time.time(), ended=None)
    events.keep(kept, KeepRecord(by="U1", at=NOON))
    code, out, err = said(capsys, "delete", "--yes", kept, running)
    assert (code, out) == (1, "")
    assert f"pycam events unkeep {kept}" in err
    assert f"{running} is still going on" in err


def test_an_export_says_its_hash_and_overwrites_nothing(
    events: EventStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event_id, target = save_event(events), tmp_path / "evidence.zip"
    code, out, _ = said(capsys, "export", event_id, "--to", str(target))
    assert code == 0
    assert f"{target}: 1 event, {target.stat().st_size:,} bytes, SHA-256 " in out
    manifest = json.loads(zipfile.ZipFile(target).read("manifest.json"))
    assert manifest["made_by"].startswith("pycam ")
    assert manifest["events"][0]["started"]["local"].endswith("+01:00")
    code, _, err = said(capsys, "export", event_id, "--to", str(target))
    assert code == 1
    assert "nothing is overwritten" in err
    code, _, err = said(capsys, "export", event_id, "--to", str(tmp_path / "nowhere" / "x.zip"))
    assert code == 1
    assert "there is no folder" in err


def test_an_export_goes_to_standard_output_if_asked(
    events: EventStore, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    event_id = save_event(events)
    assert main(["events", "export", event_id, "--to", "-"]) == 0
    out, err = capfdbinary.readouterr()
    assert zipfile.ZipFile(io.BytesIO(out)).testzip() is None
    assert b"SHA-256" in err


def test_the_index_is_made_anew_where_there_is_redis(
    events: EventStore, redis_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    save_event(events)
    monkeypatch.setenv("REDIS_URL", redis_url)
    code, out, _ = said(capsys, "reindex")
    assert code == 0
    assert "the index knows 1 event, made in" in out
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{refused_port()}/0")
    code, _, err = said(capsys, "reindex")
    assert code == 1
    assert "the index cannot be made: Redis" in err


def test_another_users_events_are_refused_in_one_sentence(
    events: EventStore, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(_: EventStore) -> list[str]:
        raise PermissionError(13, "Permission denied", str(events.root))

    monkeypatch.setattr(EventStore, "days", closed)
    code, _, err = said(capsys, "list")
    assert code == 1
    assert "not allowed; are you the user that pycam runs as?" in err
