"""What went wrong with the bucket, said once: what it means, what to do, and whether waiting helps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError


class BucketError(Exception):
    """`permanent`: somebody has to do something; asking again soon does not help. The text says what."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


_KEYS = (
    "give pycam valid keys, the AWS way: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws/credentials"
)
_POLICY = "setup.md, Samples to S3, has the policy it needs"
_REGION = "correct uploader.region and uploader.endpoint_url"

_ADVICE: dict[str, tuple[str, bool]] = {
    "RequestTimeTooSkewed": ("the clock of this machine is wrong: see `timedatectl`", False),
    "RequestExpired": ("the clock of this machine is wrong: see `timedatectl`", False),
    "NoSuchBucket": ("there is no such bucket: make it, or correct uploader.bucket", True),
    "InvalidAccessKeyId": (f"the access key is unknown there: {_KEYS}", True),
    "InvalidClientTokenId": (f"the access key is unknown there: {_KEYS}", True),
    "SignatureDoesNotMatch": (f"the secret key is wrong: {_KEYS}", True),
    "InvalidToken": (f"the session token is wrong: {_KEYS}", True),
    "ExpiredToken": (f"the session token has expired: {_KEYS}", True),
    "AccessDenied": (f"these keys may not do that: {_POLICY}", True),
    "AllAccessDisabled": ("the bucket's owner or the service has closed it", True),
    "AccountProblem": ("the account there is suspended or unpaid", True),
    "QuotaExceeded": ("the bucket is full: raise its quota", True),
    "AuthorizationHeaderMalformed": (f"the bucket is in another region: {_REGION}", True),
    "PermanentRedirect": (f"the bucket is in another region: {_REGION}", True),
    "IllegalLocationConstraintException": (f"the bucket is in another region: {_REGION}", True),
    "InvalidStorageClass": ("the service does not know uploader.storage_class", True),
    "SlowDown": ("the service asks for a pause", False),
    "RequestTimeout": ("the connection is too slow or was cut", False),
    "BadDigest": ("what arrived there was damaged on the way", False),
    "XAmzContentSHA256Mismatch": ("what arrived there was damaged on the way", False),
    # A HEAD has no body that could say more than the status.
    "403": (f"these keys may not do that, or the clock is wrong: {_POLICY}", True),
}
"""Code of S3's error -> what it means, and whether it lasts until somebody acts.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn every error of boto3 into BucketError, once, at this edge. An OSError of our own disk stays one."""
    try:
        yield
    except boto.ClientError as error:
        raise _refused(where, error) from error
    except (boto.NoCredentialsError, boto.PartialCredentialsError, boto.ProfileNotFound) as error:
        raise BucketError(f"{where}: no keys to sign in with: {_KEYS} ({error})", permanent=True) from error
    except (
        boto.ConnectionError,
        boto.HTTPClientError,
        boto.IncompleteReadError,
        boto.CredentialRetrievalError,
        ResponseParserError,
    ) as error:
        raise BucketError(f"{where}: no usable answer: {_short(error)}", permanent=False) from error
    except (boto.BotoCoreError, ValueError) as error:  # boto3 says "Invalid endpoint" with a ValueError
        raise BucketError(f"{where}: cannot be asked: {_short(error)}", permanent=True) from error


def code_of(error: boto.ClientError) -> str:
    """S3's own name of the error; for an answer without a body the HTTP status as text."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refused(where: str, error: boto.ClientError) -> BucketError:
    code = code_of(error)
    if code in _ADVICE:
        meaning, permanent = _ADVICE[code]
        return BucketError(f"{where}: {meaning} ({code})", permanent=permanent)
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = _short(error.response.get("Error", {}).get("Message", ""))
    # 5xx and 429 pass by themselves; every other refusal would be repeated. 0 and 3xx are some proxy's.
    permanent = 300 <= status < 500 and status not in (408, 429)
    return BucketError(f"{where}: refused with {code or status}: {said}", permanent=permanent)


def _short(said: object) -> str:
    """What the other side said, on one line and no longer than a line: it may be a proxy's whole page."""
    return " ".join(str(said).split())[:200]
