"""Objects in an S3-compatible bucket: the only importer of boto3.

What is sent carries its SHA-256, which the service compares on arrival; what is held is then asked for anew
and compared here. Services that know no such checksums (older ones refuse the header) are compared by ETag,
and where that is no MD5 either, by reading the object back.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import create_loader
from botocore.session import Session as BotocoreSession

from app.settings import UploaderSettings
from app.store.bucket_errors import BucketError, code_of, translated
from app.store.fingerprint import Fingerprint, as_base64, fingerprint

__all__ = ["Bucket", "BucketError"]

log = logging.getLogger(__name__)

PART_BYTES = 8 * 1024 * 1024
"""From this size on a file goes in parts of this size: the least S3 takes is 5 MiB, and on a slow uplink
(1 Mbit/s) one part takes about a minute, which is what a cut connection costs."""

READ_BYTES = 16 * 1024 * 1024
"""The most `read` takes into memory: what is read is JSON of some kilobytes."""

CONNECT_SECONDS = 10.0
ATTEMPTS = 3
"""boto3 repeats what may pass (5xx, SlowDown, a cut connection) this often, within a few seconds; waiting
longer is the caller's business, who can be stopped meanwhile."""

Content = bytes | Path

_DESCRIPTIONS = create_loader()
"""The services' descriptions, megabytes of JSON, parsed once and not for every Bucket."""

_TYPES = {".jpg": "image/jpeg", ".json": "application/json", ".mp4": "video/mp4"}


