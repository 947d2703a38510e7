"""`pycam notify`: who is told besides Slack, and whether that works."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from app.logs import set_up_logs
from app.media.jpeg import encode_jpeg
from app.notifier.messenger import Messenger, Note, NotTold
from app.settings import Settings, load_settings
from app.settings.notify import MAX_TARGETS

FAILED = 1

_NOBODY = "Nobody: NOTIFY in private.yml is empty (docs/notifications.md)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of two things to do."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="who is told of what; nothing is sent")
    what.add_argument(
        "--test",
        nargs="?",
        type=int,
        const=0,
        metavar="N",
        help="send a test message with a picture now: to the Nth of NOTIFY, or to each",
    )


def run(options: argparse.Namespace) -> int:
    """0: all is well; 1: somebody cannot be told, or there is nobody; 64: there is no Nth."""
    settings = load_settings()
    set_up_logs("notify", "ERROR", settings.secrets.words())
    messengers = _messengers(settings)
    if not messengers:
        _say(_NOBODY)
        return 0 if options.list else FAILED
    if options.list:
        return _each(messengers, _listed)
    if not 0 <= options.test <= len(messengers):
        sys.stderr.write(f"pycam notify: there is no number {options.test}, only 1 to {len(messengers)}\n")
        return os.EX_USAGE
    return _each(messengers[options.test - 1 :][:1] if options.test else messengers, _tested)


def _messengers(settings: Settings) -> list[Messenger]:
    words = settings.secrets.words()
    return [
        Messenger(number, target, words) for number, target in enumerate(settings.secrets.notify, start=1)
    ]


def _each(messengers: list[Messenger], ask: Callable[[Messenger], str]) -> int:
    """All at once, so that one that hangs holds up no other; said in their order."""

    def answer(messenger: Messenger) -> tuple[str, int]:
        try:
            return ask(messenger), 0
        except NotTold as error:
            return f"FAILED: {error}", FAILED

    code = 0
    with ThreadPoolExecutor(MAX_TARGETS) as pool:
        for messenger, (said, failed) in zip(messengers, pool.map(answer, messengers), strict=True):
            _say(f"{messenger.number}  {said}")
            code |= failed
    return code


def _listed(messenger: Messenger) -> str:
    return f"{messenger.service()}: {messenger.target.in_words()}"


def _tested(messenger: Messenger) -> str:
    picture = test_picture() if messenger.target.picture else None
    service = messenger.service()
    messenger.send(Note("pycam: a test", "If you read this, pycam can tell you this way.", picture))
    return f"OK: {service} has taken the message"


def test_picture() -> bytes:
    """A JPEG of coloured stripes."""
    across, down = np.meshgrid(np.arange(320), np.arange(240))
    return encode_jpeg(np.dstack([across % 256, down, (across + down) // 3]).astype(np.uint8))


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()
