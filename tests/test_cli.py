"""The command line: what each sub-command is given."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app import cli


class Replaced(Exception):
    """Instead of becoming another program."""


def test_gunicorn_is_given_paths_that_mean_the_same_from_its_own_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, str] = {}

    def execve(_program: Path, _arguments: list[str], environment: dict[str, str]) -> None:
        given.update(environment, cwd=str(Path.cwd()))
        raise Replaced

    (tmp_path / "mine.yml").write_text("log_level: DEBUG")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYCAM_CONFIG", "mine.yml")
    monkeypatch.setenv("PYCAM_DATA", "house")
    monkeypatch.setattr(os, "execve", execve)
    with pytest.raises(Replaced):
        cli.main(["web"])

    assert given["PYCAM_CONFIG"] == str(tmp_path / "mine.yml")
    assert given["PYCAM_DATA"] == str(tmp_path / "house")
    assert given["cwd"] == str(Path(cli.__file__).parent.parent)


def test_settings_that_cannot_be_are_said_and_end_with_a_code_that_stops_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "missing.yml"))

    assert cli.main(["notifier"]) == cli.EX_CONFIG
    assert capsys.readouterr().err == f"{tmp_path}/missing.yml: cannot be read: No such file or directory\n"


def test_an_unknown_camera_is_refused_with_the_ones_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    monkeypatch.setattr(cli, "_start", lambda _process: (cli.Settings(), cli.Shutdown(), None))

    assert cli.main(["camera", "attic"]) == cli.EX_CONFIG
    assert capsys.readouterr().err == "which camera? config.yml has: front\n"
