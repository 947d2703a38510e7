from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import fakeredis
import pytest
import redis

from app.commands import dispatch
from app.commands.dispatch import Dispatcher, NotAccepted
from app.commands.request import Context
from app.commands.submission import Submission
from app.settings import load_settings
from app.state.wishes import Armed, read_wishes
from app.store.events import EventRecord
from app.store.files import DiskFull
from tests.commands.builders import EVENT, MEMBER, NOW, OWNER, STRANGER, context_with, request_of
from tests.commands.test_buttons import press_of


class AtOnce(Executor):
    """Runs what is handed to it before `submit` returns."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Held(Executor):
    """Keeps what is handed to it until `run`."""

    def __init__(self) -> None:
        self.work: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.work.append(lambda: fn(*args, **kwargs))
        return Future()

    def run(self) -> None:
        while self.work:
            self.work.pop(0)()


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.fixture
def client(server: fakeredis.FakeServer) -> redis.Redis:
    return fakeredis.FakeRedis(server=server, decode_responses=True)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return context_with(tmp_path, slack={"owners": [OWNER], "members": [MEMBER], "team_id": "T0HOME"})


@pytest.fixture
def dispatcher(client: redis.Redis, context: Context) -> Dispatcher:
    return Dispatcher(client, context, AtOnce())


def test_a_command_is_carried_out_and_kept(dispatcher: Dispatcher, client: redis.Redis) -> None:
    assert dispatcher.command(request_of("pycam_on"), "v0=1").in_channel
    assert read_wishes(client).armed == {"front": Armed(by=OWNER, at=NOW, on=True)}


def test_the_same_signed_request_is_not_accepted_twice(dispatcher: Dispatcher, client: redis.Redis) -> None:
    dispatcher.command(request_of("pycam_on"), "v0=1")
    dispatcher.command(request_of("pycam_off"), "v0=2")
    with pytest.raises(NotAccepted, match="replay"):
        dispatcher.command(request_of("pycam_on"), "v0=1")
    assert read_wishes(client).armed["front"].on is False


def test_where_nothing_is_signed_nothing_is_taken_for_a_replay(dispatcher: Dispatcher) -> None:
    for _ in range(2):
        assert dispatcher.command(request_of("pi_status")).text


def test_another_workspace_is_not_accepted_and_claims_nothing(
    dispatcher: Dispatcher, client: redis.Redis
) -> None:
    with pytest.raises(NotAccepted, match="workspace"):
        dispatcher.command(request_of("pycam_on", team="T9"), "v0=1")
    assert client.keys() == []


@pytest.mark.parametrize("user", [MEMBER, STRANGER])
def test_who_may_not_arm_is_told_so_and_changes_nothing(
    user: str, dispatcher: Dispatcher, client: redis.Redis
) -> None:
    reply = dispatcher.command(request_of("pycam_on", user=user), "v0=1")
    assert user in reply.text
    assert not reply.in_channel
    assert read_wishes(client).armed == {}


def test_a_member_may_look_and_gets_no_further_by_an_alias(
    dispatcher: Dispatcher, client: redis.Redis
) -> None:
    assert "*front*" in dispatcher.command(request_of("pi_status", user=MEMBER)).text
    assert MEMBER in dispatcher.command(request_of("pycam", "on", user=MEMBER)).text
    assert read_wishes(client).armed == {}


def test_a_member_may_turn_the_pages_of_a_list_and_press_nothing_else(
    dispatcher: Dispatcher, client: redis.Redis, context: Context
) -> None:
    dispatcher.press(replace(press_of("events_older", "//"), user=MEMBER), "v0=1")
    [page] = context.outbox.pending()
    assert page.payload["replace_original"]
    dispatcher.press(replace(press_of("snooze"), user=MEMBER), "v0=2")
    assert "needs an owner" in context.outbox.pending()[1].payload["text"]
    assert read_wishes(client).notifications is None


def test_a_mistake_is_answered_with_its_sentence(dispatcher: Dispatcher) -> None:
    assert "whole degrees" in dispatcher.command(request_of("rotate", "ninety")).text


def test_without_redis_nothing_is_changed_and_it_says_so(
    dispatcher: Dispatcher, server: fakeredis.FakeServer, client: redis.Redis
) -> None:
    server.connected = False
    assert dispatcher.command(request_of("pycam_on"), "v0=1").text == dispatch.REDIS_AWAY
    server.connected = True
    assert dispatcher.command(request_of("pycam_on"), "v0=1").in_channel
    assert read_wishes(client).armed["front"].on is True


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("pycam", "`/pycam_on [camera]` arm all cameras"),
        ("top", "Measuring for a second…"),
        ("glances", "No link to Glances is set"),
        (
            "pi_status",
            "Redis does not answer: everything but this machine is unknown.\n*Machine*: temperature",
        ),
        ("who_is_home", dispatch.REDIS_AWAY_QUESTION),
        ("last_image", dispatch.REDIS_AWAY_QUESTION),
    ],
)
def test_without_redis_a_question_is_answered_as_far_as_that_goes(
    command: str,
    said: str,
    dispatcher: Dispatcher,
    server: fakeredis.FakeServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.commands.top.measure", list)
    server.connected = False
    text = dispatcher.command(request_of(command, user=MEMBER), "v0=1").text
    assert said in text
    assert "nothing was changed" not in text


@pytest.mark.parametrize("command", ["pycam_on", "pi_status", "pycam"])
def test_without_redis_a_stranger_is_refused_all_the_same(
    command: str, dispatcher: Dispatcher, server: fakeredis.FakeServer
) -> None:
    server.connected = False
    assert "does not know you" in dispatcher.command(request_of(command, user=STRANGER), "v0=1").text


def test_what_needs_no_redis_is_refused_as_a_replay_where_redis_is_there(dispatcher: Dispatcher) -> None:
    for command, user in (("pycam", MEMBER), ("pycam_on", STRANGER)):
        assert dispatcher.command(request_of(command, user=user), f"v0={command}").text
        with pytest.raises(NotAccepted, match="replay"):
            dispatcher.command(request_of(command, user=user), f"v0={command}")


def test_while_one_is_at_work_the_next_slow_command_is_not_queued_behind_it(
    client: redis.Redis, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.top.measure", list)
    held = Held()
    dispatcher = Dispatcher(client, context, held)
    assert "Measuring" in dispatcher.command(request_of("top")).text
    assert dispatcher.command(request_of("top")).text == dispatch.BUSY
    held.run()
    assert "Measuring" in dispatcher.command(request_of("top")).text
    assert len(context.outbox.pending()) == 1


def test_when_redis_goes_in_the_middle_it_does_not_claim_to_know(
    dispatcher: Dispatcher, server: fakeredis.FakeServer, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = dispatch.write_wishes

    def cut(*args: Any) -> None:
        server.connected = False
        write(*args)

    monkeypatch.setattr(dispatch, "write_wishes", cut)
    assert dispatcher.command(request_of("pycam_on"), "v0=1").text == dispatch.REDIS_LOST


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DiskFull("no space"), dispatch.DISK_FULL),
        (PermissionError("read-only"), dispatch.DISK_FULL),
        (RuntimeError("a bug"), dispatch.FAILED),
    ],
)
def test_what_could_not_be_carried_out_can_be_tried_again(
    error: Exception, sentence: str, client: redis.Redis, context: Context
) -> None:
    class Broken:
        def get(self, camera: str) -> None:
            raise error

    broken = Dispatcher(client, replace(context, pictures=Broken()), AtOnce())  # type: ignore[arg-type]
    assert broken.command(request_of("last_image"), "v0=1").text == sentence
    working = Dispatcher(client, context, AtOnce())
    assert "no picture" in working.command(request_of("last_image"), "v0=1").text


def test_what_is_slow_follows_through_the_response_url(
    dispatcher: Dispatcher, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.top.measure", list)
    dispatcher.command(request_of("top"))
    (item,) = context.outbox.pending()
    assert item.kind == "reply"
    assert item.lane.startswith("reply-")
    assert item.payload["response_url"] == request_of("top").response_url
    assert "PID" in item.payload["text"]


def test_the_second_half_of_a_command_may_fail_without_harm(
    dispatcher: Dispatcher, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("app.commands.top.measure", broken)
    assert dispatcher.command(request_of("top")).text
    assert context.outbox.pending() == []


def test_a_second_half_for_which_there_is_no_room_is_one_line_in_the_log(
    dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise DiskFull("no space left for the outbox")

    monkeypatch.setattr("app.commands.top.measure", list)
    monkeypatch.setattr("app.store.outbox.Outbox.put", full)
    assert dispatcher.command(request_of("top")).text
    [said] = [record for record in caplog.records if "second half" in record.message]
    assert "no space left for the outbox" in said.message
    assert said.exc_info is None


def test_queued_items_wake_the_notifier(
    dispatcher: Dispatcher, client: redis.Redis, context: Context
) -> None:
    context.pictures.save("front", b"\xff\xd8\xff\xd9")
    with client.pubsub(ignore_subscribe_messages=True) as subscription:
        subscription.subscribe("pycam:wake")
        subscription.get_message(timeout=1)
        dispatcher.command(request_of("last_image"))
        message = subscription.get_message(timeout=1)
    assert message is not None
    assert message["data"] == "outbox"
    assert [item.kind for item in context.outbox.pending()] == ["picture"]


def test_a_button_changes_the_wishes_and_tells_the_channel(
    dispatcher: Dispatcher, client: redis.Redis, context: Context
) -> None:
    context.events.save(EventRecord(id=EVENT, camera="front", started=NOW - 60))
    dispatcher.press(press_of("snooze"), "v0=1")
    notifications = read_wishes(client).notifications
    assert notifications is not None
    assert notifications.on is False
    (item,) = context.outbox.pending()
    assert (item.kind, item.lane, item.payload["channel"]) == ("post", "C0HOME", "C0HOME")


def test_a_replayed_press_is_not_accepted(dispatcher: Dispatcher) -> None:
    dispatcher.press(press_of("snooze"), "v0=1")
    with pytest.raises(NotAccepted, match="replay"):
        dispatcher.press(press_of("snooze"), "v0=1")


@pytest.mark.parametrize("user", [MEMBER, STRANGER])
@pytest.mark.parametrize("action", ["tag_occupied", "snooze", "disarm", "init_confirm"])
def test_who_may_not_press_a_button_is_told_so_and_changes_nothing(
    action: str, user: str, dispatcher: Dispatcher, client: redis.Redis, context: Context
) -> None:
    context.events.save(EventRecord(id=EVENT, camera="front", started=NOW - 60))
    dispatcher.press(replace(press_of(action), user=user))
    (item,) = context.outbox.pending()
    assert item.kind == "reply"
    assert user in item.payload["text"]
    assert context.events.tag_of(EVENT) is None
    assert client.keys() == []


def test_an_unknown_button_does_nothing(
    dispatcher: Dispatcher, client: redis.Redis, context: Context
) -> None:
    dispatcher.press(press_of("self_destruct"))
    assert client.keys() == []
    assert context.outbox.pending() == []


def test_a_press_without_redis_is_answered_by_the_outbox(
    dispatcher: Dispatcher, server: fakeredis.FakeServer, context: Context
) -> None:
    server.connected = False
    dispatcher.press(press_of("snooze"), "v0=1")
    (item,) = context.outbox.pending()
    assert item.payload["text"] == dispatch.REDIS_AWAY
    assert item.payload["replace_original"] is False


def test_without_redis_a_stranger_at_a_button_is_refused_all_the_same(
    dispatcher: Dispatcher, server: fakeredis.FakeServer, context: Context
) -> None:
    server.connected = False
    dispatcher.press(replace(press_of("snooze"), user=STRANGER), "v0=1")
    (item,) = context.outbox.pending()
    assert "does not know you" in item.payload["text"]


def test_an_answer_that_has_nowhere_to_go_is_not_queued(
    dispatcher: Dispatcher, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.commands.top.measure", list)
    dispatcher.press(replace(press_of("snooze"), response_url="", value="unknown"))
    dispatcher.command(replace(request_of("top"), response_url=""))
    assert context.outbox.pending() == []


def test_a_confirmed_init_tells_the_channel_and_takes_the_question_away(
    dispatcher: Dispatcher, client: redis.Redis, context: Context
) -> None:
    dispatcher.press(press_of("init_confirm", "init"))
    question, told = context.outbox.pending()
    assert (question.kind, question.payload["replace_original"]) == ("reply", True)
    assert (told.kind, told.lane) == ("post", "C0HOME")
    assert f"by <@{OWNER}>: front disarmed" in told.payload["text"]
    assert read_wishes(client).armed["front"].on is False


TYPED = {"trigger.cooldown_seconds": "45"}


@pytest.fixture
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a dialog changes, it changes here."""
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)


