"""What a service should say of an object that arrived whole: its SHA-256 and MD5, as S3 writes them.

An object sent in parts is described by the digest of its parts' digests, and their number.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5, sha256
from typing import BinaryIO, NamedTuple


class Fingerprint(NamedTuple):
    """`sha256` and `md5` in base64 are the object's; the others those of an object sent in parts."""

    size: int
    sha256: str
    md5: str
    etag: str
    """MD5 in hexadecimal: the ETag of a plain object, where the service keeps to that."""
    sha256_of_parts: str
    """Without the "-2" for two parts that most services put behind it, and some leave out."""
    etag_of_parts: str


def fingerprint(content: BinaryIO, part_bytes: int) -> Fingerprint:
    """Read `content` from its beginning to its end, `part_bytes` at a time. Raises OSError."""
    content.seek(0)
    whole, whole_md5 = sha256(), md5(usedforsecurity=False)
    parts, parts_md5 = sha256(), md5(usedforsecurity=False)
    size = count = 0
    while data := content.read(part_bytes):
        whole.update(data)
        whole_md5.update(data)
        parts.update(sha256(data).digest())
        parts_md5.update(md5(data, usedforsecurity=False).digest())
        size, count = size + len(data), count + 1
    content.seek(0)
    return Fingerprint(
        size=size,
        sha256=as_base64(whole.digest()),
        md5=as_base64(whole_md5.digest()),
        etag=whole_md5.hexdigest(),
        sha256_of_parts=as_base64(parts.digest()),
        etag_of_parts=f"{parts_md5.hexdigest()}-{count}",
    )


def as_base64(digest: bytes) -> str:
    """A digest the way S3 writes it."""
    return b64encode(digest).decode()
