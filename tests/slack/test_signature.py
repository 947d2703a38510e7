from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slack.signature import BadSignature, Signatures

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
NOW = 1_531_420_618
BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    b"&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
SIGNATURE = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
"""The worked example of Slack's own page on verifying requests."""


def checker(now: float = NOW) -> Signatures:
    return Signatures(SECRET, lambda: now)


def sign(body: bytes, timestamp: str, secret: str = SECRET) -> str:
    return "v0=" + hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()


def test_the_example_of_slacks_own_page_is_genuine() -> None:
    assert checker().check(BODY, str(NOW), SIGNATURE) == SIGNATURE


@pytest.mark.parametrize("age", [-300, 0, 300])
def test_a_request_is_good_for_five_minutes_either_way(age: int) -> None:
    assert checker(NOW + age).check(BODY, str(NOW), SIGNATURE)


@pytest.mark.parametrize("age", [-301, 301, 86_400])
def test_a_stale_or_future_request_is_refused_though_its_signature_is_right(age: int) -> None:
    with pytest.raises(BadSignature, match="stale"):
        checker(NOW + age).check(BODY, str(NOW), SIGNATURE)


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(BadSignature, match="wrong"):
        checker().check(BODY + b"&text=x", str(NOW), SIGNATURE)


def test_another_secret_is_refused() -> None:
    with pytest.raises(BadSignature, match="wrong"):
        checker().check(BODY, str(NOW), sign(BODY, str(NOW), "other"))


@pytest.mark.parametrize(
    ("timestamp", "signature"),
    [
        (None, SIGNATURE),
        (str(NOW), None),
        ("", SIGNATURE),
        (str(NOW), ""),
        ("noon", SIGNATURE),
        ("1e9", SIGNATURE),
        ("١٥٣١٤٢٠٦١٨", SIGNATURE),
        (f" {NOW}", SIGNATURE),
        ("9" * 5000, SIGNATURE),
        (str(NOW), "v0=é"),
        (str(NOW), SIGNATURE.upper()),
        (str(NOW), SIGNATURE + "\n"),
        (str(NOW), SIGNATURE.replace("v0", "v1")),
    ],
)
def test_headers_of_another_shape_are_refused_and_never_raise_anything_else(
    timestamp: str | None, signature: str | None
) -> None:
    with pytest.raises(BadSignature):
        checker().check(BODY, timestamp, signature)


def test_a_body_that_is_not_utf8_is_refused_even_when_it_is_signed() -> None:
    body = b"text=\xff\xfe"
    with pytest.raises(BadSignature, match="UTF-8"):
        checker().check(body, str(NOW), sign(body, str(NOW)))


def test_without_a_secret_nothing_can_be_checked() -> None:
    with pytest.raises(ValueError, match="empty"):
        Signatures(" ")


@given(st.binary(max_size=200), st.none() | st.text(max_size=30), st.none() | st.text(max_size=80))
def test_whatever_comes_unsigned_is_refused_and_nothing_else_happens(
    body: bytes, timestamp: str | None, signature: str | None
) -> None:
    with pytest.raises(BadSignature):
        checker().check(body, timestamp, signature)


@given(st.text(max_size=200), st.integers(NOW - 300, NOW + 300))
def test_whatever_text_is_signed_is_genuine(text: str, timestamp: int) -> None:
    body = text.encode(errors="replace")
    signature = sign(body, str(timestamp))
    assert checker().check(body, str(timestamp), signature) == signature
