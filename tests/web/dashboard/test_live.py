"""The live view in the dashboard: behind the password, whole pictures, no more viewers than may, one connection."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.camera.live import LiveView
from app.media.frame import Frame
from app.settings import Settings
from app.store.live_socket import LivePicture, listen, packed
from app.store.password import PasswordFile
from app.web.dashboard.live_feed import Full, LiveFeeds
from tests.deadline import eventually
from tests.web.dashboard.conftest import HASH, NOW, sign_in

STREAM = "/live/front.mjpeg"


def grey(level: int) -> Frame:
    return Frame(np.full((240, 320, 3), level, np.uint8), None, float(level), float(level), level)


@pytest.fixture
def live(settings: Settings) -> Iterator[LiveView]:
    """A camera process's live view that always has a new frame."""
    view = LiveView(settings.storage.data, "front", fps=100)
    view.start()
    stop = threading.Event()

    def film() -> None:
        for level in itertools.cycle(range(0, 256, 5)):
            view.offer(grey(level))
            if stop.wait(0.002):
                return

    filming = threading.Thread(target=film)
    filming.start()
    eventually((settings.storage.data / "live/front.sock").exists, "the camera listens")
    yield view
    stop.set()
    filming.join()
    view.close()


def pictures(answer: TestResponse) -> Iterator[bytes]:
    """The parts of the stream, parsed strictly as RFC 2046 and their Content-Length have it."""
    boundary = re.fullmatch(r"multipart/x-mixed-replace; boundary=(\w+)", answer.headers["Content-Type"])
    assert boundary is not None
    mark, data = f"--{boundary[1]}\r\n".encode(), b""
    chunks = answer.iter_encoded()
    while True:
        while not (found := re.match(rb"Content-Type: image/jpeg\r\nContent-Length: (\d+)\r\n\r\n", data)):
            data = data.removeprefix(mark)
            chunk = next(chunks, None)
            if chunk is None:
                return
            data += chunk
        end = found.end() + int(found[1])
        while len(data) < end + 2 + len(mark):
            data += next(chunks)
        assert data[end : end + 2 + len(mark)] == b"\r\n" + mark
        yield data[found.end() : end]
        data = data[end + 2 :]


def test_the_stream_shows_whole_pictures_one_after_the_other(client: FlaskClient, live: LiveView) -> None:
    sign_in(client)
    with client.get(STREAM) as answer:
        assert answer.status_code == 200
        for jpeg in itertools.islice(pictures(answer), 30):
            decoded = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert decoded.shape == (240, 320)
            assert int(decoded.max()) - int(decoded.min()) <= 2


def test_nobody_sees_it_without_the_password(client: FlaskClient, live: LiveView) -> None:
    assert client.get(STREAM, headers={"Accept": "image/*"}).status_code == 401
    assert live.encoded == 0


def test_a_stream_ends_when_the_password_changes(
    client: FlaskClient, live: LiveView, passwords: PasswordFile
) -> None:
    sign_in(client)
    with client.get(STREAM) as answer:
        following = pictures(answer)
        next(following)
        passwords.write(HASH + "x")
        for _ in following:
            pass


def test_a_camera_that_does_not_run_is_said_so(client: FlaskClient) -> None:
    sign_in(client)
    answer = client.get(STREAM)
    assert (answer.status_code, answer.text) == (503, "the camera process is not running\n")


@pytest.mark.parametrize("name", ["back", "..", "%2e%2e%2fx", "front%00", "a" * 200])
def test_a_camera_there_is_not_is_not_found(client: FlaskClient, name: str) -> None:
    sign_in(client)
    assert client.get(f"/live/{name}.mjpeg").status_code == 404


def test_one_viewer_too_many_is_told_and_let_in_when_another_leaves(
    client: FlaskClient, live: LiveView, settings: Settings
) -> None:
    sign_in(client)
    answers = [client.get(STREAM) for _ in range(settings.dashboard.live_viewers)]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    refused = client.get(STREAM)
    assert refused.status_code == 503
    assert "are looking already" in refused.text
    answers.pop().close()
    eventually(lambda: client.get(STREAM).status_code == 200, "there is room")
    for answer in answers:
        answer.close()


def test_however_many_look_each_picture_is_encoded_once(settings: Settings, live: LiveView) -> None:
    feeds = LiveFeeds(settings.storage.data, most=5)
    with feeds.view("front") as one, feeds.view("front") as two, feeds.view("front") as three:
        for place in (one, two, three):
            assert place(10) is not None
        before = live.encoded
        for _ in range(20):
            for place in (one, two, three):
                assert place(10) is not None
        # Were each encoded for each viewer, three times as many would have been made as were seen.
        assert live.encoded - before < 3 * 20


def test_the_connection_ends_with_the_last_viewer(settings: Settings, live: LiveView) -> None:
    feeds = LiveFeeds(settings.storage.data, most=5)
    with feeds.view("front") as place:
        place(10)
    assert feeds.viewers == 0
    eventually(
        lambda: not any(thread.name == "live front" for thread in threading.enumerate()),
        "nobody is connected",
    )


def test_who_comes_and_goes_while_the_camera_gives_nothing_makes_no_further_connections(
    tmp_path: Path,
) -> None:
    feeds = LiveFeeds(tmp_path, most=5)
    with closing(listen(tmp_path, "front")) as camera:
        for _ in range(6):  # more than a camera process takes
            with feeds.view("front") as place:
                assert place(0.05) is None
        camera.setblocking(False)
        connected = camera.accept()[0]
        with connected, pytest.raises(BlockingIOError):
            camera.accept()


def test_who_comes_late_is_not_shown_an_old_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    feeds = LiveFeeds(tmp_path, most=5)
    with closing(listen(tmp_path, "front")) as camera, feeds.view("front") as first:
        connected, _ = camera.accept()
        with connected:
            connected.sendall(packed(LivePicture(b"one", NOW)))
            assert first(10) == LivePicture(b"one", NOW)
            with feeds.view("front") as soon:
                assert soon(10) == LivePicture(b"one", NOW)
            monkeypatch.setattr("app.web.dashboard.live_feed.FRESH_SECONDS", 0.0)
            with feeds.view("front") as late:
                assert late(0.05) is None
                connected.sendall(packed(LivePicture(b"two", NOW)))
                assert late(10) == LivePicture(b"two", NOW)


def test_no_more_places_than_there_are(tmp_path: Path) -> None:
    feeds = LiveFeeds(tmp_path, most=1)
    with feeds.view("front"), pytest.raises(Full), feeds.view("front"):
        pass
    assert feeds.viewers == 0


def test_the_page_has_a_view_for_each_camera(client: FlaskClient) -> None:
    sign_in(client)
    page = client.get("/live")
    assert 'data-stream="/live/front.mjpeg"' in page.text
    assert "<script>" not in page.text
