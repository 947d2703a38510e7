"""The web process's door, tried with the real application and with impostors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import redis
from werkzeug.serving import make_server

from app.check.check import Context
from app.check.signing import round_trip
from app.state.facts import Heartbeat, say
from app.web import create_app
from tests.check.builders import assert_failed, assert_ok, assert_skipped, context_of
from tests.fakes.tcp import refused_port

SECRET = "a signing secret"

Wsgi = Callable[[dict[str, Any], Any], Any]


@contextmanager
def served(application: Wsgi) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, application)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asking(url: str, secret: str = SECRET, app_token: str = "") -> Context:
    context = context_of(secrets={"slack_signing_secret": secret, "slack_app_token": app_token})
    return replace(context, web_url=url)


def saying(status: str, health: bytes = b"ok\n") -> Wsgi:
    """An impostor that answers everything alike."""

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        healthy = environ["PATH_INFO"] == "/health"
        start("200 OK" if healthy else status, [("Content-Type", "text/plain")])
        return [health if healthy else b""]

    return application


def test_the_real_door_lets_in_what_is_signed_and_nothing_else(redis_client: redis.Redis) -> None:
    settings = asking("").settings
    with served(create_app(settings, client=redis_client)) as url:
        assert_ok(round_trip(asking(url)), "refuses what is forged")
        assert redis_client.keys() == [], "nothing was commanded"


def test_a_web_process_with_an_older_secret_wants_a_restart(redis_client: redis.Redis) -> None:
    with served(create_app(asking("", "the old one").settings, client=redis_client)) as url:
        assert_failed(round_trip(asking(url)), "401, not 200", do="restart")


def test_who_obeys_anybody_is_to_be_stopped() -> None:
    with served(saying("200 OK")) as url:
        assert_failed(round_trip(asking(url)), "forged", "200, not 401", do="stop it")


def test_a_web_process_is_asked_where_it_says_that_it_listens(
    redis_url: str, redis_client: redis.Redis
) -> None:
    context = context_of(secrets={"slack_signing_secret": SECRET, "redis_url": redis_url})
    with served(create_app(context.settings, client=redis_client)) as url:
        say(redis_client, {"process:web": Heartbeat(at=1, pid=1, started=0, address=url)})
        assert_ok(round_trip(context), url)
        elsewhere = replace(context, web_url=f"http://127.0.0.1:{refused_port()}")
        assert_failed(round_trip(elsewhere), "does not answer", do="--web")


def test_another_server_on_the_port_is_told_apart() -> None:
    with served(saying("200 OK", b"<html>")) as url:
        assert_failed(round_trip(asking(url)), "something else", do="--web")


def test_a_web_process_that_is_away_fails_only_where_it_is_the_way_in() -> None:
    nobody = f"http://127.0.0.1:{refused_port()}"
    assert_failed(round_trip(asking(nobody)), "does not answer", do="systemctl start pycam-web")
    assert_skipped(round_trip(asking(nobody, app_token="xapp-1")), "Socket Mode")


def test_without_a_secret_socket_mode_must_be_the_way_in() -> None:
    assert_skipped(round_trip(asking("http://127.0.0.1:1", "", "xapp-1")), "Socket Mode needs none")
    assert_failed(round_trip(asking("http://127.0.0.1:1", "")), "no command can come in", do="setup.md")
