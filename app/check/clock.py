"""The clock: Slack's signatures hold for five minutes, S3's for fifteen, and a Pi has no clock of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial

from app.check.check import Check, Context, Outcome, failed, ok, warning
from app.slack.errors import SlackError
from app.slack.probe import SlackProbe

CLOSE_SECONDS = 5.0
"""What a network's delay and Slack's whole seconds explain."""

REFUSED_SECONDS = 300.0
"""From here on every signature is stale: no command works."""

_TIMEDATECTL_SECONDS = 5.0

_DO = "switch time synchronisation on: `sudo timedatectl set-ntp true`, and see `timedatectl timesync-status`"

ReadTimedate = Callable[[str], str | None]


def checks(context: Context) -> Iterator[Check]:
    """clock."""
    yield Check("clock", partial(synchronised, context))


def timedatectl(name: str) -> str | None:
    """One property of systemd's time service; None where that is not running."""
    program = shutil.which("timedatectl")
    if program is None:
        return None
    try:
        answer = subprocess.run(
            [program, "show", "--value", "-p", name],
            capture_output=True,
            text=True,
            timeout=_TIMEDATECTL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None if answer.returncode == 0 else None


def synchronised(context: Context, read: ReadTimedate = timedatectl) -> Outcome:
    """By NTP; where that is not known or not so, compared with Slack's clock."""
    zone = read("Timezone") or datetime.fromtimestamp(context.now()).astimezone().tzname()
    told = read("NTPSynchronized")
    if told == "yes":
        return ok(f"synchronised by NTP; time zone {zone}")
    without = "not synchronised by NTP" if told == "no" else "nothing here tells whether NTP is on"
    try:
        off = context.now() - SlackProbe(base_url=context.settings.secrets.slack_api_url).server_time()
    except SlackError as error:
        return warning(f"{without}, and it cannot be compared with Slack's ({error})", _DO)
    beside = f"{abs(off):.0f} s {'ahead of' if off > 0 else 'behind'} Slack's"
    if abs(off) >= REFUSED_SECONDS:
        return failed(f"{beside}: every command is refused; {without}", _DO)
    if abs(off) > CLOSE_SECONDS:
        return warning(f"{beside}; {without}", _DO)
    if told == "no":
        return warning(f"right at present (as Slack's), but {without}", _DO)
    return ok(f"the same as Slack's within {CLOSE_SECONDS:g} s; time zone {zone}")
