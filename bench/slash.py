"""What a slash command costs beside a minimal Flask app: `python -m bench.slash`.

Both run under gunicorn on one private Redis: the baseline (check the signature, one GET, one SET) with two sync
workers, pycam with its own gunicorn.conf. Each client sends the same signed command to the one and to the other
in turn, on a new connection each time; so whatever else the machine does strikes both alike.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import http.client
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

import redis
from flask import Flask, Response, request
from slack_sdk.signature import SignatureVerifier

from app.demo.tied import tied

SECRET = "bench"  # noqa: S105 — of a server that lives for half a minute
ROOT = Path(__file__).resolve().parents[1]
COMMANDS = ("pi_status", "pycam_on", "pycam_off")
CLIENTS = (1, 4)
SECONDS = 8.0
WARM_UP = 30
"""Requests of each client that are not counted."""


def minimal_app() -> Flask:
    """The baseline. gunicorn makes it."""
    app = Flask(__name__)
    client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    verifier = SignatureVerifier(SECRET)

    @app.post("/<command>")
    def answer(command: str) -> Response | tuple[str, int]:
        if not verifier.is_valid_request(request.get_data(), dict(request.headers)):
            return "", 401
        before = client.get("armed")
        client.set("armed", command)
        return app.json.response(response_type="ephemeral", text=f"{before} -> {command}")

    return app


def main() -> int:
    """Run both, print the table."""
    if shutil.which("redis-server") is None:
        print("bench.slash needs redis-server", file=sys.stderr)
        return 1
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ports = {"minimal": free_port(), "pycam": free_port()}
        environment = start_redis(stack, folder)
        bind = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        sync = ["-w", "2", "--no-control-socket", "bench.slash:minimal_app()"]
        start_gunicorn(stack, environment, ["--bind", bind["minimal"], *sync])
        start_gunicorn(stack, environment, ["-c", str(ROOT / "gunicorn.conf"), "--bind", bind["pycam"]])
        for port in ports.values():
            wait_for(port)
        show(f"{'clients':>7}  {'':8} {'p50 ms':>7} {'p99 ms':>7} {'requests':>9}")
        for clients in CLIENTS:
            times = measure(ports, clients)
            rows = {name: percentiles(values) for name, values in times.items()}
            for name, (p50, p99) in rows.items():
                show(f"{clients:>7}  {name:8} {p50:>7.2f} {p99:>7.2f} {len(times[name]):>9}")
            ratios = [ours / theirs for ours, theirs in zip(rows["pycam"], rows["minimal"], strict=True)]
            show(f"{clients:>7}  {'ratio':8} {ratios[0]:>7.2f} {ratios[1]:>7.2f}")
    return 0


def measure(ports: dict[str, int], clients: int) -> dict[str, list[float]]:
    """Milliseconds of each request, for each server, of `clients` at once for SECONDS."""
    ends = time.monotonic() + SECONDS

    def client(number: int) -> dict[str, list[float]]:
        times: dict[str, list[float]] = {name: [] for name in ports}
        count = 0
        while time.monotonic() < ends:
            count += 1
            command = COMMANDS[count % len(COMMANDS)]
            order = list(ports.items())
            for name, port in order if count % 2 else reversed(order):
                took = send(port, command, f"{number}.{count}.{time.monotonic_ns()}")
                if count > WARM_UP:
                    times[name].append(took)
        return times

    with ThreadPoolExecutor(clients) as pool:
        parts = list(pool.map(client, range(clients)))
    return {name: [took for part in parts for took in part[name]] for name in ports}


def send(port: int, command: str, trigger: str) -> float:
    """Milliseconds from before the connection to after the answer. Raises RuntimeError unless it is a 200."""
    body = urlencode(
        {
            **{"command": f"/{command}", "text": "", "user_id": "U1", "channel_id": "C1", "team_id": "T1"},
            **{"response_url": "https://hooks.slack.com/commands/T1/1/x", "trigger_id": trigger},
        }
    ).encode()
    stamp = str(int(time.time()))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": stamp,
        "X-Slack-Signature": f"v0={digest}",
        "Connection": "close",
    }
    before = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", f"/{command}", body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    took = time.perf_counter() - before
    if answer.status != 200:
        raise RuntimeError(f"/{command} was answered with {answer.status}")
    return took * 1000


def percentiles(values: list[float]) -> tuple[float, float]:
    """p50 and p99."""
    cuts = quantiles(values, n=100)
    return cuts[49], cuts[98]


def start_redis(stack: contextlib.ExitStack, folder: Path) -> dict[str, str]:
    """A Redis of our own; the environment both servers get."""
    port = free_port()
    stack.enter_context(running(["redis-server", "--port", str(port), "--save", "", "--dir", str(folder)]))
    wait_for(port)
    config = folder / "config.yml"
    config.write_text("slack: {owners: [U1]}\nlog_level: WARNING\n")
    return {
        **os.environ,
        "REDIS_URL": f"redis://127.0.0.1:{port}/0",
        "SLACK_SIGNING_SECRET": SECRET,
        "PYCAM_CONFIG": str(config),
        "PYCAM_DATA": str(folder / "data"),
    }


def start_gunicorn(stack: contextlib.ExitStack, environment: dict[str, str], options: list[str]) -> None:
    command = [sys.executable, "-m", "gunicorn", "--log-level", "warning", *options]
    stack.enter_context(running(command, environment))


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str] | None = None) -> Iterator[None]:
    """A quiet process, ended at the end, whatever the end is like."""
    process = subprocess.Popen(
        tied(command), env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def wait_for(port: int) -> None:
    """Return once something listens. Raises TimeoutError after 15 s."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError(f"nothing listens on port {port}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def show(line: str) -> None:
    print(line)


if __name__ == "__main__":
    raise SystemExit(main())
