"""Who lives here, and which router is asked: the `presence:` section."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from app.settings.section import Section

MAC = re.compile(r"[0-9a-f]{2}(?::[0-9a-f]{2}){5}")

PLACEHOLDERS = frozenset(
    {"username", "password", "password_base64", "password_md5", "password_sha256", "basic", "token"}
)
"""What {…} in a request's texts may say; the adapter fills it in."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)\}")


_MAC_SPELLINGS = re.compile(r"[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2}|[0-9a-f]{12}")


def normal_device(text: str) -> str:
    """'AA-BB-CC-00-11-22', 'aabb.cc00.1122' and 'AABBCC001122' as 'aa:bb:cc:00:11:22'.

    Anything else is a host name, lower-case.
    """
    plain = text.strip().lower()
    if not _MAC_SPELLINGS.fullmatch(plain):
        return plain
    digits = re.sub(r"[:.-]", "", plain)
    return ":".join(digits[at : at + 2] for at in range(0, 12, 2))


def _quoted(value: Any) -> Any:
    """YAML takes 11:22:33:44:55:06 for a number to the base of 60."""
    if isinstance(value, int):
        raise ValueError("must stand in quotes (YAML takes a MAC of digits for a number)")
    return value


Device = Annotated[str, BeforeValidator(_quoted), Field(min_length=1), AfterValidator(normal_device)]


def _known_placeholders(text: str) -> str:
    for name in _PLACEHOLDER.findall(text):
        if name not in PLACEHOLDERS:
            raise ValueError(f"knows no {{{name}}}, only: {', '.join(sorted(PLACEHOLDERS))}")
    return text


def _http_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise ValueError("must be a URL such as http://192.168.1.1/login")
    return text


Template = Annotated[str, AfterValidator(_known_placeholders)]
Url = Annotated[str, AfterValidator(_http_url), AfterValidator(_known_placeholders)]


class Person(Section):
    """Somebody who lives here, known by what they carry."""

    name: str = Field(min_length=1, max_length=40)
    devices: tuple[Device, ...] = Field(min_length=1)
    """MACs; host names work, too, but anybody can take one."""
    addresses: tuple[IPv4Address, ...] = ()
    """Fixed IPv4 addresses of the devices, for `neighbours`."""
    leave_seconds: float | None = Field(None, ge=0.1, le=3600)
    """None: presence.leave_seconds."""


class _Router(Section):
    min_devices: int = Field(1, ge=0, le=1000)
    """A list with fewer is not believed."""
    always_there: tuple[Device, ...] = ()
    """Devices without which a list is not believed."""


class HttpRequest(Section):
    """One request; its texts may hold {placeholders}."""

    url: Url
    method: Literal["GET", "POST"] = "GET"
    headers: dict[str, Template] = Field(default_factory=dict)
    cookies: dict[str, Template] = Field(default_factory=dict)
    form: dict[str, Template] | None = None
    """Sent as a form (application/x-www-form-urlencoded)."""
    body: dict[str, Template] | None = None
    """Sent as JSON."""

    @model_validator(mode="after")
    def _one_body(self) -> HttpRequest:
        if self.form is not None and self.body is not None:
            raise ValueError("has form and body; a request can have one")
        return self


class TokenSource(Section):
    """Where the answer to the login holds what {token} stands for. Cookies are kept in any case."""

    path: str | None = None
    """In its JSON, such as data.sid."""
    header: str | None = None
    cookie: str | None = None
    pattern: str | None = None
    """A regular expression for its text; the first group is the token."""

    @model_validator(mode="after")
    def _exactly_one(self) -> TokenSource:
        given = [place for place in (self.path, self.header, self.cookie, self.pattern) if place is not None]
        if len(given) != 1:
            raise ValueError("must say one of path, header, cookie and pattern")
        if self.pattern is not None:
            try:
                groups = re.compile(self.pattern).groups
            except re.error as error:
                raise ValueError(f"the pattern cannot be: {error}") from None
            if groups < 1:
                raise ValueError("the pattern needs a group (…) around the token")
        return self


