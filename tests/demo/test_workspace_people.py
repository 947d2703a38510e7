"""What people do: signed requests to the app, three seconds, buttons, and answers through response_url."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from app.demo.workspace import MEMBER, OWNER, STRANGER, SlackError, SlashCommand, Workspace, outgoing

Answer = tuple[int, str, str]
EMPTY: Answer = (200, "text/plain", "")


def as_json(value: Any) -> Answer:
    return 200, "application/json", json.dumps(value)


class App:
    """An app behind HTTP that keeps what it was sent and answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        self.answer: Callable[[], Answer] = lambda: EMPTY
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                app.seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                status, kind, said = app.answer()
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(said.encode())))
                self.end_headers()
                self.wfile.write(said.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def form(self) -> dict[str, str]:
        return {
            key: values[0]
            for key, values in parse_qs(self.seen[-1][2].decode(), keep_blank_values=True).items()
        }

    def payload(self) -> dict[str, Any]:
        return dict(json.loads(self.form()["payload"]))

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def app() -> Iterator[App]:
    running = App()
    yield running
    running.stop()


@pytest.fixture
def clock() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
def slack(app: App, clock: list[float]) -> Iterator[Workspace]:
    with Workspace(app_url=app.url, clock=lambda: clock[0]) as workspace:
        yield workspace


def post_with_button(slack: Workspace, **more: Any) -> str:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "Go"},
        "action_id": "go",
        "value": "e1",
        **more,
    }
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    blocks = [{"type": "actions", "block_id": "row", "elements": [button]}]
    return str(client.chat_postMessage(channel="pycam", text="alert", blocks=blocks)["ts"])


def test_a_command_arrives_signed_with_every_field_slack_sends(
    slack: Workspace, app: App, clock: list[float]
) -> None:
    acted = slack.command("/rotate", "30 -10 é&=", user=MEMBER.id)
    path, headers, body = app.seen[0]
    verifier = SignatureVerifier(slack.signing_secret)
    verifier.clock.now = lambda: clock[0]  # type: ignore[method-assign]
    assert verifier.is_valid_request(body, headers)
    assert not verifier.is_valid_request(body + b"&", headers)
    assert path == "/rotate"
    form = app.form()
    assert (form["command"], form["text"], form["user_id"]) == ("/rotate", "30 -10 é&=", MEMBER.id)
    assert (form["channel_id"], form["channel_name"], form["team_id"]) == (
        slack.channel.id,
        "pycam",
        slack.team_id,
    )
    assert {"token", "team_domain", "user_name", "api_app_id"} <= form.keys()
    assert (form["response_url"], form["trigger_id"]) == (acted.response_url, acted.trigger_id)
    assert (acted.status, acted.error, acted.message) == (200, None, None)


@pytest.mark.parametrize(
    ("answer", "text", "visible_to"),
    [
        ((200, "text/plain", "hello"), "hello", OWNER.id),
        (as_json({"text": "hello"}), "hello", OWNER.id),
        (as_json({"text": "hello", "response_type": "ephemeral"}), "hello", OWNER.id),
        (as_json({"text": "hello", "response_type": "in_channel"}), "hello", None),
    ],
)
def test_the_answer_to_a_command_is_shown_to_whom_it_says(
    slack: Workspace, app: App, answer: Answer, text: str, visible_to: str | None
) -> None:
    app.answer = lambda: answer
    shown = slack.command("/pi_status").message
    assert shown is not None
    assert (shown.text, shown.visible_to) == (text, visible_to)
    typed = [message.text for message in slack.messages() if message.user == OWNER.id]
    assert typed == ([] if visible_to else ["/pi_status"])


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((500, "text/plain", "oops"), "dispatch_failed"),
        ((302, "text/plain", ""), "dispatch_failed"),
        ((200, "application/json", "{"), "invalid_command_response"),
        (as_json({"text": "x", "blocks": [{"type": "section"}]}), "invalid_blocks"),
    ],
)
def test_a_bad_answer_is_told_to_the_person_and_to_nobody_else(
    slack: Workspace, app: App, answer: Answer, error: str
) -> None:
    app.answer = lambda: answer
    acted = slack.command("/pi_status")
    assert acted.error == error
    assert acted.message is not None
    assert acted.message.visible_to == OWNER.id
    assert error in acted.message.text


def test_an_app_that_is_not_there_is_a_failed_dispatch(slack: Workspace) -> None:
    slack.app_url = None
    assert slack.command("/pi_status").error == "dispatch_failed"
    assert [(r.direction, r.method, r.status, r.ok) for r in slack.requests] == [
        ("out", "/pi_status", None, False)
    ]


