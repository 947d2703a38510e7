"""FRITZ!Box: the real library against a server that speaks TR-064."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from app.presence.routers.fritzbox import FritzBox
from app.presence.routers.router import Device, NoAnswer
from app.settings.presence import FritzBoxRouter
from tests.fakes.fritzbox import FakeFritzBox

PHONE, PRINTER = "3c:22:fb:01:02:03", "00:11:32:0a:0b:0c"


@pytest.fixture
def box() -> Iterator[FakeFritzBox]:
    pytest.importorskip("fritzconnection", reason="the extra `presence` is not installed")
    with FakeFritzBox() as running:
        running.hosts = [(PHONE.upper(), "Robins-Phone", True), (PRINTER.upper(), "printer & scanner", True)]
        yield running


def adapter(box: FakeFritzBox, timeout_seconds: float = 2) -> FritzBox:
    settings = FritzBoxRouter(kind="fritzbox", address="http://127.0.0.1", port=box.port)
    return FritzBox(settings, username="pycam", password="correct horse", timeout_seconds=timeout_seconds)


def test_the_active_hosts_are_connected(box: FakeFritzBox) -> None:
    asked = adapter(box)

    assert asked.poll() == {Device(PHONE, "robins-phone"), Device(PRINTER, "printer & scanner")}
    box.hosts[0] = (PHONE.upper(), "Robins-Phone", False)
    assert asked.poll() == {Device(PRINTER, "printer & scanner")}
    assert box.described == 1


@pytest.mark.parametrize(
    ("fault", "refused"),
    [("refuse", True), ("error", False), ("html", False), ("no list", False)],
)
def test_a_box_that_refuses_or_fails_is_no_answer_and_asked_anew_later(
    box: FakeFritzBox, fault: str, refused: bool
) -> None:
    asked = adapter(box)
    asked.poll()
    box.fault = fault

    with pytest.raises(NoAnswer) as caught:
        asked.poll()
    assert caught.value.refused is refused
    assert "correct" not in str(caught.value)
    box.fault = None
    assert len(asked.poll()) == 2


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_list_that_never_comes_or_never_ends_is_given_up(box: FakeFritzBox, fault: str) -> None:
    asked = adapter(box, timeout_seconds=0.4)
    box.fault = fault

    with pytest.raises(NoAnswer, match=r"within 0\.4 s"):
        asked.poll()
    box.fault = None
    assert len(asked.poll()) == 2


def test_an_empty_list_is_not_believed(box: FakeFritzBox) -> None:
    box.hosts = []

    with pytest.raises(NoAnswer, match="0 devices"):
        adapter(box).poll()


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fritzconnection.lib.fritzhosts", None)

    with pytest.raises(NoAnswer, match="needs fritzconnection: `make install`"):
        FritzBox(FritzBoxRouter(kind="fritzbox"), username="", password="", timeout_seconds=1)