class HttpJsonRouter(_Router):
    """Any router whose page asks it for JSON: log in, fetch the list, find the devices in it."""

    kind: Literal["http_json"]
    login: HttpRequest | None = None
    token: TokenSource | None = None
    list: HttpRequest
    path: str = ""
    """Where the list lies in the answer: data.devices, wlan.*.clients; empty: the answer is the list."""
    mac: str | None = "mac"
    """Field of a device, or $key where the list is an object with MACs for keys; null: it tells only names."""
    name: str | None = None
    """Field with the host name; null: it tells only MACs."""
    active: str | None = None
    """Field that says whether it is connected; none: all listed ones are."""
    active_values: tuple[bool | int | str, ...] = (True, 1, "1", "true", "yes", "on", "active", "online")
    count_path: str | None = None
    """Where the answer says how many devices it lists; a list of another length is not believed."""

    @model_validator(mode="after")
    def _complete(self) -> HttpJsonRouter:
        if self.mac is None and self.name is None:
            raise ValueError("must say the field of mac or of name")
        if self.token is not None and self.login is None:
            raise ValueError("has a token, but no login to take it from")
        return self


class FritzBoxRouter(_Router):
    """FRITZ!Box over TR-064 (needs the extra `presence`)."""

    kind: Literal["fritzbox"]
    address: str = Field("http://fritz.box", min_length=1)
    port: int | None = Field(None, ge=1, le=65535)


class OpenWrtRouter(_Router):
    """OpenWrt over ubus; one entry for each access point."""

    kind: Literal["openwrt"]
    url: Annotated[str, AfterValidator(_http_url)] = "http://192.168.1.1/ubus"
    host_names: bool = False
    """Ask for the DHCP leases as well, for people known by host name."""


class DnsmasqRouter(_Router):
    """The leases file of a dnsmasq. A lease proves the past: see lease_seconds."""

    kind: Literal["dnsmasq"]
    file: Path = Path("/var/lib/misc/dnsmasq.leases")
    lease_seconds: float | None = Field(None, ge=120, le=30 * 86_400)
    """The lease time dnsmasq gives; a client that did not renew at half of it has gone. None: until expiry."""


NEIGHBOURS_MARGIN_SECONDS = 2.0
"""What a poll of `neighbours` may take on top of settle_seconds: `ip` runs before, during and after it."""


class NeighboursRouter(_Router):
    """The kernel's neighbour table, after a nudge. Needs no router at all."""

    kind: Literal["neighbours"]
    min_devices: int = Field(0, ge=0, le=1000)
    """0: the gateway answering is what makes the table believable."""
    gateway: IPv4Address | None = None
    """None: that of the default route."""
    leases: Path | None = None
    """A dnsmasq leases file that tells addresses which `people` do not."""
    settle_seconds: float = Field(9, ge=1, le=30)
    """How long sleeping phones have to answer."""


Router = Annotated[
    HttpJsonRouter | FritzBoxRouter | OpenWrtRouter | DnsmasqRouter | NeighboursRouter,
    Field(discriminator="kind"),
]


class PresenceSettings(Section):
    """How it is told who is home, and how patiently."""

    people: tuple[Person, ...] = ()
    routers: tuple[Router, ...] = ()
    poll_seconds: float = Field(20, ge=0.05, le=600)
    away_poll_seconds: float = Field(30, ge=0.05, le=600)
    confirm_poll_seconds: float = Field(5, ge=0.05, le=60)
    timeout_seconds: float = Field(12, ge=0.2, le=60)
    backoff_max_seconds: float = Field(120, ge=0.1, le=3600)
    leave_seconds: float = Field(300, ge=0.1, le=3600)
    unknown_seconds: float = Field(600, ge=0.1, le=86_400)
    exit_delay_seconds: float = Field(60, ge=0, le=600)

    @field_validator("people")
    @classmethod
    def _distinct(cls, people: tuple[Person, ...]) -> tuple[Person, ...]:
        names: set[str] = set()
        owner: dict[str, str] = {}
        for person in people:
            if person.name.casefold() in names:
                raise ValueError(f"two people are called {person.name!r}")
            names.add(person.name.casefold())
            for device in person.devices:
                if device in owner:
                    raise ValueError(
                        f"{device} is {owner[device]!r}'s and {person.name!r}'s; it can be one's only"
                    )
                owner[device] = person.name
        return people

    @model_validator(mode="after")
    def _time_to_settle(self) -> PresenceSettings:
        for router in self.routers:
            if not isinstance(router, NeighboursRouter):
                continue
            least = router.settle_seconds + NEIGHBOURS_MARGIN_SECONDS
            if self.timeout_seconds < least:
                raise ValueError(
                    f"timeout_seconds is {self.timeout_seconds:g}, and neighbours needs {least:g}: its "
                    f"settle_seconds ({router.settle_seconds:g}) and {NEIGHBOURS_MARGIN_SECONDS:g} more"
                )
        return self
