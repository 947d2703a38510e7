"""People hear once that a camera is away and once that it is back; of blips they hear nothing."""

from __future__ import annotations

from app.camera.outage import News, Outage, OutageWatch


def watch(told_since: float | None = None) -> OutageWatch:
    return OutageWatch(10, now=100.0, epoch=5000.0, told_since=told_since)


def test_a_blip_is_silent() -> None:
    outage = watch()
    assert outage.frame(101, 5001) is None
    assert outage.no_frame(110.9) is None
    assert outage.frame(111, 5011) is None


def test_a_loss_is_told_once_with_the_last_pictures_time_and_so_is_the_return() -> None:
    outage = watch()
    outage.frame(101, 5001)
    assert outage.no_frame(111) == Outage(News.LOST, 5001)
    assert outage.no_frame(200) is None
    assert outage.frame(201, 5101) == Outage(News.BACK, 5001)
    assert outage.frame(202, 5102) is None
    assert outage.no_frame(212) == Outage(News.LOST, 5102)


def test_a_camera_that_never_came_is_told_from_the_start_on() -> None:
    assert watch().no_frame(110) == Outage(News.LOST, 5000)


def test_a_restart_does_not_tell_again_what_was_told() -> None:
    outage = watch(told_since=4000)
    assert outage.no_frame(1000) is None
    assert outage.frame(1001, 5901) == Outage(News.BACK, 4000)


def test_a_released_camera_is_not_lost() -> None:
    outage = watch()
    outage.excused(500, 5400)
    assert outage.no_frame(505) is None
    assert outage.no_frame(510) == Outage(News.LOST, 5400)
