"""The report counts what people were told, and its page stands alone."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.cli import main
from app.domain import Tag
from app.learning import report_text
from app.learning.evaluate import evaluate
from app.learning.report import as_plain, fingerprint, report
from app.learning.report_page import page
from app.learning.report_pictures import worst
from app.store.samples import Sample, SampleStore
from tests.learning.drawn_house import DAY, House, gust, walker
from tests.learning.test_evaluate import sample as plain_sample

HOUR = 3600.0


def sample(
    at: float, *, tag: Tag | None, reason: str = "alert", camera: str = "front", area: float = 0.4
) -> Sample:
    made = plain_sample(tag=tag, scores=(0.9,), reason=reason)
    changes = {"taken": at, "camera": camera, "settings": {"motion": {"min_area_percent": area}}}
    return made.model_copy(update={"record": made.record.model_copy(update=changes)})


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Three false alarms and two people on two days, and a quiet sample."""
    house = House(tmp_path_factory.mktemp("house"))
    for paint, tag in ((gust, Tag.UNOCCUPIED), (walker, Tag.OCCUPIED), (gust, Tag.UNOCCUPIED), (gust, None)):
        house.alert(paint, tag)
    house.quiet()
    house.next_day()
    house.alert(walker, Tag.OCCUPIED)
    house.alert(gust, Tag.UNOCCUPIED)
    return house


def test_precision_recall_and_false_alarms_a_day_are_those_of_the_tagged_alerts() -> None:
    told = report(
        [
            *(sample(hour * HOUR, tag=Tag.OCCUPIED) for hour in range(6)),
            *(sample(DAY + hour * HOUR, tag=Tag.UNOCCUPIED) for hour in range(3)),
            sample(10, tag=Tag.OCCUPIED, reason="quiet"),
            sample(2 * DAY, tag=None, reason="quiet"),
            sample(20, tag=None),
        ],
        UTC,
    )
    total = told.total
    assert (total.right, total.false_alarms, total.missed, total.days) == (6, 3, 1, 3)
    assert (total.precision, total.recall, total.false_alarms_a_day) == (6 / 9, 6 / 7, 1.0)
    assert total.precision_interval is not None
    assert total.precision_interval.low < 6 / 9 < total.precision_interval.high
    assert told.untagged == 1


def test_hours_and_cameras_have_lines_of_their_own() -> None:
    told = report(
        [
            sample(2 * HOUR, tag=Tag.UNOCCUPIED, camera="yard"),
            sample(DAY + 2.5 * HOUR, tag=Tag.UNOCCUPIED, camera="yard"),
            sample(14 * HOUR, tag=Tag.OCCUPIED),
        ],
        UTC,
    )
    assert [(one.name, one.right, one.false_alarms, one.days) for one in told.hours] == [
        ("02", 0, 2, 2),
        ("14", 1, 0, 2),
    ]
    assert [(one.name, one.days) for one in told.cameras] == [("front", 1), ("yard", 2)]


def test_each_set_of_settings_says_what_was_changed_in_the_order_of_time() -> None:
    late, early = sample(DAY, tag=Tag.OCCUPIED, area=0.8), sample(10, tag=Tag.UNOCCUPIED)
    told = report([late, early], UTC)
    assert [one.name for one in told.settings] == [fingerprint(early), fingerprint(late)]
    assert [one.note for one in told.settings] == ["the first", "motion.min_area_percent 0.4 → 0.8"]


def test_the_worst_mistakes_come_first_and_a_missed_person_is_the_worst() -> None:
    doubtful = plain_sample(tag=Tag.UNOCCUPIED, scores=(0.5,))
    sure = plain_sample(tag=Tag.UNOCCUPIED, scores=(0.8,))
    missed = plain_sample(tag=Tag.OCCUPIED, reason="quiet", motion=False)
    right = plain_sample(tag=Tag.OCCUPIED, scores=(0.9,))
    assert report([doubtful, right, missed, sure]).mistakes == (missed, sure, doubtful)


