"""Pictures and clips go out whole or in the parts asked for, and only these."""

from __future__ import annotations

import io
import json
from hashlib import sha256
from zipfile import ZipFile

import pytest
from flask.testing import FlaskClient

from app.settings import Settings
from tests.web.dashboard.builders import CLIP, JPEG, event
from tests.web.dashboard.conftest import sign_in


def test_a_clip_goes_out_as_it_is_and_may_be_jumped_in(client: FlaskClient, settings: Settings) -> None:
    one = event(settings, clip=True)
    sign_in(client)
    answer = client.get(f"/events/{one}/clip.mp4")
    assert (answer.data, answer.mimetype) == (CLIP, "video/mp4")
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert "no-store" not in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("bytes=0-0", CLIP[:1]),
        ("bytes=100-199", CLIP[100:200]),
        ("bytes=100-", CLIP[100:]),
        ("bytes=-5", CLIP[-5:]),
        (f"bytes=100-{10**12}", CLIP[100:]),
    ],
)
def test_a_range_gives_that_part(client: FlaskClient, settings: Settings, asked: str, given: bytes) -> None:
    one = event(settings, clip=True)
    sign_in(client)
    answer = client.get(f"/events/{one}/clip.mp4", headers={"Range": asked})
    assert (answer.status_code, answer.data) == (206, given)
    assert answer.headers["Content-Range"].endswith(f"/{len(CLIP)}")


@pytest.mark.parametrize("asked", [f"bytes={len(CLIP)}-", f"bytes={10**15}-{10**16}", "bytes=-0"])
def test_a_range_beyond_the_end_is_refused_with_the_length(
    client: FlaskClient, settings: Settings, asked: str
) -> None:
    one = event(settings, clip=True)
    sign_in(client)
    answer = client.get(f"/events/{one}/clip.mp4", headers={"Range": asked})
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{len(CLIP)}"
    assert CLIP not in answer.data


@pytest.mark.parametrize("asked", ["bytes=5-1", "bytes=a-b", "lines=1-2", "bytes=" + "9" * 5000 + "-"])
def test_a_range_that_is_none_harms_nothing(client: FlaskClient, settings: Settings, asked: str) -> None:
    one = event(settings, clip=True)
    sign_in(client)
    assert client.get(f"/events/{one}/clip.mp4", headers={"Range": asked}).status_code in (200, 400, 416)


def test_a_picture_that_has_not_changed_is_not_sent_again(client: FlaskClient, settings: Settings) -> None:
    one = event(settings)
    sign_in(client)
    answer = client.get(f"/events/{one}/alert.jpg")
    assert (answer.data, answer.mimetype) == (JPEG, "image/jpeg")
    again = client.get(f"/events/{one}/alert.jpg", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_a_download_has_a_name_that_tells_it_from_others(client: FlaskClient, settings: Settings) -> None:
    one = event(settings, clip=True)
    sign_in(client)
    said = client.get(f"/events/{one}/clip.mp4?download").headers["Content-Disposition"]
    assert said == f"attachment; filename={one}-clip.mp4"


def test_what_is_not_there_is_not_found(client: FlaskClient, settings: Settings) -> None:
    one = event(settings)
    sign_in(client)
    assert client.get(f"/events/{one}/clip.mp4").status_code == 404
    assert client.get(f"/events/{one}/event.json").status_code == 404


def test_a_link_out_of_the_store_is_not_followed(client: FlaskClient, settings: Settings) -> None:
    one = event(settings)
    [folder] = settings.storage.data.glob(f"events/*/{one}")
    (settings.storage.data / "secret").write_text("secret")
    (folder / "clip.mp4").symlink_to(settings.storage.data / "secret")
    sign_in(client)
    assert client.get(f"/events/{one}/clip.mp4").status_code == 404


def test_nobody_gets_them_without_the_password(client: FlaskClient, settings: Settings) -> None:
    one = event(settings, clip=True)
    for name in ("alert.jpg", "clip.mp4", "export.zip"):
        assert client.get(f"/events/{one}/{name}", headers={"Accept": "*/*"}).status_code == 401


def test_an_export_is_everything_with_hashes_that_are_right(client: FlaskClient, settings: Settings) -> None:
    one, other = event(settings, clip=True), event(settings)
    sign_in(client)
    page = client.get(f"/events/{one}").text
    assert f'href="/events/{one}/export.zip"' in page
    answer = client.get(f"/events/{one}/export.zip")
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={one}.zip"
    assert "Content-Length" not in answer.headers  # it is made while it is sent
    with ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
        [told] = manifest["events"]
        assert (told["id"], told["camera"]) == (one, "front")
        listed = {file["name"]: file for file in told["files"]}
        assert {*listed, "manifest.json"} == set(archive.namelist())
        for name, file in listed.items():
            data = archive.read(name)
            assert (sha256(data).hexdigest(), len(data)) == (file["sha256"], file["bytes"])
        assert archive.read(f"{one}/clip.mp4") == CLIP
        assert archive.read(f"{one}/alert.jpg") == JPEG
    assert other.encode() not in answer.data


def test_an_event_that_is_gone_or_a_link_is_not_exported(client: FlaskClient, settings: Settings) -> None:
    one = event(settings)
    [folder] = settings.storage.data.glob(f"events/*/{one}")
    sign_in(client)
    (folder / "clip.mp4").symlink_to("/etc/passwd")
    assert client.get(f"/events/{one}/export.zip").status_code == 404
    (folder / "clip.mp4").unlink()
    (folder / "event.json").unlink()
    assert client.get(f"/events/{one}/export.zip").status_code == 404
