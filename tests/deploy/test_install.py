"""make install and make uninstall in a scratch root, and the small programs they use."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
from configparser import RawConfigParser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.deploy.unit_files import ROOT, SERVICES

pytestmark = pytest.mark.skipif(shutil.which("systemctl") is None, reason="systemctl is not installed")

WANTED = "etc/systemd/system/pycam.target.wants"
CONFIGURED = """
slack: {alerts_channel: C0HOME, owners: [U0OWNER]}
cameras: [{name: front, source: a.mp4}, {name: back-door, source: b.mp4}]
presence:
  people: [{name: Robin, devices: ["3c:22:fb:01:02:03"]}]
  routers: [{kind: dnsmasq}]
uploader: {enabled: true, bucket: samples}
"""
INSTALLED = ("app", "deploy", "gunicorn.conf", "pyproject.toml", "constraints.txt", "README.md", "LICENSE")
DEVELOPERS_OWN = (
    *("app/config/private.yml", "app/__pycache__/cli.pyc", "app/web/__pycache__/edge.pyc"),
    *(".venv/bin/python", ".git/HEAD", "tests/test_cli.py", "bench/slash.py", "private.yml"),
)
BOOKWORMS_NUMPY = "1.24.2"
TOKENS = "SLACK_BOT_TOKEN: xoxb-1\nSLACK_SIGNING_SECRET: s\nSLACK_APP_TOKEN: xapp-1\n"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this one that nobody edits meanwhile, with what a developer's has lying about."""
    copy = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *INSTALLED],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip(f"git does not say what belongs to pycam: {listed.stderr.strip()}")
    for name in listed.stdout.rstrip("\0").split("\0"):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):  # deleted, and git was not told yet
            shutil.copy(ROOT / name, copy / name)
    for name in DEVELOPERS_OWN:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("mine")
    return copy