def test_an_app_that_is_too_slow_has_timed_out(
    slack: Workspace, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert outgoing.ANSWER_SECONDS == 3.0
    monkeypatch.setattr(outgoing, "ANSWER_SECONDS", 0.1)
    released = threading.Event()

    def too_late() -> Answer:
        released.wait(30)
        return EMPTY

    app.answer = too_late
    acted = slack.command("/pi_status")
    released.set()
    assert (acted.error, acted.status) == ("operation_timeout", None)
    assert acted.message is not None and "operation_timeout" in acted.message.text


def test_a_command_that_was_never_announced_does_not_reach_the_app(app: App) -> None:
    with Workspace(app_url=app.url, commands=[SlashCommand("/pycam_on")]) as slack:
        assert slack.command("/pycam_no").error == "invalid_command"
        assert app.seen == []
        assert slack.command("/pycam_on").error is None


def test_a_click_carries_the_message_the_value_and_who_it_was(slack: Workspace, app: App) -> None:
    ts = post_with_button(slack)
    acted = slack.click(ts, "go", user=MEMBER.id)
    assert acted.error is None
    path, headers, _ = app.seen[0]
    assert path == "/interactive"
    assert "x-slack-signature" in headers
    payload = app.payload()
    assert payload["type"] == "block_actions"
    assert payload["user"]["id"] == MEMBER.id
    assert payload["container"] == {
        "type": "message",
        "message_ts": ts,
        "channel_id": slack.channel.id,
        "is_ephemeral": False,
    }
    assert payload["message"]["ts"] == ts
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"], action["type"]) == (
        "go",
        "row",
        "e1",
        "button",
    )


def test_a_click_must_be_acknowledged_with_an_empty_200(slack: Workspace, app: App) -> None:
    ts = post_with_button(slack)
    app.answer = lambda: (200, "text/plain", "ok")
    assert slack.click(ts, "go").error == "ack_with_body"
    app.answer = lambda: (500, "text/plain", "")
    assert slack.click(ts, "go").error == "dispatch_failed"
    assert all("button did not work" in m.text for m in slack.messages(ephemeral=True)[1:])


def test_what_is_not_there_cannot_be_pressed(slack: Workspace, app: App) -> None:
    ts = post_with_button(slack)
    with pytest.raises(SlackError, match="action_not_found"):
        slack.click(ts, "stop")
    with pytest.raises(SlackError, match="message_not_found"):
        slack.click("1.000001", "go")
    assert app.seen == []


def test_somebody_elses_ephemeral_button_cannot_be_pressed(slack: Workspace, app: App) -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go"}
    app.answer = lambda: as_json({"text": "sure?", "blocks": [{"type": "actions", "elements": [button]}]})
    shown = slack.command("/init").message
    assert shown is not None
    app.answer = lambda: EMPTY
    with pytest.raises(SlackError, match="message_not_found"):
        slack.click(shown.ts, "go", user=STRANGER.id)
    slack.click(shown.ts, "go")
    assert app.payload()["container"]["is_ephemeral"] is True
    assert "message" not in app.payload()


def test_a_menu_sends_the_option_that_was_chosen(slack: Workspace, app: App) -> None:
    options = [{"text": {"type": "plain_text", "text": t}, "value": t} for t in ("30m", "2h")]
    ts = post_with_button(slack)
    client = WebClient(slack.bot_token, base_url=slack.api_url)
    select = {"type": "static_select", "action_id": "for", "options": options}
    client.chat_update(
        channel=slack.channel.id, ts=ts, text="x", blocks=[{"type": "actions", "elements": [select]}]
    )
    slack.click(ts, "for", value="2h")
    assert app.payload()["actions"][0]["selected_option"]["value"] == "2h"
    with pytest.raises(SlackError, match="option_not_found"):
        slack.click(ts, "for", value="3d")


def test_a_response_url_is_good_five_times(slack: Workspace) -> None:
    url = slack.command("/pi_status").response_url
    answers = [WebhookClient(url).send(text=str(n)) for n in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert answers[-1].body == "used_url"
    assert [m.text for m in slack.messages(ephemeral=True)] == ["0", "1", "2", "3", "4"]


def test_a_response_url_is_good_for_thirty_minutes(slack: Workspace, clock: list[float]) -> None:
    url = slack.command("/pi_status").response_url
    clock[0] += 30 * 60
    assert WebhookClient(url).send(text="in time").status_code == 200
    clock[0] += 1
    assert WebhookClient(url).send(text="too late").body == "expired_url"
    assert WebhookClient(url + "x").send(text="guessed").body == "no_such_url"


def test_a_response_url_refuses_what_is_no_message_and_that_costs_no_use(slack: Workspace) -> None:
    url = slack.command("/pi_status").response_url
    for _ in range(6):
        assert WebhookClient(url).send(text="").body == "no_text"
    assert WebhookClient(url).send(text="x", blocks=[{"type": "section"}]).body == "invalid_blocks"
    assert WebhookClient(url).send(text="x").status_code == 200


def test_a_response_url_replaces_or_deletes_what_was_clicked(slack: Workspace, app: App) -> None:
    ts = post_with_button(slack)
    url = slack.click(ts, "go").response_url
    WebhookClient(url).send(text="done", replace_original=True)
    assert [(m.ts, m.text, m.blocks, m.revision) for m in slack.messages()] == [(ts, "done", (), 1)]
    WebhookClient(url).send(text="and for all to see", response_type="in_channel")
    assert len(slack.messages()) == 2
    WebhookClient(url).send(delete_original=True)
    assert [m.text for m in slack.messages()] == ["and for all to see"]
    assert WebhookClient(url).send(delete_original=True).body == "message_not_found"


def test_a_response_url_meets_faults_too(slack: Workspace) -> None:
    url = slack.command("/pi_status").response_url
    slack.faults.add("response_url", "500")
    assert WebhookClient(url).send(text="x").status_code == 500
    assert WebhookClient(url).send(text="x").status_code == 200
    assert [r.ok for r in slack.calls("response_url")] == [False, True]