class Bucket:
    """One bucket; keys are signed in with as boto3 finds them (environment, ~/.aws, instance role).

    Every method raises BucketError, and OSError if a file of ours cannot be read.
    """

    def __init__(
        self,
        name: str,
        *,
        region: str = "",
        endpoint_url: str = "",
        server_side_encryption: str = "",
        storage_class: str = "",
        timeout_seconds: float = 30,
        part_bytes: int = PART_BYTES,
    ) -> None:
        self._name, self._where = name, f"s3://{name}"
        self._part_bytes = part_bytes
        self._extra = {
            key: value
            for key, value in (
                ("ServerSideEncryption", server_side_encryption),
                ("StorageClass", storage_class),
            )
            if value
        }
        self._checksums = True
        config = Config(
            signature_version="s3v4",  # links would be signed the old way in some regions
            connect_timeout=min(CONNECT_SECONDS, timeout_seconds),
            read_timeout=timeout_seconds,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            # bucket.host.local has no DNS entry at home; the services with an endpoint of their own take paths.
            s3={"addressing_style": "path" if endpoint_url else "auto"},
            # Ours are SHA-256 and given explicitly; boto3's own, in trailers, are refused by other services.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with translated(self._where):
            self._s3: Any = _new_session().client(
                "s3", region_name=region or None, endpoint_url=endpoint_url or None, config=config
            )

    @classmethod
    def of(cls, uploader: UploaderSettings) -> Bucket:
        """The bucket of the settings."""
        return cls(
            uploader.bucket,
            region=uploader.region,
            endpoint_url=uploader.endpoint_url,
            server_side_encryption=uploader.server_side_encryption,
            storage_class=uploader.storage_class,
            timeout_seconds=uploader.timeout_seconds,
        )

    def __str__(self) -> str:
        return self._where

    def sizes(self, prefix: str) -> dict[str, int]:
        """Key -> bytes of every object whose key starts with `prefix`."""
        found: dict[str, int] = {}
        with self._asking():
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
            for page in pages:
                found.update((item["Key"], item["Size"]) for item in page.get("Contents", ()))
        return found

    def put(self, key: str, content: Content) -> None:
        """Send, then `holds`: returns only if the service has exactly this."""
        with self._asking(), _opened(content) as file:
            mark = fingerprint(file, self._part_bytes)
            try:
                self._send(key, file, mark)
            except ClientError as error:
                if not (self._checksums and _refuses_checksums(error)):
                    raise
                log.warning("%s knows no SHA-256 checksums; comparing by MD5 instead", self._where)
                self._checksums = False
                file.seek(0)
                self._send(key, file, mark)
            if not self._has(key, mark):
                raise BucketError(
                    f"{self._where}: the service holds something else than was sent as {key}: "
                    "it, or a proxy on the way, is at fault",
                    permanent=False,
                )

    def holds(self, key: str, content: Content) -> bool:
        """Whether the service has exactly this under `key`, by its own checksum."""
        with self._asking(), _opened(content) as file:
            return self._has(key, fingerprint(file, self._part_bytes))

    def read(self, key: str) -> bytes:
        """The object, READ_BYTES at most."""
        with self._asking():
            answer = self._s3.get_object(Bucket=self._name, Key=key)
            if answer["ContentLength"] > READ_BYTES:
                raise BucketError(f"{self._where}: {key} is too large to be read", permanent=True)
            data: bytes = answer["Body"].read()
            return data

    def link(self, key: str, seconds: float) -> str:
        """An address under which anybody can read the object for so long (7 days at most). Asks nobody: it works only
        if these keys may read it, and no longer than they live."""
        with self._asking():
            link: str = self._s3.generate_presigned_url(
                "get_object", Params={"Bucket": self._name, "Key": key}, ExpiresIn=int(seconds)
            )
            return link

    def rehearse(self, key: str) -> None:
        """Put, verify, read back and delete a small object under `key`: for `pycam check`."""
        content = b"pycam was here"
        self.put(key, content)
        if self.read(key) != content:
            raise BucketError(f"{self._where}: reads back something else than was put", permanent=True)
        with self._asking():
            self._s3.delete_object(Bucket=self._name, Key=key)

    def _send(self, key: str, file: BinaryIO, mark: Fingerprint) -> None:
        extra = {"ContentType": _TYPES.get(Path(key).suffix, "application/octet-stream"), **self._extra}
        if mark.size >= self._part_bytes:
            self._abort_leftovers(key)
            if self._checksums:
                extra["ChecksumAlgorithm"] = "SHA256"
            # One part at a time: the uplink is the narrow place, and a Pi has a camera to serve.
            one_by_one = TransferConfig(
                multipart_threshold=self._part_bytes, multipart_chunksize=self._part_bytes, use_threads=False
            )
            self._s3.upload_fileobj(file, self._name, key, ExtraArgs=extra, Config=one_by_one)
            return
        extra |= {"ChecksumSHA256": mark.sha256} if self._checksums else {"ContentMD5": mark.md5}
        self._s3.put_object(Bucket=self._name, Key=key, Body=file, **extra)

    def _abort_leftovers(self, key: str) -> None:
        """Parts of an upload that a crash cut short are paid for until they are aborted."""
        pages = self._s3.get_paginator("list_multipart_uploads").paginate(Bucket=self._name, Prefix=key)
        for page in pages:
            for upload in page.get("Uploads", ()):
                if upload["Key"] == key:
                    self._s3.abort_multipart_upload(Bucket=self._name, Key=key, UploadId=upload["UploadId"])
                    log.info("aborted the unfinished upload of %s that was left over", key)

    def _has(self, key: str, mark: Fingerprint) -> bool:
        head = self._head(key)
        if head is None or head["ContentLength"] != mark.size:
            return False
        told = head.get("ChecksumSHA256")
        if told is not None:
            return told.partition("-")[0] in (mark.sha256, mark.sha256_of_parts)
        if head.get("ETag", "").strip('"') in (mark.etag, mark.etag_of_parts):
            return True
        # No MD5 (KMS, or a service of its own mind): only the object itself can tell.
        return self._sha256_of(key) == mark.sha256

    def _head(self, key: str) -> Any:
        try:
            if self._checksums:
                return self._s3.head_object(Bucket=self._name, Key=key, ChecksumMode="ENABLED")
            return self._s3.head_object(Bucket=self._name, Key=key)
        except ClientError as error:
            code = code_of(error)
            if code in ("404", "NoSuchKey", "NotFound"):
                return None
            if self._checksums and code in ("400", "501"):  # a HEAD cannot say which header it refuses
                self._checksums = False
                return self._head(key)
            raise

    def _sha256_of(self, key: str) -> str:
        received = sha256()
        for data in self._s3.get_object(Bucket=self._name, Key=key)["Body"].iter_chunks(1024 * 1024):
            received.update(data)
        return as_base64(received.digest())

    @contextmanager
    def _asking(self) -> Iterator[None]:
        with translated(self._where):
            yield


def _new_session() -> boto3.session.Session:
    """One of our own: the default one would keep keys that were corrected meanwhile."""
    core = BotocoreSession()
    core.register_component("data_loader", _DESCRIPTIONS)
    return boto3.session.Session(botocore_session=core)


def _refuses_checksums(error: ClientError) -> bool:
    """Backblaze B2: 400 InvalidArgument, "Unsupported header 'x-amz-checksum-sha256' …"; others say 501."""
    message = str(error.response.get("Error", {}).get("Message", "")).lower()
    return code_of(error) == "NotImplemented" or (
        code_of(error) in ("InvalidArgument", "InvalidRequest") and "checksum" in message
    )


@contextmanager
def _opened(content: Content) -> Iterator[BinaryIO]:
    with BytesIO(content) if isinstance(content, bytes) else content.open("rb") as file:
        yield file
