"""/tune starts one process and no second; its buttons apply what was shown, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.commands import tune as tune_module
from app.commands.buttons import BUTTONS
from app.commands.press import Press
from app.commands.request import Context, Mistake, Outgoing
from app.commands.tune import STARTED, tune
from app.settings import load_settings
from app.slack.tune_messages import APPLY, UNDO
from app.store.outbox import Outbox
from app.store.tuning import Tuning
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with
from tests.deadline import eventually

LAYER = {"motion": {"min_area_percent": 0.8}}
URL = "https://hooks.slack.com/actions/T0HOME/1/x"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path))
    monkeypatch.delenv("PYCAM_CONFIG", raising=False)
    return context_with(tmp_path)


def press(action: str, value: str, url: str = URL) -> Press:
    return Press(action, value, "T0HOME", OWNER, "C0HOME", url, NOW)


def shown(outgoing: tuple[Outgoing, ...]) -> str:
    (item,) = outgoing
    assert (item.kind, item.payload["response_url"], item.payload["replace_original"]) == ("reply", URL, True)
    return json.dumps([item.payload["text"], item.payload["blocks"]], ensure_ascii=False)


def test_it_starts_with_the_address_for_the_answer(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(tune_module, "start", started.append)
    reply = tune(request_of("tune"), snapshot_with(), context)
    assert reply.text == STARTED
    assert started == [request_of("tune").response_url]


def test_a_second_one_is_told_that_it_runs(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tune_module, "start", lambda _: pytest.fail("started twice"))
    with Tuning(context.settings.storage.data).alone(), pytest.raises(Mistake, match="at it already"):
        tune(request_of("tune"), snapshot_with(), context)


def test_the_process_answers_by_the_outbox_and_its_arguments_are_no_secret(
    context: Context, tmp_path: Path
) -> None:
    outbox = Outbox(tmp_path / "outbox")
    tune(request_of("tune"), snapshot_with(), context)
    eventually(outbox.pending, "the answer", 60)
    (item,) = outbox.pending()
    assert item.payload["response_url"] == request_of("tune").response_url
    assert "0 tagged alerts are too few" in item.payload["text"]


def test_apply_puts_it_in_force_and_offers_the_way_back(context: Context, tmp_path: Path) -> None:
    proposal = Tuning(tmp_path).propose(LAYER, ["motion.min_area_percent 0.4 → 0.8"], now=1)
    reply = BUTTONS[APPLY](press(APPLY, proposal.id), snapshot_with(), context)
    text = shown(reply.outgoing)
    assert "0.4 → 0.8" in text
    assert UNDO in text
    assert "start anew with it by themselves" in text
    assert Tuning(tmp_path).layer() == LAYER
    reply = BUTTONS[UNDO](press(UNDO, proposal.id), snapshot_with(), context)
    assert "Undone" in shown(reply.outgoing)
    assert Tuning(tmp_path).layer() == {}


def test_a_threshold_and_a_vote_are_applied_and_undone_like_any_other(
    context: Context, tmp_path: Path
) -> None:
    layer = {"motion": {"threshold_levels": 8}, "trigger": {"min_moving_frames": 5, "confirm_below": 0.7}}
    proposal = Tuning(tmp_path).propose(layer, ["trigger.min_moving_frames 3 → 5"], now=1)
    BUTTONS[APPLY](press(APPLY, proposal.id), snapshot_with(), context)
    settings = load_settings()
    assert settings.motion.threshold_levels == 8
    assert (settings.trigger.min_moving_frames, settings.trigger.confirm_below) == (5, 0.7)
    BUTTONS[UNDO](press(UNDO, proposal.id), snapshot_with(), context)
    assert load_settings().trigger.min_moving_frames == 3


@pytest.mark.parametrize("action", [APPLY, UNDO])
@pytest.mark.parametrize("value", ["0123456789abcdef", "../tuned", ""])
def test_a_button_that_is_not_of_the_proposal_in_force_changes_nothing(
    context: Context, tmp_path: Path, action: str, value: str
) -> None:
    proposal = Tuning(tmp_path).propose(LAYER, [], now=1)
    if action == UNDO:
        Tuning(tmp_path).apply(proposal.id)
    before = Tuning(tmp_path).layer()
    reply = BUTTONS[action](press(action, value), snapshot_with(), context)
    assert reply.text
    assert not reply.outgoing
    assert Tuning(tmp_path).layer() == before


def test_without_an_address_the_answer_is_words(context: Context, tmp_path: Path) -> None:
    proposal = Tuning(tmp_path).propose(LAYER, [], now=1)
    reply = BUTTONS[APPLY](press(APPLY, proposal.id, url=""), snapshot_with(), context)
    assert "Applied" in reply.text
