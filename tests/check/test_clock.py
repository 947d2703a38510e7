"""The clock, by what systemd says and by Slack's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.check.check import Context
from app.check.clock import ReadTimedate, synchronised, timedatectl
from app.demo.workspace import Workspace
from tests.check.builders import assert_failed, assert_ok, assert_warning, context_of
from tests.fakes.tcp import refused_port


def saying(said: Mapping[str, str]) -> ReadTimedate:
    return said.get


NTP_ON = saying({"NTPSynchronized": "yes", "Timezone": "Europe/Vienna"})
NTP_OFF = saying({"NTPSynchronized": "no", "Timezone": "Europe/Vienna"})
NO_SYSTEMD = saying({})


@pytest.fixture
def beside_slack(slack: Workspace) -> Context:
    return context_of(secrets={"slack_api_url": slack.api_url})


def ahead(context: Context, seconds: float) -> Context:
    return replace(context, now=lambda: time.time() + seconds)


def test_ntp_is_believed_and_slack_is_not_asked() -> None:
    assert_ok(synchronised(context_of(), NTP_ON), "synchronised by NTP", "Europe/Vienna")


def test_without_systemd_a_clock_like_slacks_is_right(beside_slack: Context) -> None:
    assert_ok(synchronised(beside_slack, NO_SYSTEMD), "the same as Slack's", "time zone")


def test_a_clock_that_is_right_by_chance_will_disappoint(beside_slack: Context) -> None:
    outcome = synchronised(beside_slack, NTP_OFF)
    assert_warning(outcome, "right at present", "not synchronised", do="timedatectl set-ntp true")


@pytest.mark.parametrize(("seconds", "word"), [(60, "ahead of"), (-60, "behind")])
def test_a_minute_is_worth_a_warning(beside_slack: Context, seconds: float, word: str) -> None:
    outcome = synchronised(ahead(beside_slack, seconds), NO_SYSTEMD)
    assert_warning(outcome, word, do="set-ntp true")


@pytest.mark.parametrize("seconds", [310, -310, 86_400])
def test_more_than_five_minutes_stop_every_command(beside_slack: Context, seconds: float) -> None:
    outcome = synchronised(ahead(beside_slack, seconds), NTP_OFF)
    assert_failed(outcome, "every command is refused", do="set-ntp true")


def test_a_clock_that_nothing_can_be_said_of_is_a_warning() -> None:
    nobody = context_of(secrets={"slack_api_url": f"http://127.0.0.1:{refused_port()}/api/"})
    assert_warning(synchronised(nobody, NO_SYSTEMD), "cannot be compared", do="set-ntp true")


def test_a_property_that_systemd_does_not_have_is_none() -> None:
    assert timedatectl("NoSuchProperty") is None