def submission(user: str = OWNER, team: str = "T0HOME", dialog: str = "settings", **typed: str) -> Submission:
    return Submission(dialog, typed or TYPED, "", team, user, NOW)


@pytest.mark.usefixtures("own_settings")
def test_a_dialog_is_carried_out_and_told_to_the_alerts_channel(
    dispatcher: Dispatcher, context: Context
) -> None:
    assert dispatcher.submit(submission(), "v0=1") == {}
    assert load_settings().trigger.cooldown_seconds == 45
    [post] = context.outbox.pending()
    assert (post.kind, post.lane, post.payload["channel"]) == ("post", "alerts", None)
    assert f"changed by <@{OWNER}>" in post.payload["text"]


@pytest.mark.usefixtures("own_settings")
@pytest.mark.parametrize("user", [MEMBER, STRANGER])
def test_only_an_owner_may_fill_a_dialog_in(user: str, dispatcher: Dispatcher, context: Context) -> None:
    errors = dispatcher.submit(submission(user), "v0=1")
    assert user in errors["trigger.cooldown_seconds"]
    assert load_settings().trigger.cooldown_seconds == 10
    assert context.outbox.pending() == []


@pytest.mark.usefixtures("own_settings")
def test_what_is_wrong_in_a_dialog_is_said_below_its_field(dispatcher: Dispatcher, context: Context) -> None:
    errors = dispatcher.submit(submission(**{"trigger.cooldown_seconds": "99999"}), "v0=1")
    assert list(errors) == ["trigger.cooldown_seconds"]
    assert context.outbox.pending() == []


