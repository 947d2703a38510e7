"""Buttons of the messages: what Slack sends for a press, and what each button does.

A button's value is an opaque id that is looked up. It never becomes a path, a name or code.
"""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field, ValidationError

from app.commands.events import turn
from app.commands.first_run import CONFIRM_ACTION, CONFIRM_VALUE, defaults, what_is_set
from app.commands.orders import arming, moment_of, mute
from app.commands.payload import Malformed, Named, Strict, Typed, User
from app.commands.press import Press
from app.commands.request import Context, Outgoing, Reply
from app.commands.tune import tune_apply, tune_undo
from app.domain import EVENT_ID, Tag
from app.rules import should_alert
from app.slack.event_messages import NEWER, OLDER
from app.slack.presence_messages import STAY_DISARMED, departure
from app.slack.tune_messages import APPLY, UNDO
from app.slack.wording import duration, mention, when
from app.state.snapshot import Snapshot
from app.state.wishes import Armed, Notifications, field_of
from app.store.events import EventRecord, TagRecord

UNKNOWN_EVENT = "pycam does not know this alert (any more), so nothing was changed."


class _Action(Strict):
    action_id: str = Field(max_length=255)
    value: str = Field("", max_length=2000)  # both limits are Block Kit's


class _BlockActions(Strict):
    user: User
    team: Named | None = None
    trigger_id: str = Field("", max_length=255)
    view: Typed | None = None
    channel: Named | None = None
    response_url: str = Field("", max_length=3000)
    actions: list[_Action] = Field(min_length=1, max_length=25)


def parse_press(payload: str, received: float) -> Press | None:
    """The press a payload tells of; None for other interactions. Raises Malformed."""
    try:
        if Typed.model_validate_json(payload).type != "block_actions":
            return None
        told = _BlockActions.model_validate_json(payload)
    except ValidationError as error:
        raise Malformed(f"the payload is malformed ({error.error_count()} errors)") from None
    return Press(
        action=told.actions[0].action_id,
        value=told.actions[0].value,
        team=told.team.id if told.team else told.user.team_id,
        user=told.user.id,
        channel=told.channel.id if told.channel else "",
        response_url=told.response_url,
        received=received,
        trigger=told.trigger_id,
        in_home=told.view is not None and told.view.type == "home",
    )


def _tag(tag: Tag, press: Press, context: Context) -> Reply:
    event = _event(press, context)
    if event is None:
        return Reply(UNKNOWN_EVENT)
    said = TagRecord(tag=tag, by=press.user, at=press.received)
    context.history.tag(event.id, said)
    # The message itself says who tagged it and how: that is the answer.
    return Reply("", outgoing=(Outgoing("edit", "alerts", {"event_id": event.id}, once=f"edit-{event.id}"),))


def tag_occupied(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Somebody was there."""
    return _tag(Tag.OCCUPIED, press, context)


def tag_unoccupied(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Nobody was there."""
    return _tag(Tag.UNOCCUPIED, press, context)


def snooze(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """No alerts for a while; everybody in the channel is told, because it concerns them."""
    if _event(press, context) is None:
        return Reply(UNKNOWN_EVENT)
    seconds = context.settings.slack.snooze_minutes * 60
    until = press.received + seconds
    muted = mute(snapshot)
    if muted and not should_alert(muted, press.received).yes and not (muted.until and muted.until < until):
        end = when(muted.until) if muted.until else "`/notifications_on`"
        return Reply(f"Notifications are already off until {end} (by {muted.by}); that stays.")
    wish = Notifications(by=press.user, at=press.received, on=False, until=until)
    text = f"Notifications are off until {when(until)} ({duration(seconds)}), by {mention(press.user)}."
    return Reply(text, in_channel=True, wishes={field_of(wish): wish})


def disarm(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Disarm the camera of the alert; the channel is told."""
    event = _event(press, context)
    if event is None or event.camera not in context.camera_names():
        return Reply(UNKNOWN_EVENT)
    now_is = arming(event.camera, snapshot)
    if not now_is.verdict.yes and now_is.stands:
        return Reply(f"{event.camera} is already disarmed ({now_is.because(press.received)}).")
    wish = Armed(by=press.user, at=moment_of(press.received, snapshot), on=False)
    text = f"*{event.camera}* is disarmed by {mention(press.user)}."
    return Reply(text, in_channel=True, wishes={field_of(wish, event.camera): wish})


def stay_disarmed(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """Nobody is home by the phones, but somebody is: disarm all cameras until presence really changes."""
    presence = snapshot.facts.presence
    if presence is None or presence.away_since is None or press.value != departure(presence.away_since):
        return Reply(
            "This is about an earlier departure, so nothing was changed. `/pycam_off` disarms at any time."
        )
    wish = Armed(by=press.user, at=moment_of(press.received, snapshot), on=False)
    wishes = {field_of(wish, camera): wish for camera in context.camera_names()}
    text = f"It stays disarmed, says {mention(press.user)}: until somebody arrives and leaves again, or `/pycam_on`."
    return Reply(text, in_channel=True, wishes=wishes)


def init(press: Press, snapshot: Snapshot, context: Context) -> Reply:
    """The confirmation of /init. The channel is told; the question goes, so that it is not pressed twice."""
    if press.value != CONFIRM_VALUE:
        return Reply("This button is not one of pycam's, so nothing was changed.")
    cameras = context.camera_names()
    text = f"Back to the defaults, by {mention(press.user)}: {what_is_set(cameras)}."
    gone = {"response_url": press.response_url, "text": text, "replace_original": True}
    question = (Outgoing("reply", f"reply-{context.new_id()}", gone),) if press.response_url else ()
    wishes = defaults(press.user, moment_of(press.received, snapshot), cameras)
    return Reply(text, in_channel=True, wishes=wishes, outgoing=question)


BUTTONS: dict[str, Callable[[Press, Snapshot, Context], Reply]] = {
    "tag_occupied": tag_occupied,
    "tag_unoccupied": tag_unoccupied,
    "snooze": snooze,
    "disarm": disarm,
    STAY_DISARMED: stay_disarmed,
    CONFIRM_ACTION: init,
    APPLY: tune_apply,
    UNDO: tune_undo,
    OLDER: turn,
    NEWER: turn,
}

FOR_MEMBERS = frozenset({OLDER, NEWER})
"""Buttons that only look; all others change something, and need an owner."""


def _event(press: Press, context: Context) -> EventRecord | None:
    return context.events.get(press.value) if EVENT_ID.fullmatch(press.value) else None
