"""Places in JSON."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.presence.routers.json_path import NotThere, find, find_devices

A, B = {"mac": "a"}, {"mac": "b"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab0", max_size=2), inner, max_size=3)
    ),
)


@pytest.mark.parametrize(
    ("data", "path", "devices"),
    [
        ([A, B], "", [A, B]),
        ({"data": {"devices": [A]}}, "data.devices", [A]),
        ({"wlan": [{"clients": [A]}, {"clients": [B]}]}, "wlan.*.clients", [A, B]),
        ({"wlan": [{"clients": [A]}, {"clients": [B]}]}, "wlan.1.clients", [B]),
        ({"2g": {"c": [A]}, "5g": {"c": []}}, "*.c", [A]),
        ({"clients": {"a": {"up": 1}}}, "clients", [{"$key": "a", "up": 1}]),
    ],
)
def test_devices_are_found(data: object, path: str, devices: list[object]) -> None:
    assert find_devices(data, path) == devices


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({"data": {}}, "data.devices"),
        ({"devices": "none"}, "devices"),
        ({"devices": [A, 7]}, "devices"),
        ({"devices": {"error": "denied"}}, "devices"),
        ([A], "7"),
        ({"wlan": [{"clients": [A]}, {"error": "busy"}]}, "wlan.*.clients"),
        ({"wlan": [[{"clients": [A]}], "busy"]}, "wlan.*.*.clients"),
        ({"wlan": [{"clients": [A]}, None]}, "wlan.*.clients"),
        (None, "x"),
    ],
)
def test_what_is_not_there_is_said(data: object, path: str) -> None:
    with pytest.raises(NotThere):
        find_devices(data, path)


@given(JSON, st.lists(st.sampled_from(["a", "b", "0", "*", "", "²"]), max_size=4).map(".".join))
def test_no_answer_of_a_router_makes_it_fail_in_another_way(data: object, path: str) -> None:
    try:
        assert find(data, path)
        find_devices(data, path)
    except NotThere:
        pass
