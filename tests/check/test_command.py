"""`pycam check` as a real process: what it prints, where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.demo.workspace import Workspace
from tests.fakes.tcp import Deaf
from tests.media.clips import make_clip

ROOT = Path(__file__).parents[2]
SECONDS = 60

pytestmark = pytest.mark.scenario


class House:
    """A folder with a clip for a camera, settings, and an environment that points nowhere but into the test."""

    def __init__(self, folder: Path, slack: Workspace, redis_url: str, model: Path) -> None:
        self.folder = folder
        self.secrets = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_SIGNING_SECRET": slack.signing_secret,
            "ROUTER_PASSWORD": "correct horse",
        }
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYCAM_CONFIG": str(folder / "config.yml"),
            "PYCAM_DATA": str(folder),
            "SLACK_API_URL": slack.api_url,
            "REDIS_URL": redis_url,
            **self.secrets,
        }
        self.camera: dict[str, Any] = {
            "name": "front",
            "source": str(make_clip(folder / "clip.mp4", frames=5)),
            "head": {"kind": "none"},
        }
        self.config: dict[str, Any] = {
            "slack": {"alerts_channel": slack.channel.id, "owners": ["U0OWNER"]},
            "cameras": [self.camera],
            "person": {"model": str(model), "max_per_second": 0.01},
            "storage": {"min_free_mb": 0},
        }

    def check(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        (self.folder / "config.yml").write_text(yaml.safe_dump(self.config), encoding="utf-8")
        return subprocess.run(
            [sys.executable, "-m", "app", "check", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def told(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        """The exit code, and the JSON with the checks by name."""
        ended = self.check("--json", *arguments)
        told = json.loads(ended.stdout)
        return ended.returncode, told | {"checks": {check["name"]: check for check in told["checks"]}}


@pytest.fixture
def house(
    tmp_path: Path, slack: Workspace, redis_url: str, shared_path: Callable[[str], Path]
) -> Iterator[House]:
    yield House(tmp_path, slack, redis_url, shared_path("models/yolox_nano.onnx"))


def test_a_house_in_order_ends_with_zero_and_json_says_so(house: House) -> None:
    code, told = house.told()
    assert {name: check for name, check in told["checks"].items() if check["status"] == "failed"} == {}
    assert (code, told["ok"], told["version"]) == (0, True, 1)
    assert next(iter(told["checks"])) == "settings"
    for name in ("settings", "disk", "redis", "slack:token", "slack:channel", "camera:front", "person:model"):
        assert told["checks"][name]["status"] == "ok", told["checks"][name]
    assert sum(told["summary"].values()) == len(told["checks"])


def test_one_failure_ends_with_one_and_says_what_to_do(house: House) -> None:
    house.camera["source"] = str(house.folder / "gone.mp4")
    ended = house.check("camera:front", "slack")
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert any(line.startswith("FAILED   camera:front") and "gone.mp4" in line for line in lines)
    assert any(line.strip().startswith("do: ") and "config.yml" in line for line in lines)
    assert lines[-1].endswith("1 failed, 1 skipped")
    assert ended.stderr == ""


def test_broken_settings_are_the_first_and_only_check_and_end_with_78(house: House) -> None:
    house.config["motoin"] = {}
    code, told = house.told()
    assert code == 78
    assert list(told["checks"]) == ["settings"]
    assert "motoin" in told["checks"]["settings"]["seen"]
    assert told["checks"]["settings"]["do"]
    ended = house.check()
    assert ended.returncode == 78
    assert ended.stdout.startswith("FAILED   settings")
    assert "Traceback" not in ended.stderr


def test_a_check_that_is_none_ends_with_64_and_names_those_there_are(house: House) -> None:
    ended = house.check("camera:back")
    assert (ended.returncode, ended.stdout) == (64, "")
    assert "camera:front" in ended.stderr


def test_nobody_who_may_command_is_a_warning_and_no_failure(house: House) -> None:
    house.config["slack"]["owners"] = []
    code, told = house.told("settings")
    assert (code, told["checks"]["settings"]["status"]) == (0, "warning")
    assert list(told["checks"]) == ["settings"]


def test_a_camera_that_hangs_does_not_hang_the_command(house: House) -> None:
    """The camera's own time-out is far beyond the patience of this test: the others' answers come, and it ends."""
    with Deaf() as deaf:
        house.camera |= {
            "source": f"http://owner:tell-nobody@127.0.0.1:{deaf.port}/video",
            "stall_seconds": 1,
        }
        ended = house.check("camera", "disk")
    assert ended.returncode == 1
    assert "ok       disk" in ended.stdout
    assert "FAILED   camera:front" in ended.stdout
    assert "tell-nobody" not in ended.stdout + ended.stderr


def test_a_thread_that_never_ends_does_not_hold_up_the_end(house: House) -> None:
    """What a driver that hangs does: a thread that no deadline of a library ends."""
    hang = (
        "import sys, threading\n"
        "from app.check import check_cli\n"
        "from app.check.check import Check\n"
        "stuck = Check('stuck', lambda: threading.Event().wait(), seconds=0.1)\n"
        "check_cli.checks_for = lambda context: [stuck]\n"
        "from app.cli import main\n"
        "sys.exit(main(['check', 'stuck']))\n"
    )
    house.check("disk")  # writes the settings
    ended = subprocess.run(
        [sys.executable, "-c", hang],
        cwd=ROOT,
        env=house.environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode == 1
    assert "it hangs" in ended.stdout
    assert ended.stdout.rstrip().endswith("0 ok, 1 failed")


def test_no_secret_is_printed_whatever_fails(house: House, slack: Workspace) -> None:
    house.environment |= {
        "SLACK_BOT_TOKEN": "xoxb-wrong-token-here",
        "SLACK_APP_TOKEN": "xapp-wrong-token-here",
        "REDIS_URL": "redis://:redis-password@127.0.0.1:1/0",
    }
    for arguments in ((), ("--json",)):
        ended = house.check(*arguments)
        assert ended.returncode == 1
        everything = ended.stdout + ended.stderr
        for secret in (
            "xoxb-wrong",
            "xapp-wrong",
            "redis-password",
            house.secrets["SLACK_SIGNING_SECRET"],
            house.secrets["ROUTER_PASSWORD"],
        ):
            assert secret not in everything
