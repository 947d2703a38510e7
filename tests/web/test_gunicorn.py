"""Real gunicorn with the project's own gunicorn.conf, and a real Redis that can die."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
import requests

from app.state.wishes import read_wishes
from app.store.chosen import Chosen
from app.store.events import EventRecord, EventStore
from app.store.outbox import Outbox
from tests.commands.builders import EVENT
from tests.commands.test_buttons import BAD_VALUES, payload_of
from tests.fakes.redis_server import RedisServer
from tests.web.signing import FORM, SECRET, form_of, interaction_of, signed

ROOT = Path(__file__).parents[2]
START_SECONDS = 30.0
SLACK_SECONDS = 3.0
"""Slack hangs up after this long, and so does every request here."""

pytestmark = pytest.mark.scenario


class Web:
    """A running web process."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, data: Path) -> None:
        self.process, self.data = process, data
        self._log = log
        self.url = ""

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def listening(self) -> bool:
        """Whether it answers; the port is the one it says it took."""
        if "Listening at: " not in self.log:
            return False
        self.url = self.log.split("Listening at: ")[1].split()[0]
        try:
            return requests.get(self.url + "/health", timeout=1).text == "ok\n"
        except requests.RequestException:
            return False

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> requests.Response:
        return requests.post(self.url + path, data=body, headers=headers, timeout=SLACK_SECONDS)

    def send(self, command: str, text: str = "", **changes: str) -> requests.Response:
        body = form_of(command, text, **changes)
        return self.post(f"/{command}", body, signed(body, time.time()))

    def press(self, action: str, value: str = EVENT, **changes: Any) -> requests.Response:
        body = interaction_of(payload_of(action, value, **changes))
        return self.post("/interactive", body, signed(body, time.time()))


def eventually(look: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not look():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.02)


