"""From a genuine request to its answer, the same for every way in. The order of the steps is `command` and `press`."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial

from app.commands.buttons import BUTTONS, FOR_MEMBERS, Press
from app.commands.failures import BUSY, DISK_FULL, FAILED, REDIS_AWAY, REDIS_AWAY_QUESTION, REDIS_LOST
from app.commands.home import HomeTab
from app.commands.request import Context, Handler, Mistake, NotAccepted, Outgoing, Reply, Request
from app.commands.roles import allows, in_team, refusal, role_of
from app.commands.settings_dialog import NotKept, keep
from app.commands.submission import Submission
from app.commands.table import find
from app.domain import Role
from app.slack.settings_view import SETTINGS
from app.state.connection import Client, StateUnavailable
from app.state.snapshot import NOTHING_KNOWN, Snapshot, read_snapshot, release_signature
from app.state.wake import wake
from app.state.wishes import write_wishes
from app.store.files import DiskFull

log = logging.getLogger(__name__)


class Dispatcher:
    """Carries out commands and buttons. `background` runs what is too slow for Slack's 3 s."""

    def __init__(self, client: Client, context: Context, background: Executor) -> None:
        self._client, self._context, self._background = client, context, background
        self._second_half = threading.Lock()
        self.home = HomeTab(self, client, context)

    def command(self, request: Request, signature: str | None = None) -> Reply:
        """The answer to a slash command; `signature` is what the replay memory knows it by, where it has one.

        Raises NotAccepted for another workspace's or a repeated request; every other failure is a sentence.
        """
        self._check_team(request.team)
        found = find(request.command, request.text)
        if found is None:
            raise NotAccepted("there is no such command")
        command, text = found
        what = f"/{command.name} by {request.user}"
        handler: Handler | None = command.handler
        try:
            snapshot = self._claim(signature)
        except StateUnavailable as error:
            log.warning("%s has to do without Redis: %s", what, error)
            snapshot, handler, signature = NOTHING_KNOWN, command.without_redis, None
        if (refused := self._refusal(request.user, command.role, f"/{command.name}")) is not None:
            return Reply(refused)
        if handler is None:
            return Reply(REDIS_AWAY_QUESTION if command.role is Role.MEMBER else REDIS_AWAY)
        meant = request if text is request.text else replace(request, text=text)
        reply = partial(handler, meant, snapshot, self._context)
        return self._attempt(what, lambda: self._carry_out(reply(), request.response_url), signature)

    def trusted(self, request: Request) -> Reply:
        """As `command`, for an owner who was let in by other means than Slack; what concerns all is said in the
        alerts' channel, too. Raises NotAccepted if there is no such command."""
        found = find(request.command, request.text)
        if found is None:
            raise NotAccepted("there is no such command")
        command, text = found
        try:
            snapshot = read_snapshot(self._client)
        except StateUnavailable as error:
            log.warning("/%s by %s has to do without Redis: %s", command.name, request.user, error)
            return Reply(REDIS_AWAY)
        meant = replace(request, text=text)

        def work() -> Reply:
            return self._carry_out(command.handler(meant, snapshot, self._context), "")

        reply = self._attempt(f"/{command.name} by {request.user}", work, None)
        if reply.in_channel:
            try:
                self.put(Outgoing("post", "alerts", {"channel": None, "text": reply.text}))
            except (DiskFull, OSError) as error:
                # It is done, and its answer says so: that nobody else hears of it is less.
                log.error("what /%s did cannot be told in the channel: %s", command.name, error)
        return reply

    def press(self, press: Press, signature: str | None = None) -> None:
        """Carry out a button. What there is to say follows by the outbox, because Slack wants an empty answer.

        Raises NotAccepted as `command` does.
        """
        if press.in_home:
            self.home.press(press, signature)
            return
        self._check_team(press.team)
        button = BUTTONS.get(press.action)
        if button is None:
            log.info("the unknown button %r was pressed by %s", press.action[:60], press.user)
            return
        what, snapshot = f"{press.action} by {press.user}", None
        try:
            snapshot = self._claim(signature)
        except StateUnavailable as error:
            log.warning("%s was not carried out: %s", what, error)
        needed = Role.MEMBER if press.action in FOR_MEMBERS else Role.OWNER
        if (refused := self._refusal(press.user, needed, press.action)) is not None:
            self._say(press, Reply(refused))
        elif snapshot is None:
            self._say(press, Reply(REDIS_AWAY))
        else:
            reply = partial(button, press, snapshot, self._context)
            self._say(
                press, self._attempt(what, lambda: self._carry_out(reply(), press.response_url), signature)
            )

    def submit(self, submission: Submission, signature: str | None = None) -> dict[str, str]:
        """Carry out a dialog: what is wrong, by the id of the field; empty if it may close.

        Raises NotAccepted as `command` does.
        """
        self._check_team(submission.team)
        if submission.dialog != SETTINGS or not submission.values:
            raise NotAccepted("there is no such dialog")
        first = next(iter(submission.values))
        try:
            self._claim(signature)
        except StateUnavailable as error:
            log.warning("the settings are changed without Redis: %s", error)
            signature = None
        if (refused := self._refusal(submission.user, Role.OWNER, "the settings dialog")) is not None:
            return {first: refused}
        errors: dict[str, str] = {}

        def work() -> Reply:
            try:
                kept = keep(submission, self._context)
            except NotKept as wrong:
                errors.update(wrong.errors)
                return Reply("")
            if kept.text:
                self.put(Outgoing("post", "alerts", {"channel": None, "text": kept.text}))
            return Reply("")

        failed = self._attempt(f"the settings dialog by {submission.user}", work, signature)
        return {first: failed.text} if failed.text else errors

    def _check_team(self, team: str) -> None:
        if not in_team(team, self._context.settings.slack):
            raise NotAccepted("it comes from another workspace than slack.team_id")

    def _claim(self, signature: str | None) -> Snapshot:
        snapshot = read_snapshot(self._client, signature)
        if not snapshot.first_time:
            raise NotAccepted("it is a replay")
        return snapshot

    def _refusal(self, user: str, needed: Role, what: str) -> str | None:
        role = role_of(user, self._context.settings.slack)
        if allows(role, needed):
            return None
        log.warning("%s by %s was refused: the role is %s", what, user, role)
        return refusal(user, role)

    def _attempt(self, what: str, work: Callable[[], Reply], signature: str | None) -> Reply:
        """Do it; whatever fails becomes a sentence, and the claim is given back so that it can be tried again."""
        try:
            reply = work()
        except Mistake as mistake:
            return Reply(str(mistake))
        except StateUnavailable as error:
            log.warning("%s broke off: %s", what, error)
            failed = Reply(REDIS_LOST)
        except (DiskFull, OSError) as error:
            log.error("%s was not carried out: %s", what, error)
            failed = Reply(DISK_FULL)
        except Exception:
            log.exception("%s failed", what)
            failed = Reply(FAILED)
        else:
            log.info("%s", what)
            return reply
        if signature is not None:
            self._background.submit(self._release, signature)
        return failed

    def _carry_out(self, reply: Reply, response_url: str) -> Reply:
        """Wishes first: with Redis gone, nothing may go out that speaks of a change."""
        if reply.wishes:
            write_wishes(self._client, reply.wishes)
        self.put(*reply.outgoing)
        if reply.later is not None:
            if not self._second_half.acquire(blocking=False):
                return Reply(BUSY)
            self._background.submit(self._finish, reply.later, response_url)
        return reply

    def put(self, *outgoing: Outgoing) -> None:
        """Into the outbox, and wake the notifier. Raises DiskFull or OSError."""
        for item in outgoing:
            self._context.outbox.put(
                item.kind, item.payload, lane=item.lane, picture=item.picture, once=item.once
            )
        if outgoing:
            try:
                wake(self._client, "outbox")
            except StateUnavailable:
                log.debug("the notifier was not woken; it looks by itself")

    def _finish(self, later: Callable[[], str], response_url: str) -> None:
        try:
            self.put(*self._answer(response_url, later()))
        except (DiskFull, OSError) as error:
            log.error("the second half of a command cannot be queued: %s", error)
        except Exception:
            log.exception("the second half of a command failed")
        finally:
            self._second_half.release()

    def _say(self, press: Press, reply: Reply) -> None:
        if not reply.text:
            return
        told: tuple[Outgoing, ...]
        if reply.in_channel and press.channel:
            told = (Outgoing("post", press.channel, {"channel": press.channel, "text": reply.text}),)
        else:
            told = self._answer(press.response_url, reply.text)
        try:
            self.put(*told)
        except (DiskFull, OSError) as error:
            log.error("the answer to %s cannot be queued: %s", press.action, error)

    def _answer(self, response_url: str, text: str) -> tuple[Outgoing, ...]:
        if not response_url:
            log.warning("an answer has nowhere to go: the request came without a response_url")
            return ()
        payload = {"response_url": response_url, "text": text, "replace_original": False}
        return (Outgoing("reply", f"reply-{self._context.new_id()}", payload),)

    def _release(self, signature: str) -> None:
        try:
            release_signature(self._client, signature)
        except StateUnavailable:
            log.debug("a claim could not be given back; it expires by itself")
