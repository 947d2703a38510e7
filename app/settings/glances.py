"""Where people reach Glances: the `glances:` section."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import field_validator

from app.settings.section import Section


class GlancesSettings(Section):
    """Only what `/glances` says; how Glances itself runs stands in deploy/glances/glances.conf."""

    url: str = ""

    @field_validator("url")
    @classmethod
    def _is_link(cls, url: str) -> str:
        if not url:
            return url
        try:
            parts = urlsplit(url)
            fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            fits = False
        if not fits or not url.isprintable() or any(mark in url for mark in " <>|"):
            raise ValueError("must be a URL such as https://pi.example.ts.net:61208/")
        if parts.username is not None or parts.password is not None:
            raise ValueError("must not hold a password: Slack would show it")
        return url
