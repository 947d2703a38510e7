"""The dashboard as it is served, while what it leans on breaks."""

from __future__ import annotations

import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from app.settings import Settings
from app.settings.schema import StorageSettings
from app.state.snapshot import read_snapshot
from app.store.events import EventStore
from tests.deadline import eventually
from tests.fakes.redis_server import RedisServer
from tests.web.dashboard.builders import CLIP, event
from tests.web.dashboard.served import PATIENCE_SECONDS, Browser, a_camera, dashboard

pytestmark = pytest.mark.scenario

STREAM = "/live/front.mjpeg"


def house(folder: Path) -> Settings:
    """The settings of what `dashboard(folder, …)` serves."""
    return Settings(storage=StorageSettings(data=folder / "data"))


def test_redis_dies_in_the_middle_and_pages_come_from_the_disk(
    tmp_path: Path, own_redis: RedisServer
) -> None:
    one = event(house(tmp_path), clip=True)
    with dashboard(tmp_path, own_redis.url) as served:
        browser = Browser(served.url).sign_in()
        assert one in browser.get("/").text
        own_redis.kill()
        for path in ("/", f"/events/{one}", "/?camera=front&score=50"):
            page = browser.get(path)
            assert (page.status_code, one in page.text) == (200, True), path
        for path in ("/live", "/system", "/settings"):
            assert browser.get(path).status_code == 200, path
        part = browser.get(f"/events/{one}/clip.mp4", Range="bytes=100-199")
        assert (part.status_code, part.content) == (206, CLIP[100:200])
        assert browser.post(f"/events/{one}/tag", tag="occupied").status_code == 302
        assert EventStore(tmp_path / "data/events").tag_of(one) is not None
        assert "Redis" in browser.get("/system").text
        Browser(served.url).sign_in()
        own_redis.start()
        browser.post("/command/pycam_on")
        assert "is armed by the dashboard" in browser.get("/system").text
        assert "Traceback" not in served.log


def test_a_redis_that_hangs_keeps_no_page_for_ever(tmp_path: Path) -> None:
    one = event(house(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        with dashboard(tmp_path, url) as served:
            browser = Browser(served.url).sign_in()
            assert one in browser.get("/").text
            for path in ("/live", "/system", f"/events/{one}"):
                assert browser.get(path).status_code == 200, path
            assert "Traceback" not in served.log


def test_fifty_at_once_beside_three_who_look_live_are_all_answered(tmp_path: Path, redis_url: str) -> None:
    one = event(house(tmp_path), clip=True)
    paths = ["/", f"/events/{one}", f"/events/{one}/clip.mp4", "/system", "/events/list"] * 10
    with dashboard(tmp_path, redis_url) as served, a_camera(tmp_path / "data"):
        browser = Browser(served.url).sign_in()
        streams = [browser.get(STREAM, stream=True) for _ in range(3)]
        assert [stream.status_code for stream in streams] == [200] * 3
        with ThreadPoolExecutor(len(paths)) as crowd:
            answers = list(crowd.map(browser.get, paths))
        assert [answer.status_code for answer in answers] == [200] * len(paths)
        assert all(answer.content == CLIP for answer in answers if answer.url.endswith("clip.mp4"))
        for stream in streams:
            assert stream.raw.read(1000)
            stream.close()
        assert "Traceback" not in served.log


def said_goodbye(client: redis.Redis) -> bool:
    return "dashboard" in read_snapshot(client).facts.goodbye


def test_asked_to_end_it_ends_its_live_views_and_says_goodbye(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str
) -> None:
    with dashboard(tmp_path, redis_url) as served, a_camera(tmp_path / "data"):
        browser = Browser(served.url).sign_in()
        eventually(lambda: "dashboard" in read_snapshot(redis_client).facts.process, "a heartbeat")
        stream = browser.get(STREAM, stream=True)
        assert stream.raw.read(10_000)
        served.process.terminate()
        while stream.raw.read(10_000):  # to its end, which is no broken connection
            pass
        assert served.process.wait(30) == 0
        assert said_goodbye(redis_client)  # killed for hanging on, it could not have
        assert "Traceback" not in served.log


def test_a_viewer_who_stopped_reading_takes_no_goodbye_from_it(
    tmp_path: Path, redis_client: redis.Redis, redis_url: str
) -> None:
    with dashboard(tmp_path, redis_url) as served, a_camera(tmp_path / "data") as view:
        browser = Browser(served.url).sign_in()
        eventually(lambda: "dashboard" in read_snapshot(redis_client).facts.process, "a heartbeat")
        stream = browser.get(STREAM, stream=True)
        assert stream.raw.read(10)
        seen = view.encoded
        eventually(lambda: view.encoded > seen + 60, "more was sent than the network holds back")
        served.process.terminate()
        assert served.process.wait(30) == 0
        assert said_goodbye(redis_client)
        stream.close()


def test_a_browser_stays_signed_in_over_a_restart(tmp_path: Path, redis_url: str) -> None:
    one = event(house(tmp_path))
    with dashboard(tmp_path, redis_url) as served:
        browser = Browser(served.url).sign_in()
    with dashboard(tmp_path, redis_url) as served:
        browser.url = served.url
        assert one in browser.get("/").text
        assert browser.post(f"/events/{one}/keep", keep="yes").status_code == 302
        assert Browser(served.url).get("/").status_code == 302
    assert EventStore(tmp_path / "data/events").kept(one) is not None


def test_no_path_leads_out_of_the_house_and_no_range_beyond_a_clip(tmp_path: Path, redis_url: str) -> None:
    one = event(house(tmp_path), clip=True)
    tricks = [
        "/events/..%2f..%2f..%2fetc%2fpasswd",
        f"/events/{one}/..%2f..%2f..%2f..%2fdashboard-password",
        f"/events/{one}/../../../dashboard-password",
        f"/events/{one}%00/clip.mp4",
        "/events/%ff%fe/alert.jpg",
        "/static/../../../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/store/password.py",
        "/static/..%5c..%5cparts.py",
        "//etc/passwd",
        "/live/..%2f..%2fevents.mjpeg",
        "/cameras/../../etc/picture.jpg",
        "http://elsewhere/events/",
    ]
    with dashboard(tmp_path, redis_url) as served:
        browser = Browser(served.url).sign_in()
        for path in tricks:
            answer = raw(browser, path)
            assert re.match(rb"HTTP/1\.[01] (30[1278]|400|404) ", answer), (path, answer[:100])
            assert b"root:" not in answer, path
            assert b"argon2" not in answer, path
        for beyond in (f"bytes={len(CLIP)}-", f"bytes={10**18}-", f"bytes={10**30}-{10**31}"):
            answer = raw(browser, f"/events/{one}/clip.mp4", f"Range: {beyond}\r\n")
            assert answer.startswith(b"HTTP/1.1 416 "), beyond
            assert f"bytes */{len(CLIP)}".encode() in answer
        assert "Traceback" not in served.log


def raw(browser: Browser, path: str, headers: str = "") -> bytes:
    """The whole answer to exactly this path: a client would tidy it up."""
    host, port = browser.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE_SECONDS) as asking:
        cookie = browser.session.cookies["pycam"]
        request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: pycam={cookie}\r\n{headers}Connection: close\r\n\r\n"
        asking.sendall(request.encode())
        with asking.makefile("rb") as answer:
            return answer.read()
