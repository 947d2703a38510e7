"""HTTP as a router deserves it: a deadline for the whole exchange, a limit in size, no redirects, no proxies."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError, ReadTimeoutError

from app.presence.routers.router import NoAnswer

MAX_BYTES = 2_000_000
"""Ten times the list of a thousand devices."""


class Answer(NamedTuple):
    """`headers` know no case."""

    status: int
    headers: Mapping[str, str]
    text: str

    def json(self) -> Any:
        """Its body as data. Raises NoAnswer: a login page instead of JSON is no answer."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError):
            kind = "a web page" if self.text.lstrip()[:1] == "<" else "something else"
            raise NoAnswer(f"it answered with {kind} instead of JSON") from None


class Web:
    """One router's session: cookies are kept. `timeout_seconds` bounds each exchange as a whole."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout = timeout_seconds
        self.session = requests.Session()
        self.session.trust_env = False  # neither a proxy nor ~/.netrc is meant for the router

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        cookies: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """One exchange. Redirects are not followed: a login must not travel to another host. Raises NoAnswer."""
        until = time.monotonic() + self._timeout
        try:
            with self.session.request(
                method,
                url,
                headers=dict(headers or {}),
                cookies=dict(cookies or {}),
                data=form,
                json=body,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                text = self._read(response, until)
                return Answer(response.status_code, CaseInsensitiveDict(response.headers), text)
        except requests.Timeout:
            raise NoAnswer(f"no answer within {self._timeout:g} s") from None
        except requests.ConnectionError:  # its own text repeats the URL, which may hold the password
            raise NoAnswer("it cannot be reached, or the connection broke") from None
        except ReadTimeoutError:
            raise NoAnswer(f"its answer was not complete within {self._timeout:g} s") from None
        except (requests.RequestException, HTTPError, UnicodeError) as error:
            raise NoAnswer(f"the exchange failed ({type(error).__name__})") from None

    def _read(self, response: requests.Response, until: float) -> str:
        taken = bytearray()
        # read1: what has arrived. iter_content(n) waits for n bytes, which a dripping answer makes minutes.
        while piece := response.raw.read1(65_536, decode_content=True):
            taken += piece
            if len(taken) > MAX_BYTES:
                raise NoAnswer(f"its answer is longer than {MAX_BYTES:,} bytes")
            if time.monotonic() > until:
                raise NoAnswer(f"its answer was not complete within {self._timeout:g} s")
        return taken.decode(response.encoding or "utf-8", "replace")

    def forget(self) -> None:
        """Drop all cookies: the session is over."""
        self.session.cookies.clear()
