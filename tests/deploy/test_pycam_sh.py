"""deploy/pycam.sh: a tool runs as the services' user, with what systemd would give a service."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.unit_files import ROOT, Unit

PATIENCE = 30.0
TOKENS = "SLACK_BOT_TOKEN: xoxb-1-test\n"
AWS_KEYS = "[default]\n"

TOOL = """\
#!/bin/sh
[ "$1" = manifest ] && { echo "user $(id -un)"; exit 0; }
[ "$1" = waits ] && { echo started; exec sleep 300; }
echo "arguments $*"
echo "user $(id -un)"
echo "groups $(id -Gn)"
echo "umask $(umask)"
env
cat "$CREDENTIALS_DIRECTORY/private.yml" "$AWS_SHARED_CREDENTIALS_FILE"
ls -ld "$CREDENTIALS_DIRECTORY"
touch "$PYCAM_DATA/written"
touch "$PYCAM_DATA/../beside" 2>/dev/null && echo "may write anywhere"
touch "$CREDENTIALS_DIRECTORY/more" 2>/dev/null && echo "may change the secrets"
exit 3
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")


class Installed:
    """What `make install` makes, below a folder; `nobody` in the place of pycam's user."""

    def __init__(self, root: Path) -> None:
        self.root = root
        script = (ROOT / "deploy" / "pycam.sh").read_text()
        for path in ("/opt/pycam/", "/etc/pycam/", "/var/lib/pycam", "/run/"):
            (root / path.strip("/")).mkdir(parents=True)
            script = script.replace(path, f"{root}{path}")
        self.data = root / "var/lib/pycam"
        self.command = self._program(root / "pycam", script.replace("\nuser=pycam\n", "\nuser=nobody\n"))
        self._program(root / "opt/pycam/venv/bin/pycam", TOOL)
        for name, text in (("private.yml", TOKENS), ("aws-credentials", AWS_KEYS)):
            (root / "etc/pycam" / name).write_text(text)
            (root / "etc/pycam" / name).chmod(0o600)

    def _program(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def run(self, *words: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.command), *words],
            env={"PATH": os.environ["PATH"], "SLACK_BOT_TOKEN": "of the one who calls", "USER": "root"},
            user=user,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def left_behind(self) -> list[Path]:
        return list((self.root / "run").iterdir())


@pytest.fixture
def installed() -> Iterator[Installed]:
    # pytest's own folders are closed to other users.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield Installed(folder)
    shutil.rmtree(folder)


@needs_root
def test_a_tool_is_what_a_service_is(installed: Installed) -> None:
    shutil.chown(installed.data, "nobody")
    done = installed.run("check", "two words")
    said = done.stdout.splitlines()
    assert "arguments check two words" in said
    assert "user nobody" in said
    assert "umask 0077" in said
    assert TOKENS.strip() in said
    assert AWS_KEYS.strip() in said
    assert "USER=nobody" in said
    services = Unit("pycam-uploader.service").environment()
    for name in ("PYCAM_CONFIG", "PYCAM_DATA"):
        assert f"{name}={installed.root}{services[name]}" in said
    assert "of the one who calls" not in done.stdout
    assert (installed.data / "written").stat().st_uid == installed.data.stat().st_uid


@needs_root
def test_a_tool_reaches_the_cameras_devices(installed: Installed) -> None:
    (groups,) = [line for line in installed.run("check").stdout.splitlines() if line.startswith("groups ")]
    assert "video" in groups.split()


@needs_root
def test_a_tool_may_write_no_more_than_a_service(installed: Installed) -> None:
    done = installed.run("check")
    assert "may write anywhere" not in done.stdout
    assert "may change the secrets" not in done.stdout
    assert "written: Permission denied" in done.stderr.replace("'", "")


@needs_root
def test_its_exit_code_is_the_tools_and_no_secret_stays(installed: Installed) -> None:
    done = installed.run("check")
    assert done.returncode == 3
    assert "drwxr-x---" in done.stdout
    assert installed.left_behind() == []
    for name in ("private.yml", "aws-credentials"):
        assert stat.S_IMODE((installed.root / "etc/pycam" / name).stat().st_mode) == 0o600


@needs_root
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_tool_leaves_no_secret(installed: Installed, number: signal.Signals) -> None:
    # A shell that was started ignoring SIGINT, as every job behind `&` is, cannot trap it; a terminal's shell does not.
    before = signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    try:
        process = subprocess.Popen(
            [str(installed.command), "waits"], stdout=subprocess.PIPE, text=True, start_new_session=True
        )
    finally:
        signal.signal(number, before)
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    assert installed.left_behind() != []
    os.killpg(process.pid, number)  # as a terminal does it
    assert process.wait(PATIENCE) == 128 + number
    assert installed.left_behind() == []


@needs_root
def test_without_keys_for_s3_the_rest_still_runs(installed: Installed) -> None:
    (installed.root / "etc/pycam/aws-credentials").unlink()
    done = installed.run("check")
    assert TOKENS.strip() in done.stdout.splitlines()
    assert done.returncode == 3


@needs_root
def test_without_root_it_says_what_to_type(installed: Installed) -> None:
    done = installed.run("check", "slack", user="nobody")
    assert done.returncode == 77
    assert done.stdout == ""
    assert "sudo pycam check slack" in done.stderr


@needs_root
@pytest.mark.parametrize("user", [None, "nobody"])
def test_the_manifest_needs_neither_root_nor_secrets(installed: Installed, user: str | None) -> None:
    done = installed.run("manifest", "--socket", user=user)
    assert done.returncode == 0
    assert done.stdout.split()[0] == "user"
