"""Any router with a login and a list in JSON, described in the settings alone.

1. log in, if there is a login and no session
2. fetch the list; a session that is over (401, 403, a redirect, a page instead of JSON) is begun anew, once
3. find the devices in it
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import quote

from app.presence.routers.json_path import NotThere, find, find_devices
from app.presence.routers.router import Device, NoAnswer, Sightings, Tells, believable, device
from app.presence.routers.web import Answer, Web
from app.settings.presence import HttpJsonRouter, HttpRequest, TokenSource

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


class _SessionOver(NoAnswer):
    """The router wants a login (again)."""


class HttpJson:
    """See the module. `timeout_seconds` bounds each exchange."""

    def __init__(
        self, settings: HttpJsonRouter, *, username: str, password: str, timeout_seconds: float
    ) -> None:
        self.name = f"http_json {_host(settings.list.url)}"
        self.tells = Tells(macs=settings.mac is not None, names=settings.name is not None)
        self._settings = settings
        self._web = Web(timeout_seconds)
        self._words = _words(username, password)
        self._logged_in = settings.login is None

    def poll(self) -> Sightings:
        """Ask once. Raises NoAnswer."""
        fresh = not self._logged_in
        if fresh:
            self._log_in()
        try:
            return self._list()
        except _SessionOver as over:
            self._logged_in = self._settings.login is None
            if fresh or self._logged_in:
                raise NoAnswer(f"{over} right after the login", refused=True) from None
        self._log_in()
        try:
            return self._list()
        except _SessionOver as over:
            self._logged_in = False
            raise NoAnswer(f"{over} right after the login", refused=True) from None

    def _log_in(self) -> None:
        assert self._settings.login is not None  # noqa: S101 — for the type checker: only called where there is one
        self._web.forget()
        self._words.pop("token", None)
        answer = self._send(self._settings.login)
        if answer.status >= 500:
            raise NoAnswer(f"the login failed with HTTP {answer.status}")
        if answer.status >= 400:
            raise NoAnswer(f"the login was refused with HTTP {answer.status}", refused=True)
        if self._settings.token is not None:
            token = self._token(self._settings.token, answer)
            if not token:
                raise NoAnswer("its answer to the login holds no token", refused=True)
            self._words["token"] = token
        self._logged_in = True

    def _token(self, source: TokenSource, answer: Answer) -> str | None:
        if source.header is not None:
            return answer.headers.get(source.header)
        if source.cookie is not None:
            return self._web.session.cookies.get_dict().get(source.cookie)
        if source.pattern is not None:
            found = re.search(source.pattern, answer.text)
            return found[1] if found else None
        try:
            value = find(answer.json(), source.path or "")[0]
        except NotThere:
            return None
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None

    def _list(self) -> Sightings:
        answer = self._send(self._settings.list)
        if answer.status in (401, 403) or 300 <= answer.status < 400:
            raise _SessionOver(f"it wants a login (HTTP {answer.status})")
        if answer.status != 200:
            raise NoAnswer(f"the list failed with HTTP {answer.status}")
        if answer.text.lstrip()[:1] == "<":
            raise _SessionOver("it answered with a web page instead of the list")
        data = answer.json()
        try:
            listed = find_devices(data, self._settings.path)
            count = find(data, self._settings.count_path)[0] if self._settings.count_path else None
        except NotThere as error:
            raise _SessionOver(f"its list is not where it should be ({error})") from None
        if count is not None and count != len(listed):
            raise NoAnswer(f"it speaks of {count} devices and lists {len(listed)}: not believed")
        return believable(
            self._devices(listed),
            min_devices=self._settings.min_devices,
            always_there=self._settings.always_there,
        )

    def _devices(self, listed: list[dict[str, object]]) -> list[Device]:
        settings, found = self._settings, []
        for item in listed:
            if settings.active is not None:
                if settings.active not in item:
                    raise NoAnswer(f"a device of its list has no {settings.active!r}: not believed")
                if not _is_one_of(item[settings.active], settings.active_values):
                    continue
            one = device(*(item.get(field) if field else None for field in (settings.mac, settings.name)))
            if one is not None:
                found.append(one)
        for field in (settings.mac, settings.name):
            if field is not None and listed and all(field not in item for item in listed):
                raise NoAnswer(f"no device of its list has a {field!r}: not believed")
        return found

    def _send(self, request: HttpRequest) -> Answer:
        form, body = request.form, request.body
        return self._web.ask(
            request.method,
            _fill(request.url, {name: quote(word, safe="") for name, word in self._words.items()}),
            headers=self._filled(request.headers),
            cookies=self._filled(request.cookies),
            form=self._filled(form) if form is not None else None,
            body=self._filled(body) if body is not None else None,
        )

    def _filled(self, texts: Mapping[str, str]) -> dict[str, str]:
        return {key: _fill(text, self._words) for key, text in texts.items()}


def _fill(text: str, words: Mapping[str, str]) -> str:
    """`text` with {placeholders} replaced. Not str.format: that would let a text reach into objects."""
    return _PLACEHOLDER.sub(lambda found: words.get(found[1], ""), text)


def _words(username: str, password: str) -> dict[str, str]:
    secret = password.encode()
    return {
        "username": username,
        "password": password,
        "password_base64": base64.b64encode(secret).decode(),
        "password_md5": hashlib.md5(secret, usedforsecurity=False).hexdigest(),
        "password_sha256": hashlib.sha256(secret).hexdigest(),
        "basic": base64.b64encode(f"{username}:{password}".encode()).decode(),
    }


def _is_one_of(value: object, values: tuple[bool | int | str, ...]) -> bool:
    """Whether a field means yes. True is not 1 here unless both are listed; text knows no case."""
    if isinstance(value, str):
        value = value.strip().lower()
    return any(type(value) is type(yes) and value == yes for yes in values)


def _host(url: str) -> str:
    return url.split("//", 1)[-1].split("/", 1)[0].rpartition("@")[2]
