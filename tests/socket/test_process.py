"""The socket process from its start to its exit code, with a dispatcher the test can hold up."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import redis

from app.commands.request import Reply, Request
from app.demo.workspace import Workspace
from app.shutdown import Shutdown
from app.socket import process
from app.state.heartbeat import Pulse
from app.state.snapshot import read_snapshot
from tests.commands.builders import settings_with
from tests.deadline import eventually

SECONDS = 20.0


class HeldUp:
    """In the place of the Dispatcher: a command begins, and ends when it is let."""

    began, go = threading.Event(), threading.Event()

    def __init__(self, *_: Any) -> None:
        pass

    def command(self, request: Request, signature: str | None = None) -> Reply:
        self.began.set()
        assert self.go.wait(SECONDS)
        return Reply("done")


class Bench:
    """`run` in a thread; `exit_code` once it has ended."""

    def __init__(self, data: Path, slack: Workspace, redis_url: str) -> None:
        secrets = {
            "slack_app_token": slack.app_token,
            "slack_api_url": slack.api_url,
            "redis_url": redis_url,
        }
        self.shutdown = Shutdown()
        self.exit_code: int | None = None
        self.settings = settings_with(data, secrets=secrets)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        eventually(lambda: any(link.greeted for link in slack.sockets.connections), "it is connected")

    def _run(self) -> None:
        self.exit_code = process.run(self.settings, self.shutdown)

    def end(self) -> int | None:
        self.shutdown.request()
        self.thread.join(SECONDS)
        return self.exit_code


@pytest.fixture
def slack() -> Iterator[Workspace]:
    with Workspace(socket_mode=True) as workspace:
        yield workspace


@pytest.fixture
def bench(
    tmp_path: Path, slack: Workspace, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    monkeypatch.setattr(HeldUp, "began", threading.Event())
    monkeypatch.setattr(HeldUp, "go", threading.Event())
    monkeypatch.setattr(process, "Dispatcher", HeldUp)
    it = Bench(tmp_path, slack, redis_url)
    yield it
    HeldUp.go.set()
    it.end()


def test_the_end_waits_for_the_command_in_hand_and_its_answer_arrives(bench: Bench, slack: Workspace) -> None:
    with ThreadPoolExecutor(1) as person:
        acted = person.submit(slack.command, "/pycam_on")
        assert HeldUp.began.wait(SECONDS)
        bench.shutdown.request()
        bench.thread.join(0.5)
        assert bench.thread.is_alive()
        HeldUp.go.set()
        answer = acted.result(SECONDS)
    assert answer.error is None
    assert answer.message is not None
    assert answer.message.text == "done"
    assert bench.end() == os.EX_OK


def test_a_command_that_never_ends_is_told_by_the_heartbeat(
    bench: Bench, slack: Workspace, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "STUCK_SECONDS", 0.05)
    progress: list[bool] = []
    beat = Pulse.beat

    def recorded(pulse: Pulse, **told: Any) -> None:
        if "does not come to its end" in told["problem"]:
            progress.append(told["progress"])
        beat(pulse, **told)

    monkeypatch.setattr(Pulse, "beat", recorded)

    def problem() -> str:
        heartbeat = read_snapshot(redis_client).facts.process.get("socket")
        return heartbeat.problem if heartbeat else "?"

    eventually(lambda: problem() == "", "all is well")
    with ThreadPoolExecutor(1) as person:
        person.submit(slack.command, "/pycam_on")
        eventually(lambda: "does not come to its end" in problem(), "the heartbeat says so")
        HeldUp.go.set()
        eventually(lambda: problem() == "", "all is well again")
    assert progress
    assert not any(progress)  # systemd's watchdog goes hungry


@pytest.mark.parametrize(
    ("token", "said"), [("", "is not set"), (" ", "is not set"), ("xoxb-1", "another kind")]
)
def test_without_an_app_level_token_the_exit_code_says_that_a_restart_does_not_help(
    tmp_path: Path, token: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_with(tmp_path, secrets={"slack_app_token": token})
    assert process.run(settings, Shutdown()) == os.EX_CONFIG
    assert said in caplog.text


def test_a_data_folder_that_cannot_be_made_ends_it_with_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    settings = settings_with(tmp_path / "file" / "data", secrets={"slack_app_token": "xapp-1"})
    assert process.run(settings, Shutdown()) == os.EX_CANTCREAT
    assert "cannot use" in caplog.text
