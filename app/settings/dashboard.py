"""The page of the appliance's own: `pycam dashboard`."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from app.settings.section import Section


class DashboardSettings(Section):
    """Where it answers, how long a sign-in holds, and how much of a live view it gives."""

    enabled: bool = True
    host: str = "0.0.0.0"  # noqa: S104 — the house's own network; nothing is shown without the password
    port: int = Field(8090, ge=1, le=65535)
    public_url: str = ""
    session_hours: float = Field(336, ge=0.1, le=24 * 366)
    live_fps: float = Field(5, ge=0.2, le=30)
    live_viewers: int = Field(3, ge=0, le=20)

    @field_validator("host")
    @classmethod
    def _is_address(cls, host: str) -> str:
        try:
            return str(ipaddress.ip_address(host))
        except ValueError:
            raise ValueError("must be an address of this machine, such as 127.0.0.1 or 0.0.0.0") from None

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        if not url:
            return url
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
            raise ValueError("must be http://… or https://…, without a name or a password in it")
        if parts.query or parts.fragment or parts.path.strip("/"):
            raise ValueError("must end with the host and its port: the dashboard answers at the top")
        return url.rstrip("/")