class Machine:
    """A scratch root with a Redis of Debian's in it. `checkout`: what is installed from."""

    def __init__(self, root: Path, checkout: Path) -> None:
        self.root, self.checkout = root, checkout
        (root / "etc/redis").mkdir(parents=True)
        (root / "etc/redis/redis.conf").write_text("port 6379\nsave 3600 1\n")

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "DESTDIR": str(self.root),
            "PYCAM_VENV": "keep",
            "PYTHON": sys.executable,
        }
        return subprocess.run(
            [str(self.checkout / "deploy" / script)],
            env=environment | variables,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def install(self) -> str:
        done = self.run("install.sh")
        assert done.returncode == 0, done.stderr
        return done.stderr

    def enabled(self) -> set[str]:
        return {link.name for link in (self.root / WANTED).iterdir()}

    def looked_for(self) -> set[str]:
        """What Glances is told to count."""
        conf = RawConfigParser()
        conf.read(self.root / "etc/pycam/glances.conf")
        amps = [section for section in conf.sections() if section.startswith("amp_")]
        return {amp.removeprefix("amp_") for amp in amps}

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def files(self) -> dict[str, bytes]:
        """Everything there is, links as what they point to."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if path.is_symlink():
                found[name] = os.fsencode(path.readlink())
            elif path.is_file():
                found[name] = path.read_bytes()
        return found


@pytest.fixture
def machine(tmp_path: Path, checkout: Path) -> Machine:
    return Machine(tmp_path / "root", checkout)


def test_a_first_install_puts_everything_in_its_place(machine: Machine) -> None:
    said = machine.install()
    for name in SERVICES:
        assert (machine.root / "etc/systemd/system" / name).exists()
    assert (machine.root / "etc/systemd/system/multi-user.target.wants/pycam.target").is_symlink()
    assert (machine.root / "opt/pycam/tree/app/cli.py").exists()
    assert (machine.root / "opt/pycam/tree/gunicorn.conf").exists()
    assert os.access(machine.root / "usr/local/bin/pycam", os.X_OK)
    assert machine.enabled() == {"pycam-camera@front.service", "pycam-dashboard.service"}
    assert "put the tokens into /etc/pycam/private.yml" in said


def test_secrets_are_for_root_alone(machine: Machine) -> None:
    machine.install()
    for name in ("private.yml", "aws-credentials", "glances.pwd"):
        assert stat.S_IMODE((machine.root / "etc/pycam" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((machine.root / "etc/pycam/config.yml").stat().st_mode) == 0o640


def test_a_second_install_changes_nothing(machine: Machine) -> None:
    first_said = machine.install()
    first = machine.files()
    second_said = machine.install()
    assert machine.files() == first
    assert "Glances (http" in first_said
    assert "Glances (http" not in second_said


def test_settings_tokens_and_data_survive_an_upgrade(machine: Machine) -> None:
    machine.install()
    for path, text in (
        ("etc/pycam/config.yml", CONFIGURED),
        ("etc/pycam/private.yml", TOKENS),
        ("etc/pycam/glances.pwd", "mine"),
        ("opt/pycam/tree/app/model-files/fetched.onnx", "weights"),
        ("opt/pycam/tree/app/gone_in_the_new_version.py", ""),
    ):
        (machine.root / path).write_text(text)
    (machine.root / "var/lib/pycam").mkdir(parents=True)
    (machine.root / "var/lib/pycam/sample").write_text("kept")

    machine.install()

    assert machine.text("etc/pycam/config.yml") == CONFIGURED
    assert machine.text("etc/pycam/private.yml") == TOKENS
    assert machine.text("etc/pycam/glances.pwd") == "mine"
    assert machine.text("var/lib/pycam/sample") == "kept"
    assert machine.text("opt/pycam/tree/app/model-files/fetched.onnx") == "weights"
    assert not (machine.root / "opt/pycam/tree/app/gone_in_the_new_version.py").exists()


def test_what_the_settings_call_for_is_enabled_and_the_rest_is_not(machine: Machine) -> None:
    machine.install()
    (machine.root / "etc/pycam/config.yml").write_text(CONFIGURED)
    (machine.root / "etc/pycam/private.yml").write_text(TOKENS)
    machine.install()
    processes = (
        "camera@front",
        "camera@back-door",
        "notifier",
        "web",
        "socket",
        "presence",
        "uploader",
        "dashboard",
    )
    assert machine.enabled() == {f"pycam-{name}.service" for name in processes}

    (machine.root / "etc/pycam/config.yml").write_text("cameras: [{name: back-door, source: b.mp4}]\n")
    said = machine.install()
    left = ("camera@back-door", "web", "socket", "dashboard")
    assert machine.enabled() == {f"pycam-{name}.service" for name in left}
    assert "Not wanted any more: pycam-camera@front.service" in said


def test_glances_looks_for_what_the_settings_call_for(machine: Machine) -> None:
    machine.install()
    (machine.root / "etc/pycam/private.yml").write_text("SLACK_APP_TOKEN: xapp-1\nSLACK_BOT_TOKEN: xoxb-1\n")
    (machine.root / "etc/pycam/config.yml").write_text(
        "slack: {alerts_channel: C0HOME}\ncameras: [{name: front, source: a.mp4}]\n"
    )
    machine.install()
    assert machine.looked_for() == {"socket", "camera", "notifier", "dashboard", "redis"}

    (machine.root / "etc/pycam/config.yml").write_text(CONFIGURED)
    (machine.root / "etc/pycam/private.yml").write_text(TOKENS)
    machine.install()
    assert (
        machine.text("etc/pycam/glances.conf")
        == (machine.checkout / "deploy/glances/glances.conf").read_text()
    )


def test_who_installs_is_told_how_to_open_the_dashboard(machine: Machine) -> None:
    assert "sudo pycam password" in machine.install()
    (machine.root / "var/lib/pycam/dashboard").mkdir(parents=True)
    (machine.root / "var/lib/pycam/dashboard/password").write_text("$argon2id$")
    assert "sudo pycam password" not in machine.install()


def test_wrong_settings_are_said_and_what_ran_before_stays_enabled(machine: Machine) -> None:
    machine.install()
    (machine.root / "etc/pycam/config.yml").write_text("cameras:\n- {name: front, sauce: a.mp4}\n")
    done = machine.run("install.sh")
    assert done.returncode == 78
    assert "line 2" in done.stderr
    assert "sauce" in done.stderr
    assert machine.enabled() == {"pycam-camera@front.service", "pycam-dashboard.service"}


def test_glances_is_enabled_where_it_is_installed(machine: Machine) -> None:
    venv = machine.root / "opt/pycam/venv/bin"
    venv.mkdir(parents=True)
    (venv / "glances").write_text("#!/bin/sh\n")
    (venv / "glances").chmod(0o755)
    machine.install()
    assert "pycam-glances.service" in machine.enabled()


def test_the_clock_is_waited_for_and_not_for_ever(machine: Machine) -> None:
    machine.install()
    folder = machine.root / "etc/systemd/system/systemd-time-wait-sync.service.d"
    assert "TimeoutStartSec=3min" in (folder / "pycam.conf").read_text().splitlines()
    machine.run("uninstall.sh")
    assert not folder.exists()


def test_redis_is_told_once_and_only_if_wanted(machine: Machine) -> None:
    done = machine.run("install.sh", PYCAM_REDIS="keep")
    assert done.returncode == 0
    assert "pycam" not in machine.text("etc/redis/redis.conf")
    machine.install()
    machine.install()
    assert machine.text("etc/redis/redis.conf").splitlines().count("include /etc/redis/pycam.conf") == 1


def test_what_only_developers_have_is_not_copied(machine: Machine) -> None:
    machine.install()
    tree = machine.root / "opt/pycam/tree"
    assert not [name for name in DEVELOPERS_OWN if (tree / name).exists()]
    assert {path.name for path in tree.iterdir()} == set(INSTALLED)


def test_uninstall_keeps_what_is_yours(machine: Machine) -> None:
    before = machine.files()
    machine.install()
    (machine.root / "var/lib/pycam").mkdir(parents=True)
    (machine.root / "var/lib/pycam/sample").write_text("kept")
    done = machine.run("uninstall.sh")
    assert done.returncode == 0, done.stderr
    left = set(machine.files()) - set(before)
    assert left == {
        *(f"etc/pycam/{name}" for name in ("config.yml", "private.yml", "aws-credentials")),
        *("etc/pycam/glances.conf", "etc/pycam/glances.pwd", "var/lib/pycam/sample"),
    }
    assert machine.text("etc/redis/redis.conf") == "port 6379\nsave 3600 1\n"


def test_uninstall_with_purge_leaves_nothing(machine: Machine) -> None:
    before = machine.files()
    machine.install()
    assert machine.run("uninstall.sh", PURGE="1").returncode == 0
    assert machine.files() == before


def test_uninstall_of_what_is_not_there_is_no_mistake(machine: Machine) -> None:
    assert machine.run("uninstall.sh").returncode == 0


class Running:
    """uninstall.sh as on a machine that runs systemd, though in the scratch root; `systemctl` is a stand-in."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self._machine, self._bin, self.asked = machine, folder / "bin", folder / "asked"
        self._bin.mkdir()
        self.systemctl_ends_with(0)
        text = (machine.checkout / "deploy/uninstall.sh").read_text()
        condition = 'running() { [ -z "$root" ] && [ -d /run/systemd/system ]; }'
        assert condition in text
        self._script = folder / "uninstall.sh"
        self._script.write_text(text.replace(condition, "running() { :; }"))
        self._script.chmod(0o755)

    def systemctl_ends_with(self, code: int) -> None:
        """Whatever it is asked, but for daemon-reload."""
        program = self._bin / "systemctl"
        program.write_text(f'#!/bin/sh\necho "$@" >>{self.asked}\n[ "$1" = daemon-reload ] || exit {code}\n')
        program.chmod(0o755)

    def uninstall(self, **variables: str) -> subprocess.CompletedProcess[str]:
        return self._machine.run(str(self._script), PATH=f"{self._bin}:{os.environ['PATH']}", **variables)


@pytest.fixture
def running(machine: Machine, tmp_path: Path) -> Running:
    machine.install()
    return Running(machine, tmp_path)


@pytest.mark.parametrize("redis_is_there", [True, False])
def test_uninstall_goes_through_where_nothing_is_loaded_any_more(
    machine: Machine, running: Running, redis_is_there: bool
) -> None:
    running.systemctl_ends_with(5)
    if not redis_is_there:
        (machine.root / "etc/redis/redis.conf").unlink()
    for variables in ({}, {}, {"PURGE": "1"}, {"PURGE": "1"}):
        done = running.uninstall(**variables)
        assert done.returncode == 0, done.stderr
    assert "stop pycam.target pycam-*.service" in running.asked.read_text().splitlines()
    assert "try-restart redis-server.service" in running.asked.read_text().splitlines()
    assert set(machine.files()) == ({"etc/redis/redis.conf"} if redis_is_there else set())


def test_uninstall_takes_nothing_from_under_what_cannot_be_stopped(
    machine: Machine, running: Running
) -> None:
    before = machine.files()
    running.systemctl_ends_with(1)
    assert running.uninstall().returncode == 1
    assert machine.files() == before


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    scripts = sorted(str(path) for path in (ROOT / "deploy").glob("*.sh"))
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, text=True, check=False)
    assert done.stdout == ""


