"""Who is told besides Slack: the list `NOTIFY:` of private.yml. There, because an address holds its password.

Whether Apprise understands an address is asked where it is used (app/notifier/messenger.py): no process but the
notifier needs that library.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from pydantic import BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator

from app.settings.section import Section

MAX_TARGETS = 20
"""Each may have a thread of its own while something goes out to it."""

LONG_ENOUGH = 8
"""Letters from which a piece of an address may be a key. Shorter ones are words such as `home`, and blotting those
out would leave no line of the log readable; passwords are blotted out however short."""

When = Literal["always", "slack_failed", "night", "unacknowledged"]

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SERVER = re.compile(r"(?<![^@])[\w-]+(?:\.[\w-]+)+(?::\d+)?(?=/|$)")
"""At the beginning, or behind the @; a key has no dots."""

_PASSWORD = re.compile(r"://[^/?]*?:([^?]*)@|[?&+-](?:pass|password)=([^&]*)")


def _clock(given: Any) -> Any:
    """22:00 without quotes is 1320 to YAML 1.1, where 22:00 counts in sixties: hours and minutes, as it happens."""
    if isinstance(given, int) and not isinstance(given, bool) and 60 <= given < 24 * 60:
        return time(*divmod(given, 60))
    if isinstance(given, str) and (found := _CLOCK.fullmatch(given.strip())):
        return time(int(found[1]), int(found[2]))
    if isinstance(given, time):
        return given
    raise ValueError("must be a time of day such as 22:00")


TimeOfDay = Annotated[time, BeforeValidator(_clock)]


class NotifyTarget(Section):
    """One address, and when it is told. `from` and `to`: local time, of the night; `cameras`: empty means all."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    url: SecretStr
    when: When = "always"
    after_seconds: float = Field(60, ge=0, le=24 * 3600)
    after_minutes: float = Field(5, ge=0, le=24 * 60)
    night_from: TimeOfDay = Field(time(22, 0), alias="from")
    night_to: TimeOfDay = Field(time(6, 0), alias="to")
    cameras: tuple[str, ...] = ()
    picture: bool = True

    @field_validator("url")
    @classmethod
    def _is_address(cls, url: SecretStr) -> SecretStr:
        if not _ADDRESS.fullmatch(url.get_secret_value()):
            raise ValueError("is not an address such as ntfy://… or mailtos://… (docs/notifications.md)")
        return url

    @model_validator(mode="after")
    def _some_night(self) -> NotifyTarget:
        if self.night_from == self.night_to:
            raise ValueError("from and to are the same time: use `when: always`, or make it a night")
        return self

    @property
    def delay_seconds(self) -> float:
        """How long after the alert it is told, if it still has to be."""
        if self.when == "slack_failed":
            return self.after_seconds
        return 60 * self.after_minutes if self.when == "unacknowledged" else 0.0

    def words(self, shortest: int = LONG_ENOUGH) -> Iterator[str]:
        """What must be blotted out: the address, its password, and every piece of `shortest` letters or more that may
        be a key. The name of a server is none."""
        url = self.url.get_secret_value()
        yield url
        for found in _PASSWORD.finditer(url):
            password = found[1] or found[2] or ""
            yield from (password, unquote(password))
        rest, _, query = url.partition("://")[2].partition("?")
        values = [pair.partition("=")[2] for pair in query.split("&")]
        for piece in re.split(r"[/@,#]+", ",".join([_SERVER.sub("", rest, count=1), *values])):
            for part in (piece, unquote(piece), *unquote(piece).split(":")):
                if len(part) >= shortest:
                    yield part

    def in_words(self) -> str:
        """When it is told, for lists: 'if Slack does not have it after 60 s, of front, without the picture'."""
        said = {
            "always": "of everything",
            "slack_failed": f"if Slack does not have it after {self.after_seconds:g} s",
            "night": f"from {self.night_from:%H:%M} to {self.night_to:%H:%M}",
            "unacknowledged": f"if nobody reacts within {self.after_minutes:g} min",
        }[self.when]
        if self.cameras:
            said += f", of {', '.join(self.cameras)}"
        return said if self.picture else f"{said}, without the picture"
