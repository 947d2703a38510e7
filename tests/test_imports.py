"""The import rules: who may import whom, and what, read from the source without running it.

1. domain, rules, settings, logs, shutdown, systemd import nothing of app (rules and settings: domain).
2. state, store, slack, vision, media import only those, and never each other.
3. history imports 1, state and store; commands imports 1, 2 and history; processes import 1 to 3 and never one
   another; learning imports 1 and 2. check asks as the processes ask, so it may use what they ask with, and nothing
   else of theirs.
4. Each outside library has its place.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
APP = ROOT / "app"

BASE = frozenset({"domain", "rules", "settings", "logs", "shutdown", "systemd"})
PARTS = frozenset({"state", "store", "slack", "vision", "media"})
PROCESSES = frozenset({"web", "socket", "camera", "presence", "notifier", "uploader"})
TOOLS = frozenset({"learning", "demo", "check"})
STARTERS = frozenset({"cli", "__main__"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    "": frozenset(),  # app/__init__.py
    **{name: frozenset() for name in BASE},
    "rules": frozenset({"domain"}),
    "settings": frozenset({"domain"}),
    **dict.fromkeys(PARTS, BASE),
    "history": BASE | {"state", "store"},
    "commands": BASE | PARTS | {"history"},
    **{name: BASE | PARTS | {"history", "commands"} for name in PROCESSES},
    "web": BASE | PARTS | {"history", "commands", "renewal"},  # gunicorn starts it anew, not cli
    "learning": BASE | PARTS,
    "check": BASE
    | PARTS
    | {"commands", "learning", "presence", "camera", "notifier"},  # of processes: see DOORS
    "demo": BASE | PARTS | {"commands"},  # shows the commands there are; starts processes as anybody would
    "renewal": frozenset({"settings", "shutdown", "systemd"}),
    **{
        name: BASE | PARTS | {"history", "commands", "renewal"} | PROCESSES | TOOLS | STARTERS
        for name in STARTERS
    },
}
"""For each part of app, what else of app it may import; itself always."""

DOORS: dict[tuple[str, str], str] = {
    ("check", "presence"): "app.presence.routers.",
    ("check", "camera"): "app.camera.head_mount.",
    ("check", "notifier"): "app.notifier.messenger.",
}
"""Where one part may use a piece of another, but not the rest of it."""

PLACES: dict[str, tuple[str, ...]] = {
    "redis": ("state/",),
    "slack_sdk": ("slack/",),
    "boto3": ("store/bucket.py",),
    "botocore": ("store/bucket",),  # and bucket_errors.py, which translates its errors
    "av": ("media/",),
    "cv2": ("vision/", "media/", "camera/", "learning/"),
    "flask": ("web/", "demo/"),
    "werkzeug": ("web/", "demo/"),
    "websockets": ("demo/",),  # the product's own end of a WebSocket is slack_sdk's
    "apprise": ("notifier/messenger.py",),
    "argon2": ("web/dashboard/",),
    "flask_wtf": ("web/dashboard/",),
    "flask_limiter": ("web/dashboard/",),
    "onnxruntime": ("vision/",),
    "picamera2": ("media/sources/", "camera/"),
    "libcamera": ("media/sources/", "camera/"),
    "pantilthat": ("media/sources/", "camera/"),
    "smbus2": ("media/sources/", "camera/"),
    "pickle": (),  # loading one runs whatever it holds
    "marshal": (),
    "shelve": (),
}
"""Where alone a library may be imported: folders and files under app/, by how their path begins."""

NO_HOME = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "misc"})

LONGEST = 260
"""Lines of a module; most have under 200."""

PURE = ("rules.py", "domain.py", "vision/", "presence/decide.py", "slack/messages.py")
"""Time is an argument here: neither read nor waited for."""

CLOCKS = frozenset(
    {"time.time", "time.monotonic", "datetime.now", "datetime.utcnow", "date.today", "datetime.datetime.now"}
)


class Import(NamedTuple):
    """`what` is imported as written, dotted; `line` in its file."""

    what: str
    line: int


def modules() -> list[Path]:
    return sorted(APP.rglob("*.py"))


def imports(source: str, package: str) -> Iterator[Import]:
    """Every import at any depth, functions and TYPE_CHECKING too. `package`: dotted, of the file, for relative ones."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield from (Import(f"{base}.{alias.name}", node.lineno) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "__import__",
            "importlib.import_module",
        ):
            name = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            yield Import(name if isinstance(name, str) else "?", node.lineno)


def part_of(path: str) -> str:
    """'state' for state/keys.py, 'rules' for rules.py, '' for __init__.py. `path` is relative to app/."""
    first = path.split("/", maxsplit=1)[0].removesuffix(".py")
    return "" if first == "__init__" else first


def wrong_imports(path: str, source: str) -> list[str]:
    """Every breach of the rules by the file app/`path`."""
    part = part_of(path)
    if part not in MAY_IMPORT:
        return [f"app/{path}: {part} has no place in the rules of this test"]
    package = ".".join(["app", *path.split("/")[:-1]])
    found = []
    for what, line in imports(source, package):
        where = f"app/{path}:{line}"
        top, _, rest = what.partition(".")
        if top == "app":
            other = rest.split(".")[0]
            if other and other != part and other not in MAY_IMPORT[part]:
                found.append(f"{where}: {part or 'app'} may not import app.{other}")
            elif not what.startswith(door := DOORS.get((part, other), "")):
                found.append(f"{where}: of app.{other}, {part} may import {door} alone")
        elif top in PLACES and not any(path.startswith(place) for place in PLACES[top]):
            found.append(f"{where}: {top} belongs to {', '.join(PLACES[top]) or 'nobody'}")
        elif top in ("tests", "bench"):
            found.append(f"{where}: the product does not import {top}")
    return found


