"""`pycam password` keeps what does, and nothing else."""

from __future__ import annotations

import io
import stat
from pathlib import Path

import pytest

from app.cli import main
from app.store.password import PasswordFile
from app.web.dashboard.password import is_right


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    return tmp_path


def test_the_password_is_kept_as_a_hash_for_this_user_alone(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("four unrelated words\n"))
    assert main(["password", "--stdin"]) == 0
    kept = PasswordFile(data).read()
    assert kept is not None
    assert kept.startswith("$argon2id$")
    assert "unrelated" not in kept
    assert is_right("four unrelated words", kept)
    assert not is_right("four unrelated word", kept)
    assert stat.S_IMODE((data / "dashboard/password").stat().st_mode) == 0o600


@pytest.mark.parametrize("poor", ["", "short", "a" * 40, "x" * 300])
def test_a_poor_password_is_refused_and_the_old_one_stays(
    data: Path, poor: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    PasswordFile(data).write("old")
    monkeypatch.setattr("sys.stdin", io.StringIO(poor + "\n"))
    assert main(["password", "--stdin"]) == 1
    assert PasswordFile(data).read() == "old"
    assert "Nothing was changed" in capsys.readouterr().err


def test_where_nobody_can_be_asked_it_says_how_a_script_does_it(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody(_prompt: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", nobody)
    assert main(["password"]) == 1
    assert PasswordFile(data).read() is None
    assert "--stdin" in capsys.readouterr().err


def test_two_different_answers_change_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["four unrelated words", "four unrelated wards"])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(answers))
    assert main(["password"]) == 1
    assert PasswordFile(data).read() is None


def test_the_key_of_the_sessions_is_made_once(data: Path) -> None:
    key = PasswordFile(data).signing_key()
    assert len(key) == 32
    assert PasswordFile(data).signing_key() == key
    assert stat.S_IMODE((data / "dashboard/session-key").stat().st_mode) == 0o600
