"""Nothing secret reaches the log, and nothing from outside writes a line of its own."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.logs import redact, set_up_logs

log = logging.getLogger("app.somewhere")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, hooks = root.handlers[:], root.level, (sys.excepthook, threading.excepthook)
    yield
    root.handlers[:], (sys.excepthook, threading.excepthook) = handlers, hooks
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234-hidden-5678",
        "xoxe.xoxp-1-hidden",
        "xapp-1-A1-hidden",
        "rtsp://admin:hidden@10.0.0.5/stream",
        "rtsp://admin:hid@hidden@10.0.0.5/stream",
        "rtsp://admin:hid/hidden@10.0.0.5/stream",
        "rtsp://hidden@10.0.0.5/stream",
        "redis://:hidden@127.0.0.1:6379/0",
        "https://hooks.slack.com/commands/T1/hidden",
        "https://hooks.slack-gov.com/commands/T1/hidden",
        "wss://wss-primary.slack.com/link/?ticket=hidden&app_id=A1",
    ],
)
def test_what_looks_like_a_secret_is_blotted_out(secret: str) -> None:
    for line in (secret, f"before {secret} after", f"{{'url': '{secret}'}}", f"<{secret}>"):
        assert "hidden" not in redact(line)


@pytest.mark.parametrize(
    "line",
    ["robin@example.com wrote", "http://127.0.0.1:8000/front", "a://b and c@d", "boxer-1", "100 % @ 5 fps"],
)
def test_what_is_no_secret_stays(line: str) -> None:
    assert redact(line) == line


def test_the_host_of_an_address_stays_readable() -> None:
    assert redact("rtsp://a:b@10.0.0.5/stream") == "rtsp://[secret]@10.0.0.5/stream"


@given(st.text(min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_known_secret_is_blotted_out_wherever_it_stands(secret: str, before: str, after: str) -> None:
    assert redact(f"{before}|{secret}|{after}", [secret]) == redact(f"{before}|[secret]|{after}", [secret])


def test_a_log_line_its_arguments_and_its_traceback_are_redacted(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("camera", secrets=["signing-hidden", "sign"])
    try:
        raise ValueError("redis://:hidden@h and signing-hidden")
    except ValueError:
        log.exception("failed with %s and %r", "xoxb-hidden", {"token": "signing-hidden"}, stack_info=True)

    shown = capsys.readouterr().err
    assert "hidden" not in shown  # nor in the source lines the traceback quotes
    assert "ERROR camera app.somewhere: failed with [secret] and {'token': '[secret]'}" in shown
    assert "ValueError: redis://[secret]@h and [secret]" in shown


def test_an_empty_secret_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("web", secrets=["", "a"])
    log.info("a plain line")

    assert capsys.readouterr().err.endswith("INFO web app.somewhere: a plain line\n")


@pytest.mark.parametrize("end", ["\n", "\r", "\x1b[2K", "\u2028", "\x85"])
def test_text_from_outside_cannot_begin_a_line_of_its_own(
    capsys: pytest.CaptureFixture[str], end: str
) -> None:
    set_up_logs("web")
    log.warning("unknown command %s", f"/x{end}CRITICAL forged")

    shown = capsys.readouterr().err
    assert shown.endswith("\n")
    assert len(shown.splitlines()) == 1
    assert end not in shown[:-1]


def test_a_wrong_log_call_neither_raises_nor_shows_its_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("web")
    log.warning("needs %d", "xoxb-hidden")

    shown = capsys.readouterr().err
    assert "a log line cannot be formatted" in shown
    assert "needs %d" in shown
    assert "hidden" not in shown


def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("web", "WARNING")
    log.info("quiet")

    assert capsys.readouterr().err == ""


def test_warnings_are_log_lines(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("web")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old: redis://:hidden@h", stacklevel=1)

    shown = capsys.readouterr().err
    assert "WARNING web py.warnings" in shown


@pytest.mark.parametrize("where", ["main", "thread"])
def test_an_exception_nobody_caught_is_redacted_too(where: str) -> None:
    script = textwrap.dedent(f"""
        import threading
        from app.logs import set_up_logs
        set_up_logs("camera")
        def fail():
            password = "hid" + "den"
            raise OSError(f"cannot open rtsp://me:{{password}}@cam/")
        if {where!r} == "main":
            fail()
        thread = threading.Thread(target=fail, name="grabber")
        thread.start()
        thread.join()
    """)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert "CRITICAL camera app.logs" in run.stderr
    assert "rtsp://[secret]@cam/" in run.stderr
    assert "hidden" not in run.stderr
    assert (run.returncode == 0) is (where == "thread")
