"""The neighbour table: with a table made up, and with real namespaces on a real bridge."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.presence.evidence import Evidence, Reply, weigh
from app.presence.routers.neighbours import Neighbours
from app.presence.routers.router import Device, NoAnswer
from app.settings.presence import NeighboursRouter, Person
from tests.deadline import eventually
from tests.fakes import lan as lan_parts
from tests.fakes.lan import Lan

PHONE, ROUTER = "3c:22:fb:01:02:03", "00:11:32:0a:0b:0c"
ROBIN = Person.model_validate({"name": "Robin", "devices": [PHONE], "addresses": ["127.0.0.2"]})


KIM_PHONE, ADDRESS = "3c:22:fb:01:02:04", "127.0.0.3"
KIM = Person.model_validate({"name": "Kim", "devices": [KIM_PHONE]})


class Table:
    """`ip -j`, made up: the answers to one `neigh show` after the other, the last one again and again."""

    def __init__(
        self, *tables: dict[str, tuple[str, str]] | list[tuple[str, str, str]], route: bool = True
    ) -> None:
        self.tables, self.route, self.waits = list(tables), route, 0

    def __call__(self, words: str) -> Any:
        if words == "-4 route show default":
            return [{"dst": "default", "gateway": "127.0.0.1", "dev": "eth0"}] if self.route else []
        table = self.tables[0] if len(self.tables) == 1 else self.tables.pop(0)
        if isinstance(table, dict):
            table = [(dst, mac, state) for dst, (mac, state) in table.items()]
        return [
            {"dst": dst, "state": [state]} | ({"lladdr": mac} if mac else {}) for dst, mac, state in table
        ]

    def wait(self, _seconds: float) -> None:
        self.waits += 1


def adapter(table: Table, *, people: Iterable[Person] = (ROBIN,), **changes: Any) -> Neighbours:
    settings = NeighboursRouter.model_validate({"kind": "neighbours", **changes})
    clock = iter(range(10_000))
    return Neighbours(settings, people, ip=table, wait=table.wait, clock=lambda: float(next(clock)))


GATEWAY_UP = {"127.0.0.1": (ROUTER, "REACHABLE")}


def with_phone(state: str, address: str = "127.0.0.2") -> dict[str, tuple[str, str]]:
    return {**GATEWAY_UP, address: (PHONE.upper(), state)}


def test_what_answered_is_connected() -> None:
    assert adapter(Table(with_phone("REACHABLE"))).poll() == {Device(ROUTER), Device(PHONE)}


@pytest.mark.parametrize("state", ["STALE", "FAILED", "INCOMPLETE", "DELAY", "PROBE", "NOARP"])
def test_history_and_our_own_question_are_not_an_answer(state: str) -> None:
    assert adapter(Table(with_phone(state))).poll() == {Device(ROUTER)}


def test_an_answer_that_is_outstanding_is_waited_for() -> None:
    table = Table(with_phone("STALE"), with_phone("DELAY"), with_phone("PROBE"), with_phone("REACHABLE"))

    assert Device(PHONE) in adapter(table).poll()
    assert table.waits == 2


def test_a_gateway_that_does_not_answer_means_that_we_are_off_the_network() -> None:
    with pytest.raises(NoAnswer, match=r"gateway 127\.0\.0\.1 does not answer"):
        adapter(Table({"127.0.0.1": (ROUTER, "FAILED")})).poll()
    with pytest.raises(NoAnswer, match="no default route"):
        adapter(Table({}, route=False)).poll()


def test_a_table_whose_questions_never_end_is_not_waited_for_for_ever() -> None:
    table = Table(with_phone("PROBE"))

    assert adapter(table, settle_seconds=5).poll() == {Device(ROUTER)}
    assert 0 < table.waits <= 5


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_interfaces_on_one_network_the_one_that_answers_counts(order: int) -> None:
    both = [
        ("127.0.0.1", ROUTER, "REACHABLE"),
        ("127.0.0.2", PHONE, "REACHABLE"),
        ("127.0.0.1", ROUTER, "STALE"),
        ("127.0.0.2", "", "INCOMPLETE"),
    ]
    table = Table(both[::order])

    assert adapter(table).poll() == {Device(ROUTER), Device(PHONE)}
    assert table.waits == 0


def evidence(asked: Neighbours, person: Person) -> Evidence:
    sightings = asked.poll()
    return weigh([person], [Reply(asked.name, asked.tells, sightings)]).evidence[person.name]


def test_of_a_phone_without_a_known_address_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    asked = adapter(Table(GATEWAY_UP), people=[ROBIN, KIM])

    assert evidence(asked, KIM) is Evidence.NO_ANSWER
    assert evidence(asked, ROBIN) is Evidence.NOT_SEEN
    assert [record.args for record in caplog.records] == [(KIM_PHONE,)], "said once, and of Kim's only"


def test_a_phone_that_was_not_asked_for_and_shows_up_all_the_same_is_seen() -> None:
    # It is not in the table when it is read for addresses, and is in it afterwards.
    asked = adapter(Table(GATEWAY_UP, {**GATEWAY_UP, ADDRESS: (KIM_PHONE, "REACHABLE")}), people=[KIM])

    assert evidence(asked, KIM) is Evidence.SEEN


def test_the_address_of_a_phone_that_left_is_remembered_until_another_device_has_it() -> None:
    there: dict[str, tuple[str, str]] = {**GATEWAY_UP, ADDRESS: (KIM_PHONE, "REACHABLE")}
    gone: dict[str, tuple[str, str]] = {**GATEWAY_UP, ADDRESS: ("", "FAILED")}
    taken: dict[str, tuple[str, str]] = {**GATEWAY_UP, ADDRESS: ("00:11:32:0a:0b:0d", "REACHABLE")}
    asked = adapter(Table(there, there, gone, gone, taken), people=[KIM])

    assert evidence(asked, KIM) is Evidence.SEEN
    assert evidence(asked, KIM) is Evidence.NOT_SEEN
    assert evidence(asked, KIM) is Evidence.NO_ANSWER


def test_a_lease_tells_an_address_to_ask(tmp_path: Path) -> None:
    leases = tmp_path / "leases"
    leases.write_text(f"1800000000 {KIM_PHONE} {ADDRESS} * *\n")
    asked = adapter(Table(GATEWAY_UP), people=[KIM], leases=leases)

    assert evidence(asked, KIM) is Evidence.NOT_SEEN


ASK = """
import json, sys
from app.presence.routers.neighbours import Neighbours
from app.presence.routers.router import NoAnswer
from app.settings.presence import NeighboursRouter, Person
people = [Person.model_validate(person) for person in json.loads(sys.argv[1])]
asked = Neighbours(NeighboursRouter(kind="neighbours"), people)
try:
    print(json.dumps(sorted(device.mac for device in asked.poll())))
