"""The uploader's section: what cannot be is refused before anything is sent anywhere."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from app.settings import UploaderSettings


def test_uploads_are_off_by_default_and_need_a_bucket_to_be_on() -> None:
    assert not UploaderSettings().enabled
    with pytest.raises(ValidationError, match="needs a bucket"):
        UploaderSettings(enabled=True)


@pytest.mark.parametrize(
    ("prefix", "begins"),
    [("pycam", "pycam/samples/"), ("/a/b.c/", "a/b.c/samples/"), ("", "samples/"), ("/", "samples/")],
)
def test_every_key_begins_with_the_prefix(prefix: str, begins: str) -> None:
    assert UploaderSettings(prefix=prefix).samples_prefix == begins


@pytest.mark.parametrize(
    "wrong",
    [
        {"bucket": "s3://mine"},
        {"bucket": "My_Bucket"},
        {"bucket": "ab"},
        {"prefix": "a//b"},
        {"prefix": "../x"},
        {"prefix": "a/./b"},
        {"prefix": "a b"},
        {"prefix": "a*"},
        {"endpoint_url": "minio:9000"},
        {"endpoint_url": "http://"},
        {"endpoint_url": "http://minio:port"},
        {"endpoint_url": "https://key:secret@minio"},
        {"storage_class": "DEEP_ARCHIVE"},  # `pycam evaluate --s3` could not read it back
        {"server_side_encryption": "yes"},
        {"every_minutes": 0},
    ],
    ids=str,
)
def test_what_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        UploaderSettings.model_validate(wrong)


def test_an_endpoint_of_ones_own_is_taken() -> None:
    assert UploaderSettings(endpoint_url="http://[::1]:9000").endpoint_url == "http://[::1]:9000"
