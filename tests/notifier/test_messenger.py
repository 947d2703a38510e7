"""One message by a real mail server and a real receiver of HTTP, and what each kind of refusal is called."""

from __future__ import annotations

import io
import logging
import socket
import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from app.media.jpeg import encode_jpeg, is_whole_jpeg
from app.notifier.messenger import Messenger, Note, NotTold
from app.settings.notify import NotifyTarget
from tests.deadline import eventually
from tests.fakes.http_receiver import HttpReceiver
from tests.fakes.smtp_server import MailServer, pictures_in, text_of
from tests.fakes.tcp import Deaf, refused_port

PICTURE = encode_jpeg(np.random.default_rng(7).integers(0, 256, (240, 320, 3), dtype=np.uint8))
NOTE = Note(
    "Person at front (clearly, 87 %)", "Person at front\n2026-11-20 14:03:21 CET · still going on", PICTURE
)
IMPATIENT = "cto=0.5&rto=0.5"


def messenger(url: str, **more: object) -> Messenger:
    return Messenger(3, NotifyTarget.model_validate({"url": url}), **more)  # type: ignore[arg-type]


def refusal(teller: Messenger, note: Note = NOTE) -> str:
    with pytest.raises(NotTold) as caught:
        teller.send(note)
    return str(caught.value)


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """What the whole process logs. (pytest's own caplog listens at loggers that keep to themselves, too.)"""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


def test_a_mail_arrives_with_its_words_and_the_whole_picture(mail: MailServer) -> None:
    messenger(mail.url()).send(NOTE)
    (arrived,) = mail.mails
    assert arrived["subject"] == NOTE.title
    assert "owner@example.org" in arrived["to"]
    assert "2026-11-20 14:03:21 CET" in text_of(arrived)
    assert pictures_in(arrived) == [PICTURE]
    assert is_whole_jpeg(pictures_in(arrived)[0])


def test_http_gets_its_words_and_the_whole_picture(receiver: HttpReceiver) -> None:
    messenger(receiver.url()).send(NOTE)
    assert receiver.texts() == [f"{NOTE.title}\n{NOTE.body}"]
    assert receiver.pictures() == [[PICTURE]]


def test_two_messages_to_one_target_do_not_wait_for_each_other(receiver: HttpReceiver) -> None:
    """A service that Apprise made remembers when it last sent, and waits for seconds."""
    teller = messenger(receiver.url(), send_seconds=2.0)
    teller.send(NOTE)
    teller.send(Note("again", "without a picture"))
    assert receiver.pictures() == [[PICTURE], []]


def test_a_recipient_that_is_refused_is_named_as_the_servers_answer(mail: MailServer) -> None:
    mail.refusal = "550 no such user here"
    said = refusal(messenger(mail.url()))
    assert "550" in said
    assert mail.mails == []


@pytest.mark.parametrize("status", [401, 500, 503])
def test_an_http_answer_that_is_none_is_told_by_its_number(receiver: HttpReceiver, status: int) -> None:
    receiver.status = status
    assert f"error={status}" in refusal(messenger(receiver.url()))


@pytest.mark.parametrize("scheme", ["json://127.0.0.1:{}/x", "mailto://127.0.0.1:{}?to=a@b.org&from=c@d.org"])
def test_a_closed_port_is_a_refused_connection(scheme: str) -> None:
    assert "Connection refused" in refusal(messenger(scheme.format(refused_port())))


@pytest.mark.parametrize(
    "scheme", ["json://127.0.0.1:{}/x?{}", "mailto://127.0.0.1:{}?to=a@b.org&from=c@d.org&{}"]
)
def test_a_server_that_takes_the_connection_and_never_answers_is_given_up(scheme: str) -> None:
    with Deaf() as server:
        assert "timed out" in refusal(messenger(scheme.format(server.port, IMPATIENT)))


class TestAServerThatDrips:
    """Each byte comes within the time-outs of the socket, the answer never."""

    @pytest.fixture
    def dripping(self) -> Iterator[int]:
        ended = threading.Event()
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def drip() -> None:
                connection, _ = listener.accept()
                with connection:
                    while not ended.wait(0.05):
                        try:
                            connection.sendall(b"2")
                        except OSError:
                            return

            thread = threading.Thread(target=drip, daemon=True)
            thread.start()
            yield listener.getsockname()[1]
            ended.set()
            thread.join(5)

    def test_is_given_up_and_left_alone_until_that_attempt_has_ended(self, dripping: int) -> None:
        url = f"mailto://127.0.0.1:{dripping}?to=a@b.org&from=c@d.org"
        teller = messenger(url, send_seconds=0.3)
        assert "no end of it within" in refusal(teller)
        assert "the attempt before this one still hangs" in refusal(teller)


def test_an_attempt_is_broken_off_when_the_notifier_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.notifier.messenger.GRACE_SECONDS", 0.1)
    with Deaf() as server:
        teller = messenger(f"json://127.0.0.1:{server.port}/x?cto=60&rto=60", is_ending=lambda: True)
        assert "no end of it" in refusal(teller)
        eventually(lambda: server.connections, "it was begun")


@pytest.mark.parametrize("url", ["nope://somewhere/secret-words", "mailto://secret-words"])
def test_an_address_that_apprise_does_not_understand_is_not_repeated(url: str, logged: io.StringIO) -> None:
    with pytest.raises(NotTold) as caught:
        messenger(url).service()
    assert str(caught.value) == "Apprise does not understand the address"
    assert "secret-words" not in logged.getvalue()


def test_without_apprise_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert refusal(messenger("json://127.0.0.1/x")) == "the library Apprise is not installed"


def test_neither_the_log_nor_the_reason_repeats_anything_of_the_address(logged: io.StringIO) -> None:
    url = f"json://keeper:pass%2Fword@127.0.0.1:{refused_port()}/topic-of-mine/pin?token=abcdefgh123&cto=1"
    said = refusal(messenger(url))
    logging.getLogger("app").debug("it is heard")
    assert "it is heard" in logged.getvalue()
    for secret in ("keeper", "pass%2Fword", "pass/word", "topic-of-mine", "/pin", "abcdefgh123"):
        assert secret not in said
        assert secret not in logged.getvalue()


def test_what_hangs_at_one_target_is_not_in_the_way_of_another(receiver: HttpReceiver) -> None:
    with Deaf() as server:
        stuck = [
            messenger(f"json://127.0.0.1:{server.port}/{n}?cto=60&rto=60", send_seconds=60) for n in range(12)
        ]
        for teller in stuck:
            threading.Thread(target=lambda t=teller: refusal(t), daemon=True).start()  # type: ignore[misc]
        eventually(lambda: server.connections == len(stuck), "all of them hang")
        messenger(receiver.url(), send_seconds=10).send(NOTE)
    assert len(receiver.got) == 1


def test_a_key_finds_a_target_again_wherever_it_stands_in_the_list() -> None:
    target = NotifyTarget.model_validate({"url": "ntfy://a-topic"})
    other = NotifyTarget.model_validate({"url": "ntfy://a-topic", "when": "night"})
    assert Messenger(1, target).key == Messenger(2, target).key
    assert Messenger(1, target).key != Messenger(1, other).key
