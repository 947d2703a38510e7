"""deploy/glances/glances.conf in a running Glances, started as its unit starts it."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.deploy.unit_files import HERE, ROOT, SERVICES, Unit
from tests.fakes.redis_server import RedisServer

CONF = ROOT / "deploy" / "glances" / "glances.conf"
PATIENCE = 40.0


def amps() -> dict[str, dict[str, str]]:
    parser = RawConfigParser()
    parser.read(CONF)
    return {s.removeprefix("amp_"): dict(parser[s]) for s in parser.sections() if s.startswith("amp_")}


# The file itself


def test_every_process_and_redis_are_looked_at() -> None:
    processes = {re.split(r"[-@.]", name)[1] for name in SERVICES} - {"glances"}
    assert set(amps()) == processes | {"redis"}


def test_no_regex_has_what_stops_glances() -> None:
    for name, amp in amps().items():
        assert "," not in amp["regex"], name
        assert amp["regex"].startswith("^"), name
        assert float(amp["refresh"]) > 0
        assert "command" not in amp
        assert "service_cmd" not in amp


@pytest.mark.parametrize("name", sorted(amps()))
def test_each_regex_finds_what_the_unit_starts_and_nothing_else(name: str) -> None:
    lines = {
        "web": "/opt/pycam/venv/bin/python3.11 /opt/pycam/venv/bin/gunicorn -c /opt/pycam/tree/gunicorn.conf",
        "dashboard": "/opt/pycam/venv/bin/python3.11 /opt/pycam/venv/bin/gunicorn -c "
        "/opt/pycam/tree/app/web/dashboard/gunicorn.conf",
        "redis": "/usr/bin/redis-server 127.0.0.1:6379",
        **{
            part: f"/opt/pycam/venv/bin/python /opt/pycam/venv/bin/pycam {part}"
            for part in ("socket", "notifier", "presence", "uploader")
        },
        "camera": "/opt/pycam/venv/bin/python /opt/pycam/venv/bin/pycam camera front-door",
    }
    regex = re.compile(amps()[name]["regex"])
    assert [part for part, line in lines.items() if regex.search(line)] == [name]
    bystanders = [
        *(f"tail -f {line}" for line in lines.values()),
        *(f"vim {part}.log" for part in lines),
        f"journalctl -f -u pycam-{name}",
        f"grep {amps()[name]['regex']}",
        "/opt/pycam/venv/bin/python /opt/pycam/venv/bin/pycam check",
        name,
    ]
    assert [line for line in bystanders if regex.search(line)] == []


# A running Glances


class Glances:
    """Asks as a careful health checker does: the process list first, which is what makes the counts new."""

    def __init__(self, url: str, password: str, pycam: Path) -> None:
        self.url, self._login, self._pycam = url, ("glances", password), pycam

    @contextmanager
    def stand_in(self, *words: str) -> Iterator[None]:
        """Something runs whose command line is that of pycam's process; it is killed at the end."""
        process = subprocess.Popen([sys.executable, str(self._pycam), *words], stdin=subprocess.PIPE)
        try:
            yield
        finally:
            process.kill()
            process.wait()

    def get(self, path: str) -> Any:
        return requests.get(f"{self.url}/api/4/{path}", auth=self._login, timeout=10).json()

    def count(self, name: str) -> tuple[int, str]:
        """How many were counted, and the level Glances gives that (as its web page does)."""
        self.get("processcount")
        (amp,) = [one for one in self.get("amps") if one["name"] == name.capitalize()]
        count, least, most = amp["count"], amp["countmin"], amp["countmax"]
        if least is None or least <= count <= (most or count):
            return count, "OK"
        return count, "CRITICAL" if count == 0 else "WARNING"

    def becomes(self, name: str, level: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while (seen := self.count(name))[1] != level:
            assert time.monotonic() < deadline, f"{name} is {seen}, not {level}"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def glances(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glances]:
    """The unit's own command line, on a free port, its password where the test may write."""
    if not (HERE / "glances").exists():
        pytest.skip("glances is not installed")
    folder = tmp_path_factory.mktemp("glances")
    password = subprocess.run(
        [sys.executable, str(ROOT / "deploy/glances/password.py"), str(folder / "glances.pwd")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    # As `make install` leaves it where nobody's presence is asked for.
    conf, left_out = re.subn(
        r"^\[amp_presence\]\n([^\[\n].*\n|\n)*", "", CONF.read_text(), flags=re.MULTILINE
    )
    assert left_out == 1
    conf = conf.replace("/run/credentials/pycam-glances.service", str(folder))
    # Only the stand-ins of this test: another pycam on this machine is none of its business.
    conf = conf.replace(r"\S*/pycam", re.escape(str(folder / "pycam"))).replace("|-m app", "")
    (folder / "pycam").write_text("import sys\nsys.stdin.read()\n")
    (folder / "glances.conf").write_text(conf.replace("refresh=5", "refresh=1"))
    command = Unit("pycam-glances.service").command()
    port = free_port()
    command[command.index("--config") + 1] = str(folder / "glances.conf")
    command[command.index("--port") + 1] = str(port)
    environment = {
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "LOGNAME": "glances",
        "PATH": "/usr/bin:/bin",
    }
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    try:
        wait_until_it_answers(f"http://127.0.0.1:{port}", process, log)
        yield Glances(f"http://127.0.0.1:{port}", password, folder / "pycam")
    finally:
        process.terminate()
        process.wait(10)


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if requests.get(f"{url}/api/4/status", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        assert process.poll() is None and time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.scenario
@pytest.mark.parametrize("words", [("notifier",), ("camera", "front")])
def test_a_killed_process_is_critical_and_one_that_is_back_is_well(
    glances: Glances, words: tuple[str, ...]
) -> None:
    with glances.stand_in(*words):
        glances.becomes(words[0], "OK")
    glances.becomes(words[0], "CRITICAL")
    with glances.stand_in(*words):
        glances.becomes(words[0], "OK")


@pytest.mark.scenario
def test_one_process_too_many_is_a_warning(glances: Glances) -> None:
    with glances.stand_in("uploader"), glances.stand_in("uploader"):
        glances.becomes("uploader", "WARNING")


@pytest.mark.scenario
def test_of_what_is_not_called_for_nothing_is_said(glances: Glances) -> None:
    glances.get("processcount")
    names = {one["name"] for one in glances.get("amps")}
    assert names == {name.capitalize() for name in amps()} - {"Presence"}


@pytest.mark.scenario
def test_redis_is_counted(glances: Glances, own_redis: RedisServer) -> None:
    glances.becomes("redis", "OK")


@pytest.mark.scenario
def test_nobody_gets_in_without_the_password_or_under_another_name(glances: Glances) -> None:
    amps_url = f"{glances.url}/api/4/amps"
    assert requests.get(amps_url, timeout=10).status_code == 401
    assert requests.get(amps_url, auth=("glances", "guess"), timeout=10).status_code == 401
    assert (
        requests.get(f"{glances.url}/api/4/status", headers={"Host": "evil.example"}, timeout=10).status_code
        == 400
    )
