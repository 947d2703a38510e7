"""Lines for people, JSON for machines, and nothing that should not be shown."""

from __future__ import annotations

import json

from app.check.check import Status
from app.check.report import Lines, as_json, cleaned, summary
from app.check.runner import Result

RESULTS = [
    Result("clock", Status.OK, "synchronised", "", 0.01),
    Result("slack:channel", Status.FAILED, "the bot is not in C1", "invite it", 1.23456),
    Result("disk", Status.WARNING, "little room", "make room", 0.0),
    Result("s3", Status.SKIPPED, "off", "", 0.0),
]


def test_lines_are_aligned_and_say_what_to_do_below() -> None:
    lines = Lines([result.name for result in RESULTS])
    assert lines.of(RESULTS[0]) == "ok       clock          synchronised"
    assert lines.of(RESULTS[1]).splitlines() == [
        "FAILED   slack:channel  the bot is not in C1",
        "                    do: invite it",
    ]


def test_long_lines_are_filled_on_a_terminal_and_whole_in_a_pipe() -> None:
    long = Result("a", Status.OK, "word " * 40, "", 0)
    assert len(Lines(["a"]).of(long).splitlines()) == 1
    filled = Lines(["a"], 60).of(long).splitlines()
    assert len(filled) > 1
    assert max(map(len, filled)) <= 60
    assert {line[:12] for line in filled[1:]} == {" " * 12}


def test_the_summary_counts() -> None:
    assert summary(RESULTS) == "1 ok, 1 warning, 1 failed, 1 skipped"
    assert summary(RESULTS[:1]) == "1 ok, 0 failed"


def test_json_has_the_fields_it_promises() -> None:
    told = json.loads(as_json(RESULTS))
    assert told["version"] == 1
    assert told["ok"] is False
    assert told["summary"] == {"ok": 1, "warning": 1, "failed": 1, "skipped": 1}
    assert told["checks"][1] == {
        "name": "slack:channel",
        "status": "failed",
        "seen": "the bot is not in C1",
        "do": "invite it",
        "seconds": 1.235,
    }
    assert json.loads(as_json(RESULTS[:1]))["ok"] is True


def test_text_from_outside_writes_no_lines_and_moves_no_cursor() -> None:
    text = cleaned("a\nok  fake\x1b[2J\u202e\tb secret", lambda said: said.replace("secret", "[secret]"))
    assert text == "a ok fake [2J  b [secret]"
