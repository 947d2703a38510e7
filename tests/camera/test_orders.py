"""What people asked, with Redis there, gone, emptied and back."""

from __future__ import annotations

import time
from pathlib import Path

import fakeredis
import pytest
import redis

from app.camera.orders import OrdersKeeper
from app.domain import Presence
from app.shutdown import Shutdown
from app.state.connection import StateUnavailable, connect
from app.state.facts import PresenceFact, say
from app.state.keys import WAKE, WISHES
from app.state.wake import WakeListener
from app.state.wishes import (
    Armed,
    Auto,
    Head,
    Notifications,
    Picture,
    Place,
    Places,
    read_wishes,
    write_wishes,
)
from app.store.orders import LastOrders
from tests.deadline import eventually
from tests.fakes.redis_server import RedisServer

ARMED = Armed(by="U0OWNER", at=100.0, on=True)
DISARMED = Armed(by="U0OWNER", at=200.0, on=False)


@pytest.fixture
def client() -> redis.Redis:
    return fakeredis.FakeRedis(decode_responses=True)


def keeper(client: redis.Redis, folder: Path, name: str = "front") -> OrdersKeeper:
    orders = OrdersKeeper(client, name, LastOrders(folder, name))
    orders.start()
    return orders


def dead() -> redis.Redis:
    return connect("redis://127.0.0.1:1/0", timeout_seconds=0.1)


def test_on_the_first_day_nothing_is_watched(client: redis.Redis, tmp_path: Path) -> None:
    orders = keeper(client, tmp_path).current
    assert not orders.watch.yes
    assert orders.alert(0).yes


