"""The client against a strict stand-in over real sockets, and against servers that are not Slack at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from app.demo.workspace import Workspace
from app.slack.client import SlackClient
from app.slack.errors import SlackError

JPEG = b"\xff\xd8\xff\xe0 picture \xff\xd9"

Call = Callable[[SlackClient], Any]

CALLS: dict[str, Call] = {
    "post": lambda client: client.post("C0PYCAMHOME", "hello"),
    "update": lambda client: client.update("C0PYCAMHOME", "1.2", "hello"),
    "upload": lambda client: client.upload(JPEG, "a.jpg", "a"),
    "share": lambda client: client.share(JPEG, "a.jpg", "a", channel="C0PYCAMHOME"),
    "file_ready": lambda client: client.file_ready("F0ABCDEFGH1"),
    "delete_file": lambda client: client.delete_file("F0ABCDEFGH1"),
}


@pytest.fixture(scope="module")
def slack() -> Iterator[Workspace]:
    with Workspace(file_ready_seconds=3600) as workspace:
        yield workspace


@pytest.fixture(autouse=True)
def _fair_weather(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "slack" in request.fixturenames:
        request.getfixturevalue("slack").faults.clear()


@pytest.fixture
def client(slack: Workspace) -> SlackClient:
    return SlackClient(slack.bot_token, base_url=slack.api_url, timeout_seconds=1)


def failure(call: Call, client: SlackClient) -> SlackError:
    with pytest.raises(SlackError) as caught:
        call(client)
    return caught.value


def test_a_message_is_posted_edited_and_found_again(slack: Workspace, client: SlackClient) -> None:
    posted = client.post(slack.channel.id, "hello", [{"type": "divider"}])
    client.update(posted.channel, posted.ts, "changed")
    message = next(m for m in slack.messages() if m.ts == posted.ts)
    assert (message.text, message.blocks) == ("changed", ())


def test_a_picture_is_uploaded_to_nobody_and_not_ready_at_once(slack: Workspace, client: SlackClient) -> None:
    file_id = client.upload(JPEG, "a.jpg", "A picture")
    file = slack.files[file_id]
    assert (file.data, file.title, file.channels) == (JPEG, "A picture", ())
    assert client.file_ready(file_id) is False
    client.delete_file(file_id)
    assert file_id not in slack.files


def test_a_picture_is_ready_once_slack_knows_its_type() -> None:
    with Workspace() as slack:
        client = SlackClient(slack.bot_token, base_url=slack.api_url)
        assert client.file_ready(client.upload(JPEG, "a.jpg", "a")) is True


def test_a_picture_is_shared_in_a_thread_with_its_words(slack: Workspace, client: SlackClient) -> None:
    posted = client.post(slack.channel.id, "an alert")
    client.share(JPEG, "a.jpg", "a", channel=posted.channel, thread_ts=posted.ts, comment="look")
    args = slack.calls("files.completeUploadExternal")[-1].args
    assert (args["channel_id"], args["thread_ts"], args["initial_comment"]) == (*posted, "look")


@pytest.mark.parametrize("kind", ["500", "hang", "drop", "garbage"])
def test_bad_weather_is_worth_another_try(slack: Workspace, client: SlackClient, kind: Any) -> None:
    slack.faults.add("chat.postMessage", kind)
    error = failure(CALLS["post"], client)
    assert (error.permanent, error.understood) == (False, True)


@pytest.mark.parametrize("kind", ["500", "429", "drop", "garbage"])
def test_bad_weather_in_the_middle_of_an_upload_is_worth_another_try(
    slack: Workspace, client: SlackClient, kind: Any
) -> None:
    slack.faults.add("upload", kind)
    assert not failure(CALLS["upload"], client).permanent


def test_nothing_is_retried_behind_the_callers_back(slack: Workspace, client: SlackClient) -> None:
    before = len(slack.calls("chat.postMessage"))
    slack.faults.add("chat.postMessage", "drop")
    failure(CALLS["post"], client)
    assert len(slack.calls("chat.postMessage")) == before + 1


def test_a_limited_method_is_left_alone_until_slack_is_ready_and_others_are_not(slack: Workspace) -> None:
    now = 100.0
    client = SlackClient(slack.bot_token, base_url=slack.api_url, clock=lambda: now)
    slack.faults.add("chat.postMessage", "429", retry_after=5)
    assert failure(CALLS["post"], client).retry_after == 5
    asked = len(slack.calls("chat.postMessage"))
    now = 103.0
    assert failure(CALLS["post"], client).retry_after == 2
    assert len(slack.calls("chat.postMessage")) == asked
    client.upload(JPEG, "a.jpg", "a")
    now = 105.0
    client.post(slack.channel.id, "at last")


def test_a_wrong_token_is_told_to_the_owner_and_not_to_the_log(slack: Workspace) -> None:
    token = "xoxb-000-wrong"
    error = failure(CALLS["post"], SlackClient(token, base_url=slack.api_url))
    assert "SLACK_BOT_TOKEN" in error.advice
    assert token not in str(error)


def test_refused_blocks_are_permanent_and_say_where(slack: Workspace, client: SlackClient) -> None:
    error = failure(lambda c: c.post(slack.channel.id, "x", [{"type": "lever"}]), client)
    assert (error.permanent, error.code) == (True, "invalid_blocks")
    assert "/blocks/0" in str(error)


@pytest.mark.parametrize("name", CALLS)
def test_a_host_that_refuses_connections_is_an_error_to_wait_for(name: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound but not listening: refused
        client = SlackClient("xoxb-1", base_url=f"http://127.0.0.1:{unused.getsockname()[1]}/api/")
        error = failure(CALLS[name], client)
    assert (error.permanent, error.code) == (False, "unreachable")
    assert "Connection refused" in str(error)


ANSWERS = {
    "a web page": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>hi</p>",
    "null": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull",
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "a number": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n7",
    "ok and nothing else": b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"ok":true}',
    "half an answer": b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"ok":',
    "a broken encoding": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe",
    "an unknown charset": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=x-none\r\nContent-Length: 2\r\n\r\n{}",
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing": b"",
    "a proxy's refusal": b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno",
    "an error without a code": b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"ok":false}',
    "a redirect to nowhere": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
}


@contextmanager
def server_saying(answer: bytes) -> Iterator[str]:
    """A server with one answer to everything; its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.settimeout(5)
                    received = b""
                    while not received.endswith((b"\r\n\r\n", b"}")):
                        received += connection.recv(65536)
                        if b"channel=" in received or b"filename=" in received or b"file=" in received:
                            break
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("name", ["post", "upload", "file_ready"])
def test_whatever_answers_in_slacks_place_an_alert_outlives_it(name: str, answer: bytes) -> None:
    with server_saying(answer) as url:
        client = SlackClient("xoxb-1", base_url=url, timeout_seconds=2)
        if name == "file_ready" and b'{"ok":true}' in answer:
            assert client.file_ready("F0ABCDEFGH1") is False
        else:
            assert not failure(CALLS[name], client).permanent


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://hooks.slack.com/commands/T1/2/3", True),
        ("https://hooks.slack-gov.com/commands/T1/2/3", True),
        ("https://files.slack.com/upload/v1/x", True),
        ("http://hooks.slack.com/commands/T1", False),
        ("https://slack.com.example.org/", False),
        ("https://evilslack.com/", False),
        ("https://example.org/?https://hooks.slack.com/", False),
        ("https://hooks.slack.com@example.org/", False),
        ("ftp://hooks.slack.com/", False),
        ("http://127.0.0.1:1/", False),
        ("not a url", False),
        ("https://[::1", False),
        ("", False),
    ],
)
def test_only_slacks_own_addresses_are_posted_to(
    url: str, ours: bool, client: SlackClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    went = []

    def post(url: str, **_: Any) -> None:
        went.append(url)
        raise OSError("far enough")

    monkeypatch.setattr("app.slack.transport.requests.post", post)
    error = failure(lambda c: c.respond(url, "x"), client)
    assert went == ([url] if ours else [])
    assert error.permanent is not ours


def test_the_stand_in_for_slack_is_trusted_where_the_settings_name_it(
    slack: Workspace, client: SlackClient
) -> None:
    error = failure(lambda c: c.respond(f"{slack.url}respond/T/unknown", "x"), client)
    assert (error.permanent, error.code) == (True, "http_404")
