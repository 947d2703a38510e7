"""The units: clean, hardened, and each command line started for real under a stand-in for systemd's socket."""

from __future__ import annotations

import ctypes
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from configparser import RawConfigParser
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.cli import main
from app.demo.ports import free_port
from tests.deploy.unit_files import HERE, ROOT, SERVICES, SYSTEMD, VENV, Unit
from tests.fakes.mjpeg_server import MjpegServer
from tests.fakes.systemd import NotifySocket
from tests.media.clips import make_clip

PATIENCE = 60.0
MAX_EXPOSURE = 3.0

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)
ours = pytest.mark.parametrize("name", [name for name in SERVICES if name != "pycam-glances.service"])
every = pytest.mark.parametrize("name", SERVICES)


def test_there_is_one_unit_for_each_process() -> None:
    processes = {"web", "socket", "camera@", "presence", "notifier", "uploader", "dashboard", "glances"}
    assert set(SERVICES) == {f"pycam-{name}.service" for name in processes}


# What systemd makes of them


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The units in a folder, with programs that exist on this machine."""
    folder = tmp_path / "units"
    shutil.copytree(SYSTEMD, folder)
    (folder / "restart-steps.conf").unlink()
    for unit in folder.glob("pycam-*.service"):
        unit.write_text(unit.read_text().replace(VENV, f"{HERE}/"))
    return folder


def analyze(*words: str) -> str:
    done = subprocess.run(
        ["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stderr == ""
    return done.stdout


@needs_systemd
@pytest.mark.parametrize("name", [*SERVICES, "pycam.target"])
def test_systemd_finds_nothing_wrong(installed: Path, name: str) -> None:
    if name == "pycam-glances.service" and not (HERE / "glances").exists():
        pytest.skip("glances is not installed")
    assert analyze("verify", str(installed / name.replace("@.", "@front."))) == ""


@needs_systemd
def test_systemd_would_find_what_is_wrong(installed: Path) -> None:
    with (installed / "pycam-web.service").open("a") as unit:
        unit.write("[Service]\nRestrat=always\n")
    with pytest.raises(AssertionError, match="Restrat"):
        analyze("verify", str(installed / "pycam-web.service"))


@needs_systemd
@every
def test_each_unit_is_exposed_little(installed: Path, name: str) -> None:
    last = analyze("security", "--offline=yes", str(installed / name)).strip().splitlines()[-1]
    found = re.search(r"exposure level for \S+: ([0-9.]+)", last)
    assert found is not None, last
    assert float(found[1]) <= MAX_EXPOSURE


@needs_systemd
@every
def test_each_unit_lists_the_calls_it_may_make_not_those_it_may_not(installed: Path, name: str) -> None:
    """The first line of a filter decides which of the two all of it is."""
    said = analyze("security", "--offline=yes", str(installed / name))
    allowed = set(re.findall(r"SystemCallFilter=~@(\S+) +System call allow list defined.* is included", said))
    nice = {"pycam-web.service", "pycam-socket.service", "pycam-notifier.service", "pycam-camera@.service"}
    assert allowed == ({"resources"} if name in nice else set())
    for group in ("mount", "debug", "module", "obsolete", "raw-io", "reboot", "privileged"):
        assert f"@{group} is not included" in said


@needs_systemd
def test_newer_systemd_tries_what_keeps_failing_less_and_less_often(installed: Path) -> None:
    version = int(
        subprocess.run(["systemctl", "--version"], capture_output=True, text=True, check=True).stdout.split()[
            1
        ]
    )
    if version < 254:
        pytest.skip("systemd before 254 knows no RestartSteps")
    shutil.copy(SYSTEMD / "restart-steps.conf", installed / "pycam-.service.d" / "20-restart-steps.conf")
    assert analyze("verify", str(installed / "pycam-web.service")) == ""


# What they say


@every
def test_each_is_started_again_for_ever_and_belongs_to_the_whole(name: str) -> None:
    unit = Unit(name)
    assert unit.the("Restart") == "always"
    assert unit.the("StartLimitIntervalSec") == "0"
    assert unit.the("PartOf") == unit.the("WantedBy") == "pycam.target"
    assert unit.the("UMask") == "0077"


@ours
def test_each_process_is_watched_and_wrong_settings_are_not_tried_for_ever(name: str) -> None:
    unit = Unit(name)
    assert unit.the("Type") == "notify"
    assert 30 <= int(unit.the("WatchdogSec")) <= 300
    # Not 0: what a stray SIGTERM ended must come back.
    wanted = ["65", "66", "78"] if name == "pycam-camera@.service" else ["78"]
    assert unit.the("RestartPreventExitStatus").split() == wanted
    assert "private.yml:/etc/pycam/private.yml" in unit.all("LoadCredential")
    assert unit.the("StateDirectory") == "pycam"


def test_the_camera_reaches_its_devices_and_nobody_else_any() -> None:
    for name in SERVICES:
        unit = Unit(name)
        assert unit.the("DevicePolicy") == "closed"
        if name == "pycam-camera@.service":
            devices = {line.split()[0] for line in unit.all("DeviceAllow")}
            assert {
                "char-video4linux",
                "char-media",
                "char-dma_heap",
                "char-i2c",
                "/dev/vchiq",
                "/dev/vcio",
            } <= devices
            assert unit.the("SupplementaryGroups") == "video"
            # Both would take the devices away again.
            assert unit.all("PrivateDevices") == unit.all("ProtectClock") == []
        else:
            assert unit.the("PrivateDevices") == "yes"
            assert unit.all("DeviceAllow") == []


def test_only_who_reads_the_kernel_tables_may_speak_netlink() -> None:
    speakers = {
        name for name in SERVICES if "AF_NETLINK" in " ".join(Unit(name).all("RestrictAddressFamilies"))
    }
    assert speakers == {"pycam-presence.service", "pycam-glances.service"}


def test_only_what_signatures_reach_waits_for_the_clock() -> None:
    waiting = {name for name in SERVICES if "time-sync.target" in " ".join(Unit(name).all("After")).split()}
    assert waiting == {"pycam-web.service"}
    # The target is reached at once unless this is started, too.
    assert "systemd-time-wait-sync.service" in Unit("pycam-web.service").all("Wants")


def test_glances_listens_on_this_machine_behind_a_password_and_runs_nothing() -> None:
    command = Unit("pycam-glances.service").the("ExecStart")
    assert "--bind 127.0.0.1" in command
    for option in ("--webserver", "--password", "--disable-config-exec"):
        assert option in command.split()
    assert Unit("pycam-glances.service").the("DynamicUser") == "yes"


# Their command lines, for real


class Service:
    """What a unit starts, with what systemd would give it."""

    def __init__(self, process: subprocess.Popen[bytes], systemd: NotifySocket, log: Path) -> None:
        self.process, self.systemd, self._log = process, systemd, log

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def says(self, line: str) -> None:
        """Wait until it does; fails at once if it has ended."""
        deadline = time.monotonic() + PATIENCE
        while line not in self.systemd.listen(0.2):
            assert self.process.poll() is None, f"ended without {line}\n{self.log}"
            assert time.monotonic() < deadline, f"never said {line}\n{self.log}"

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(float(Unit("pycam-web.service").the("TimeoutStopSec")))


def deny_write_execute() -> None:
    """As MemoryDenyWriteExecute=yes: prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN). Linux 6.3; does nothing before."""
    ctypes.CDLL(None).prctl(65, 1, 0, 0, 0)


@contextmanager
def started(folder: Path, name: str, settings: dict[str, Any], secrets: dict[str, str]) -> Iterator[Service]:
    unit = Unit(name)
    config, credentials, log = folder / "config.yml", folder / "credentials", folder / "log"
    config.write_text(yaml.safe_dump(settings))
    credentials.mkdir()
    private = credentials / "private.yml"
    private.write_text(yaml.safe_dump(secrets))
    private.chmod(0o440)  # as systemd's access list makes it look
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/nonexistent",
        **unit.environment(),
        "PYCAM_CONFIG": str(config),
        "PYCAM_DATA": str(folder / "data"),
        "CREDENTIALS_DIRECTORY": str(credentials),
        "AWS_SHARED_CREDENTIALS_FILE": str(credentials / "aws"),
        "WATCHDOG_USEC": f"{unit.the('WatchdogSec')}000000",
    }
    no_new_code = unit.all("MemoryDenyWriteExecute") == ["yes"]
    with NotifySocket(folder) as systemd, log.open("wb") as out:
        process = subprocess.Popen(
            unit.command(),
            cwd="/",
            env=environment | systemd.environment,
            stdout=out,
            stderr=out,
            umask=0o077,
            preexec_fn=deny_write_execute if no_new_code else None,  # noqa: PLW1509 — one system call
        )
        try:
            yield Service(process, systemd, log)
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def camera() -> Iterator[MjpegServer]:
    server = MjpegServer(fps=20)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def house(tmp_path: Path, redis_url: str, camera: MjpegServer) -> Callable[[str], Any]:
    """`house(unit)` starts it with settings that make every process run."""
    leases = tmp_path / "leases"
    leases.write_text("4102444800 3c:22:fb:01:02:03 192.168.1.20 phone *\n")
    settings = {
        "slack": {"alerts_channel": "C0HOME", "owners": ["U0OWNER"]},
        "cameras": [{"name": "front", "source": camera.url}],
        "presence": {
            "people": [{"name": "Robin", "devices": ["3c:22:fb:01:02:03"]}],
            "routers": [{"kind": "dnsmasq", "file": str(leases)}],
        },
        "uploader": {"enabled": True, "bucket": "samples", "endpoint_url": "http://127.0.0.1:9"},
        "dashboard": {"host": "127.0.0.1", "port": free_port()},
    }
    secrets = {
        "REDIS_URL": redis_url,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "SLACK_BOT_TOKEN": "xoxb-1-test",
        "SLACK_APP_TOKEN": "xapp-1-test",
        "SLACK_SIGNING_SECRET": "signing-secret",
    }
    return lambda name: started(tmp_path, name, settings, secrets)


@pytest.mark.scenario
@ours
def test_each_comes_up_gets_on_and_ends_as_it_should(
    house: Callable[[str], Any], name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if not is_a_command(name, capsys):
        pytest.skip(f"this pycam has no {name}")
    with house(name) as service:
        service.says("READY=1")
        service.says("WATCHDOG=1")
        assert is_found_by_glances(name, service.process.pid)
        code = service.stop()
        assert code == 0, service.log
        assert "STOPPING=1" in service.systemd.hear_all()


@pytest.mark.scenario
def test_wrong_settings_end_with_the_code_that_is_not_tried_again(tmp_path: Path) -> None:
    with started(tmp_path, "pycam-camera@.service", {"camras": []}, {}) as service:
        code = service.process.wait(PATIENCE)
        assert str(code) in Unit("pycam-camera@.service").the("RestartPreventExitStatus").split()
        assert "camras" in service.log


@pytest.mark.scenario
def test_a_clip_is_played_once_and_its_end_is_no_failure(tmp_path: Path, redis_url: str) -> None:
    make_clip(tmp_path / "clip.mp4")
    settings = {"cameras": [{"name": "front", "source": str(tmp_path / "clip.mp4")}]}
    with started(tmp_path, "pycam-camera@.service", settings, {"REDIS_URL": redis_url}) as service:
        code = str(service.process.wait(PATIENCE))
        assert "the clip is over" in service.log
        unit = Unit("pycam-camera@.service")
        assert code in unit.the("RestartPreventExitStatus").split()
        assert code in unit.the("SuccessExitStatus").split()


def is_found_by_glances(name: str, pid: int) -> bool:
    line = Path(f"/proc/{pid}/cmdline").read_text().rstrip("\0").replace("\0", " ")
    glances = RawConfigParser()
    glances.read(ROOT / "deploy" / "glances" / "glances.conf")
    part = re.split(r"[-@.]", name)[1]
    return re.search(glances[f"amp_{part}"]["regex"], line) is not None


def is_a_command(name: str, capsys: pytest.CaptureFixture[str]) -> bool:
    with pytest.raises(SystemExit):
        main(["--help"])
    command = Unit(name).command()[1]
    return re.search(rf"^\s+{command}\s", capsys.readouterr().out, re.MULTILINE) is not None


def test_nothing_of_this_machine_is_in_the_deployed_files() -> None:
    for path in (ROOT / "deploy").rglob("*"):
        if path.is_file() and path.suffix != ".pyc":
            assert str(ROOT) not in path.read_text(encoding="utf-8")
