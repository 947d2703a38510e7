"""`python -m app.demo.workspace`: the workspace alone, for an app that is started by hand."""

from __future__ import annotations

import argparse

from app.demo.workspace import Workspace
from app.shutdown import Shutdown


def main() -> None:
    """Print what the app needs to know, then the story, until Ctrl-C or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m app.demo.workspace", description=__doc__)
    parser.add_argument(
        "--app-url", default="http://127.0.0.1:8000", help="where the app listens (%(default)s)"
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="IP address to listen on; 0.0.0.0 lets the whole network in (%(default)s)",
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (%(default)s)")
    parser.add_argument(
        "--file-ready-seconds", type=float, default=0.5, help="processing of an upload (%(default)s)"
    )
    parser.add_argument(
        "--socket-mode", action="store_true", help="commands and clicks go through the app's WebSockets"
    )
    options = parser.parse_args()
    shutdown = Shutdown().catch_signals()
    with Workspace(
        app_url=options.app_url,
        host=options.host,
        port=options.port,
        file_ready_seconds=options.file_ready_seconds,
        socket_mode=options.socket_mode,
        on_event=lambda line: print(line, flush=True),
    ) as slack:
        print(f"SLACK_API_URL={slack.api_url}")
        print(f"SLACK_BOT_TOKEN={slack.bot_token}")
        print(f"SLACK_APP_TOKEN={slack.app_token}")
        print(f"SLACK_SIGNING_SECRET={slack.signing_secret}")
        print(f"team {slack.team_id}, channel {slack.channel.id}, users {' '.join(slack.users)}")
        print(f"open {slack.url}", flush=True)
        while not shutdown.requested:
            shutdown.wait(3600)


if __name__ == "__main__":
    main()
