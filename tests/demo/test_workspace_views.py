"""Home tabs and dialogs of the stand-in: as strict as Slack, and with what Slack sends to the app."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from app.demo.workspace import MEMBER, OWNER, SlackError, Workspace, views

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "*hello*"}}
BUTTON = {"type": "button", "action_id": "go", "value": "1", "text": {"type": "plain_text", "text": "Go"}}
HOME = {"type": "home", "blocks": [SECTION, {"type": "actions", "elements": [BUTTON]}]}


def field(**changes: Any) -> dict[str, Any]:
    element = {"type": "number_input", "is_decimal_allowed": True, "action_id": "value", "initial_value": "3"}
    return {
        "type": "input",
        "block_id": "seconds",
        "label": {"type": "plain_text", "text": "Seconds"},
        "element": element | changes.pop("element", {}),
        **changes,
    }


def dialog(*blocks: Any, **changes: Any) -> dict[str, Any]:
    view = {
        "type": "modal",
        "callback_id": "settings",
        "private_metadata": "m",
        "title": {"type": "plain_text", "text": "Settings"},
        "submit": {"type": "plain_text", "text": "Save"},
        "blocks": list(blocks) or [field()],
    }
    return {key: value for key, value in (view | changes).items() if value is not None}


class App:
    """What the app under test is to Slack: it keeps what comes, and gives the answer it was told to."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.answer: Any = None
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                if self.headers["Content-Type"] == "application/json":
                    payload = json.loads(body)
                else:
                    payload = json.loads(parse_qs(body)["payload"][0])
                outer.heard.append((self.path, payload))
                said = b"" if outer.answer is None else json.dumps(outer.answer).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_: Any) -> None:
                """Quietly."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def app() -> Iterator[App]:
    it = App()
    yield it
    it.server.shutdown()
    it.server.server_close()


@pytest.fixture
def slack(app: App) -> Iterator[Workspace]:
    with Workspace(app_url=f"http://127.0.0.1:{app.server.server_port}") as workspace:
        yield workspace


@pytest.fixture
def client(slack: Workspace) -> WebClient:
    return WebClient(slack.bot_token, base_url=slack.api_url)


def opened(slack: Workspace, client: WebClient, *blocks: Any) -> None:
    client.views_open(trigger_id=slack.views.new_trigger(OWNER.id), view=dialog(*blocks))


def test_opening_the_home_tab_is_told_to_the_app_as_an_event(slack: Workspace, app: App) -> None:
    assert slack.tabs.open_home(OWNER.id).error is None
    [(path, payload)] = app.heard
    assert path == "/slack/events"
    assert payload["type"] == "event_callback"
    assert payload["team_id"] == slack.team_id
    assert (payload["event"]["type"], payload["event"]["user"]) == ("app_home_opened", OWNER.id)


def test_each_person_sees_what_was_published_for_them(slack: Workspace, client: WebClient) -> None:
    client.views_publish(user_id=OWNER.id, view=HOME)
    home = slack.views.home(OWNER.id)
    assert home is not None
    assert home.shown["blocks"][0]["text"]["text"] == "*hello*"
    assert slack.views.home(MEMBER.id) is None


def test_a_press_on_the_home_tab_comes_without_a_channel_or_an_address_for_answers(
    slack: Workspace, client: WebClient, app: App
) -> None:
    client.views_publish(user_id=OWNER.id, view=HOME)
    slack.tabs.press(OWNER.id, "go")
    [(path, payload)] = app.heard
    assert path == "/interactive"
    assert payload["view"]["type"] == "home"
    assert payload["actions"][0]["value"] == "1"
    assert payload["trigger_id"]
    assert not {"channel", "response_url", "message"} & payload.keys()


@pytest.mark.parametrize(
    "view",
    [
        {**HOME, "title": {"type": "plain_text", "text": "x"}},
        {**HOME, "type": "modal"},
        {**HOME, "blocks": [SECTION] * 101},
        {**HOME, "blocks": [{"type": "video"}]},
        {"type": "home"},
    ],
)
def test_a_home_tab_that_slack_refuses_is_refused(view: Any, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        client.views_publish(user_id=OWNER.id, view=view)


@pytest.mark.parametrize(
    "view",
    [
        dialog(title={"type": "plain_text", "text": "x" * 25}),
        dialog(title=None),
        dialog(submit=None),
        dialog(private_metadata="x" * 3001),
        dialog(callback_id="x" * 256),
        dialog(type="home"),
        dialog(field(label=None)),
        dialog(field(element={"is_decimal_allowed": False, "initial_value": "0.5"})),
        dialog(field(element={"initial_value": "many"})),
        dialog(field(element={"type": "datepicker"})),
        dialog(field(optional="yes")),
        dialog(field(), field()),
        dialog(*[SECTION] * 101),
    ],
)
def test_a_dialog_that_slack_refuses_is_refused(view: Any, slack: Workspace, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        client.views_open(trigger_id=slack.views.new_trigger(OWNER.id), view=view)
    assert slack.views.dialog(OWNER.id) is None


def test_a_message_still_may_not_ask_for_input(slack: Workspace, client: WebClient) -> None:
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.chat_postMessage(channel=slack.channel.id, text="x", blocks=[field()])


def test_a_dialog_opens_once_and_soon_after_what_somebody_did(
    slack: Workspace, client: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = slack.views.new_trigger(OWNER.id)
    client.views_open(trigger_id=trigger, view=dialog())
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        client.views_open(trigger_id=trigger, view=dialog())
    with pytest.raises(SlackApiError, match="invalid_trigger_id"):
        client.views_open(trigger_id="1.2.3", view=dialog())
    late = slack.views.new_trigger(OWNER.id)
    monkeypatch.setattr(views, "TRIGGER_SECONDS", -1.0)
    with pytest.raises(SlackApiError, match="expired_trigger_id"):
        client.views_open(trigger_id=late, view=dialog())


def test_what_was_typed_comes_to_the_app_with_what_it_gave_along(
    slack: Workspace, client: WebClient, app: App
) -> None:
    opened(slack, client, field(), field(block_id="blank", optional=True, element={"initial_value": "1"}))
    assert slack.tabs.submit(OWNER.id, {"seconds": "0.5", "blank": ""}).error is None
    [(_, payload)] = app.heard
    assert payload["type"] == "view_submission"
    assert payload["view"]["private_metadata"] == "m"
    assert payload["view"]["state"]["values"] == {
        "seconds": {"value": {"type": "number_input", "value": "0.5"}},
        "blank": {"value": {"type": "number_input", "value": None}},
    }
    assert slack.views.dialog(OWNER.id) is None


def test_what_the_app_says_is_wrong_keeps_it_open(slack: Workspace, client: WebClient, app: App) -> None:
    opened(slack, client)
    app.answer = {"response_action": "errors", "errors": {"seconds": "too many"}}
    slack.tabs.submit(OWNER.id, {"seconds": "9"})
    shown = slack.views.dialog(OWNER.id)
    assert shown is not None
    assert shown.errors == {"seconds": "too many"}


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"another": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "dance"},
        [],
    ],
)
def test_an_answer_slack_cannot_use_is_trouble(
    answer: Any, slack: Workspace, client: WebClient, app: App
) -> None:
    opened(slack, client)
    app.answer = answer
    assert slack.tabs.submit(OWNER.id, {}).error == "invalid_view_response"
    assert slack.views.dialog(OWNER.id) is not None


@pytest.mark.parametrize("text", ["", "many", "nan"])
def test_slack_itself_does_not_send_what_is_no_number(
    text: str, slack: Workspace, client: WebClient, app: App
) -> None:
    opened(slack, client)
    with pytest.raises(SlackError, match="invalid_value"):
        slack.tabs.submit(OWNER.id, {"seconds": text})
    assert app.heard == []


def test_leaving_a_dialog_is_not_told_to_the_app(slack: Workspace, client: WebClient, app: App) -> None:
    opened(slack, client)
    slack.tabs.close(OWNER.id)
    assert slack.views.dialog(OWNER.id) is None
    assert app.heard == []
    with pytest.raises(SlackError, match="view_not_found"):
        slack.tabs.submit(OWNER.id, {})
