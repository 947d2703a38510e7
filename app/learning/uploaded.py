"""The tagged samples that the uploader has taken to the bucket of the settings."""

from __future__ import annotations

from collections.abc import Iterator

from app.settings import Settings
from app.store.bucket_errors import BucketError
from app.store.samples import Sample


def uploaded(settings: Settings) -> Iterator[Sample]:
    """All of them, without their pictures. Raises BucketError."""
    if not settings.uploader.bucket:
        raise BucketError("uploader.bucket is empty: which bucket? (config.yml)", permanent=True)
    # boto3 takes a second or more to import on a Pi, and most have no need of it.
    from app.learning.evaluate_s3 import samples_in  # noqa: PLC0415
    from app.store.bucket import Bucket  # noqa: PLC0415

    yield from samples_in(Bucket.of(settings.uploader), settings.uploader.samples_prefix)
