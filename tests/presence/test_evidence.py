"""What a round of answers says of each person."""

from __future__ import annotations

import pytest

from app.presence.evidence import Evidence, Reply, is_locally_administered, weigh
from app.presence.routers.router import Device, NoAnswer, Tells, believable, device
from app.settings.presence import Person

ROBIN = Person(name="Robin", devices=("3C-22-FB-01-02-03",))
KIM = Person(name="Kim", devices=("kims-phone",))
BOTH = Tells(macs=True, names=True)
PHONE = Device("3c:22:fb:01:02:03", "robins-phone")


def reply(*devices: Device, tells: Tells = BOTH, router: str = "a") -> Reply:
    return Reply(router, tells, frozenset(devices))


SILENT = Reply("b", BOTH, None, "it hangs")


def test_a_person_is_known_by_any_device_whatever_the_spelling_of_its_mac() -> None:
    assert weigh([ROBIN, KIM], [reply(PHONE)]).evidence == {
        "Robin": Evidence.SEEN,
        "Kim": Evidence.NOT_SEEN,
    }


def test_a_host_name_counts_for_whoever_is_known_by_one() -> None:
    assert weigh([KIM], [reply(Device("", "kims-phone"))]).evidence["Kim"] is Evidence.SEEN


def test_one_router_that_sees_is_enough_though_another_is_silent() -> None:
    assert weigh([ROBIN], [SILENT, reply(PHONE)]).evidence["Robin"] is Evidence.SEEN


def test_a_silent_access_point_may_have_the_phone() -> None:
    found = weigh([ROBIN], [reply(), SILENT])

    assert found.evidence["Robin"] is Evidence.NO_ANSWER
    assert found.devices is None


def test_a_router_that_tells_no_names_says_nothing_of_who_is_known_by_one() -> None:
    only_macs = reply(PHONE, tells=Tells(macs=True, names=False))

    assert weigh([KIM], [only_macs]).evidence["Kim"] is Evidence.NO_ANSWER


def test_the_same_device_at_two_routers_is_one() -> None:
    assert weigh([ROBIN], [reply(PHONE), reply(PHONE, router="b")]).devices == 1


@pytest.mark.parametrize(
    ("mac", "made_up"),
    [("3c:22:fb:01:02:03", False), ("3e:22:fb:01:02:03", True), ("02:00:00:00:00:01", True)],
)
def test_a_made_up_mac_is_recognised(mac: str, made_up: bool) -> None:
    assert is_locally_administered(mac) is made_up


@pytest.mark.parametrize(
    ("mac", "name", "found"),
    [
        ("3C-22-FB-01-02-03", " Robins-Phone ", PHONE),
        ("3C22FB010203", "Robins-Phone", PHONE),
        ("3c22.fb01.0203", "robins-phone", PHONE),
        ("nonsense", "x", Device("", "x")),
        ("3c:22:fb:01:02:03", "*", Device("3c:22:fb:01:02:03", "")),
        (None, None, None),
        (42, ["x"], None),
    ],
)
def test_a_device_is_what_can_be_known_of_it(mac: object, name: object, found: Device | None) -> None:
    assert device(mac, name) == found


def test_a_list_that_is_too_short_or_lacks_what_is_always_there_is_not_believed() -> None:
    assert believable([PHONE], min_devices=1, always_there=["robins-phone"]) == {PHONE}
    with pytest.raises(NoAnswer, match="fewer than 2"):
        believable([PHONE, PHONE], min_devices=2, always_there=[])
    with pytest.raises(NoAnswer, match="lacks tv"):
        believable([PHONE], min_devices=1, always_there=["tv"])
