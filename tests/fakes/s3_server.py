"""moto's S3 over HTTP, in this process: one for the whole test session, a bucket of its own for each test."""

from __future__ import annotations

import logging
from functools import cache
from secrets import token_hex
from typing import Any

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer


class S3Server:
    """`with S3Server() as server:`; `client()` looks at it without pycam's own code."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)

    def __enter__(self) -> S3Server:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    @cache  # noqa: B019 — one server a session
    def client(self, service: str = "s3", **keys: str) -> Any:
        keys = keys or {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        config = Config(s3={"addressing_style": "path"})
        return boto3.session.Session().client(
            service, endpoint_url=self.url, region_name="us-east-1", config=config, **keys
        )

    def new_bucket(self) -> str:
        """The name of a new, empty bucket."""
        name = f"pycam-{token_hex(6)}"
        self.client().create_bucket(Bucket=name)
        return name

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Key -> content of everything in it."""
        s3 = self.client()
        return {
            item["Key"]: s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            for item in s3.list_objects_v2(Bucket=bucket).get("Contents", ())
        }
