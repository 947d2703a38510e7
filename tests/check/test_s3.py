"""The bucket, on a real S3-speaking server."""

from __future__ import annotations

from typing import Any

import pytest

from app.check.check import Outcome
from app.check.s3 import checks
from tests.check.builders import assert_failed, assert_ok, assert_skipped, context_of
from tests.fakes.s3_server import S3Server
from tests.fakes.tcp import refused_port


def rehearsed(**uploader: Any) -> Outcome:
    (check,) = checks(
        context_of(uploader={"enabled": True, "region": "us-east-1", "timeout_seconds": 2} | uploader)
    )
    return check.run()


@pytest.mark.parametrize("prefix", ["pycam", ""])
def test_a_bucket_that_works_is_well_and_keeps_nothing(
    s3_server: S3Server, bucket_name: str, prefix: str
) -> None:
    outcome = rehearsed(bucket=bucket_name, endpoint_url=s3_server.url, prefix=prefix)
    assert_ok(outcome, f"s3://{bucket_name}", "deleted")
    assert s3_server.objects(bucket_name) == {}


def test_a_bucket_that_is_not_there_is_a_failure(s3_server: S3Server) -> None:
    outcome = rehearsed(bucket="nobody-made-this", endpoint_url=s3_server.url)
    assert_failed(outcome, "no such bucket", do="docs/uploads.md")


def test_a_service_that_is_away_is_a_failure(s3_server: S3Server) -> None:
    outcome = rehearsed(bucket="any-bucket", endpoint_url=f"http://127.0.0.1:{refused_port()}")
    assert_failed(outcome, "no usable answer", do="docs/uploads.md")


def test_no_keys_are_a_failure_that_says_where_they_belong(
    s3_server: S3Server, bucket_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    outcome = rehearsed(bucket=bucket_name, endpoint_url=s3_server.url)
    assert_failed(outcome, "AWS_ACCESS_KEY_ID", do="docs/uploads.md")


def test_uploads_that_are_off_are_skipped() -> None:
    (check,) = checks(context_of())
    assert_skipped(check.run(), "uploader.enabled is false")
