"""`pycam manifest [--socket | --url https://…]`: print the Slack app's manifest."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import urlsplit

import yaml

from app.commands.manifest import manifest
from app.commands.table import COMMANDS

FIRST = """\
# Paste this at api.slack.com/apps: Create New App, From a manifest, YAML. Then Install to Workspace.
# SLACK_BOT_TOKEN (xoxb-…): OAuth & Permissions, Bot User OAuth Token.
"""
SOCKET = """\
# SLACK_APP_TOKEN (xapp-…): Basic Information, App-Level Tokens, Generate, with the scope connections:write.
# A manifest cannot make that one.
"""
HTTP = """\
# SLACK_SIGNING_SECRET: Basic Information, App Credentials.
"""

NOWHERE = "https://pycam.invalid"
"""Names nobody (RFC 2606), so that what is pasted as it is reaches nobody else's machine."""
FILL_IN = f"""\
# Put the address where Slack reaches `pycam web` in the place of {NOWHERE}: `--url` does it for you.
# Or spare yourself the address: `pycam manifest --socket`.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One of the two ways in; without either, the one over HTTP with an address to fill in."""
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--socket", action="store_true", help="Socket Mode: no open port, no address")
    way.add_argument("--url", type=_base_url, help="where Slack reaches `pycam web`: https://…")
    parser.add_argument("--name", default="pycam", type=_name, help="of app and bot (%(default)s)")


def run(options: argparse.Namespace) -> int:
    """Print comments and YAML; the exit code."""
    url = None if options.socket else options.url or NOWHERE
    told = manifest(COMMANDS, url=url, name=options.name)
    sys.stdout.write(FIRST + (SOCKET if options.socket else HTTP) + (FILL_IN if url == NOWHERE else ""))
    yaml.safe_dump(told, sys.stdout, sort_keys=False, allow_unicode=True, width=100)
    return 0


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise argparse.ArgumentTypeError("is not a URL: its host or port cannot be") from None
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise argparse.ArgumentTypeError("must be https:// and a host, as Slack calls nothing else")
    return text.rstrip("/")


def _name(text: str) -> str:
    if not 1 <= len(text) <= 35:
        raise argparse.ArgumentTypeError("Slack takes 1 to 35 characters")
    return text
