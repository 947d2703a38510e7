"""Relative paths mean the same file to every process, wherever it is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import load_settings
from app.settings.paths import PROJECT
from app.settings.presence import DnsmasqRouter, NeighboursRouter
from tests.settings.test_load import NO_PRIVATE, load


def test_relative_paths_in_the_environment_start_where_the_command_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.yml").write_text("log_level: DEBUG")
    monkeypatch.chdir(tmp_path)

    loaded = load_settings({"PYCAM_CONFIG": "mine.yml", "PYCAM_DATA": "house"}, private=NO_PRIVATE)

    assert (loaded.log_level, loaded.storage.data) == ("DEBUG", tmp_path / "house")


def test_relative_paths_in_a_file_start_at_its_folder_wherever_pycam_is_started(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "storage: {data: house}\n"
        "person: {model: models/mine.onnx}\n"
        "cameras: [{name: a, source: clips/a.mp4}, {name: b, source: ../b.mp4}]\n"
        "presence: {routers: [{kind: dnsmasq, file: leases}, {kind: neighbours, leases: leases}]}\n",
    )

    assert loaded.storage.data == tmp_path / "house"
    assert loaded.person.model == f"{tmp_path}/models/mine.onnx"
    assert [c.source for c in loaded.cameras] == [f"{tmp_path}/clips/a.mp4", f"{tmp_path}/../b.mp4"]
    dnsmasq, neighbours = loaded.presence.routers
    assert isinstance(dnsmasq, DnsmasqRouter)
    assert isinstance(neighbours, NeighboursRouter)
    assert (dnsmasq.file, neighbours.leases) == (tmp_path / "leases", tmp_path / "leases")


@pytest.mark.parametrize(
    "source",
    [
        "picamera",
        "picamera:1",
        "usb:0",
        "/dev/video0",
        "rtsp://cam/1.mp4",
        "http://cam/a",
        "webcam",
        "/a/b.mp4",
    ],
)
def test_a_source_that_is_no_relative_path_stays_as_it_is(tmp_path: Path, source: str) -> None:
    loaded = load(tmp_path, f"cameras: [{{name: a, source: '{source}'}}]\nperson: {{model: auto}}")

    assert (loaded.cameras[0].source, loaded.person.model) == (source, "auto")


def test_a_tilde_is_the_home_of_who_runs_pycam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/robin")

    loaded = load(tmp_path, "cameras: [{name: a, source: ~/a.mp4}]", PYCAM_DATA="~/house")

    assert (loaded.cameras[0].source, loaded.storage.data) == ("/home/robin/a.mp4", Path("/home/robin/house"))


def test_the_packaged_data_folder_is_the_projects_wherever_pycam_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert load_settings({}, private=NO_PRIVATE).storage.data == PROJECT / "data"