# What pip installs


def requirements(folder: Path, *options: str) -> tuple[str, str]:
    script = str(ROOT / "deploy" / "requirements.py")
    subprocess.run([sys.executable, script, *options, str(folder)], check=True)
    return (folder / "requirements.txt").read_text(), (folder / "constraints.txt").read_text()


def test_the_appliance_gets_everything_but_the_tools_of_development(tmp_path: Path) -> None:
    wanted, pinned = requirements(tmp_path)
    for name in ("flask", "redis", "opencv-python-headless", "numpy", "onnxruntime"):
        assert f"\n{name}" in f"\n{wanted}"
    assert "numpy==" in pinned
    for name in ("pytest", "mypy", "scikit-image"):
        assert name not in wanted


def test_beside_apts_picamera2_nothing_brings_another_numpy(tmp_path: Path) -> None:
    wanted, pinned = requirements(tmp_path, "--system-numpy", BOOKWORMS_NUMPY)
    assert "redis" in wanted
    assert "numpy" not in wanted
    assert "opencv" not in wanted + pinned
    assert [line for line in pinned.splitlines() if "numpy" in line] == [f"numpy=={BOOKWORMS_NUMPY}"]


def test_nothing_that_is_pinned_there_wants_a_newer_numpy(tmp_path: Path) -> None:
    _, pinned = requirements(tmp_path, "--system-numpy", BOOKWORMS_NUMPY)
    opencv = "opencv-python-headless"
    assert wants_a_newer_numpy(opencv, metadata.version(opencv)), (
        "pip's OpenCV does, or this test sees nothing"
    )
    pins = (line.split("==") for line in pinned.splitlines() if "==" in line)
    assert [name for name, version in pins if wants_a_newer_numpy(name.strip(), version.strip())] == []


def wants_a_newer_numpy(name: str, version: str) -> bool:
    """As the package here says, if it is here in that version."""
    try:
        package = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    asked = [Requirement(text) for text in package.requires or ()] if package.version == version else []
    return any(
        one.name == "numpy"
        and (one.marker is None or one.marker.evaluate())
        and BOOKWORMS_NUMPY not in one.specifier
        for one in asked
    )
