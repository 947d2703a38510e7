"""The presence loop: ask, decide, keep, tell. One step looks at everything once and waits for nothing."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence

from app.domain import Presence
from app.presence.asking import Asker
from app.presence.decide import Decider, Left, Transition
from app.presence.departure import ExitDelay, Step, Told
from app.presence.evidence import Reply, weigh
from app.presence.guest import WHO, GuestPass
from app.presence.memory import KnownPerson, Memory, Remembered
from app.presence.notices import Happening, notices
from app.presence.person import PersonState
from app.presence.report import household_fact, presence_fact, why_unknown
from app.presence.routers.router import Router
from app.presence.schedule import pause_seconds
from app.presence.telling import Teller
from app.settings import Settings
from app.shutdown import Shutdown
from app.state.connection import Client, StateUnavailable
from app.state.facts import Fact, PresenceFact, RouterFact
from app.state.heartbeat import Pulse
from app.state.wake import wake
from app.state.wishes import Wishes, field_of, read_wishes, restore_wishes
from app.store.outbox import Outbox

log = logging.getLogger(__name__)

STEP_SECONDS = 0.25
"""How late the end of a round, of an exit delay or of a guest pass may be noticed."""

WISHES_SECONDS = 2.0
"""How often wishes are read: as the cameras do it."""

Clock = Callable[[], float]


class Watcher:
    """Who is home, followed. `reopen`: see Asker; `clock`: monotonic seconds; `wall`: seconds since the epoch."""

    def __init__(
        self,
        settings: Settings,
        routers: Sequence[Router],
        client: Client,
        outbox: Outbox,
        memory: Memory,
        *,
        reopen: Callable[[int], Router],
        clock: Clock,
        wall: Clock,
    ) -> None:
        self._settings, self._client, self._memory = settings, client, memory
        self._clock, self._wall = clock, wall
        self._pulse = Pulse(client, "presence")
        known = memory.read()
        self._decider = Decider(
            {
                person.name: person.leave_seconds or settings.presence.leave_seconds
                for person in settings.presence.people
            },
            unknown_seconds=settings.presence.unknown_seconds,
            now=clock(),
            restored={
                name: PersonState(home=one.home, since=one.since) for name, one in known.people.items()
            },
            said_unknown=known.said_unknown,
        )
        self._exit = ExitDelay(
            Told(known.presence, known.since),
            delay_seconds=settings.presence.exit_delay_seconds,
            leaving_since=known.leaving_since,
        )
        self._teller = Teller(client, outbox, known.untold)
        self._presence = Presence.UNKNOWN
        self._asker = Asker(routers, settings.presence, reopen=reopen)
        self._guests = GuestPass()
        self._guest = False
        self._wishes = Wishes(guest=known.guest)
        self._wishes_read = float("-inf")
        self._next_round = clock()
        self._routers = {router.name: RouterFact(name=router.name) for router in routers}
        self._published: PresenceFact | None = None

    def run(self, shutdown: Shutdown) -> int:
        """Step until the end is asked for; the exit code (sysexits.h).

        EX_TEMPFAIL: too many questions are stuck for good, which only a new process is rid of.
        """
        code = os.EX_OK
        while not shutdown.requested:
            self.step()
            if self._asker.is_clogged(self._clock()):
                log.error("too many questions hang for good: the process ends, to be started anew")
                code = os.EX_TEMPFAIL
                break
            shutdown.wait(STEP_SECONDS)
        self._pulse.goodbye()
        return code

    def step(self) -> None:
        """One look at everything."""
        now = self._clock()
        self._read_wishes(now)
        transitions = self._hear(now)
        transitions += self._heed_guests(now)
        if transitions or self._decider.presence is not self._presence:
            self._presence = self._decider.presence
            self._look_at_wishes()  # a change is dated after the newest command: see _stamp
        steps = self._exit.update(self._presence, now=now, stamp=self._stamp())
        self._owe(transitions, steps)
        self._keep(now)
        self._publish(at_once=bool(transitions or steps))
        self._teller.deliver(now)

    def _hear(self, now: float) -> list[Transition]:
        """The end of a round, or the beginning of the next."""
        replies = self._asker.replies(now)
        if replies is None:
            if not self._asker.asking and now >= self._next_round:
                self._asker.ask(now)
            return []
        self._note(replies)
        people = self._settings.presence.people
        transitions = self._decider.round(weigh(people, replies), now=now, wall=self._wall())
        for transition in transitions:
            log.info("%s", transition)
        self._next_round = now + pause_seconds(
            self._decider.presence,
            hurry=self._decider.leaving or self._decider.settling,
            settings=self._settings.presence,
        )
        return transitions

    def _heed_guests(self, now: float) -> list[Transition]:
        guest = self._guests.holds(self._wishes.guest, now=now, wall=self._wall())
        if guest != self._guest:
            log.info("a guest pass %s", "holds" if guest else "is over")
        self._guest = guest
        return self._decider.set_guest(guest)

    def _note(self, replies: Sequence[Reply]) -> None:
        for reply in replies:
            before = self._routers[reply.router]
            answered = self._wall() if reply.sightings is not None else before.answered_at
            self._routers[reply.router] = RouterFact(
                name=reply.router, problem=reply.problem, answered_at=answered
            )

    def _read_wishes(self, now: float) -> None:
        if now - self._wishes_read >= WISHES_SECONDS:
            self._wishes_read = now
            self._look_at_wishes()

    def _look_at_wishes(self) -> None:
        try:
            wishes, known = read_wishes(self._client), self._wishes.guest
            if wishes.guest is None and known is not None:
                log.warning("Redis has forgotten the guest pass; it is given back")
                wishes = wishes.model_copy(update={"guest": known})
                restore_wishes(self._client, {field_of(known): known})
            self._wishes = wishes
        except StateUnavailable as error:
            log.debug("the last wishes hold: %s", error)

    def _stamp(self) -> float:
        """A change now is newer than every command so far, even if a clock was set back since."""
        commands = [wish.at for wish in self._wishes.armed.values()]
        return max([self._wall(), *(at + 0.001 for at in commands)])

    def _keep(self, now: float) -> None:
        people = {
            name: KnownPerson(home=state.home, since=state.since)
            for name, state in self._decider.people.items()
        }
        told = self._exit.told
        self._memory.keep(
            Remembered(
                presence=told.presence,
                since=told.since,
                leaving_since=self._exit.leaving_since,
                said_unknown=self._decider.said_unknown,
                people=people,
                guest=self._wishes.guest,
                untold=self._teller.untold,
            ),
            now,
        )

    def _publish(self, *, at_once: bool) -> None:
        at = self._wall()
        fact = presence_fact(self._exit, at=at, problem=self._problem(), who=self._home())
        changed = (
            self._published is None or fact.model_copy(update={"at": self._published.at}) != self._published
        )
        self._published = fact
        facts: dict[str, Fact] = {
            "presence": fact,
            "household": household_fact(self._decider.people, self._routers.values(), at=at),
        }
        self._pulse.beat(
            facts,
            problem=fact.problem,
            at_once=changed or at_once,
            progress=not self._asker.asking,  # a round that never ends is none
        )
        if changed:
            try:
                wake(self._client, "wishes")  # the cameras listen for these, and read facts with them
            except StateUnavailable:
                log.debug("the cameras were not woken; they look by themselves")

    def _problem(self) -> str:
        """Why who is home cannot be told now; empty if it can."""
        unknown = self._decider.presence is Presence.UNKNOWN
        return why_unknown(self._routers.values()) if unknown else ""

    def _home(self) -> tuple[str, ...]:
        return (*self._decider.home, WHO) if self._guest else self._decider.home

    def _owe(self, transitions: Sequence[Transition], steps: Sequence[Step]) -> None:
        if not transitions and not steps:
            return
        self._look_at_wishes()  # what is said must be true now: "Stay disarmed" may have been pressed a second ago
        presence = self._settings.presence
        happening = Happening(
            transitions=transitions,
            steps=steps,
            home=self._home(),
            went=[one.who for one in transitions if isinstance(one, Left) and one.last],
            problem=self._problem(),
            unknown_seconds=presence.unknown_seconds,
            exit_delay_seconds=presence.exit_delay_seconds,
        )
        cameras = [camera.name for camera in self._settings.cameras]
        self._teller.add(notices(happening, self._wishes, cameras))