@contextmanager
def gunicorn(folder: Path, redis_url: str, **environment: str) -> Iterator[Web]:
    folder.mkdir(exist_ok=True)
    config, log = folder / "config.yml", folder / "log"
    config.write_text(
        "slack: {owners: [U0OWNER], members: [U0MEMBER], team_id: T0HOME, alerts_channel: C0HOME}\n"
    )
    variables = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "PYCAM_CONFIG": str(config),
        "PYCAM_DATA": str(folder / "data"),
        "SLACK_SIGNING_SECRET": SECRET,
        "REDIS_URL": redis_url,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf", "--bind", "127.0.0.1:0"]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=variables | environment, stdout=out, stderr=out)
    web = Web(process, log, folder / "data")
    try:
        yield web
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="module")
def running(_redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with gunicorn(tmp_path_factory.mktemp("web"), _redis_server.url) as web:
        eventually(web.listening, "the web process listens")
        yield web


@pytest.fixture
def web(running: Web, redis_url: str) -> Web:
    """The web process of this module, on an emptied Redis."""
    for path in (running.data / "outbox" / "pending").iterdir():
        path.unlink()
    return running


def test_commands_change_the_wishes_and_status_reads_them(web: Web, redis_client: redis.Redis) -> None:
    answer = web.send("pycam_on")
    assert answer.status_code == 200
    assert answer.json()["response_type"] == "in_channel"
    assert read_wishes(redis_client).armed["front"].on is True
    assert "*front*: armed, because <@U0OWNER> armed it" in web.send("pi_status").json()["text"]
    assert "already armed" in web.send("pycam_on").json()["text"]


def test_a_member_may_look_but_not_arm_and_a_stranger_neither(web: Web, redis_client: redis.Redis) -> None:
    assert "*front*" in web.send("pi_status", user_id="U0MEMBER").json()["text"]
    assert "slack.owners" in web.send("pycam_on", user_id="U0MEMBER").json()["text"]
    assert "does not know you" in web.send("pi_status", user_id="U0STRANGER").json()["text"]
    assert read_wishes(redis_client).armed == {}


def refused(web: Web) -> dict[str, tuple[int, requests.Response]]:
    """What must not get in, with the status that says so."""
    now = time.time()
    on = form_of("pycam_on")
    latin, large = b"command=%2Fpycam_on&text=\xff", on + b"&x=" + b"a" * 100_000
    broken = b"payload=%7B"
    return {
        "unsigned": (401, web.post("/pycam_on", on, {"Content-Type": FORM})),
        "forged": (401, web.post("/pycam_on", on, signed(on, now, "guess"))),
        "stale": (401, web.post("/pycam_on", on, signed(on, now - 400))),
        "no number": (401, web.post("/pycam_on", on, signed(on, now) | {"X-Slack-Request-Timestamp": "x"})),
        "not UTF-8": (401, web.post("/pycam_on", latin, signed(latin, now))),
        "oversized": (413, web.post("/pycam_on", large, signed(large, now))),
        "huge": (413, web.post("/pycam_on", b"a" * 5_000_000, {"Content-Type": FORM})),
        "JSON": (415, web.post("/pycam_on", on, signed(on, now) | {"Content-Type": "application/json"})),
        "payload": (400, web.post("/interactive", broken, signed(broken, now))),
        "another path": (400, web.post("/pycam_off", on, signed(on, now))),
        "another team": (403, web.send("pycam_on", team_id="T0OTHER")),
        "unknown path": (404, web.post("/nothing", on, signed(on, now))),
        "GET": (405, requests.get(web.url + "/pycam_on", timeout=10)),
    }


def test_what_is_not_slacks_gets_a_bare_4xx_and_changes_nothing(web: Web, redis_client: redis.Redis) -> None:
    for why, (status, answer) in refused(web).items():
        assert (why, answer.status_code, answer.content) == (why, status, b"")
    assert read_wishes(redis_client).armed == {}
    assert "Traceback" not in web.log
    assert "v0=" not in web.log
    assert SECRET not in web.log


def test_of_a_request_sent_eight_times_at_once_one_is_carried_out(web: Web) -> None:
    body = form_of("pycam_on")
    headers = signed(body, time.time())
    with ThreadPoolExecutor(8) as pool:
        codes = [a.status_code for a in pool.map(lambda _: web.post("/pycam_on", body, headers), range(8))]
    assert sorted(codes) == [200] + [403] * 7


def test_a_button_is_acknowledged_with_nothing_and_its_tag_kept(web: Web) -> None:
    events = EventStore(web.data / "events")
    events.save(EventRecord(id=EVENT, camera="front", started=0))
    answer = web.press("tag_unoccupied")
    assert (answer.status_code, answer.content) == (200, b"")
    tag = events.tag_of(EVENT)
    assert tag is not None
    assert (tag.tag, tag.by) == ("unoccupied", "U0OWNER")
    assert [item.payload for item in Outbox(web.data / "outbox").pending()] == [{"event_id": EVENT}]


def test_values_that_look_like_paths_or_code_are_looked_up_and_not_found(
    web: Web, redis_client: redis.Redis
) -> None:
    for value in BAD_VALUES:
        for action in ("tag_occupied", "snooze", "disarm"):
            assert web.press(action, value).status_code == 200
    assert redis_client.hgetall("pycam:wishes") == {}
    texts = {item.payload["text"] for item in Outbox(web.data / "outbox").pending()}
    assert texts == {"pycam does not know this alert (any more), so nothing was changed."}


def test_the_processes_table_follows_an_acknowledged_top(web: Web) -> None:
    outbox = Outbox(web.data / "outbox")
    assert "Measuring" in web.send("top").json()["text"]
    eventually(lambda: bool(outbox.pending()), "the table is queued")
    assert "PID" in outbox.pending()[0].payload["text"]


def test_redis_dies_and_comes_back_and_commands_say_so_in_time(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    with gunicorn(tmp_path / "web", own_redis.url) as web:
        eventually(web.listening, "the web process listens")
        assert web.send("pycam_on").json()["response_type"] == "in_channel"
        own_redis.kill()
        answer = web.send("pycam_off")
        assert answer.status_code == 200
        assert answer.json()["response_type"] == "ephemeral"
        assert "Redis does not answer, so nothing was changed" in answer.json()["text"]
        assert web.press("snooze").status_code == 200
        own_redis.start()
        assert "is armed" in web.send("pycam_on").json()["text"]
        assert "Traceback" not in web.log


def test_a_redis_that_hangs_is_said_to_be_away_before_slack_hangs_up(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with gunicorn(tmp_path / "web", url) as web:
            eventually(web.listening, "the web process listens")
            assert "Redis does not answer" in web.send("pycam_on").json()["text"]
            assert web.press("snooze").status_code == 200


def test_it_starts_without_redis_and_then_says_that_it_lives(tmp_path: Path, own_redis: RedisServer) -> None:
    own_redis.kill()
    with gunicorn(tmp_path / "web", own_redis.url) as web:
        eventually(web.listening, "the web process listens")
        assert "Redis does not answer" in web.send("pi_status").json()["text"]
        own_redis.start()
        with redis.Redis.from_url(own_redis.url) as client:
            eventually(lambda: bool(client.hexists("pycam:facts", "process:web")), "a heartbeat")


def test_it_stops_at_once_on_sigterm_and_leaves_nothing_in_the_home_folder(
    tmp_path: Path, redis_url: str
) -> None:
    with gunicorn(tmp_path / "web", redis_url) as web:
        eventually(web.listening, "the web process listens")
        web.process.terminate()
        assert web.process.wait(10) == 0
    assert not (tmp_path / "web" / "home").exists()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"SLACK_SIGNING_SECRET": ""}, "SLACK_SIGNING_SECRET is not set"),
        ({"REDIS_URL": "localhost"}, "must start with redis://"),
    ],
)
def test_wrong_settings_stop_the_start_with_one_sentence(
    variables: dict[str, str], said: str, tmp_path: Path
) -> None:
    with gunicorn(tmp_path / "web", "redis://127.0.0.1:1/0", **variables) as web:
        assert web.process.wait(START_SECONDS) == 78
    assert said in web.log
    assert "Traceback" not in web.log


