"""What is said of a lost camera, and whose trouble that is."""

from __future__ import annotations

from typing import Any

from app.camera.jobs import PostJob
from app.camera.outage import News, Outage, OutageWatch
from app.camera.telling import Telling


class Orders:
    def __init__(self) -> None:
        self.told: list[float | None] = []

    def told_lost(self, since: float | None) -> None:
        self.told.append(since)


def said_by(act: Any) -> tuple[list[PostJob], Orders]:
    jobs: list[PostJob] = []
    orders = Orders()
    recorder = type("Recorder", (), {"submit": staticmethod(jobs.append)})()
    act(Telling("front", OutageWatch(30.0, now=0.0, epoch=0.0, told_since=None), recorder, orders))  # type: ignore[arg-type]
    return jobs, orders


def test_a_lost_camera_and_its_return_are_its_own_trouble() -> None:
    for news, words in ((News.LOST, "has given no picture"), (News.BACK, "is back")):
        (job,), orders = said_by(lambda it, news=news: it.news(Outage(news, 1000.0), "unplugged"))
        assert words in job.text
        assert job.trouble == "camera:front"
        job.told()
        assert orders.told == [1000.0 if news is News.LOST else None]


def test_its_end_is_told_once() -> None:
    jobs, _ = said_by(lambda it: [it.end("cannot be used"), it.end("cannot be used")])
    assert [(job.text, job.trouble) for job in jobs] == [("cannot be used", "camera:front")]


def test_no_news_is_not_told() -> None:
    jobs, _ = said_by(lambda it: it.news(None, ""))
    assert jobs == []
