"""The dialog for the common settings: what it shows, what it keeps, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.commands.request import Context, Mistake, Reply
from app.commands.settings_dialog import NotKept, keep, pycam_settings
from app.commands.settings_form import NUMBERS
from app.commands.submission import Submission, parse_interaction
from app.demo.workspace.view_blocks import check_view
from app.settings import load_settings
from tests.commands.builders import NOW, OWNER, context_with, request_of, snapshot_with

MINE = "trigger: {cooldown_seconds: 12}\n"


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    (tmp_path / "mine.yml").write_text(MINE)
    monkeypatch.setenv("PYCAM_CONFIG", str(tmp_path / "mine.yml"))
    monkeypatch.setenv("PYCAM_DATA", str(tmp_path / "data"))
    return context_with(tmp_path / "data")


def view_of(context: Context) -> dict[str, Any]:
    request = request_of("pycam_settings")
    (item,) = pycam_settings(request_with_trigger(request), snapshot_with(), context).outgoing
    assert (item.kind, item.payload["trigger_id"]) == ("dialog", "1.2.3")
    assert item.payload["response_url"] == request.response_url
    check_view(item.payload["view"], "modal", lambda _file: False)
    view: dict[str, Any] = item.payload["view"]
    return view


def request_with_trigger(request: Any) -> Any:
    return type(request)(
        **{name: getattr(request, name) for name in request.__slots__ if name != "trigger"}, trigger="1.2.3"
    )


def filled(view: dict[str, Any], **changed: str) -> Submission:
    """The dialog as it comes back, with some fields typed anew ('trigger__cooldown_seconds')."""
    shown = {block["block_id"]: block["element"].get("initial_value", "") for block in view["blocks"]}
    typed = shown | {name.replace("__", "."): text for name, text in changed.items()}
    return Submission("settings", typed, view["private_metadata"], "T0HOME", OWNER, NOW)


def sent(context: Context, **changed: str) -> Reply:
    return keep(filled(view_of(context), **changed), context)


def refused(context: Context, **changed: str) -> dict[str, str]:
    before = load_settings()
    with pytest.raises(NotKept) as caught:
        sent(context, **changed)
    assert load_settings() == before
    return caught.value.errors


def test_it_shows_what_is_in_force_of_every_number_the_dashboard_has(context: Context) -> None:
    fields = {block["block_id"]: block for block in view_of(context)["blocks"]}
    assert set(fields) == {number.key for number in NUMBERS}
    assert fields["trigger.cooldown_seconds"]["element"]["initial_value"] == "12"
    score = fields["person.min_score"]
    assert score["optional"]
    assert "initial_value" not in score["element"]


def test_what_is_changed_is_in_force_and_told_to_everybody_with_before_and_after(context: Context) -> None:
    reply = sent(
        context, trigger__cooldown_seconds="45", motion__min_area_percent="0.8", person__min_score="0.6"
    )
    settings = load_settings()
    assert settings.trigger.cooldown_seconds == 45
    assert settings.motion.min_area_percent == 0.8
    assert settings.person.min_score == 0.6
    assert reply.in_channel
    assert f"by <@{OWNER}>" in reply.text
    assert "12 → *45*" in reply.text
    assert "as suits the model → *0.6*" in reply.text
    assert "snooze" not in reply.text.lower()


def test_an_emptied_field_that_may_be_empty_goes_back(context: Context) -> None:
    sent(context, person__min_score="0.6")
    sent(context, person__min_score="")
    assert load_settings().person.min_score is None


def test_nothing_changed_says_nothing(context: Context) -> None:
    assert sent(context).text == ""
    assert not (load_settings().storage.data / "chosen.yml").exists()


def test_what_somebody_else_changed_meanwhile_stays(context: Context) -> None:
    view = view_of(context)
    sent(context, trigger__quiet_seconds="7")
    keep(filled(view, trigger__cooldown_seconds="33"), context)
    assert load_settings().trigger.quiet_seconds == 7
    assert load_settings().trigger.cooldown_seconds == 33


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("trigger__cooldown_seconds", "99999", "3600 or less"),
        ("trigger__cooldown_seconds", "soon", "must be a number"),
        ("trigger__cooldown_seconds", "", "must be a number"),
        ("slack__snooze_minutes", "0.5", ""),
        ("person__min_score", "7", ""),
        ("motion__min_area_percent", "-1", ""),
        ("motion__min_area_percent", "nan", ""),
    ],
)
def test_what_cannot_be_is_said_below_its_field_and_changes_nothing(
    field: str, text: str, why: str, context: Context
) -> None:
    errors = refused(context, **{field: text})
    assert list(errors) == [field.replace("__", ".")]
    [said] = errors.values()
    assert said
    assert why in said
    assert str(load_settings().storage.data) not in said


def test_each_mistake_stands_below_its_own_field(context: Context) -> None:
    errors = refused(context, trigger__cooldown_seconds="99999", trigger__quiet_seconds="0")
    assert set(errors) == {"trigger.cooldown_seconds", "trigger.quiet_seconds"}


def test_fields_that_are_none_of_ours_change_nothing(context: Context) -> None:
    view = view_of(context)
    submission = filled(view)
    more = Submission(
        "settings", {**submission.values, "slack.owners": "U0EVIL"}, view["private_metadata"], "", OWNER, NOW
    )
    assert keep(more, context).text == ""
    assert load_settings().slack.owners == ()


@pytest.mark.parametrize("remembered", ["", "[]", "{", '{"trigger.cooldown_seconds": 12}'])
def test_without_what_it_showed_only_what_is_typed_counts(remembered: str, context: Context) -> None:
    values = {"trigger.cooldown_seconds": "20"}
    assert "→ *20*" in keep(Submission("settings", values, remembered, "", OWNER, NOW), context).text


def test_without_anything_to_open_it_with_it_says_so(context: Context) -> None:
    with pytest.raises(Mistake, match="try again"):
        pycam_settings(request_of("pycam_settings"), snapshot_with(), context)


def test_settings_that_cannot_be_read_open_no_dialog(context: Context, tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text("trigger: {cooldwn: 1}\n")
    with pytest.raises(Mistake, match="cannot be read"):
        view_of(context)


def test_what_slack_sends_is_what_was_typed() -> None:
    payload = {
        "type": "view_submission",
        "team": {"id": "T0HOME"},
        "user": {"id": OWNER},
        "view": {
            "callback_id": "settings",
            "private_metadata": "m",
            "state": {"values": {"a.b": {"value": {"type": "number_input", "value": None}}}},
        },
    }
    assert parse_interaction(json.dumps(payload), NOW) == Submission(
        "settings", {"a.b": ""}, "m", "T0HOME", OWNER, NOW
    )
