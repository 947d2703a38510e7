from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.commands.machine import Machine
from app.commands.status import pi_status, report
from app.domain import Presence
from app.slack.wording import when
from app.state.facts import Facts, Goodbye, Heartbeat, OutboxFact, PresenceFact
from app.state.wishes import Armed, Auto, Notifications, Wishes
from tests.commands.builders import (
    NOTHING_KNOWN,
    NOW,
    armed,
    camera_fact,
    context_with,
    request_of,
    snapshot_with,
)


def lines_of(
    data: Path, wishes: Wishes | None = None, facts: Facts | None = None, **more: object
) -> list[str]:
    machine = more.pop("machine", NOTHING_KNOWN)
    assert isinstance(machine, Machine)
    return report(NOW, snapshot_with(wishes, facts), context_with(data), machine).splitlines()


def test_an_empty_redis_is_reported_as_unknown_not_as_well(tmp_path: Path) -> None:
    text = "\n".join(lines_of(tmp_path))
    assert "*front*: disarmed, because nobody has armed it yet" in text
    assert "watching: unknown, its camera process has never been heard of" in text
    assert "*Presence*: unknown" in text
    assert "*Outbox*: unknown, the notifier is silent" in text
    assert ":warning: camera:front never heard of" in text
    assert "temperature unknown, throttling unknown, disk unknown, memory unknown" in text


def test_a_healthy_appliance_is_told_with_ages(tmp_path: Path) -> None:
    alive = {name: Heartbeat(at=NOW - 3, pid=1, started=0) for name in ("web", "notifier", "camera:front")}
    facts = Facts(
        camera={"front": camera_fact(last_frame_at=NOW - 3)},
        process=alive,
        outbox=OutboxFact(at=NOW - 1, waiting=2, set_aside=1, oldest_at=NOW - 300),
        presence=PresenceFact(at=NOW - 5, presence=Presence.HOME, since=NOW - 7200),
    )
    machine = Machine(48.3, "", 12.34, 40.2, 1.05)
    text = "\n".join(lines_of(tmp_path, armed(True, by="U1"), facts, machine=machine))
    assert "*front*: armed, because <@U1> armed it, 2 h ago" in text
    assert "> watching\n" in text
    assert "> source running, last frame 3 s ago, 10.0 frames a second" in text
    assert "> person model: yolox-nano" in text
    assert "*Notifications*: on" in text
    assert "*Presence*: home for 2 h; arming by presence is off" in text
    assert "*Outbox*: 2 waiting, the oldest for 5 min, 1 set aside" in text
    assert "web alive, it answers this, notifier alive 3 s ago" in text
    assert ":warning:" not in text
    assert "48 °C, not throttled, disk 12.3 GB free, memory 40 % used, 1.1 GB free" in text


def test_a_camera_that_does_not_do_what_is_asked_says_why(tmp_path: Path) -> None:
    fact = camera_fact(watching=False, watching_why="<@U2> disarmed it <b>")
    text = "\n".join(lines_of(tmp_path, armed(True), Facts(camera={"front": fact})))
    assert "> not watching (<@U2> disarmed it &lt;b&gt;)" in text


def test_a_silent_camera_is_not_said_to_watch(tmp_path: Path) -> None:
    facts = Facts(camera={"front": camera_fact(at=NOW - 90, last_frame_at=NOW - 95)})
    text = "\n".join(lines_of(tmp_path, armed(True), facts))
    assert (
        "watching: unknown, its camera process has been silent for 1 min 30 s; last frame 1 min 35 s ago"
        in text
    )


def test_a_lost_source_and_a_missing_model_give_their_reasons(tmp_path: Path) -> None:
    fact = camera_fact(
        source_state="lost",
        reason="no frame <for> 10 s",
        person_model=None,
        person_problem="model is truncated",
    )
    text = "\n".join(lines_of(tmp_path, facts=Facts(camera={"front": fact})))
    assert "source lost (no frame &lt;for&gt; 10 s)" in text
    assert "person model: none, so anything that moves alerts (model is truncated)" in text


def test_a_mute_says_who_and_when_it_ends(tmp_path: Path) -> None:
    wishes = Wishes(notifications=Notifications(by="U1", at=NOW - 60, on=False, until=NOW + 1700))
    line = f"*Notifications*: off, on again {when(NOW + 1700)} (<@U1> switched notifications off)"
    assert line in lines_of(tmp_path, wishes)


def test_presence_decides_only_where_it_may(tmp_path: Path) -> None:
    facts = Facts(presence=PresenceFact(at=NOW - 5, presence=Presence.AWAY, since=NOW - 60))
    wishes = Wishes(
        auto=Auto(by="U1", at=NOW - 9000, on=True), armed={"front": Armed(by="U1", at=NOW - 7200, on=False)}
    )
    assert "*front*: armed, because nobody is home" in lines_of(tmp_path, wishes, facts)


def test_processes_that_may_be_absent_raise_no_alarm(tmp_path: Path) -> None:
    (line,) = [line for line in lines_of(tmp_path) if line.startswith("*Processes*")]
    assert "presence not running" in line
    assert ":warning: presence" not in line


def test_a_process_that_fell_silent_is_told_from_one_that_was_stopped(tmp_path: Path) -> None:
    gone = Heartbeat(at=NOW - 300, pid=1, started=NOW - 9000)
    goodbye = Goodbye(at=NOW - 120, started=gone.started)
    facts = Facts(
        process={"presence": gone, "uploader": gone, "camera:front": gone},
        goodbye={"uploader": goodbye, "camera:front": goodbye},
    )
    (line,) = [line for line in lines_of(tmp_path, None, facts) if line.startswith("*Processes*")]
    assert ":warning: presence silent for 5 min" in line
    assert "uploader stopped 2 min ago" in line
    assert ":warning: uploader" not in line
    assert ":warning: camera:front stopped 2 min ago" in line


def test_the_process_that_answers_is_alive_even_where_redis_has_forgotten_it(tmp_path: Path) -> None:
    context = replace(context_with(tmp_path), process="socket")
    line = report(NOW, snapshot_with(), context, NOTHING_KNOWN).splitlines()[-2]
    assert "socket alive, it answers this" in line
    assert "web not running" in line  # over Socket Mode it is not missed
    assert ":warning: web" not in line


def test_the_command_answers_to_the_person_alone_with_the_machine_it_is_given(tmp_path: Path) -> None:
    context = context_with(tmp_path, machine=Machine(61.0, None, None, None, None))
    reply = pi_status(request_of("pi_status"), snapshot_with(), context)
    assert "61 °C" in reply.text
    assert not reply.in_channel


def test_a_head_is_reported_with_what_is_wrong_and_a_camera_without_one_says_nothing(tmp_path: Path) -> None:
    broken = camera_fact(head="pantilt", pan=30, tilt=-5, head_problem="the bus is gone")
    assert "> head: pan 30°, tilt -5° (:warning: the bus is gone)" in lines_of(
        tmp_path, facts=Facts(camera={"front": broken})
    )
    without = "\n".join(lines_of(tmp_path, facts=Facts(camera={"front": camera_fact()})))
    assert "head" not in without