def test_nothing_tagged_is_nothing_to_report() -> None:
    assert report_text.as_text(report([])) == ""
    assert report([]).total.rate_interval is None
    assert "Nothing is tagged yet" in page(report([]), evaluate([]), (), 0.0)


def test_text_and_plain_values_tell_the_same(house: House) -> None:
    told = report(house.store.all())
    plain = json.loads(json.dumps(as_plain(told)))
    assert plain["total"]["false_alarms"] == 3
    assert {mistake["kind"] for mistake in plain["mistakes"]} == {"false alarm"}
    text = report_text.as_text(told)
    assert "40 % (12–77)" in text
    assert "1.5 (0.30–4.4)" in text


class Parsed(HTMLParser):
    """Every element is closed in order; what it refers to and what it says are kept."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> Iterator[str]:
        for _, attributes in self.tags:
            yield from (value or "" for name, value in attributes.items() if name in ("src", "href"))


def test_the_page_needs_nothing_else_and_shows_each_mistake(house: House) -> None:
    samples = list(house.store.all())
    told = report(samples)
    html = page(told, evaluate(samples), tuple(worst(told.mistakes, 2)), 0.0)
    parsed = Parsed(html)
    links = list(parsed.links())
    assert len(links) == 2
    assert all(link.startswith("data:image/jpeg;base64,/9j/") for link in links)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in parsed.tags}
    assert "url(" not in html
    assert "nobody was there" in parsed.text
    assert "a person in 1 of 1 looks, best score 0.55 (a person from 0.40 on)" in parsed.text
    assert "And 1 more." in parsed.text
    assert "1 alerts were not tagged" in parsed.text


def test_the_page_says_of_each_hour_how_sure_it_is() -> None:
    samples = [plain_sample(tag=Tag.OCCUPIED, scores=(0.9,)), plain_sample(tag=Tag.UNOCCUPIED, scores=(0.4,))]
    told = report(samples, UTC)
    (hour,) = told.hours
    parsed = Parsed(page(told, evaluate(samples), (), 0.0, UTC))
    assert hour.precision_interval is not None
    assert parsed.text.count("50 % (9–91)") == 3, "of the hour, the camera and the settings"


def test_what_was_not_written_here_is_escaped() -> None:
    told = report([sample(0, tag=Tag.UNOCCUPIED, camera="<script>alert(1)</script>")])
    html = page(told, evaluate([]), tuple(worst(told.mistakes, 5)), 0.0)
    assert "<script" not in html
    assert "the picture is not on this disk" in html


def test_a_picture_that_is_none_is_said_and_does_not_end_the_report(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store, bad = SampleStore(tmp_path, max_mb=10), next(iter(report(house.store.all()).mistakes))
    store.save(bad.record, [b"no picture"] * len(bad.pictures))
    (broken,) = store.all()
    with caplog.at_level(logging.WARNING):
        (shown,) = worst([broken.model_copy(update={"tag": bad.tag})], 5)
    assert shown.data_uri == ""
    assert bad.record.id in caplog.text


def test_the_command_prints_the_table_and_the_report_and_writes_a_private_page(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(house.settings.storage.data))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    target = tmp_path / "report.html"
    target.write_text("an older one, which everybody could read")
    target.chmod(0o644)
    assert main(["evaluate", "--html", str(target)]) == 0
    out = capsys.readouterr().out
    assert out.startswith("| motion_model | person_last_30 | actual | count |")
    assert re.search(r"^all +5 +40 % \(12–77\)", out, re.MULTILINE)
    assert target.stat().st_mode & 0o777 == 0o600
    Parsed(target.read_text())
    assert main(["evaluate", "--html", str(tmp_path / "no" / "such.html")]) == 1
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
    assert main(["evaluate", "--html", "/dev/full"]) == 1
    assert "cannot be written: No space left on device" in capsys.readouterr().err


def test_without_a_sample_the_command_says_what_to_do_and_prints_no_empty_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    assert main(["evaluate"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "tap Occupied or Unoccupied" in said.err
