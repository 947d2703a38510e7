"""The command line of `pycam check`: options, output, exit code."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from app.check.check import DEFAULT_WEB_URL, Check, Context, Status
from app.check.families import checks_for
from app.check.report import Lines, as_json, cleaned, summary
from app.check.runner import Result, Run
from app.logs import redact, set_up_logs
from app.settings import Settings, SettingsError, load_settings
from app.settings.load import PACKAGED, PRIVATE

FAILED = 1
EX_USAGE = 64
EX_CONFIG = 78
"""sysexits.h."""

_SETTINGS = "settings"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which checks, and how they are told."""
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these: slack, camera:front … (all)")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--send", action="store_true", help="post a test message in slack.alerts_channel")
    parser.add_argument(
        "--web",
        type=_url,
        metavar="URL",
        help=f"where `pycam web` listens (where it says it does, else {DEFAULT_WEB_URL})",
    )


def run(options: argparse.Namespace) -> int:
    """Check. 0: nothing failed; 1: something did; 64: no such check; 78: the settings are wrong."""
    set_up_logs("check", "ERROR")
    try:
        settings = load_settings()
    except SettingsError as error:
        return _broken_settings(str(error), options.json)
    secrets = settings.secrets.words()
    set_up_logs("check", "ERROR", secrets)
    checks = checks_for(Context(settings, web_url=options.web, send=options.send))
    chosen = _chosen(options.names, [check.name for check in checks])
    if chosen is None:
        return EX_USAGE
    first = [_settings_result(settings)] if not options.names or _SETTINGS in options.names else []
    return _run([check for check in checks if check.name in chosen], first, options.json, secrets)


def _run(checks: Sequence[Check], first: list[Result], json: bool, secrets: Iterable[str]) -> int:
    names = [*(result.name for result in first), *(check.name for check in checks)]
    lines = Lines(names, shutil.get_terminal_size().columns if sys.stdout.isatty() else None)
    work = Run(checks)
    results: list[Result] = []
    try:
        for result in (*first, *_cleaned(work, lambda text: redact(text, secrets))):
            results.append(result)
            if not json:
                _say(lines.of(result))
    except KeyboardInterrupt:
        _leave(130)
    _say(as_json(results) if json else f"\n{summary(results)}")
    code = FAILED if any(result.status is Status.FAILED for result in results) else 0
    if work.hanging:
        _leave(code)
    return code


def _cleaned(work: Run, blot: Callable[[str], str]) -> Iterable[Result]:
    for result in work.results():
        yield replace(result, seen=cleaned(result.seen, blot), do=cleaned(result.do, blot))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _leave(code: int) -> None:
    """End at once: a thread that hangs in a driver would hold up Python's own ending, or crash in it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _chosen(asked: Sequence[str], known: Sequence[str]) -> set[str] | None:
    """The names meant: a family means all its parts. None, after saying so, if there is no such check."""
    if not asked:
        return set(known)
    chosen = set()
    for name in asked:
        found = {one for one in known if name in (one, one.partition(":")[0])}
        if not found and name != _SETTINGS:
            there = ", ".join([_SETTINGS, *known])
            sys.stderr.write(f"pycam check: there is no {name!r}; there are: {there}\n")
            return None
        chosen |= found
    return chosen


def _settings_result(settings: Settings) -> Result:
    files = [PACKAGED.name]
    if overlay := os.environ.get("PYCAM_CONFIG", "").strip():
        files.append(overlay)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY", "").strip()
    places = [PRIVATE, *([Path(credentials) / PRIVATE.name] if credentials else [])]
    files += [str(place) for place in places if place.exists()]
    seen = f"read from {', '.join(files)} and the environment"
    if not settings.slack.owners:
        do = "put your Slack member id (U…: profile, Copy member ID) into slack.owners"
        return Result(_SETTINGS, Status.WARNING, f"{seen}; slack.owners is empty: nobody may command", do, 0)
    return Result(_SETTINGS, Status.OK, seen, "", 0)


def _broken_settings(why: str, json: bool) -> int:
    do = "correct what each line names (app/config/config.yml has every setting with its reason)"
    seen = "; ".join(cleaned(line, redact) for line in why.splitlines())
    results = [Result(_SETTINGS, Status.FAILED, seen, do, 0)]
    text = (
        f"{Lines([_SETTINGS]).of(results[0])}\n\n{summary(results)}; nothing else can be checked before that"
    )
    _say(as_json(results) if json else text)
    return EX_CONFIG


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise argparse.ArgumentTypeError("must be http:// or https:// and a host")
    return text.rstrip("/")