def test_only_its_own_camera_is_armed(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:back": ARMED})
    assert not keeper(client, tmp_path).current.watch.yes
    assert keeper(client, tmp_path, "back").current.watch.yes


def test_who_armed_it_is_said_as_slack_shows_it(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:front": ARMED})
    assert keeper(client, tmp_path).current.watch.why == "<@U0OWNER> armed it"


def test_a_restart_without_redis_comes_back_armed_as_it_was(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:front": ARMED, "head:front": Head(by="U1", at=1, pan=10, tilt=-5)})
    write_wishes(client, {"notifications": Notifications(by="U1", at=1, on=False)})
    keeper(client, tmp_path)
    orders = keeper(dead(), tmp_path).current
    assert orders.watch.yes
    assert not orders.alert(time.time()).yes
    assert orders.head is not None
    assert (orders.head.pan, orders.head.tilt) == (10, -5)


def test_redis_dying_changes_nothing(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:front": ARMED})
    orders = keeper(client, tmp_path)
    orders._client = dead()
    with pytest.raises(StateUnavailable):
        orders.look()
    assert orders.current.watch.yes


def test_an_emptied_redis_is_given_back_what_is_known(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:front": ARMED, "auto": Auto(by="U1", at=1, on=True)})
    orders = keeper(client, tmp_path)
    client.flushall()
    orders.look()
    assert orders.current.watch.yes
    wishes = read_wishes(client)
    assert wishes.armed["front"] == ARMED
    assert wishes.auto is not None


def test_what_redis_says_wins_over_the_disk(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:front": ARMED})
    keeper(client, tmp_path)
    write_wishes(client, {"armed:front": DISARMED})
    assert not keeper(client, tmp_path).current.watch.yes
    assert read_wishes(client).armed["front"] == DISARMED


def test_a_mute_ends_by_itself(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"notifications": Notifications(by="U1", at=1, on=False, until=1000.0)})
    orders = keeper(client, tmp_path).current
    assert not orders.alert(999).yes
    assert orders.alert(1000).yes


def test_unknown_presence_is_no_change(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"auto": Auto(by="U1", at=1, on=True)})
    say(client, {"presence": PresenceFact(at=50, presence=Presence.AWAY, since=50)})
    orders = keeper(client, tmp_path)
    assert orders.current.watch.yes
    say(client, {"presence": PresenceFact(at=60, presence=Presence.UNKNOWN, since=60)})
    orders.look()
    assert orders.current.watch.yes
    say(client, {"presence": PresenceFact(at=70, presence=Presence.HOME, since=70)})
    orders.look()
    assert not orders.current.watch.yes


def test_a_presence_that_is_only_said_again_writes_nothing(client: redis.Redis, tmp_path: Path) -> None:
    say(client, {"presence": PresenceFact(at=50, presence=Presence.AWAY, since=50)})
    orders = keeper(client, tmp_path)
    path = tmp_path / "front" / "orders.json"
    before = path.stat().st_ino
    say(client, {"presence": PresenceFact(at=80, presence=Presence.AWAY, since=50)})
    orders.look()
    assert path.stat().st_ino == before  # write_whole makes a new file


def test_a_picture_is_asked_for_once_over_a_restart_too(client: redis.Redis, tmp_path: Path) -> None:
    wish = Picture(by="U1", at=1, id="a", channel="C1")
    write_wishes(client, {"picture:front": wish})
    orders = keeper(client, tmp_path)
    assert orders.current.picture == wish
    orders.answered(wish)
    assert orders.current.picture is None
    assert keeper(client, tmp_path).current.picture is None
    write_wishes(client, {"picture:front": wish.model_copy(update={"id": "b"})})
    orders.look()
    assert orders.current.picture is not None


@pytest.mark.parametrize("text", ["", "{", '{"armed": 3}', "\xff"])
def test_orders_on_disk_that_cannot_be_read_are_no_orders(
    client: redis.Redis, tmp_path: Path, text: str
) -> None:
    (tmp_path / "front").mkdir()
    (tmp_path / "front" / "orders.json").write_bytes(text.encode("latin-1"))
    assert not keeper(client, tmp_path).current.watch.yes


def test_a_wish_in_redis_that_cannot_be_read_is_given_no_weight(client: redis.Redis, tmp_path: Path) -> None:
    write_wishes(client, {"armed:front": ARMED})
    orders = keeper(client, tmp_path)
    client.hset(WISHES, "armed:front", "{broken")
    orders.look()
    assert orders.current.watch.yes


def test_a_wish_takes_effect_by_its_wake_up(redis_client: redis.Redis, tmp_path: Path) -> None:
    orders, shutdown = keeper(redis_client, tmp_path), Shutdown()
    WakeListener(redis_client, "wishes", orders.look, shutdown, reread_seconds=60).start()
    try:
        eventually(lambda: redis_client.pubsub_numsub(WAKE)[0][1], "it listens")
        write_wishes(redis_client, {"armed:front": ARMED})
        eventually(lambda: orders.current.watch.yes, "it is armed")
    finally:
        shutdown.request()


def test_orders_survive_the_death_and_return_of_redis(own_redis: RedisServer, tmp_path: Path) -> None:
    client, shutdown = connect(own_redis.url), Shutdown()
    write_wishes(client, {"armed:front": ARMED})
    orders = keeper(client, tmp_path)
    WakeListener(client, "wishes", orders.look, shutdown, reread_seconds=0.2).start()
    try:
        own_redis.kill()
        own_redis.start()
        eventually(lambda: "front" in read_wishes(client).armed, "the orders are given back")
        assert orders.current.watch.yes
        write_wishes(client, {"armed:front": DISARMED})
        eventually(lambda: not orders.current.watch.yes, "it is disarmed")
    finally:
        shutdown.request()


def test_places_survive_an_emptied_redis_and_a_restart(client: redis.Redis, tmp_path: Path) -> None:
    places = Places(by="U1", at=1, places={"door": Place(pan=30, tilt=-10)})
    write_wishes(client, {"places:front": places})
    keeper(client, tmp_path)
    client.flushall()
    keeper(client, tmp_path)
    assert read_wishes(client).places["front"] == places


def test_where_the_head_stands_survives_a_restart_and_disarms_nothing(
    client: redis.Redis, tmp_path: Path
) -> None:
    write_wishes(client, {"armed:front": ARMED})
    orders = keeper(client, tmp_path)
    assert orders.head_at is None
    orders.head_stands(40, -20)
    again = keeper(dead(), tmp_path)
    assert again.head_at == (40, -20)
    assert again.current.watch.yes


def test_the_log_names_who_armed_it_in_words_that_are_no_markup(
    client: redis.Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    write_wishes(client, {"armed:front": ARMED})
    keeper(client, tmp_path)
    assert "armed: U0OWNER armed it" in caplog.messages


def test_a_value_that_cannot_be_read_is_logged_once_and_again_after_it_was_well(
    client: redis.Redis, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def complaints() -> int:
        return sum("'armed:shed'" in message for message in caplog.messages)

    client.hset(WISHES, "armed:shed", "hidden")
    orders = keeper(client, tmp_path)
    orders.look()
    assert complaints() == 1
    client.hdel(WISHES, "armed:shed")
    orders.look()
    client.hset(WISHES, "armed:shed", "hidden again")
    orders.look()
    assert complaints() == 2
