"""`pycam digest`: what it prints and posts, from what lies on the disk."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.cli import main
from app.domain import Tag, new_event_id
from app.store.events import EventRecord, EventStore, TagRecord
from app.store.files import DiskFull
from app.store.outbox import Outbox
from app.store.uptime import CameraTime, Hour, Uptime

DAY, HOUR = 86_400.0, 3_600.0


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tool looks. This very process must not step back for good."""
    (tmp_path / "mine.yml").write_text("cameras: [{name: front, source: x.mp4}]\n")
    (tmp_path / "data").mkdir()
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("app.learning.digest_cli.step_back", lambda: None)
    return tmp_path / "data"


def save(data: Path, days_ago: float, tag: Tag | None = None, **facts: Any) -> None:
    events, started = EventStore(data / "events"), time.time() - days_ago * DAY
    event_id = new_event_id("front", started)
    events.save(
        EventRecord(id=event_id, camera="front", started=started, ended=started + 5, announced=True, **facts)
    )
    if tag is not None:
        events.tag(event_id, TagRecord(tag=tag, by="U1", at=started))


def test_the_week_and_the_one_before_are_told_from_the_disk(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for days, tag in (
        (1, Tag.OCCUPIED),
        (2, Tag.OCCUPIED),
        (3, Tag.UNOCCUPIED),
        (4, None),
        (9, Tag.OCCUPIED),
    ):
        save(data, days, tag)
    save(data, 20, Tag.UNOCCUPIED)
    this_hour, so_far = divmod(time.time(), HOUR)
    front = CameraTime(known=3600, armed=3600, watched=3600)
    whole = Hour(ran=3600, heard=3600, cameras={"front": front})
    hours = {int(this_hour) - number: whole for number in range(1, 200)}
    Uptime(data).write(hours | {int(this_hour): Hour(ran=so_far)})
    assert main(["digest"]) == 0
    said = capsys.readouterr().out
    assert "4 events (front 4): 4 alerts." in said
    assert "3 tagged: 2 occupied, 1 unoccupied; 1 alert not tagged yet." in said
    assert "2 of 3 tagged alerts were right, 67 %" in said
    assert "the week before 1 of 1, which is no clear change" in said
    assert "Tuning would gain nothing now: 0 of the alerts whose samples are on this disk are tagged" in said
    assert "pycam ran 100 % of 7 d," in said
    assert "front watched for 7 d." in said
    assert "<!date" not in said
    assert list((data / "outbox").glob("pending/*")) == []


def test_posting_puts_one_message_into_the_outbox_however_often(data: Path) -> None:
    save(data, 1)
    for _ in range(2):
        assert main(["digest", "--post"]) == 0
    (item,) = Outbox(data / "outbox").pending()
    assert (item.kind, item.lane, item.payload["channel"]) == ("post", "alerts", None)
    assert "*1 event* (front 1)" in item.payload["text"]


def test_programs_get_the_same_as_numbers(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(data, 1, Tag.OCCUPIED)
    assert main(["digest", "--json", "--days", "30"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["counts"]["events"] == 1
    assert said["share"] == {"right": 1, "of": 1, "low": pytest.approx(0.207, abs=0.001), "high": 1.0}
    assert said["until"] - said["since"] == 30 * DAY
    assert said["tuning"]["verdict"] == "nothing"
    assert said["text"].startswith("*Your 30 days with pycam*")


def test_an_empty_week_is_one_line(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(data, 8)
    assert main(["digest"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize("days", ["0", "-1", "367", "week"])
def test_days_that_cannot_be_are_refused(data: Path, capsys: pytest.CaptureFixture[str], days: str) -> None:
    with pytest.raises(SystemExit) as end:
        main(["digest", "--days", days])
    assert end.value.code == 2
    assert "--days" in capsys.readouterr().err


def test_a_full_disk_is_said_and_nothing_is_posted(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> str:
        raise DiskFull("no space left for the outbox")

    monkeypatch.setattr(Outbox, "put", full)
    assert main(["digest", "--post"]) == 1
    assert "no space left" in capsys.readouterr().err


def test_damaged_events_cost_no_message(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save(data, 1)
    (path,) = (data / "events").glob("*/*/event.json")
    path.write_text("{")
    save(data, 2)
    assert main(["digest"]) == 0
    assert "1 event (front 1)" in capsys.readouterr().out
