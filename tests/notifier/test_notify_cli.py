"""`pycam notify`: what it sends, what it says, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from app.cli import main
from app.media.jpeg import is_whole_jpeg
from tests.fakes.http_receiver import HttpReceiver
from tests.fakes.smtp_server import MailServer, pictures_in
from tests.fakes.tcp import Deaf, refused_port

Notify = Callable[..., None]


@pytest.fixture
def notify(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notify:
    """Makes these the targets."""

    def these(*targets: dict[str, object]) -> None:
        (tmp_path / "private.yml").write_text(yaml.safe_dump({"NOTIFY": list(targets)}))

    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    return these


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


def test_a_test_reaches_each_target_with_a_whole_picture(
    notify: Notify, receiver: HttpReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    with MailServer() as mail:
        notify({"url": mail.url()}, {"url": receiver.url(), "when": "night"})
        assert main(["notify", "--test"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1  OK: E-Mail has taken the message",
        "2  OK: JSON has taken the message",
    ]
    assert [mail["subject"] for mail in mail.mails] == ["pycam: a test"]
    assert is_whole_jpeg(pictures_in(mail.mails[0])[0])
    assert is_whole_jpeg(receiver.pictures()[0][0])


def test_a_test_reaches_the_one_that_is_named(notify: Notify, receiver: HttpReceiver) -> None:
    notify({"url": f"json://127.0.0.1:{refused_port()}"}, {"url": receiver.url(), "picture": False})
    assert main(["notify", "--test", "2"]) == 0
    assert receiver.pictures() == [[]]


def test_what_fails_is_said_with_its_reason_and_without_its_secrets(
    notify: Notify, receiver: HttpReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    with Deaf() as deaf:
        notify(
            {"url": f"json://us:password1@127.0.0.1:{refused_port()}/my-topic"},
            {"url": receiver.url()},
            {"url": f"mailto://127.0.0.1:{deaf.port}?to=a@b.org&from=c@d.org&cto=0.5"},
            {"url": "nope://my-topic"},
        )
        assert main(["notify", "--test"]) == 1
    out, err = capsys.readouterr()
    one, two, three, four = out.splitlines()
    assert one.startswith("1  FAILED: ")
    assert "Connection refused" in one
    assert two == "2  OK: JSON has taken the message"
    assert three.startswith("3  FAILED: ")
    assert "timed out" in three
    assert four == "4  FAILED: Apprise does not understand the address"
    for secret in ("password1", "my-topic"):
        assert secret not in out + err


@pytest.mark.parametrize("number", ["3", "-1"])
def test_a_number_that_there_is_none_of_is_refused(
    notify: Notify, receiver: HttpReceiver, capsys: pytest.CaptureFixture[str], number: str
) -> None:
    notify({"url": receiver.url()}, {"url": receiver.url()})
    assert main(["notify", f"--test={number}"]) == 64
    assert capsys.readouterr().err == f"pycam notify: there is no number {number}, only 1 to 2\n"
    assert receiver.asked == 0


def test_the_list_says_who_is_told_of_what_and_sends_nothing(
    notify: Notify, receiver: HttpReceiver, capsys: pytest.CaptureFixture[str]
) -> None:
    notify(
        {"url": receiver.url("my-topic")},
        {"url": "tgram://123456789:AAbbCCddEE/987654321", "when": "slack_failed"},
    )
    assert main(["notify", "--list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1  JSON: of everything",
        "2  Telegram: if Slack does not have it after 60 s",
    ]
    assert receiver.asked == 0


def test_a_list_with_an_address_nobody_understands_fails(
    notify: Notify, capsys: pytest.CaptureFixture[str]
) -> None:
    notify({"url": "nope://my-topic"})
    assert main(["notify", "--list"]) == 1
    assert capsys.readouterr().out == "1  FAILED: Apprise does not understand the address\n"


def test_with_nobody_to_tell_a_list_is_empty_and_a_test_fails(
    notify: Notify, capsys: pytest.CaptureFixture[str]
) -> None:
    notify()
    assert main(["notify", "--list"]) == 0
    assert main(["notify", "--test"]) == 1
    assert capsys.readouterr().out == 2 * "Nobody: NOTIFY in private.yml is empty (docs/notifications.md).\n"


def test_one_of_the_two_must_be_asked_for(notify: Notify, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["notify"])
    assert "--list" in capsys.readouterr().err
