"""The bucket: put, verify, read back, delete."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from secrets import token_hex

from app.check.check import Check, Context, Outcome, failed, ok, skipped
from app.settings import UploaderSettings

_CALLS = 5
"""Of which each may wait for uploader.timeout_seconds; the library's own repetitions are beyond patience."""


def checks(context: Context) -> Iterator[Check]:
    """s3."""
    uploader = context.settings.uploader
    yield Check("s3", partial(rehearse, uploader), _CALLS * uploader.timeout_seconds)


def rehearse(uploader: UploaderSettings) -> Outcome:
    """Below PREFIX/check/, where the policy of setup.md allows deleting."""
    if not uploader.enabled:
        return skipped("uploader.enabled is false: samples stay on the disk")
    from app.store.bucket import Bucket, BucketError  # noqa: PLC0415 — see app/check/__init__.py

    key = "/".join(part for part in (uploader.prefix, "check", token_hex(8)) if part)
    try:
        bucket = Bucket.of(uploader)
        bucket.rehearse(key)
    except BucketError as error:
        return failed(str(error), "docs/uploads.md, What goes wrong, has each of these messages")
    return ok(f"{bucket}: put, verified, read back and deleted")