@pytest.mark.usefixtures("own_settings")
def test_a_dialog_needs_no_redis(
    dispatcher: Dispatcher, server: fakeredis.FakeServer, context: Context
) -> None:
    server.connected = False
    assert dispatcher.submit(submission(), "v0=1") == {}
    assert load_settings().trigger.cooldown_seconds == 45


@pytest.mark.usefixtures("own_settings")
def test_a_full_disk_is_said_in_the_dialog(dispatcher: Dispatcher, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise DiskFull("no room")

    monkeypatch.setattr("app.commands.settings_dialog.keep_numbers", full)
    assert dispatcher.submit(submission(), "v0=1") == {"trigger.cooldown_seconds": dispatch.DISK_FULL}


@pytest.mark.usefixtures("own_settings")
@pytest.mark.parametrize("foreign", [{"team": "T0OTHER"}, {"dialog": "another"}], ids=["workspace", "dialog"])
def test_a_dialog_that_is_none_of_ours_is_not_accepted(
    foreign: dict[str, Any], dispatcher: Dispatcher
) -> None:
    with pytest.raises(NotAccepted):
        dispatcher.submit(submission(**foreign), "v0=1")
    assert load_settings().trigger.cooldown_seconds == 10


@pytest.mark.usefixtures("own_settings")
def test_a_dialog_sent_twice_is_carried_out_once(dispatcher: Dispatcher) -> None:
    dispatcher.submit(submission(), "v0=1")
    with pytest.raises(NotAccepted, match="replay"):
        dispatcher.submit(submission(**{"trigger.cooldown_seconds": "50"}), "v0=1")
    assert load_settings().trigger.cooldown_seconds == 45
