"""The dashboard on a full disk, and while what a page shows goes away: a clear answer, and the rest goes on."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from zipfile import BadZipFile, ZipFile

import fakeredis
import pytest
from flask.testing import FlaskClient

from app.settings import Settings, load_settings
from app.state.wishes import read_wishes
from app.store.events import EventStore
from app.store.export import ExportError
from app.store.password import PasswordFile
from app.web.dashboard import create_app
from tests.web.dashboard.builders import CLIP, event
from tests.web.dashboard.conftest import HASH, NOW, csrf_token, sign_in
from tests.web.dashboard.test_settings import NUMBERS, in_force

HTML = {"Accept": "text/html"}


def post(client: FlaskClient, path: str, **fields: str) -> tuple[int, str]:
    """A form of the page, as a browser sends it: status and text of the answer."""
    token = csrf_token(client.get("/"))
    answer = client.post(path, data={"csrf_token": token, **fields}, headers=HTML)
    return answer.status_code, answer.text


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A data folder on a disk of 512 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this root may not mount a tmpfs")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(bytes(4096))


def test_on_a_full_disk_everything_is_shown_and_what_is_not_kept_is_said(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yml").write_text("log_level: INFO\n")
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("PYCAM_DATA", str(small_disk))
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    settings = load_settings()
    PasswordFile(small_disk).write(HASH)
    one, other = event(settings, clip=True), event(settings, ago=600)
    store = EventStore(small_disk / "events")
    redis = fakeredis.FakeRedis(decode_responses=True)
    client = create_app(settings, client=redis, now=lambda: NOW).test_client()
    fill(small_disk)
    assert sign_in(client).status_code == 302
    for path in ("/", f"/events/{one}", "/live", "/system", "/settings"):
        assert client.get(path).status_code == 200, path
    assert client.get(f"/events/{one}/clip.mp4").data == CLIP
    assert ZipFile(io.BytesIO(client.get(f"/events/{one}/export.zip").data)).testzip() is None
    for path, fields in (
        (f"/events/{one}/tag", {"tag": "occupied"}),
        (f"/events/{one}/keep", {"keep": "yes"}),
        ("/settings/numbers", {n.name: in_force(n.name) for n in NUMBERS} | {"cooldown_seconds": "77"}),
    ):
        status, said = post(client, path, **fields)
        assert (status, "The disk takes nothing" in said) == (507, True), path
    assert (store.tag_of(one), store.kept(one)) == (None, None)
    assert in_force("cooldown_seconds") != "77"
    # What is asked for goes by way of Redis: a full disk costs no control.
    status, _ = post(client, "/command/pycam_on", page="/system")
    assert status == 302
    assert "front is armed by the dashboard" in client.get("/system").text
    assert read_wishes(redis).armed["front"].on
    # Deleting is what helps.
    assert post(client, f"/events/{other}/delete")[0] == 302
    assert store.get(other) is None
    (small_disk / "filler").unlink()
    assert post(client, f"/events/{one}/tag", tag="occupied")[0] == 302


@pytest.fixture
def folder(settings: Settings, client: FlaskClient) -> Path:
    """Of an event with a clip, whose page is open in a browser that has signed in."""
    one = event(settings, clip=True)
    sign_in(client)
    assert client.get(f"/events/{one}").status_code == 200
    [folder] = settings.storage.data.glob(f"events/*/{one}")
    return folder


@pytest.mark.parametrize("remove", [shutil.rmtree, lambda folder: (folder / "event.json").unlink()])
def test_an_event_that_is_removed_while_its_page_is_open_is_not_found_any_more(
    client: FlaskClient, settings: Settings, folder: Path, remove: Callable[[Path], None]
) -> None:
    remove(folder)
    page = client.get(f"/events/{folder.name}", headers=HTML)
    assert (page.status_code, "may have been deleted" in page.text) == (404, True)
    for action, fields in (("tag", {"tag": "occupied"}), ("keep", {"keep": "yes"}), ("delete", {})):
        status, said = post(client, f"/events/{folder.name}/{action}", **fields)
        assert (status, "may have been deleted" in said) == (404, True), action
    assert not (folder / "tag.json").exists()
    assert not (folder / "keep.json").exists()
    assert folder.name not in client.get("/").text
    assert client.get(f"/events/{folder.name}/export.zip").status_code == 404


def test_a_clip_that_is_removed_while_it_is_sent_comes_to_its_end(client: FlaskClient, folder: Path) -> None:
    with client.get(f"/events/{folder.name}/clip.mp4") as answer:
        shutil.rmtree(folder)
        assert answer.data == CLIP
    assert client.get(f"/events/{folder.name}/clip.mp4", headers={"Range": "bytes=0-9"}).status_code == 404


def test_an_export_whose_event_is_removed_on_the_way_is_no_whole_zip(
    client: FlaskClient, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.web.dashboard import files

    def cut_short(*_args: object) -> Iterator[bytes]:
        yield b"PK\3\4 the beginning"
        raise ExportError("the event was removed meanwhile")

    monkeypatch.setattr(files, "zip_chunks", cut_short)
    received = b""
    with (
        client.get(f"/events/{folder.name}/export.zip") as answer,
        pytest.raises(ExportError),
    ):  # gunicorn hangs up
        for chunk in answer.iter_encoded():
            received += chunk
    with pytest.raises(BadZipFile):
        ZipFile(io.BytesIO(received))


@pytest.mark.parametrize(
    "day", ["0001-01-01", "9999-12-31", "1970-01-01", "2026-02-29", "+10000-01-01", "9" * 79]
)
def test_a_day_at_either_end_of_time_has_an_answer(client: FlaskClient, settings: Settings, day: str) -> None:
    event(settings)
    sign_in(client)
    assert client.get("/", query_string={"day": day}).status_code == 200


@pytest.mark.parametrize("before", ["00010101T000000-front-00000000", "99991231T235959-front-zzzzzzzz"])
def test_a_page_before_or_after_all_time_has_an_answer(
    client: FlaskClient, settings: Settings, before: str
) -> None:
    one = event(settings)
    sign_in(client)
    page = client.get("/", query_string={"before": before})
    assert page.status_code == 200
    assert (one in page.text) == before.startswith("9999")
