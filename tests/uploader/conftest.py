"""The uploader's parts on a real folder, against a real S3-speaking server behind a proxy with faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.domain import Tag
from app.settings import Settings
from app.shutdown import Shutdown
from app.store.bucket import Bucket
from app.store.events import TagRecord
from app.store.samples import SampleStore
from app.store.tagged import TaggedSamples
from app.uploader.loop import Uploader
from tests.fakes.s3_faults import S3Proxy
from tests.fakes.s3_fixtures import bucket_name, s3_proxy, s3_server  # noqa: F401 — fixtures
from tests.fakes.s3_server import S3Server
from tests.store.test_samples import save


class House:
    """A data folder, a bucket, and an uploader between them that can be made anew as after a restart."""

    def __init__(self, data: Path, server: S3Server, proxy: S3Proxy, bucket: str, **uploader: Any) -> None:
        self.server, self.proxy, self.bucket = server, proxy, bucket
        self.root = data / "samples"
        self.samples = SampleStore(self.root, max_mb=100)
        self.shutdown = Shutdown()
        self.settings = Settings.model_validate(
            {
                "storage": {"data": data},
                "uploader": {
                    "enabled": True,
                    "bucket": bucket,
                    "endpoint_url": proxy.url,
                    "region": "us-east-1",
                    "timeout_seconds": 5,
                    **uploader,
                },
                "secrets": {"redis_url": "redis://127.0.0.1:1/0"},
            }
        )
        self.clock = 1000.0
        self.restart()

    def restart(self) -> None:
        self.uploader = Uploader(
            TaggedSamples(self.root),
            lambda: Bucket.of(self.settings.uploader),
            self.settings.uploader,
            monotonic=lambda: self.clock,
            wall=lambda: self.clock,
            chance=lambda: 1.0,
        )

    def tagged(self, at: float, tag: Tag = Tag.OCCUPIED) -> str:
        """A sample of three pictures that somebody tagged."""
        sample_id = save(self.samples, at)
        self.tag(sample_id, tag)
        return sample_id

    def tag(self, sample_id: str, tag: Tag) -> None:
        self.samples.tag(sample_id, TagRecord(tag=tag, by="U1", at=1))

    def on_disk(self) -> dict[str, bytes]:
        """'ID/name' -> content, of every sample's file. What goes while it is looked at is looked at once more."""
        while True:
            try:
                return {
                    f"{path.parent.name}/{path.name}": path.read_bytes()
                    for path in self.root.rglob("*")
                    if path.is_file() and path.parent != self.root
                }
            except FileNotFoundError:
                continue

    def in_bucket(self) -> dict[str, bytes]:
        """The same of the bucket."""
        return {
            key.removeprefix("pycam/samples/"): data for key, data in self.server.objects(self.bucket).items()
        }


@pytest.fixture
def house(tmp_path: Path, s3_server: S3Server, s3_proxy: S3Proxy, bucket_name: str) -> House:  # noqa: F811
    return House(tmp_path, s3_server, s3_proxy, bucket_name)
