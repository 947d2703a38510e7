"""The policy of setup.md is enough for all the uploader does, and for nothing more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from app.learning.evaluate_s3 import samples_in
from app.store.bucket import Bucket
from tests.fakes.s3_server import S3Server
from tests.uploader.conftest import House

SETUP = Path(__file__).parent.parent.parent / "setup.md"


def policy(bucket: str) -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", SETUP.read_text(), re.DOTALL)
    assert found is not None
    document: dict[str, Any] = json.loads(found[1].replace("BUCKET", bucket))
    for statement in document["Statement"]:
        statement.pop("Condition", None)  # the server does not know s3:prefix
    return document


def enforce(server: S3Server, after: float) -> None:
    """From now on the server checks signatures and policies (or, with infinity, no longer)."""
    requests.post(f"{server.url}/moto-api/reset-auth", data=str(after), timeout=10)


@pytest.fixture
def least(s3_server: S3Server, bucket_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The keys of a user with that policy alone, on a server that checks; they are in the environment, too."""
    iam, name = s3_server.client("iam"), f"pycam-{token_hex(4)}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="pycam", PolicyDocument=json.dumps(policy(bucket_name)))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    for key, value in keys.items():
        monkeypatch.setenv(key.upper(), value)
    enforce(s3_server, 0)
    try:
        yield keys
    finally:
        enforce(s3_server, float("inf"))


def test_the_policy_is_enough(house: House, least: dict[str, str]) -> None:
    sample_id = house.tagged(10)
    result = house.uploader.step(house.shutdown)
    assert (result.uploaded, result.problem) == (1, "")
    bucket = Bucket.of(house.settings.uploader)
    assert [s.record.id for s in samples_in(bucket, "pycam/samples/")] == [sample_id]
    large = Bucket(house.bucket, endpoint_url=house.proxy.url, region="us-east-1", part_bytes=5 * 1024 * 1024)
    large.put("pycam/samples/large", bytes(5 * 1024 * 1024 + 1))
    bucket.rehearse("pycam/check/x")


@pytest.mark.parametrize(
    "act",
    [
        lambda s3, bucket: s3.delete_object(Bucket=bucket, Key="pycam/samples/x"),
        lambda s3, bucket: s3.put_object(Bucket=bucket, Key="other/x", Body=b""),
        lambda s3, bucket: s3.get_object(Bucket=bucket, Key="other/x"),
        lambda s3, bucket: s3.delete_bucket(Bucket=bucket),
    ],
    ids=["delete a sample", "write elsewhere", "read elsewhere", "delete the bucket"],
)
def test_the_policy_allows_nothing_else(
    s3_server: S3Server, bucket_name: str, least: dict[str, str], act: Callable[[Any, str], object]
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        act(s3_server.client(**least), bucket_name)


def test_wrong_keys_are_said_so_by_the_server_itself(
    house: House, least: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    house.tagged(10)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    result = house.uploader.step(house.shutdown)
    assert "the secret key is wrong" in result.problem
    assert result.permanent
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", least["aws_secret_access_key"])
    assert house.uploader.step(house.shutdown).uploaded == 1
    house.tagged(20)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANOBODYHASTHISKEY")
    house.restart()
    assert "the access key is unknown" in house.uploader.step(house.shutdown).problem
