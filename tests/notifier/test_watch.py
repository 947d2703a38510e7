"""Who is in trouble: once when it begins, once when it is over, and nothing else."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.notifier.watch import (
    GOODBYE_SECONDS,
    REDIS,
    SILENT_SECONDS,
    START_SECONDS,
    WELL_SECONDS,
    News,
    Watch,
)
from app.state.facts import Facts, Goodbye, Heartbeat

WALL = 1_800_000_000.0
STEP = 2.0
BEAT = 5.0


class House:
    """Processes that beat, on a clock of its own; `look` is what the notifier does every STEP seconds."""

    def __init__(
        self, *cameras: str, expected: tuple[str, ...] = (), troubles: dict[str, float] | None = None
    ) -> None:
        self.now, self.wall = 1000.0, WALL
        self.expected = [f"camera:{name}" for name in cameras] + list(expected)
        self.watch = Watch(self.expected, self.now, troubles)
        self.heartbeats: dict[str, Heartbeat] = {}
        self.goodbyes: dict[str, Goodbye] = {}
        self.running: set[str] = set()
        self.redis = True
        self.told: list[tuple[str, News]] = []

    def start(self, process: str) -> None:
        self.running.add(process)
        self.heartbeats[process] = Heartbeat(at=self.wall, pid=1, started=self.wall)

    def kill(self, process: str) -> None:
        self.running.discard(process)

    def stop(self, process: str) -> None:
        self.kill(process)
        self.goodbyes[process] = Goodbye(at=self.wall, started=self.heartbeats[process].started)

    def crash(self, process: str) -> None:
        self.kill(process)
        self.pass_(6)
        self.start(process)

    def pass_(self, seconds: float) -> list[tuple[str, News]]:
        """Let time pass; what was told meanwhile."""
        told = []
        until = self.now + seconds
        while self.now < until:
            self.now, self.wall = self.now + STEP, self.wall + STEP
            for process in self.running if self.redis else ():
                before = self.heartbeats[process]
                if self.wall - before.at >= BEAT or self.wall < before.at:
                    self.heartbeats[process] = before.model_copy(update={"at": self.wall})
            told += self._look()
        self.told += told
        return told

    def _look(self) -> list[tuple[str, News]]:
        facts = Facts(process=dict(self.heartbeats), goodbye=dict(self.goodbyes)) if self.redis else None
        return [(notice.process, notice.news) for notice in self.watch.look(facts, self.now, self.wall)]


def house_with(*processes: str, cameras: tuple[str, ...] = ()) -> House:
    house = House(*cameras)
    for process in processes:
        house.start(process)
    assert house.pass_(30) == []
    return house


def test_processes_that_beat_are_no_news() -> None:
    house = house_with("web", "camera:front", cameras=("front",))
    assert house.pass_(3600) == []


def test_a_silent_process_is_told_once_and_once_when_it_is_well() -> None:
    house = house_with("web")
    house.kill("web")
    assert house.pass_(SILENT_SECONDS - 10) == []
    assert house.pass_(3600) == [("web", News.SILENT)]
    house.start("web")
    assert house.pass_(WELL_SECONDS - 10) == []
    assert house.pass_(3600) == [("web", News.WELL)]


def test_a_silence_began_with_the_last_heartbeat() -> None:
    house = house_with("web")
    last = house.wall
    house.kill("web")
    house.pass_(300)
    assert abs(house.watch.troubles["web"] - last) <= BEAT + STEP


def test_a_crash_is_told_even_if_the_process_is_back_at_once() -> None:
    house = house_with("web")
    house.crash("web")
    assert house.pass_(10) == [("web", News.RESTARTED)]
    assert house.pass_(3600) == [("web", News.WELL)]


def test_a_process_that_crashes_every_minute_is_told_of_once() -> None:
    house = house_with("web")
    for _ in range(30):
        house.crash("web")
        house.pass_(54)
    assert house.told == [("web", News.RESTARTED)]
    assert house.pass_(3600) == [("web", News.WELL)]


def test_a_restart_by_hand_and_an_upgrade_are_no_news() -> None:
    house = house_with("web")
    house.stop("web")
    house.start("web")  # faster than anybody looks
    assert house.pass_(600) == []


def test_a_process_that_was_stopped_is_missed_by_nobody() -> None:
    house = house_with("presence")
    house.stop("presence")
    assert house.pass_(86_400) == []


def test_a_goodbye_holds_for_one_life_only() -> None:
    house = house_with("web")
    house.stop("web")
    house.pass_(60)
    house.start("web")
    house.pass_(60)
    house.kill("web")
    assert house.pass_(300) == [("web", News.SILENT)]


def test_a_configured_camera_that_never_comes_up_is_told_of() -> None:
    house = House("front", "back")
    house.start("camera:front")
    assert house.pass_(START_SECONDS - 10) == []
    assert house.pass_(600) == [("camera:back", News.SILENT)]
    house.start("camera:back")
    assert house.pass_(600) == [("camera:back", News.WELL)]


def test_any_expected_process_that_never_comes_up_is_told_of() -> None:
    house = House(expected=("socket", "presence", "notifier"))
    house.start("presence")
    assert house.pass_(START_SECONDS - 10) == []
    assert house.pass_(600) == [("socket", News.SILENT)]
    house.start("socket")
    assert house.pass_(600) == [("socket", News.WELL)]


def test_a_goodbye_excuses_an_expected_process_for_a_while_only() -> None:
    house = House(expected=("web",))
    house.start("web")
    house.pass_(30)
    house.stop("web")
    left = house.wall
    assert house.pass_(GOODBYE_SECONDS - 10) == []
    assert house.pass_(86_400) == [("web", News.SILENT)]
    assert house.watch.troubles == {"web": left}
    house.start("web")
    assert house.pass_(600) == [("web", News.WELL)]
    house.stop("web")
    assert house.pass_(GOODBYE_SECONDS - 10) == [], "the next goodbye excuses anew"


def test_a_notifier_that_is_started_again_does_not_tell_of_the_same_goodbye_twice() -> None:
    house = House(expected=("web",))
    house.start("web")
    house.stop("web")
    assert house.pass_(2 * GOODBYE_SECONDS) == [("web", News.SILENT)]
    house.watch = Watch(house.expected, house.now, house.watch.troubles)
    assert house.pass_(2 * GOODBYE_SECONDS) == []
    house.start("web")
    assert house.pass_(600) == [("web", News.WELL)]


def test_who_came_back_while_redis_was_away_has_time_to_be_heard() -> None:
    house = House(expected=("web",))
    house.start("web")
    house.pass_(30)
    house.stop("web")
    house.pass_(60)
    house.redis = False
    assert house.pass_(2 * GOODBYE_SECONDS) == [(REDIS, News.SILENT)]
    house.redis = True
    assert house.pass_(SILENT_SECONDS - 10) == []
    house.start("web")
    assert house.pass_(600) == [(REDIS, News.WELL)]


def test_a_camera_that_is_not_in_the_settings_and_the_notifier_itself_are_not_watched() -> None:
    house = House("front")
    for process in ("camera:front", "camera:sold", "notifier"):
        house.start(process)
    house.pass_(60)
    house.kill("camera:sold")
    house.kill("notifier")
    assert house.pass_(3600) == []


def test_after_a_power_cut_old_heartbeats_in_redis_alarm_nobody() -> None:
    house = House("front")
    house.start("web")
    house.start("camera:front")
    house.running.clear()  # what lies in Redis is from before
    assert house.pass_(100) == []
    house.wall += 3600
    house.start("web")
    house.start("camera:front")
    assert house.pass_(3600) == []


def test_a_process_that_does_not_come_back_after_a_power_cut_is_told_of() -> None:
    house = House()
    house.start("web")
    house.kill("web")
    assert house.pass_(START_SECONDS + 60) == [("web", News.SILENT)]


def test_a_clock_that_jumps_by_a_day_alarms_nobody() -> None:
    house = house_with("web", "camera:front", cameras=("front",))
    for jump in (86_400, -86_400, -86_400):
        house.wall += jump
        assert house.pass_(600) == []


def test_redis_away_is_told_once_and_of_no_other_process() -> None:
    house = house_with("web", "camera:front", cameras=("front",))
    house.redis = False
    assert house.pass_(SILENT_SECONDS - 10) == []
    assert house.pass_(3600) == [(REDIS, News.SILENT)]
    house.redis = True
    assert house.pass_(3600) == [(REDIS, News.WELL)]


def test_what_was_told_before_a_restart_of_the_notifier_is_not_told_again() -> None:
    house = House("front", troubles={"web": WALL - 100, "camera:front": WALL - 100, "camera:sold": WALL})
    house.start("camera:front")
    assert house.pass_(600) == [("camera:front", News.WELL)]
    house.start("web")
    assert house.pass_(600) == [("web", News.WELL)]
    assert house.watch.troubles == {}


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["kill", "start", "stop", "crash", "jump", "redis", "wait"]),
        st.sampled_from(["web", "presence", "camera:front"]),
        st.floats(1, 300),
    ),
    max_size=25,
)


@settings(max_examples=50, deadline=None)
@given(ACTS)
def test_whatever_happens_only_what_was_told_is_taken_back_and_peace_returns(
    acts: list[tuple[str, str, float]],
) -> None:
    house = House("front")
    for process in ("web", "presence", "camera:front"):
        house.start(process)
    for act, process, seconds in acts:
        if act == "kill":
            house.kill(process)
        elif act == "start" and process not in house.running:
            house.start(process)
        elif act == "stop" and process in house.running:
            house.stop(process)
        elif act == "crash":
            house.crash(process)
        elif act == "jump":
            house.wall += (seconds - 150) * 1000
        elif act == "redis":
            house.redis = not house.redis
        house.pass_(seconds)
    for process in (REDIS, "web", "presence", "camera:front"):
        told = [news for name, news in house.told if name == process]
        assert (News.WELL, News.WELL) not in pairwise(told)
        assert not told or told[0] is not News.WELL

    house.redis = True
    for process in ("web", "presence", "camera:front"):
        if process not in house.running:
            house.start(process)
    house.pass_(START_SECONDS + WELL_SECONDS + 60)
    assert house.watch.troubles == {}
    assert house.pass_(3600) == []
