"""What one target is told, when, and when it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.demo.workspace import Workspace
from app.domain import Tag
from app.notifier.tell import BACKOFF_MAX_SECONDS, PATIENCE_SECONDS, PICTURE_SECONDS, TRIES_WITH_PICTURE
from app.state.wishes import Armed, Notifications, Wishes
from app.store.events import KeepRecord
from app.store.files import DiskFull
from tests.fakes.http_receiver import HttpReceiver
from tests.fakes.tcp import refused_port
from tests.notifier.besides import Town
from tests.notifier.conftest import JPEG

SLACK_FAILED = {"when": "slack_failed", "after_seconds": 60}
UNACKNOWLEDGED = {"when": "unacknowledged", "after_minutes": 5}

Build = Callable[..., Town]


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as receiver:
        yield receiver


@pytest.fixture
def town(tmp_path: Path, slack: Workspace, receiver: HttpReceiver) -> Build:
    return lambda *notify: Town(tmp_path, slack, receiver, *notify)


def slack_is_down(town: Town) -> None:
    town.slack.faults.add("*", "500", times=None)


class TestAlways:
    def test_the_words_of_the_alert_come_with_its_whole_picture(self, town: Build) -> None:
        there = town({})
        event = there.alert()
        there.attempt_all()
        (text,) = there.receiver.texts()
        title, *body = text.splitlines()
        assert title == "Person at front (clearly, 87 %)"
        assert "still going on" in body[1]
        assert there.receiver.pictures() == [[JPEG]]
        assert "*" not in text
        assert "<" not in text
        assert there.slack.messages()[0].text.startswith("Person at front")
        assert event.id not in text  # there is no dashboard to be reached from outside

    def test_the_newest_truth_is_told(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        event = there.alert()
        there.attempt_all()
        there.events.save(event.model_copy(update={"ended": event.started + 12.0}))
        there.clock += 60
        there.attempt_all()
        assert "lasted 12 s" in there.receiver.texts()[0]

    def test_where_the_dashboard_is_reached_the_event_has_a_link(self, town: Build) -> None:
        there = town({})
        url = "https://pi.example.org:8090"
        there.settings = there.settings.model_copy(
            update={"dashboard": there.settings.dashboard.model_copy(update={"public_url": url})}
        )
        there.restart()
        event = there.alert()
        there.attempt_all()
        assert there.receiver.texts()[0].splitlines()[-1] == f"{url}/events/{event.id}"

    def test_without_picture_where_none_is_wanted(self, town: Build) -> None:
        there = town({"picture": False})
        there.alert()
        there.attempt_all()
        assert there.receiver.pictures() == [[]]

    def test_without_picture_once_it_is_tagged_where_that_removes_pictures(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        slack = there.settings.slack.model_copy(update={"delete_picture_after_tag": True})
        there.settings = there.settings.model_copy(update={"slack": slack})
        there.restart()
        there.tag(there.alert())
        there.attempt_all()
        there.clock += 61
        there.attempt_all()
        assert there.receiver.pictures() == [[]]
        assert "tagged occupied by @U0HOMEOWNER" in there.receiver.texts()[0]

    def test_a_picture_that_comes_a_little_later_is_waited_for(self, town: Build) -> None:
        there = town({})
        event = there.alert(picture=False)
        there.attempt_all()
        assert there.told() == []
        there.clock += 1
        there.events.save_picture(event.id, JPEG)
        there.attempt_all()
        assert there.receiver.pictures() == [[JPEG]]

    def test_a_picture_that_never_comes_is_not_waited_for_long(self, town: Build) -> None:
        there = town({})
        there.alert(picture=False)
        there.attempt_all()
        there.clock += PICTURE_SECONDS
        there.attempt_all()
        assert there.receiver.pictures() == [[]]

    def test_what_comes_late_says_so(self, town: Build) -> None:
        there = town({})
        there.receiver.status = 503
        there.alert()
        there.attempt_all()
        there.receiver.status = 200
        there.clock += 3600
        there.attempt_all()
        assert there.receiver.texts()[0].splitlines()[-1] == "Told 1 h late."


class TestOnlyIfSlackFailed:
    def test_nobody_is_told_while_slack_is_well(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        there.alert()
        there.drain()
        there.clock += 3600
        there.attempt_all()
        assert len(there.posts()) == 1
        assert there.receiver.asked == 0
        assert there.waiting() == []

    def test_told_after_its_time_and_no_sooner_if_slack_is_away(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        there.alert()
        there.attempt_all()
        for _ in range(11):
            there.clock += 5
            there.attempt_all()
        assert there.told() == []
        there.clock += 5.1
        there.attempt_all()
        assert there.told() == ["Person at front (clearly, 87 %)"]
        assert "Slack does not have this alert." in there.receiver.texts()[0]

    def test_all_alerts_are_told_not_only_the_one_slack_is_tried_with(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        for camera in ("front", "garden", "cellar"):
            there.alert(camera)
            there.attempt_all()
        there.clock += 61
        there.attempt_all()
        assert [title.split(" (")[0] for title in there.told()] == [
            "Person at front",
            "Person at garden",
            "Person at cellar",
        ]

    def test_not_told_if_slack_comes_back_in_time(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        there.alert()
        there.attempt_all()
        there.slack.faults.clear()
        there.clock += 30
        there.attempt_all()
        there.clock += 60
        there.attempt_all()
        assert len(there.posts()) == 1
        assert there.told() == []

    def test_told_as_well_if_slack_refused_the_alert_for_good(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        there.alert()
        there.slack.faults.add("chat.postMessage", "garbage", times=None)
        for _ in range(12):
            there.clock += 60
            there.attempt_all()
        assert there.told() == ["Person at front (clearly, 87 %)"]

    def test_not_told_of_what_slack_had_and_somebody_deleted(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        event = there.alert()
        there.attempt_all()
        there.clock += 10
        there.attempt_all()
        assert there.waiting("alert") == []
        there.events.remove(event.id)
        there.clock += 61
        there.attempt_all()
        assert there.told() == []
        assert there.waiting() == []

    def test_not_told_of_what_slack_has_while_the_disk_has_no_room_to_note_that(
        self, town: Build, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise DiskFull("no space left on device")

        there = town(SLACK_FAILED)
        monkeypatch.setattr(there.events, "save_message", full)
        there.alert()
        there.attempt_all()
        assert len(there.posts()) == 1
        there.clock += 61
        there.attempt_all()
        assert there.told() == []
        assert there.waiting() == []

    def test_told_of_what_somebody_deleted_while_slack_is_away(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        event = there.alert()
        there.attempt_all()
        there.events.remove(event.id)
        there.clock += 60 + PICTURE_SECONDS
        there.attempt_all()
        assert there.told() == ["Person at front (clearly, 87 %)"]

    def test_a_clock_set_back_by_an_hour_delays_nobody(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        there.alert()
        there.attempt_all()
        there.clock -= 3600
        there.resting.clear()  # rests are counted on a clock that goes steadily
        there.attempt_all()
        assert len(there.told()) == 1


class TestOnlyIfNobodyReacts:
    @pytest.fixture
    def there(self, town: Build) -> Town:
        there = town(UNACKNOWLEDGED)
        self.event = there.alert()
        there.attempt_all()
        there.clock += 200
        there.attempt_all()
        assert there.told() == []
        return there

    def in_the_end(self, there: Town) -> list[str]:
        there.clock += 100
        there.attempt_all()
        assert there.waiting() == []
        return there.told()

    def test_told_if_nobody_does(self, there: Town) -> None:
        assert self.in_the_end(there) == ["Person at front (clearly, 87 %)"]
        assert "Within 5 min nobody has tagged it" in there.receiver.texts()[0]

    def test_not_told_of_what_was_tagged(self, there: Town) -> None:
        there.tag(self.event, Tag.UNOCCUPIED)
        assert self.in_the_end(there) == []

    def test_not_told_of_what_somebody_keeps(self, there: Town) -> None:
        there.events.keep(self.event.id, KeepRecord(by="U0HOMEOWNER", at=there.clock))
        assert self.in_the_end(there) == []

    def test_not_told_of_what_somebody_deleted(self, there: Town) -> None:
        assert there.waiting("alert") == []
        there.events.remove(self.event.id)
        assert self.in_the_end(there) == []

    def test_not_told_if_somebody_disarmed(self, there: Town) -> None:
        there.wishes = Wishes(armed={"front": Armed(by="U0HOMEOWNER", at=there.clock, on=False)})
        assert self.in_the_end(there) == []

    def test_not_told_if_somebody_muted(self, there: Town) -> None:
        there.wishes = Wishes(notifications=Notifications(by="U0HOMEOWNER", at=there.clock, on=False))
        assert self.in_the_end(there) == []

    def test_told_if_redis_does_not_say(self, there: Town) -> None:
        there.wishes = None
        assert len(self.in_the_end(there)) == 1


class TestFailures:
    def test_it_is_tried_again_with_longer_and_longer_pauses(self, town: Build) -> None:
        there = town({"url": f"json://127.0.0.1:{refused_port()}/x"})
        there.alert()
        rests = []
        for _ in range(12):
            rests += [rest for item, rest in there.run_once() if item.kind == "notify"]
            there.clock += BACKOFF_MAX_SECONDS
        assert rests == sorted(rests)
        assert (rests[0], rests[-1]) == (1.0, BACKOFF_MAX_SECONDS)
        (item,) = there.waiting()
        assert item.reason.startswith("NOTIFY[1]: ")
        assert "Connection refused" in item.reason

    def test_after_some_refusals_it_goes_without_the_picture(self, town: Build) -> None:
        there = town({})
        there.receiver.refuses_pictures = True
        there.alert()
        for _ in range(TRIES_WITH_PICTURE):
            there.attempt_all()
            assert there.told() == []
            there.clock += 60
        there.attempt_all()
        assert there.receiver.pictures() == [[]]

    def test_however_long_a_service_was_away_the_picture_comes_when_it_is_back(self, town: Build) -> None:
        there = town({})
        there.receiver.status = 503
        there.alert()
        for _ in range(2 * TRIES_WITH_PICTURE):
            there.attempt_all()
            there.clock += 60
        there.receiver.status = 200
        there.attempt_all()
        assert there.receiver.pictures() == [[JPEG]]

    def test_after_a_day_it_is_given_up_and_slack_is_told_so(self, town: Build) -> None:
        there = town({"url": f"json://127.0.0.1:{refused_port()}/words-of-mine"})
        there.alert()
        there.attempt_all()
        began = there.clock
        while there.waiting():
            there.clock += BACKOFF_MAX_SECONDS
            there.attempt_all()
            assert there.clock - began < PATIENCE_SECONDS + 2 * BACKOFF_MAX_SECONDS
        assert there.clock - began > PATIENCE_SECONDS
        (aside,) = there.set_aside()
        assert json.loads(aside.read_text())["kind"] == "notify"
        report = there.posts()[-1].text
        assert "could not be sent" in report
        assert "NOTIFY[1]" in report
        assert "words-of-mine" not in report

    def test_a_clock_that_leaps_gives_nothing_up(self, town: Build) -> None:
        there = town({})
        there.receiver.status = 503
        there.alert()
        there.attempt_all()
        there.clock += 30 * PATIENCE_SECONDS
        there.attempt_all()
        there.receiver.status = 200
        there.clock += BACKOFF_MAX_SECONDS
        there.attempt_all()
        assert len(there.told()) == 1

    def test_one_that_fails_holds_up_no_other(self, town: Build) -> None:
        there = town({"url": f"json://127.0.0.1:{refused_port()}/x"}, {})
        there.alert()
        there.alert("garden")
        there.attempt_all()
        assert [title.split(" (")[0] for title in there.told()] == ["Person at front", "Person at garden"]
        assert len(there.posts()) == 2

    def test_who_is_not_in_the_settings_any_more_is_not_told(self, town: Build) -> None:
        there = town(SLACK_FAILED)
        slack_is_down(there)
        there.alert()
        there.attempt_all()
        there.targets = []
        there.restart()
        there.clock += 61
        there.attempt_all()
        assert there.waiting() == []
        assert there.told() == []

    @pytest.mark.parametrize("payload", [{}, {"to": "x", "when": "always", "delay_seconds": "soon"}])
    def test_what_cannot_be_read_is_set_aside(self, town: Build, payload: dict[str, Any]) -> None:
        there = town({})
        there.outbox.put("notify", payload, lane="notify-1", now=there.clock)
        there.attempt_all()
        assert len(there.set_aside()) == 1
