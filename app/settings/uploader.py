"""Where tagged samples go: the `uploader:` section. Keys are not settings: boto3 finds them the AWS way."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from app.settings.section import Section

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""

_PREFIX = re.compile(r"[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*")
"""Characters that no service, no URL and no policy reads as something else."""


class UploaderSettings(Section):
    """Tagged samples, and clips if asked, to S3-compatible storage."""

    enabled: bool = False
    bucket: str = ""
    prefix: str = "pycam"
    region: str = ""
    endpoint_url: str = ""
    server_side_encryption: Literal["", "AES256", "aws:kms"] = ""
    storage_class: Literal[
        "", "STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"
    ] = ""
    every_minutes: float = Field(5, ge=0.01, le=24 * 60)
    keep_local: bool = False
    clips: bool = False
    link_days: float = Field(7, ge=0.01, le=7)
    """7 days are the longest a signature holds (SigV4)."""
    timeout_seconds: float = Field(30, ge=0.1, le=300)
    backoff_seconds: float = Field(10, ge=0.01, le=3600)
    backoff_max_minutes: float = Field(60, ge=0.01, le=24 * 60)

    @field_validator("bucket")
    @classmethod
    def _is_bucket(cls, name: str) -> str:
        if name and not _BUCKET.fullmatch(name):
            raise ValueError("must be a bucket's name: 3 to 63 lower-case letters, digits, '-' or '.'")
        return name

    @field_validator("prefix")
    @classmethod
    def _is_prefix(cls, prefix: str) -> str:
        plain = prefix.strip("/")
        if plain and (not _PREFIX.fullmatch(plain) or {".", ".."} & set(plain.split("/"))):
            raise ValueError("must be words of letters, digits, '_', '.' or '-', with '/' between them")
        return plain

    @field_validator("endpoint_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if url and not usable:
            raise ValueError("must start with http:// or https:// and name a host")
        if url and ("@" in parts.netloc or parts.query):
            raise ValueError("must not hold keys: they belong where boto3 looks for them (docs/uploads.md)")
        return url

    @model_validator(mode="after")
    def _somewhere(self) -> UploaderSettings:
        if self.enabled and not self.bucket:
            raise ValueError("enabled needs a bucket")
        return self

    @model_validator(mode="after")
    def _grows(self) -> UploaderSettings:
        if 60 * self.backoff_max_minutes < self.backoff_seconds:
            raise ValueError("backoff_max_minutes cannot be less than backoff_seconds")
        return self

    @property
    def samples_prefix(self) -> str:
        """What the keys of all samples begin with, '/' at its end."""
        return f"{self.prefix}/samples/" if self.prefix else "samples/"

    @property
    def clips_prefix(self) -> str:
        """What the keys of all clips begin with, '/' at its end."""
        return f"{self.prefix}/clips/" if self.prefix else "clips/"
