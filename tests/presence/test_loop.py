"""The loop against a disk that fails and a process that is killed, at the worst moments."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import redis

from app.domain import Presence
from app.presence.loop import Watcher
from app.presence.memory import Memory, Remembered
from app.presence.routers.router import Device, NoAnswer, Router, Sightings, Tells
from app.settings import Settings
from app.shutdown import Shutdown
from app.state.wishes import Auto, field_of, write_wishes
from app.store.files import DiskFull
from app.store.outbox import Outbox
from tests.deadline import eventually

ROBIN = "3c:22:fb:01:02:03"
WALL = 1_800_000_000.0


class Killed(BaseException):
    """What SIGKILL is to the code: nothing of it runs any more."""


class Phones:
    """A router that sees Robin's phone."""

    name, tells = "a", Tells(macs=True, names=True)

    def poll(self) -> Sightings:
        return frozenset({Device(ROBIN)})


class House:
    """Somebody comes home to an armed house; `begin` starts the process (again)."""

    def __init__(self, folder: Path, client: redis.Redis) -> None:
        self.folder, self.client, self.now = folder, client, 1000.0
        self.outbox = Outbox(folder / "outbox")
        write_wishes(client, {field_of(Auto(by="U1", at=1, on=True)): Auto(by="U1", at=1, on=True)})
        Memory(self.known).keep(Remembered(presence=Presence.AWAY, since=WALL - 900), 0)
        self.begin()

    @property
    def known(self) -> Path:
        return self.folder / "presence" / "known.json"

    def begin(self, router: Router | None = None) -> None:
        settings = Settings.model_validate(
            {
                "cameras": [{"name": "front", "source": "x.mp4"}],
                "presence": {
                    "people": [{"name": "Robin", "devices": [ROBIN]}],
                    "routers": [{"kind": "dnsmasq"}],
                },
                "slack": {"owners": ["U1"], "alerts_channel": "C0HOME"},
                "storage": {"data": self.folder},
            }
        )

        def reopen(_index: int) -> Router:
            return router or Phones()

        self.watcher = Watcher(
            settings,
            [router or Phones()],
            self.client,
            self.outbox,
            Memory(self.known),
            reopen=reopen,
            clock=lambda: self.now,
            wall=lambda: WALL + self.now,
        )

    def step(self) -> None:
        self.now += 10
        self.watcher.step()

    def until(self, condition: Callable[[], object], what: str) -> None:
        def so() -> object:
            self.step()
            return condition()

        eventually(so, what)

    def texts(self) -> list[str]:
        return [item.payload["text"] for item in self.outbox.pending()]


@pytest.fixture
def house(tmp_path: Path, redis_client: redis.Redis) -> House:
    return House(tmp_path, redis_client)


def raising(error: BaseException) -> Callable[..., Any]:
    def fail(*_args: object, **_more: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("moment", ["before the outbox has it", "after the outbox has it"])
def test_a_notice_is_put_by_the_next_process_if_this_one_is_killed(
    house: House, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    put = house.outbox.put

    def put_and_die(*args: Any, **more: Any) -> None:
        if moment.startswith("after"):
            put(*args, **more)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(house.outbox, "put", put_and_die)
        with pytest.raises(Killed):
            house.until(lambda: False, "a notice")
    assert (
        Memory(house.known).read().presence is Presence.HOME
    )  # nothing of the change itself is left to happen

    house.begin()
    house.step()
    (text,) = house.texts()
    assert "Robin is home; disarmed: front" in text
    house.until(lambda: not Memory(house.known).read().untold, "it is told for good")
    house.begin()
    house.step()
    assert len(house.texts()) == 1


def test_a_change_that_was_not_kept_yet_happens_again_after_a_kill(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = "app.presence.memory.write_whole"
    with monkeypatch.context() as patched:
        patched.setattr(write, raising(Killed()))
        with pytest.raises(Killed):
            house.until(lambda: False, "a change")
    house.begin()
    house.until(house.texts, "the notice")
    assert "Robin is home; disarmed: front" in house.texts()[0]


@pytest.mark.parametrize("error", [DiskFull("full"), OSError("no room")])
def test_a_notice_that_finds_a_full_disk_is_put_when_there_is_room(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(house.outbox, "put", raising(error))
        house.until(lambda: "cannot be queued" in caplog.text, "the failure")
        for _ in range(5):
            house.step()
        assert caplog.text.count("cannot be queued") == 1
    assert house.texts() == []

    house.step()
    (text,) = house.texts()
    assert "Robin is home; disarmed: front" in text
    house.step()
    assert len(house.texts()) == 1
    assert "can be queued again" in caplog.text


def test_a_process_that_is_clogged_ends_to_be_started_anew(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Silent(Phones):
        def poll(self) -> Sightings:
            raise NoAnswer("nothing")

    house.begin(Silent())
    shutdown = Shutdown()
    monkeypatch.setattr("app.presence.asking.Asker.is_clogged", lambda *_: True)
    assert house.watcher.run(shutdown) == 75
    assert "hang for good" in caplog.text

    shutdown.request()
    assert house.watcher.run(shutdown) == 0
