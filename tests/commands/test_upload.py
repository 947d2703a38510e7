from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.request import Mistake, Reply
from app.commands.status import report
from app.commands.upload import upload
from app.state.facts import Facts, Heartbeat, UploadFact
from app.state.wishes import Upload
from tests.commands.builders import NOTHING_KNOWN, NOW, OWNER, context_with, request_of, snapshot_with

ON = {"enabled": True, "bucket": "my-house"}


def facts(*, alive: bool = True, waiting: int = 3, **changes: object) -> Facts:
    at = NOW - (1 if alive else 90)
    fact = UploadFact.model_validate({"at": at, "waiting": waiting, **changes})
    return Facts(process={"uploader": Heartbeat(at=at, pid=1, started=1)}, upload=fact)


def ask(data: Path, known: Facts | None = None, **uploader: object) -> Reply:
    context = context_with(data, uploader=uploader or ON)
    return upload(request_of("upload"), snapshot_with(facts=known), context)


def status(data: Path, known: Facts | None = None) -> list[str]:
    text = report(NOW, snapshot_with(facts=known), context_with(data), NOTHING_KNOWN)
    return [line for line in text.splitlines() if "Uploads" in line]


def test_an_upload_is_wished_once_for_the_channel_that_asked(tmp_path: Path) -> None:
    reply = ask(tmp_path, facts())
    assert reply.wishes == {"upload": Upload(by=OWNER, at=NOW, id="id1", channel="C0HOME")}
    assert reply.text == "Uploading… 3 samples wait."


@pytest.mark.parametrize(("waiting", "words"), [(0, "nothing waits"), (1, "1 sample waits")])
def test_the_answer_says_what_waits(tmp_path: Path, waiting: int, words: str) -> None:
    assert words in ask(tmp_path, facts(waiting=waiting)).text


@pytest.mark.parametrize("known", [None, facts(alive=False)], ids=["never heard of", "silent"])
def test_without_an_uploader_the_wish_is_kept_and_that_is_said(tmp_path: Path, known: Facts | None) -> None:
    reply = ask(tmp_path, known)
    assert "not running" in reply.text
    assert "upload" in reply.wishes


def test_uploads_that_are_off_cannot_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"uploader\.enabled"):
        ask(tmp_path, facts(), enabled=False)


def test_the_status_tells_of_uploads_only_where_there_are_any(tmp_path: Path) -> None:
    assert status(tmp_path) == []
    (line,) = status(tmp_path, facts(last_success_at=NOW - 120, problem="no such <bucket>"))
    assert "3 samples wait, last success 2 min ago; no such &lt;bucket&gt;" in line
    (line,) = status(tmp_path, facts())
    assert "no success yet" in line
    (line,) = status(tmp_path, facts(alive=False))
    assert "unknown" in line