def clock_reads(source: str) -> list[int]:
    """Lines where a clock is read or waited for: an import of `time`, or a call of datetime's."""
    lines = [line for what, line in imports(source, "app") if what.split(".")[0] == "time"]
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return lines + [call.lineno for call in calls if ast.unparse(call.func) in CLOCKS]


# The project


def test_every_import_of_the_product_keeps_the_rules() -> None:
    found = [
        mistake
        for path in modules()
        for mistake in wrong_imports(path.relative_to(APP).as_posix(), path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_pure_files_read_no_clock() -> None:
    found = [
        f"app/{name}:{line}"
        for path in modules()
        if (name := path.relative_to(APP).as_posix()).startswith(PURE)
        for line in clock_reads(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_no_module_is_named_after_nothing() -> None:
    places = [path.relative_to(ROOT) for folder in ("app", "tests") for path in (ROOT / folder).rglob("*")]
    found = [str(place) for place in places if place.stem in NO_HOME and "__pycache__" not in place.parts]
    assert found == []


def test_no_module_is_too_long_to_read() -> None:
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in modules()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_every_package_of_the_product_is_installed_with_it() -> None:
    """A folder without __init__.py is left out by setuptools."""
    folders = {path.parent for path in modules()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_every_library_with_a_place_is_an_outside_library_or_a_forbidden_one() -> None:
    assert {name for name, places in PLACES.items() if name in sys.stdlib_module_names and places} == set()


# The test of the test: each rule can fail


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("rules.py", "from app.logs import redact"),
        ("domain.py", "import app.rules"),
        ("settings/schema.py", "from app.state.keys import WAKE"),
        ("state/keys.py", "from app.store import events"),
        ("vision/motion.py", "from app.media.sources import file"),
        ("slack/client.py", "from app import store"),
        ("slack/client.py", "from ..store import events"),
        ("commands/arm.py", "from app.web import create_app"),
        ("history/history.py", "from app.commands.table import COMMANDS"),
        ("history/history.py", "from app.slack import messages"),
        ("web/edge.py", "import app.camera.loop"),
        ("camera/loop.py", "from app.notifier.loop import Notifier"),
        ("socket/loop.py", "from app.web.edge import verify"),
        ("learning/replay.py", "from app.camera.loop import step"),
        ("notifier/loop.py", "from app.demo.workspace import feed"),
        ("web/edge.py", "from app.cli import main"),
        ("demo/run.py", "from app.notifier.process import run"),
        ("web/edge.py", "import redis"),
        ("notifier/loop.py", "from redis.exceptions import RedisError"),
        ("commands/arm.py", "import slack_sdk.errors"),
        ("store/samples.py", "import boto3"),
        ("camera/loop.py", "import av"),
        ("notifier/picture.py", "import cv2"),
        ("demo/run.py", "import cv2"),
        ("demo/footage.py", "import cv2"),
        ("commands/top.py", "from flask import request"),
        ("vision/person.py", "import picamera2"),
        ("store/samples.py", "import pickle"),
        ("web/edge.py", "def late():\n    import redis"),
        ("web/edge.py", "if TYPE_CHECKING:\n    import redis"),
        ("web/edge.py", "import importlib\nimportlib.import_module('redis')"),
        ("helpers/x.py", ""),
        ("cli.py", "import tests.conftest"),
        ("check/router.py", "from app.presence.process import run"),
        ("check/head.py", "from app.camera import loop"),
        ("check/notify.py", "from app.notifier.loop import Notifier"),
        ("notifier/tell.py", "import apprise"),
        ("check/web.py", "from app.web.edge import Edge"),
        ("presence/loop.py", "from app.check.check import Check"),
    ],
)
def test_each_breach_is_found(path: str, source: str) -> None:
    assert len(wrong_imports(path, source)) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("rules.py", "from app.domain import Presence"),
        ("state/wake.py", "import redis\nfrom app.shutdown import Shutdown\nfrom . import keys"),
        ("media/sources/file.py", "import av, cv2\nfrom app.media.clock import Clock"),
        ("web/edge.py", "from app.commands.table import COMMANDS\nimport flask"),
        ("learning/replay.py", "import cv2\nfrom app.vision.motion import MotionDetector"),
        ("cli.py", "from app.web import create_app\nfrom app.learning import replay"),
        ("check/router.py", "from app.presence.routers import open_routers"),
        ("check/head.py", "from app.camera.head_mount import PanTiltMount"),
        ("check/notify.py", "from app.notifier.messenger import Messenger"),
    ],
)
def test_what_keeps_the_rules_is_let_through(path: str, source: str) -> None:
    assert wrong_imports(path, source) == []


@pytest.mark.parametrize(
    "source", ["import time", "from time import monotonic", "datetime.now(UTC)", "time.time()"]
)
def test_each_clock_is_found(source: str) -> None:
    assert clock_reads(source)


def test_a_time_that_is_an_argument_is_no_clock() -> None:
    source = textwrap.dedent("""
        def step(frame, time: float):
            return datetime.fromtimestamp(time)
    """)
    assert clock_reads(source) == []
