"""Who may do what: by user id, from the settings. Nobody has a role by default."""

from __future__ import annotations

from app.domain import Role
from app.settings import SlackSettings


def role_of(user: str, slack: SlackSettings) -> Role:
    """The role of a Slack user id."""
    if user in slack.owners:
        return Role.OWNER
    return Role.MEMBER if user in slack.members else Role.STRANGER


def allows(role: Role, needed: Role) -> bool:
    """Whether `role` is enough: owners may everything, members what needs a member, strangers nothing."""
    return role is Role.OWNER or (role is Role.MEMBER and needed is Role.MEMBER)


def refusal(user: str, role: Role) -> str:
    """What somebody who may not is told: their id and the setting it would have to be in."""
    if role is Role.MEMBER:
        return (
            f"Members may look; this needs an owner. Nothing was changed. "
            f"To be an owner, `{user}` must be in `slack.owners` in pycam's settings."
        )
    return (
        f"pycam does not know you, so nothing was changed. Your id is `{user}`: whoever runs this pycam can "
        f"add it to `slack.owners` (may do everything) or `slack.members` (may look) in its settings."
    )


def in_team(team: str, slack: SlackSettings) -> bool:
    """Whether a request comes from the workspace this pycam belongs to; any, if the settings name none."""
    return not slack.team_id or team == slack.team_id
