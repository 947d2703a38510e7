from __future__ import annotations

import logging

from app.web.refusals import BURST_LINES, SECONDS_PER_LINE, LogLimit


def record(level: int = logging.WARNING) -> logging.LogRecord:
    return logging.LogRecord("x", level, __file__, 1, "refused %s", ("/pycam_on",), None)


def test_a_flood_is_cut_to_a_trickle_that_says_what_was_left_out() -> None:
    moment = 0.0
    limit = LogLimit(lambda: moment)
    passed = sum(limit.filter(record()) for _ in range(1000))
    assert passed == BURST_LINES
    moment = SECONDS_PER_LINE
    line = record()
    assert limit.filter(line)
    assert line.getMessage() == f"refused /pycam_on ({1000 - BURST_LINES} such lines before it were left out)"
    assert not limit.filter(record())


def test_after_a_quiet_time_the_burst_is_allowed_again() -> None:
    moment = 0.0
    limit = LogLimit(lambda: moment)
    for _ in range(BURST_LINES):
        limit.filter(record())
    moment = SECONDS_PER_LINE * BURST_LINES * 2
    assert sum(limit.filter(record()) for _ in range(100)) == BURST_LINES


def test_what_is_no_warning_always_passes() -> None:
    limit = LogLimit(lambda: 0.0)
    for _ in range(100):
        assert limit.filter(record(logging.INFO))
        assert limit.filter(record(logging.ERROR))
