from __future__ import annotations

import pytest

from app.commands.roles import allows, in_team, refusal, role_of
from app.domain import Role
from app.settings import SlackSettings

SLACK = SlackSettings(owners=("U1",), members=("U2",))


def test_a_role_is_what_the_settings_say_and_nothing_by_default() -> None:
    assert [role_of(user, SLACK) for user in ("U1", "U2", "U3", "")] == [
        Role.OWNER,
        Role.MEMBER,
        Role.STRANGER,
        Role.STRANGER,
    ]
    assert role_of("U1", SlackSettings()) is Role.STRANGER


@pytest.mark.parametrize("needed", [Role.OWNER, Role.MEMBER])
def test_owners_may_everything_and_strangers_nothing(needed: Role) -> None:
    assert allows(Role.OWNER, needed)
    assert not allows(Role.STRANGER, needed)


def test_members_may_look_only() -> None:
    assert allows(Role.MEMBER, Role.MEMBER)
    assert not allows(Role.MEMBER, Role.OWNER)


def test_a_refusal_names_the_id_and_the_setting() -> None:
    for role in (Role.MEMBER, Role.STRANGER):
        assert "U3" in refusal("U3", role)
        assert "slack.owners" in refusal("U3", role)


def test_another_workspace_is_told_apart_once_the_settings_name_one() -> None:
    assert in_team("T9", SlackSettings())
    assert in_team("T1", SlackSettings(team_id="T1"))
    assert not in_team("T9", SlackSettings(team_id="T1"))
    assert not in_team("", SlackSettings(team_id="T1"))