def test_gunicorns_own_lines_look_like_pycams_and_quote_little_of_what_was_sent(web: Web) -> None:
    host, port = web.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), 5) as garbage:
        garbage.sendall(f"GARBAGE?token=xoxb-1234-{'A' * 900}\r\n\r\n".encode())
        garbage.recv(100)
    eventually(lambda: "GARBAGE" in web.log, "the refusal is logged")
    (line,) = [line for line in web.log.splitlines() if "GARBAGE" in line]
    assert " WARNING web gunicorn.error: Invalid request from ip=127.0.0.1: " in line
    assert "xoxb" not in line
    assert "A" * 40 not in line
    assert " INFO web gunicorn.error: Listening at: " in web.log


def test_the_log_tells_who_did_what(web: Web) -> None:
    web.send("rotate", "3 4")
    assert "/rotate by U0OWNER" in web.log


def test_what_is_chosen_at_run_time_is_in_force_without_a_restart_of_the_service(
    tmp_path: Path, redis_url: str, redis_client: redis.Redis
) -> None:
    with gunicorn(tmp_path, redis_url) as web:
        eventually(web.listening, "the web process listens")
        Chosen(web.data, lambda _path: None).change(lambda layer: layer.update(slack={"snooze_minutes": 77}))
        eventually(lambda: web.log.count("Worker exiting") == 1, "the old worker makes room")
        EventStore(web.data / "events").save(EventRecord(id=EVENT, camera="front", started=time.time()))
        web.press("snooze")
        wish = read_wishes(redis_client).notifications
        assert wish is not None
        assert (wish.until or 0) - wish.at == 77 * 60
        assert web.process.poll() is None
        assert web.log.count("Worker exiting") == 1  # the log speaks with one voice
