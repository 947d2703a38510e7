"""`pycam password`: set the dashboard's password."""

from __future__ import annotations

import argparse
import getpass
import sys

from app.settings import load_settings
from app.store.files import DiskFull
from app.store.password import PasswordFile
from app.web.dashboard.password import hashed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One option: where the password comes from."""
    parser.add_argument(
        "--stdin", action="store_true", help="read it from standard input, one line, no question"
    )


def run(options: argparse.Namespace) -> int:
    """Ask twice and keep its hash; everybody who is signed in is signed out. The exit code."""
    passwords = PasswordFile(load_settings().storage.data)
    if options.stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        try:
            password = getpass.getpass("New password for the dashboard: ")
            again = getpass.getpass("Once more: ")
        except EOFError:
            print(
                "\nNobody answers here; nothing was changed. In a script: pycam password --stdin",
                file=sys.stderr,
            )
            return 1
        if again != password:
            print("The two are not the same; nothing was changed.", file=sys.stderr)
            return 1
    try:
        passwords.write(hashed(password))
    except ValueError as error:
        print(f"{error} Nothing was changed.", file=sys.stderr)
        return 1
    except (DiskFull, OSError) as error:
        print(f"The password cannot be kept: {error}", file=sys.stderr)
        return 1
    print("The password is set. Whoever was signed in has to sign in again.")
    return 0
