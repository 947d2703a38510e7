"""What is wrong is said in words of the product, whatever was written where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import Settings, SettingsError
from app.settings.load import PACKAGED
from tests.settings.test_load import load, refusal

FOREIGN = (
    "Input should",
    "Field required",
    "valid",
    "Tuple",
    "String",
    "List",
    "Value error",
    "pydantic",
    "item",
)


@pytest.mark.parametrize(
    ("overlay", "said"),
    [
        ("trigger: {window_frames: soon}", "trigger.window_frames: must be a whole number"),
        ("trigger: {window_frames: 2.5}", "trigger.window_frames: must be a whole number"),
        ("trigger: {quiet_seconds: soon}", "trigger.quiet_seconds: must be a number"),
        ("trigger: {quiet_seconds: 0}", "trigger.quiet_seconds: must be 0.5 or more"),
        ("trigger: {alone_seconds: 0}", "trigger.alone_seconds: must be above 0"),
        ("trigger: {alone_percent: 101}", "trigger.alone_percent: must be 100 or less"),
        ("trigger: 5", "trigger: must have settings of its own below it"),
        ("training: {enabled: perhaps}", "training.enabled: must be true or false"),
        ("slack: {owners: U012AB3CD}", "slack.owners: must be a list, such as [a, b]"),
        ("log_level: LOUD", "log_level: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("person: {model: ''}", "person.model: must not be empty"),
        ("person: {model: 5}", "person.model: must be text (in quotes, if it looks like something else)"),
        ("cameras: [{name: a}]", "cameras[a].source: is missing"),
        ("cameras: [{source: x}, {name: b, source: x, fps: 0}]", "cameras[1].name: is missing"),
        ("cameras: [{source: x}, {name: b, source: x, fps: 0}]", "cameras[b].fps: must be above 0"),
        (
            "cameras: [{name: a, source: x, ignore: [[[0, 0], [1, 1]]]}]",
            "cameras[a].ignore[1]: must have at least 3 of them, has 2",
        ),
        ("motion: {ignore: [[[0, 0], [1, 0], [1]]]}", "motion.ignore[1][3][2]: is missing"),
        (
            "presence: {people: [{name: R, devices: [a], addresses: [b]}]}",
            "presence.people[R].addresses[1]: must be an IPv4 address such as 192.168.1.20",
        ),
        ("presence: {routers: [{url: x}]}", "presence.routers[1]: must say its kind"),
    ],
)
def test_each_common_mistake_is_said_plainly(tmp_path: Path, overlay: str, said: str) -> None:
    assert f"{tmp_path / 'mine.yml'}, line 1: {said}" in refusal(tmp_path, overlay).splitlines()


def test_a_mistake_in_a_routers_setting_is_found_in_its_own_line(tmp_path: Path) -> None:
    message = refusal(
        tmp_path,
        "presence:\n  routers:\n    - kind: neighbours\n      gateway: 300.1.1.1\n      settle_seconds: 3\n",
    )

    assert message.startswith(f"{tmp_path / 'mine.yml'}, line 4: presence.routers[1].gateway: ")


def leaves(value: Any, key: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every setting of the packaged file."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from leaves(below, (*key, name))
    yield key


KEYS = [key for key in leaves(yaml.safe_load(PACKAGED.read_text(encoding="utf-8"))) if key]
WRONG = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**9), 10**9), st.floats(), st.sampled_from(["", "x", "5"])
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "kind", "x"]), inner)
    ),
    max_leaves=4,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(key=st.sampled_from(KEYS), value=WRONG)
def test_no_setting_is_refused_in_the_words_of_a_library(
    tmp_path: Path, key: tuple[str, ...], value: Any
) -> None:
    for name in reversed(key):
        value = {name: value}
    try:
        assert isinstance(load(tmp_path, yaml.safe_dump(value)), Settings)
    except SettingsError as error:
        assert [word for word in FOREIGN if word in str(error)] == []
