"""A dialog that was filled in and sent, and everything else a person does in Slack beside typing commands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field, ValidationError

from app.commands.buttons import parse_press
from app.commands.payload import Malformed, Named, Strict, Typed, User
from app.commands.press import Press

SUBMITTED = "view_submission"

MAX_FIELDS = 50


@dataclass(frozen=True, slots=True)
class Submission:
    """`dialog` says which one, `values` what stood in its fields (block id -> text), `shown` what pycam gave along
    when it opened. `received`: seconds since the epoch."""

    dialog: str
    values: Mapping[str, str]
    shown: str
    team: str
    user: str
    received: float


class _Field(Strict):
    value: str | None = Field(None, max_length=3000)


class _State(Strict):
    values: dict[str, dict[str, _Field]] = Field(max_length=MAX_FIELDS)


class _View(Strict):
    callback_id: str = Field("", max_length=255)
    private_metadata: str = Field("", max_length=3000)
    state: _State


class _Submitted(Strict):
    user: User
    team: Named | None = None
    view: _View


def parse_interaction(payload: str, received: float) -> Press | Submission | None:
    """What a payload tells of; None for what is none of ours. Raises Malformed."""
    try:
        if Typed.model_validate_json(payload).type != SUBMITTED:
            return parse_press(payload, received)
        told = _Submitted.model_validate_json(payload)
    except ValidationError as error:
        raise Malformed(f"the payload is malformed ({error.error_count()} errors)") from None
    return Submission(
        dialog=told.view.callback_id,
        values={
            block: field.value or ""
            for block, fields in told.view.state.values.items()
            for field in fields.values()
        },
        shown=told.view.private_metadata,
        team=told.team.id if told.team else told.user.team_id,
        user=told.user.id,
        received=received,
    )