except NoAnswer as failure:
    print(json.dumps(f"no answer: {failure}"))
"""


@pytest.fixture(scope="module")
def lan() -> Iterator[Lan]:
    if reason := lan_parts.why_not():
        pytest.skip(reason)
    if shutil.which("ip") is None:
        pytest.skip("iproute2 is not installed")
    with Lan() as built:
        yield built


def ask_from(lan: Lan, *people: dict[str, Any]) -> Any:
    """Poll in the namespace of this machine's side."""
    done = subprocess.run(
        ["ip", "netns", "exec", lan.pi, sys.executable, "-c", ASK, json.dumps(people)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


def answers(lan: Lan, address: str) -> bool:
    """Whether our side's table has it as REACHABLE."""
    entries = lan_parts.ip("-n", lan.pi, "-j", "neigh", "show", address) or []
    return any("REACHABLE" in entry.get("state", []) for entry in entries)


def test_on_a_real_lan_a_phone_is_seen_gone_and_seen_again(lan: Lan) -> None:
    phone = lan.phone(PHONE, "192.168.77.10")
    robin = {"name": "Robin", "devices": [PHONE], "addresses": ["192.168.77.10"]}

    assert PHONE in ask_from(lan, robin)
    lan.leave(phone)
    lan_parts.ip("-n", lan.pi, "neigh", "change", "192.168.77.10", "dev", "eth0", "nud", "stale")
    gone = ask_from(lan, robin)
    assert isinstance(gone, list), gone
    assert PHONE not in gone
    lan.come_back(phone)
    assert PHONE in ask_from(lan, robin)


def test_on_a_real_lan_an_unplugged_cable_of_ours_is_no_departure(lan: Lan) -> None:
    lan_parts.ip("-n", lan.router, "link", "set", "p2", "down")
    try:
        # The kernel looks at a cable about once a second; until then yesterday's answer of the gateway counts.
        eventually(lambda: not answers(lan, lan_parts.GATEWAY), "our side sees that the cable is out")
        assert "does not answer" in ask_from(lan, {"name": "Robin", "devices": [PHONE]})
    finally:
        lan_parts.ip("-n", lan.router, "link", "set", "p2", "up")
