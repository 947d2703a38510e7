"""`pycam NAME`: one sub-command per process and per tool. Each imports what it needs only when it runs."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from app.logs import set_up_logs
from app.renewal import Renewal
from app.settings import Settings, SettingsError, environment_with_whole_paths, load_settings
from app.shutdown import Shutdown

EX_CONFIG = 78
"""sysexits.h: something is wrong with the settings; a restart does not help."""


_ROOT = Path(__file__).parent.parent

TOOLS = {
    "check": ("test every outside thing, and say what to do about each failure", "app.check.check_cli"),
    "events": ("find, look at, export, keep and delete what the cameras saw", "app.history.events_cli"),
    "replay": ("what the eyes make of a recorded clip", "app.learning.replay_cli"),
    "evaluate": ("what the tagged samples say about the eyes", "app.learning.evaluate_cli"),
    "tune": ("settings that would spare you false alarms, going by the tags", "app.learning.tune_cli"),
    "password": ("set the password of the dashboard", "app.web.dashboard.password_cli"),
    "learn": ("alerts that are probably nothing at your house, going by the tags", "app.learning.learn_cli"),
    "notify": ("who is told besides Slack, and whether that works", "app.notifier.notify_cli"),
    "digest": ("the week: events, tags, what tuning would gain, uptime, disk", "app.learning.digest_cli"),
    "manifest": ("the Slack app's manifest, to paste", "app.commands.manifest_cli"),
    "model": ("fetch, list, choose and measure the person models", "app.learning.models_cli"),
}
"""Each module has add_arguments(parser) and run(options); it is imported only if it is the one asked for."""


def main(arguments: list[str] | None = None) -> int:
    """Run one sub-command; its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    options = _parser(arguments[:1]).parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return EX_CONFIG
    except BrokenPipeError:  # the reader of our output has gone, as in `pycam replay … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(asked: list[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pycam", description="A home security camera that you run from Slack."
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    web = commands.add_parser("web", help="process: answer Slack's commands and buttons (gunicorn)")
    web.set_defaults(run=_web)
    dashboard = commands.add_parser(
        "dashboard", help="process: the appliance's own page, in a browser (gunicorn)"
    )
    dashboard.set_defaults(run=_dashboard)
    camera = commands.add_parser("camera", help="process: watch with one camera")
    camera.add_argument("name", nargs="?", help="which one, if config.yml has several")
    camera.set_defaults(run=_camera)
    socket = commands.add_parser("socket", help="process: the same over Socket Mode, without an open port")
    socket.set_defaults(run=_socket)
    notifier = commands.add_parser("notifier", help="process: send the outbox to Slack")
    notifier.set_defaults(run=_notifier)

    presence = commands.add_parser("presence", help="process: follow who is home")
    presence.set_defaults(run=_presence)

    uploader = commands.add_parser("uploader", help="process: take tagged samples to S3-compatible storage")
    uploader.set_defaults(run=_uploader)

    for name, (summary, module) in TOOLS.items():
        parser_of_tool = commands.add_parser(name, help=f"tool: {summary}", description=summary)
        if asked == [name]:
            tool = importlib.import_module(module)
            tool.add_arguments(parser_of_tool)
            parser_of_tool.set_defaults(run=tool.run)

    demo = commands.add_parser("demo", help="the whole appliance in a small world of its own, in the browser")
    demo.set_defaults(run=_demo)
    return parser


def _start(process: str) -> tuple[Settings, Shutdown, Renewal]:
    """What every process does first."""
    settings = load_settings()
    set_up_logs(process, settings.log_level, settings.secrets.words())
    os.umask(0o077)  # pictures of a home are nobody else's business
    shutdown = Shutdown().catch_signals()
    renewal = Renewal(process, settings, shutdown, load_settings)
    renewal.start()
    return settings, shutdown, renewal


def _web(_options: argparse.Namespace) -> int:
    return _serve(_ROOT / "gunicorn.conf")


def _dashboard(_options: argparse.Namespace) -> int:
    return _serve(_ROOT / "app/web/dashboard/gunicorn.conf")


def _serve(configuration: Path) -> int:
    load_settings()  # a mistake is said here, once, before gunicorn starts workers
    gunicorn = Path(sys.executable).with_name("gunicorn")
    environment = environment_with_whole_paths(os.environ)  # or they would mean other files from over there
    os.chdir(_ROOT)  # gunicorn imports from the current folder first
    command = [str(gunicorn), "-c", str(configuration)]
    os.execve(gunicorn, command, environment)  # noqa: S606 — fixed path, no shell


def _camera(options: argparse.Namespace) -> int:
    settings, shutdown, renewal = _start("camera")
    from app.camera.process import run

    names = [camera.name for camera in settings.cameras]
    name = options.name or names[0]
    if name not in names or (options.name is None and len(names) > 1):
        print(f"which camera? config.yml has: {', '.join(names)}", file=sys.stderr)
        return EX_CONFIG
    return renewal.end(run(settings, shutdown, name))


def _socket(_options: argparse.Namespace) -> int:
    settings, shutdown, renewal = _start("socket")
    from app.socket.process import run

    return renewal.end(run(settings, shutdown))


def _notifier(_options: argparse.Namespace) -> int:
    settings, shutdown, renewal = _start("notifier")
    from app.notifier.process import run

    return renewal.end(run(settings, shutdown))


def _presence(_options: argparse.Namespace) -> int:
    settings, shutdown, renewal = _start("presence")
    from app.presence.process import run

    return renewal.end(run(settings, shutdown))


def _uploader(_options: argparse.Namespace) -> int:
    settings, shutdown, renewal = _start("uploader")
    from app.uploader.process import run

    return renewal.end(run(settings, shutdown))


def _demo(_options: argparse.Namespace) -> int:
    from app.demo.run import run

    return run()


if __name__ == "__main__":
    raise SystemExit(main())
