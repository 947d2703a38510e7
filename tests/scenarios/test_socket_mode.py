"""`pycam socket` as it runs in a house, against a Slack that drops, repeats, goes deaf and refuses."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from app.commands.dispatch import REDIS_AWAY
from app.demo.workspace import MEMBER, OWNER, STRANGER, Acted, Workspace
from app.state.connection import connect
from app.state.facts import Heartbeat
from app.state.snapshot import Snapshot, read_snapshot
from tests.fakes.redis_server import RedisServer
from tests.scenarios.appliance import eventually

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0


class House:
    """A running `pycam socket` with its Slack; `notifier()` starts that, too."""

    def __init__(self, folder: Path, redis_url: str, slack: Workspace, **environment: str) -> None:
        self.slack, self._folder = slack, folder
        self._client = connect(redis_url)
        owners = {"owners": [OWNER.id], "members": [MEMBER.id], "team_id": slack.team_id}
        config = folder / "config.yml"
        settings = {"slack": {**owners, "alerts_channel": slack.channel.id}}
        config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        self._environment = {
            **os.environ,
            "PYCAM_CONFIG": str(config),
            "PYCAM_DATA": str(folder / "data"),
            "REDIS_URL": redis_url,
            "SLACK_API_URL": slack.api_url,
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            **environment,
        }
        self._started: list[subprocess.Popen[bytes]] = []
        self.process = self._start("socket")

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "app", name], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        self._started.append(process)
        return process

    def notifier(self) -> None:
        self._start("notifier")

    @property
    def log(self) -> str:
        return (self._folder / "socket.log").read_text(errors="replace")

    def snapshot(self) -> Snapshot:
        return read_snapshot(self._client)

    def heartbeat(self) -> Heartbeat | None:
        return self.snapshot().facts.process.get("socket")

    def is_proven(self) -> bool:
        """Whether the process says that it is connected, to a connection that exists."""
        heartbeat = self.heartbeat()
        greeted = any(link.greeted and not link.deaf for link in self.slack.sockets.connections)
        return heartbeat is not None and not heartbeat.problem and greeted

    def type(self, command: str, text: str = "", user: str = OWNER.id) -> str:
        acted: Acted = self.slack.command(command, text, user=user)
        assert acted.error is None, acted
        return f"{acted.message.text} {acted.message.blocks}" if acted.message else ""

    def armed(self) -> bool | None:
        wish = self.snapshot().wishes.armed.get("front")
        return wish.on if wish else None

    def stop(self) -> None:
        for process in self._started:
            process.kill()
            process.wait()


@contextmanager
def house(folder: Path, redis_url: str, **environment: str) -> Iterator[House]:
    folder.mkdir(exist_ok=True)
    with Workspace(socket_mode=True) as slack:
        it = House(folder, redis_url, slack, **environment)
        try:
            yield it
        finally:
            it.stop()
            print(it.log)


@pytest.fixture
def home(tmp_path: Path, own_redis: RedisServer) -> Iterator[House]:
    with house(tmp_path, own_redis.url) as it:
        eventually(it.is_proven, "it is connected and says so", START_SECONDS)
        yield it


def test_commands_and_buttons_work_without_an_open_port(home: House) -> None:
    home.notifier()
    assert "is armed" in home.type("/pycam_on")
    assert home.armed()
    assert "socket alive" in home.type("/pi_status", user=MEMBER.id)

    asked = home.slack.command("/init")
    assert asked.message is not None
    pressed = home.slack.click(asked.message.ts, "init_confirm")
    assert (pressed.error, pressed.body) == (None, "")
    eventually(lambda: home.armed() is False, "the defaults are set", 10)
    eventually(
        lambda: [m for m in home.slack.messages(ephemeral=True) if "Back to the defaults" in m.text],
        "the answer",
        20,
    )


def test_members_may_look_and_strangers_may_nothing(home: House) -> None:
    assert "owner" in home.type("/pycam_on", user=MEMBER.id)
    assert STRANGER.id in home.type("/pi_status", user=STRANGER.id)
    assert home.armed() is None


def test_nothing_delivered_is_lost_and_nothing_is_done_twice(home: House) -> None:
    sockets = home.slack.sockets
    sockets.order("twice")
    assert "is armed" in home.type("/pycam_on")
    eventually(lambda: "a replay" in home.log, "the second one is refused", 10)

    sockets.order("after_garbage")
    assert "is disarmed" in home.type("/pycam_off")

    sockets.disconnect("warning")
    sockets.order("by_the_leaving")
    assert "is armed" in home.type("/pycam_on")
    eventually(lambda: len(home.slack.calls("apps.connections.open")) == 2, "a new connection", 20)
    # What is proven until then is the leaving one, and to close that one brings no other.
    eventually(lambda: home.log.count("connected to Slack") == 2, "which is there", 20)
    eventually(home.is_proven, "and proven", 20)
    sockets.close()
    eventually(lambda: len(home.slack.calls("apps.connections.open")) == 3, "and another", 20)
    eventually(lambda: home.log.count("connected to Slack") == 3, "which is there, too", 20)
    eventually(home.is_proven, "and proven", 20)

    opened = len(home.slack.calls("apps.connections.open"))
    sockets.order("redeliver")
    home.slack.command("/pycam_off")
    eventually(lambda: home.armed() is False, "carried out, although the connection broke", 20)
    eventually(lambda: len(home.slack.calls("apps.connections.open")) > opened, "a new connection", 20)
    assert home.log.count("/pycam_off by") == 2


@pytest.mark.timeout(180)
def test_a_deaf_connection_is_noticed_and_replaced(home: House) -> None:
    home.slack.sockets.deafen()
    eventually(home.is_proven, "a new connection is there", 60)
    assert "deaf" in home.log
    assert "is armed" in home.type("/pycam_on")


def test_redis_away_is_said_and_both_recover(home: House, own_redis: RedisServer) -> None:
    own_redis.kill()
    assert REDIS_AWAY in home.type("/pycam_on")
    own_redis.start()
    assert "is armed" in home.type("/pycam_on")
    eventually(home.heartbeat, "the heartbeat is back", 20)


def test_slack_away_is_waited_for(tmp_path: Path, own_redis: RedisServer) -> None:
    with house(tmp_path, own_redis.url) as it:
        it.slack.faults.add("apps.connections.open", "500", times=None)
        eventually(lambda: "500" in _problem(it), "it says what is wrong", START_SECONDS)
        it.slack.faults.clear()
        eventually(it.is_proven, "it is connected", 60)


def test_a_revoked_token_is_said_and_not_pestered(tmp_path: Path, own_redis: RedisServer) -> None:
    with house(tmp_path, own_redis.url, SLACK_APP_TOKEN="xapp-1-revoked-token") as it:
        eventually(lambda: "put a valid SLACK_APP_TOKEN" in _problem(it), "it says what to do", START_SECONDS)
        assert it.process.poll() is None
        assert len(it.slack.calls("apps.connections.open")) == 1
        assert "next attempt in 300 s" in it.log
        assert "revoked-token" not in it.log


@pytest.mark.parametrize(
    ("token", "said"),
    [("", "SLACK_APP_TOKEN is not set"), ("xoxb-1-2", "holds a token of another kind")],
)
def test_without_an_app_level_token_it_does_not_start_and_says_what_to_do(
    token: str, said: str, tmp_path: Path
) -> None:
    with house(tmp_path, "redis://127.0.0.1:1/0", SLACK_APP_TOKEN=token) as it:
        assert it.process.wait(START_SECONDS) == os.EX_CONFIG
        assert said in it.log
        assert "connections:write" in it.log or "Basic Information" in it.log


def test_it_ends_in_order_when_asked_and_takes_back_its_heartbeat(home: House) -> None:
    home.process.send_signal(signal.SIGTERM)
    assert home.process.wait(20) == 0
    eventually(lambda: not home.slack.sockets.connections, "its connection is closed", 5)
    assert home.snapshot().facts.has_left("socket")


def test_the_log_holds_no_secret_and_no_traceback(home: House) -> None:
    home.type("/pycam_on")
    home.slack.sockets.garbage()
    home.slack.sockets.cut()
    eventually(lambda: len(home.slack.calls("apps.connections.open")) == 2, "a new connection", 20)
    assert "connected to Slack" in home.log
    for word in ("Traceback", "ticket=", home.slack.app_token, home.slack.bot_token):
        assert word not in home.log


def _problem(it: House) -> str:
    heartbeat = it.heartbeat()
    return heartbeat.problem if heartbeat else ""
