"""A process takes up what was changed while it ran, and nothing else makes it start anew."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.renewal import FOREIGN, Renewal
from app.settings import Settings, SettingsError, load_settings
from app.shutdown import Shutdown
from app.store.chosen import Chosen
from tests.deadline import eventually
from tests.fakes.systemd import NotifySocket

ROOT = Path(__file__).parent.parent


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    (tmp_path / "data").mkdir()
    return dict(os.environ)


def choose(tmp_path: Path, section: str, **values: object) -> None:
    Chosen(tmp_path / "data").change(lambda layer: layer.setdefault(section, {}).update(values))


def renewal(process: str) -> tuple[Renewal, Shutdown]:
    shutdown = Shutdown()
    return Renewal(process, load_settings(), shutdown, load_settings), shutdown


def test_a_change_asks_for_the_end_and_a_new_start(tmp_path: Path, environment: dict[str, str]) -> None:
    one, shutdown = renewal("camera")
    one.look()
    one.look()
    assert not shutdown.requested
    choose(tmp_path, "trigger", cooldown_seconds=33)
    one.look()
    assert (one.wanted, shutdown.requested) == (True, True)


def test_a_change_between_the_start_and_the_first_look_counts(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    read = load_settings()
    choose(tmp_path, "trigger", cooldown_seconds=33)
    one = Renewal("camera", read, Shutdown(), load_settings)
    one.look()
    assert one.wanted


def test_what_does_not_concern_a_process_leaves_it_alone(tmp_path: Path, environment: dict[str, str]) -> None:
    camera, presence = renewal("camera")[0], renewal("presence")[0]
    choose(tmp_path, "presence", people=[{"name": "Ann", "devices": ["aa:bb:cc:00:11:22"]}])
    camera.look()
    presence.look()
    assert (camera.wanted, presence.wanted) == (False, True)


def test_a_file_that_says_the_same_as_before_is_no_change(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    one, _ = renewal("camera")
    choose(tmp_path, "trigger", cooldown_seconds=load_settings().trigger.cooldown_seconds)
    one.look()
    assert not one.wanted


def test_settings_that_cannot_be_are_not_taken_up_and_the_next_ones_are(
    tmp_path: Path, environment: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    one, _ = renewal("camera")
    (tmp_path / "data/chosen.yml").write_text("trigger: {cooldown_seconds: -1}\n")
    one.look()
    one.look()
    assert not one.wanted
    assert caplog.text.count("cannot be taken up") == 1
    (tmp_path / "data/chosen.yml").unlink()
    choose(tmp_path, "trigger", cooldown_seconds=33)
    one.look()
    assert one.wanted


def test_who_was_told_to_go_does_not_come_back(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = renewal("camera")
    choose(tmp_path, "trigger", cooldown_seconds=33)
    one.look()
    started: list[str] = []
    handled: list[tuple[int, object]] = []
    monkeypatch.setattr(os, "execv", lambda path, _arguments: started.append(path))
    monkeypatch.setattr(signal, "signal", lambda number, handler: handled.append((number, handler)))
    one.end(0)
    assert started == [sys.executable]
    monkeypatch.setattr(Shutdown, "signalled", property(lambda _self: True))
    assert one.end(3) == 3
    assert len(started) == 1
    # A signal that comes between the question and the new program is not swallowed.
    assert handled[:2] == [(signal.SIGTERM, signal.SIG_DFL), (signal.SIGINT, signal.SIG_DFL)]


def test_each_section_that_a_process_does_not_mind_is_one() -> None:
    named = set().union(*FOREIGN.values())
    assert named <= set(Settings.model_fields)


def test_a_mistake_while_loading_does_not_end_the_process() -> None:
    def broken() -> Settings:
        raise SettingsError("x")

    one = Renewal("camera", Settings(), Shutdown(), broken)
    one.look()
    assert not one.wanted


@contextmanager
def camera_process(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "app", "camera"], cwd=ROOT, env=environment, stdout=out, stderr=out
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.mark.scenario
def test_a_real_camera_process_starts_itself_anew_under_the_same_number(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    mine = tmp_path / "mine.yml"
    mine.write_text(
        "cameras: [{name: front, source: http://127.0.0.1:9/none}]\ndashboard: {enabled: false}\n"
    )
    environment |= {"PYCAM_CONFIG": str(mine), "REDIS_URL": "redis://127.0.0.1:1/0"}
    log = tmp_path / "log"

    def starts() -> int:
        return len(re.findall(r"the camera is (?:opening|lost)", log.read_text()))

    with NotifySocket(tmp_path) as systemd, camera_process(environment | systemd.environment, log) as process:
        eventually(starts, "the camera process tries its camera", 60)
        choose(tmp_path, "trigger", cooldown_seconds=33)
        eventually(lambda: "starting anew" in log.read_text(), "it notices", 60)
        before = starts()
        eventually(lambda: starts() > before, "it tries its camera again", 60)
        assert process.poll() is None
        assert "STOPPING=1" not in systemd.hear_all()  # systemd would kill the new one
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert "STOPPING=1" in systemd.hear_all()
