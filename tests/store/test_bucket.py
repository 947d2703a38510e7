"""The bucket against a real S3-speaking server, and everything that can go wrong on the way to it."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Callable
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from app.store.bucket import Bucket, BucketError
from tests.fakes.s3_faults import (
    Answer,
    Fault,
    S3Proxy,
    answer_lost,
    cut_in_the_middle,
    hangs,
    headers_changed,
    on,
    refused,
)
from tests.fakes.s3_fixtures import bucket_name, s3_proxy, s3_server  # noqa: F401 — fixtures
from tests.fakes.s3_server import S3Server
from tests.fakes.tcp import refused_port

# ruff: noqa: F811 — fixtures come in as arguments of the same name

PART = 5 * 1024 * 1024
"""The least S3 takes as a part."""

JPEG = b"\xff\xd8" + bytes(range(256)) * 40 + b"\xff\xd9"

Open = Callable[..., Bucket]


@pytest.fixture
def opened(s3_proxy: S3Proxy, bucket_name: str) -> Open:
    def make(**options: Any) -> Bucket:
        return Bucket(
            options.pop("name", bucket_name),
            **{"region": "us-east-1", "endpoint_url": s3_proxy.url, "timeout_seconds": 5, **options},
        )

    return make


def failure(act: Callable[[], object]) -> BucketError:
    with pytest.raises(BucketError) as caught:
        act()
    return caught.value


def test_what_is_put_is_there_with_its_type_and_reads_back(
    opened: Open, s3_server: S3Server, bucket_name: str
) -> None:
    bucket = opened()
    bucket.put("a/00.jpg", JPEG)
    assert s3_server.objects(bucket_name) == {"a/00.jpg": JPEG}
    assert s3_server.client().head_object(Bucket=bucket_name, Key="a/00.jpg")["ContentType"] == "image/jpeg"
    assert bucket.read("a/00.jpg") == JPEG
    assert bucket.sizes("a/") == {"a/00.jpg": len(JPEG)}
    assert bucket.sizes("b/") == {}


def test_a_file_is_put_as_it_lies_there(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"{}")
    bucket = opened()
    bucket.put("x.json", tmp_path / "x.json")
    assert bucket.read("x.json") == b"{}"


def test_the_encryption_and_storage_class_of_the_settings_are_asked_for(
    opened: Open, s3_server: S3Server, bucket_name: str
) -> None:
    opened(server_side_encryption="AES256", storage_class="STANDARD_IA").put("a", b"x")
    head = s3_server.client().head_object(Bucket=bucket_name, Key="a")
    assert (head["ServerSideEncryption"], head["StorageClass"]) == ("AES256", "STANDARD_IA")


def test_holds_tells_what_is_there_from_what_is_not_or_is_something_else(opened: Open) -> None:
    bucket = opened()
    assert not bucket.holds("a", JPEG)
    bucket.put("a", JPEG)
    assert bucket.holds("a", JPEG)
    assert not bucket.holds("a", JPEG[:-1] + b"!")
    assert not bucket.holds("a", JPEG + b"!")


def test_a_large_file_goes_in_parts_and_is_verified_as_such(
    opened: Open, s3_proxy: S3Proxy, s3_server: S3Server, bucket_name: str, tmp_path: Path
) -> None:
    large = tmp_path / "clip.mp4"
    large.write_bytes(bytes(PART) + JPEG)
    opened(part_bytes=PART).put("clip.mp4", large)
    assert s3_server.objects(bucket_name)["clip.mp4"] == large.read_bytes()
    parts = [s for s in s3_proxy.seen if s.method == "PUT" and "partNumber" in s.query]
    assert len(parts) == 2


def test_parts_left_over_from_a_crash_are_aborted_before_the_file_goes_again(
    opened: Open, s3_server: S3Server, bucket_name: str
) -> None:
    raw = s3_server.client()
    for key in ("clip.mp4", "clip.mp4.other"):
        raw.create_multipart_upload(Bucket=bucket_name, Key=key)
    opened(part_bytes=PART).put("clip.mp4", bytes(PART + 1))
    left = raw.list_multipart_uploads(Bucket=bucket_name)["Uploads"]
    assert [upload["Key"] for upload in left] == ["clip.mp4.other"]


def test_a_large_file_whose_part_is_refused_leaves_no_parts_behind(
    opened: Open, s3_proxy: S3Proxy, s3_server: S3Server, bucket_name: str
) -> None:
    s3_proxy.add(refused(lambda seen: "partNumber=2" in seen.query, 403, "AccessDenied"))
    failure(lambda: opened(part_bytes=PART).put("clip.mp4", bytes(PART + 1)))
    assert "Uploads" not in s3_server.client().list_multipart_uploads(Bucket=bucket_name)
    assert s3_server.objects(bucket_name) == {}


@pytest.mark.parametrize(
    ("fault", "times"),
    [(refused(on("PUT"), 503, "SlowDown", times=1), 1), (cut_in_the_middle(on("PUT"), times=1), 1)],
    ids=["SlowDown", "cut"],
)
def test_what_goes_wrong_once_is_put_right_at_once(
    opened: Open, s3_proxy: S3Proxy, fault: Fault, times: int
) -> None:
    s3_proxy.add(fault)
    bucket = opened()
    bucket.put("a", JPEG)
    assert fault.happened == times
    assert bucket.read("a") == JPEG


def test_a_put_whose_answer_is_lost_is_repeated_and_leaves_one_object(
    opened: Open, s3_proxy: S3Proxy, s3_server: S3Server, bucket_name: str
) -> None:
    s3_proxy.add(answer_lost(on("PUT"), times=1))
    opened().put("a", JPEG)
    assert s3_server.objects(bucket_name) == {"a": JPEG}


@pytest.mark.parametrize(
    ("refusal", "says", "permanent"),
    [
        ((503, "SlowDown"), "asks for a pause", False),
        ((500, "InternalError"), "InternalError", False),
        ((403, "RequestTimeTooSkewed"), "the clock of this machine is wrong", False),
        ((403, "AccessDenied"), "setup.md", True),
        ((403, "InvalidAccessKeyId"), "AWS_ACCESS_KEY_ID", True),
        ((403, "SignatureDoesNotMatch"), "secret key is wrong", True),
        ((400, "ExpiredToken"), "expired", True),
        ((400, "InvalidStorageClass"), "uploader.storage_class", True),
        ((400, "AuthorizationHeaderMalformed"), "uploader.region", True),
        ((418, "Teapot"), "Teapot", True),
    ],
)
def test_a_refusal_says_what_to_do_and_whether_waiting_helps(
    opened: Open, s3_proxy: S3Proxy, refusal: tuple[int, str], says: str, permanent: bool
) -> None:
    s3_proxy.add(refused(on("PUT"), *refusal))
    error = failure(lambda: opened().put("a", JPEG))
    assert says in str(error)
    assert error.permanent is permanent


def test_a_bucket_that_is_not_there_is_said_so(opened: Open) -> None:
    bucket = opened(name="nobody-made-this-bucket")
    for act in (lambda: bucket.put("a", JPEG), lambda: bucket.sizes(""), lambda: bucket.read("a")):
        error = failure(act)
        assert "no such bucket" in str(error)
        assert error.permanent


def test_no_keys_at_all_are_said_so(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    error = failure(lambda: opened().put("a", JPEG))
    assert "no keys" in str(error)
    assert error.permanent


def test_nobody_at_the_other_end_is_waited_for(bucket_name: str) -> None:
    bucket = Bucket(bucket_name, endpoint_url=f"http://127.0.0.1:{refused_port()}", region="us-east-1")
    error = failure(lambda: bucket.put("a", JPEG))
    assert not error.permanent


def test_an_address_that_cannot_be_is_a_mistake_in_the_settings() -> None:
    assert failure(lambda: Bucket("some-bucket", endpoint_url="http://", region="us-east-1")).permanent


def test_a_service_that_hangs_is_given_up(opened: Open, s3_proxy: S3Proxy) -> None:
    end = threading.Event()
    hanging = s3_proxy.add(hangs(on("PUT"), end))
    try:
        error = failure(lambda: opened(timeout_seconds=0.2).put("a", JPEG))
    finally:
        end.set()
    assert hanging.happened == 3
    assert not error.permanent


def test_an_object_that_is_cut_off_while_it_is_read_is_no_object(opened: Open, s3_proxy: S3Proxy) -> None:
    def half(handler: Any) -> bool:
        handler.reply(Answer(200, {"Content-Length": str(len(JPEG))}, JPEG[:100]))
        return True

    bucket = opened()
    bucket.put("a", JPEG)
    s3_proxy.add(Fault(on("GET"), before=half))
    assert not failure(lambda: bucket.read("a")).permanent


def test_a_proxys_page_instead_of_an_answer_passes(opened: Open, s3_proxy: S3Proxy) -> None:
    page = Answer(200, {"Content-Type": "text/html"}, b"<html><body>Please log in<br></body></html>")
    s3_proxy.add(Fault(on("GET"), after=lambda answer: page))
    error = failure(lambda: opened().sizes("a"))
    assert not error.permanent


def test_a_page_instead_of_the_put_is_noticed_by_asking_for_the_object(
    opened: Open, s3_proxy: S3Proxy
) -> None:
    def swallow(handler: Any) -> bool:
        handler.read_body()
        handler.reply(Answer(200, {}, b"<html></html>"))
        return True

    s3_proxy.add(Fault(on("PUT"), before=swallow))
    error = failure(lambda: opened().put("a", JPEG))
    assert "something else than was sent" in str(error)


@pytest.mark.parametrize(
    "changes",
    [
        {"x-amz-checksum-sha256": b64encode(bytes(32)).decode()},
        {"x-amz-checksum-sha256": "nonsense"},
        {"Content-Length": "7"},
    ],
    ids=["another checksum", "no checksum", "another size"],
)
def test_a_service_that_tells_of_something_else_is_not_believed(
    opened: Open, s3_proxy: S3Proxy, changes: dict[str, str | None]
) -> None:
    s3_proxy.add(headers_changed(on("HEAD"), changes))
    error = failure(lambda: opened().put("a", JPEG))
    assert "something else than was sent" in str(error)


WITHOUT: dict[str, str | None] = {"x-amz-checksum-sha256": None, "x-amz-checksum-type": None}


def test_without_a_checksum_the_md5_in_the_etag_counts(opened: Open, s3_proxy: S3Proxy) -> None:
    s3_proxy.add(headers_changed(on("HEAD"), WITHOUT))
    opened().put("a", JPEG)
    assert s3_proxy.keys("GET") == []


def test_without_either_the_object_is_read_back(opened: Open, s3_proxy: S3Proxy) -> None:
    s3_proxy.add(headers_changed(on("HEAD"), {**WITHOUT, "ETag": '"opaque"'}))
    opened().put("a", JPEG)
    assert s3_proxy.keys("GET") == ["a"]


def test_an_object_that_reads_back_differently_is_not_held(opened: Open, s3_proxy: S3Proxy) -> None:
    s3_proxy.add(headers_changed(on("HEAD"), {**WITHOUT, "ETag": '"opaque"'}))
    damaged = bytes(len(JPEG))
    s3_proxy.add(Fault(on("GET"), after=lambda answer: Answer(answer.status, answer.headers, damaged)))
    assert "something else" in str(failure(lambda: opened().put("a", JPEG)))


def no_checksums(proxy: S3Proxy) -> list[str | None]:
    """Refuses the headers as Backblaze B2 does; the Content-MD5 of each PUT that came without them."""
    md5s: list[str | None] = []

    def before(handler: Any) -> bool:
        if any("checksum" in name.lower() for name in handler.headers):
            handler.read_body()
            text = "<Error><Code>InvalidArgument</Code><Message>Unsupported header 'x-amz-checksum-sha256' received"
            handler.reply(
                Answer(400, {"Content-Type": "application/xml"}, f"{text}</Message></Error>".encode())
            )
            return True
        if handler.command == "PUT":
            md5s.append(handler.headers.get("Content-MD5"))
        return False

    proxy.add(Fault(lambda seen: True, before=before))
    return md5s


def test_a_service_that_refuses_checksums_gets_an_md5(opened: Open, s3_proxy: S3Proxy) -> None:
    md5s = no_checksums(s3_proxy)
    bucket = opened()
    bucket.put("a", JPEG)
    bucket.put("b", JPEG)
    assert md5s == [b64encode(md5(JPEG, usedforsecurity=False).digest()).decode()] * 2
    assert s3_proxy.keys("PUT") == ["a", "a", "b"]


def test_a_service_that_refuses_checksums_takes_large_files_too(opened: Open, s3_proxy: S3Proxy) -> None:
    no_checksums(s3_proxy)
    bucket = opened(part_bytes=PART)
    large = bytes(PART) + JPEG
    bucket.put("clip.mp4", large)
    assert bucket.holds("clip.mp4", large)


def test_an_object_too_large_to_be_read_is_refused(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket = opened()
    bucket.put("a", JPEG)
    monkeypatch.setattr("app.store.bucket.READ_BYTES", 10)
    assert "too large" in str(failure(lambda: bucket.read("a")))


def test_a_rehearsal_leaves_nothing_behind(opened: Open, s3_server: S3Server, bucket_name: str) -> None:
    opened().rehearse("check/x")
    assert s3_server.objects(bucket_name) == {}
