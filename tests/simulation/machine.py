"""Random lives: every command in any order, at any time, repeated, stale, lost and tried again, against the model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from db.session import WriteConnection
from domain.contact import ContactResult
from domain.errors import CommandConflictError
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import (
    AgentGone,
    Claim,
    Command,
    Complete,
    Contact,
    Decline,
    Outcome,
    Pause,
    Reassign,
    Release,
    Restart,
    Resume,
    Route,
    Snooze,
    Withdraw,
    person_command_id,
)
from domain.lifecycle.lead import Lead as Row
from domain.lifecycle.state import CloseReason
from domain.routing.agent import AgentStatus
from services.applied import Applied, Refused
from services.new_lead import NewLead
from tests.simulation.expectations import Scene, expected
from tests.simulation.house import CAPACITY, MAX_HELD, House
from tests.simulation.model import LAST, Lead
from tests.simulation.worker import Work, next_work
from tests.support.phones import fresh_phone
from workflows.messages import CommandInput, LeadSnapshot, RawCommand

_LEADS = 5
_AROUND = [timedelta(milliseconds=by) for by in (-1, 0, 1)]
_PAUSES = [timedelta(seconds=by) for by in (1, 100, 299, 301, 601)] + [timedelta(days=1), LAST]
_KINDS = [Claim, Contact, Claim, Contact, Outcome, Decline, Release, Reassign, Restart]
_KINDS += [Withdraw, Complete, Pause, Pause, Snooze, Resume]
_NEXT: dict[str, Sequence[type[Command]]] = {
    "offered": (Claim, Claim, Pause, Decline),
    "queued": (Claim, Contact, Reassign, Restart),
    "escalated": (Claim, Reassign),
    "claimed": (Contact, Contact, Pause, Release),
    "attempting": (Contact, Snooze, Outcome, Release),
    "contacted": (Contact, Outcome, Snooze, Restart),
    "incomplete": (Complete,),
    "closed": (Contact,),
}
_WHO = ["holder", "holder", "last", "agent", "manager", "admin", "service"]
_place = st.integers(0, _LEADS - 1)


class _CrashError(Exception):
    """The process dies before it commits."""


async def _die(connection: WriteConnection, lead: Row) -> None:
    raise _CrashError


class Lives(RuleBasedStateMachine):
    """One run: a few leads, three agents with two slots each, and everything that may happen to them."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.house = house
        self.leads: list[Lead] = []
        self.there: set[UUID] = set(house.people.agents)
        self.said: list[tuple[int, Command]] = []
        self.answers: dict[str, dict[str, Any]] = {}
        self.calls: set[str] = set()
        self.held: dict[int, LeadSnapshot | None] = {}
        self.seen: Counter[int] = Counter()
        self.lost: list[tuple[int, Work]] = []
        self.done: set[tuple[object, ...]] = set()
        self.numbers = 0

    @initialize()
    def begin(self) -> None:
        """An empty house, then two leads that are offered."""
        self.house.reset()
        for place in range(2):
            self.receive(reachable=True)
            self.work(place=place, times=3)

    # What happens

    @precondition(lambda self: len(self.leads) < _LEADS)
    @rule(reachable=st.sampled_from([True, True, True, False]))
    def receive(self, reachable: bool) -> None:
        """A lead comes in."""
        self.house.clock.move(timedelta(milliseconds=1))
        now = self.house.clock.now()
        lead_id = self.house.receive(NewLead(source="website", phone=fresh_phone() if reachable else None))
        state, wake_at = ("received", now) if reachable else ("incomplete", now + LAST)
        self.leads.append(Lead(id=lead_id, state=state, wake_at=wake_at))

    @precondition(lambda self: self.leads)
    @rule(place=_place, times=st.integers(1, 3))
    def work(self, place: int, times: int) -> None:
        """The lead's workflow does what is due by what it knows, which may be old."""
        for _ in range(times):
            index = place % len(self.leads)
            self._do(index, self._next(index), answered=True)

    @precondition(lambda self: self.leads)
    @rule(place=_place, late=st.sampled_from([False, True]))
    def miss(self, place: int, late: bool) -> None:
        """A deadline passes, and the workflow notices."""
        index = place % len(self.leads)
        due = self.leads[index].wake_at
        if due is None or due - self.house.clock.now() > timedelta(days=2):
            return
        self.house.clock.move(max(due - self.house.clock.now(), timedelta(0)) + timedelta(seconds=5 * late))
        self.work(place=index, times=2)

    @precondition(lambda self: self.leads)
    @rule(data=st.data(), place=_place, alternative=st.integers(0, 3), by_signal=st.booleans())
    def do_what_is_next(self, data: st.DataObject, place: int, alternative: int, by_signal: bool) -> None:
        """Whoever has the lead does what the lead waits for, in time or late."""
        index = place % len(self.leads)
        lead = self.leads[index]
        choices = _NEXT.get(lead.state, ())
        if not choices:
            self.work(place=index, times=2)
            return
        kind = choices[alternative % len(choices)]
        supervised = kind in (Complete, Restart, Reassign) or (kind is Pause and lead.state != "claimed")
        actor = self._actor(data, index, "manager" if supervised else "last" if lead.agent is None else "holder")
        command = self._command(data, index, kind, actor)
        (self._signal if by_signal else self._give)(index, command)

    @precondition(lambda self: self.leads)
    @rule(place=_place)
    def work_and_lose_the_answer(self, place: int) -> None:
        """The worker dies after the commit: the activity will be tried again with the same input."""
        index = place % len(self.leads)
        work = self._next(index)
        self._do(index, work, answered=False)
        self.lost.append((index, work))

    @precondition(lambda self: self.lost)
    @rule(which=st.integers(0, 5))
    def try_lost_work_again(self, which: int) -> None:
        """Another attempt of an activity, soon or very late."""
        index, work = self.lost[which % len(self.lost)]
        self._do(index, work, answered=True)

    @precondition(lambda self: self.leads)
    @rule(place=_place)
    def forget(self, place: int) -> None:
        """The workflow is terminated and started again by the relay, with the row as it is or with nothing."""
        index = place % len(self.leads)
        self.held.pop(index, None)
        self.seen.pop(index, None)

    @precondition(lambda self: self.leads)
    @rule(place=_place)
    def drain(self, place: int) -> None:
        """The drain finds a waiting lead and looks for an agent."""
        index = place % len(self.leads)
        lead = self.leads[index]
        command_id = f"{lead.id}:drain:{lead.seq}"
        command = Route(command_id=command_id, actor=SYSTEM, received_at=self.house.clock.now(), only_offer=True)
        self._give(index, command)

    @precondition(lambda self: self.leads)
    @rule(place=_place, behind=st.sampled_from([0, 0, 1]))
    def agent_gone(self, place: int, behind: int) -> None:
        """Somebody notices that the lead's agent has gone."""
        index = place % len(self.leads)
        epoch = self.leads[index].epoch - behind
        self.numbers += 1
        command_id = f"gone:{self.numbers}"
        self._give(
            index, AgentGone(command_id=command_id, actor=SYSTEM, received_at=self.house.clock.now(), epoch=epoch)
        )

    @rule(which=st.integers(0, 2), status=st.sampled_from([AgentStatus.AVAILABLE, AgentStatus.OFFLINE]))
    def come_or_go(self, which: int, status: AgentStatus) -> None:
        """An agent comes or goes."""
        agent = self.house.people.agents[which]
        self.house.set_status(agent, status)
        (self.there.add if status is AgentStatus.AVAILABLE else self.there.discard)(agent)

    @rule(by=st.sampled_from(_PAUSES))
    def pass_time(self, by: timedelta) -> None:
        """Nothing happens for a while."""
        self.house.clock.move(by)

    @precondition(lambda self: any(lead.wake_at for lead in self.leads))
    @rule(place=_place, delta=st.sampled_from(_AROUND))
    def pass_time_to_a_deadline(self, place: int, delta: timedelta) -> None:
        """Time passes until a deadline, to the millisecond."""
        due = [lead.wake_at for lead in self.leads if lead.wake_at]
        self.house.clock.move(max(due[place % len(due)] + delta - self.house.clock.now(), timedelta(0)))

    @precondition(lambda self: self.leads)
    @rule(data=st.data(), place=_place, kind=st.sampled_from(_KINDS), who=st.sampled_from(_WHO))
    def say(self, data: st.DataObject, place: int, kind: type[Command], who: str) -> None:
        """Somebody gives a command, at the edge or by a signal; the process may die before or after the commit."""
        index = place % len(self.leads)
        command = self._command(data, index, kind, self._actor(data, index, who))
        door = data.draw(st.sampled_from(["edge", "edge", "signal", "dies before", "dies after"]), label="door")
        if door == "signal":
            self._signal(index, command)
            return
        if door == "dies before":
            before = self.leads[index].seen()
            try:
                self.house.apply(LeadId(self.leads[index].id), command, also=_die)
            except _CrashError:
                assert self.house.rows()[self.leads[index].id] == before
        self._give(index, command)
        if door == "dies after":
            self._repeat(len(self.said) - 1)

    @precondition(lambda self: self.said)
    @rule(which=st.integers(0, 20), changed_body=st.sampled_from([False, False, True]))
    def say_again(self, which: int, changed_body: bool) -> None:
        """An earlier command once more; with another body its id is a conflict."""
        self._repeat(which % len(self.said), changed_body=changed_body)

    # What must hold

    @invariant()
    def the_rows_are_the_models(self) -> None:
        """Every lead, not only the one that was acted on; and every agent's load."""
        assert self.house.rows() == {lead.id: lead.seen() for lead in self.leads}
        live = Counter(lead.owner for lead in self.leads)
        assert self.house.loads() == {agent: live[agent] for agent in self.house.people.agents}

    @invariant()
    def the_checker_is_silent(self) -> None:
        """Nothing violates what must hold at every commit."""
        assert self.house.violations() == ()

    # How it is done

    def _next(self, index: int) -> Work:
        held = self.held.get(index)
        return next_work(LeadId(self.leads[index].id), held, self.seen[index], self.house.clock.now())

    def _do(self, index: int, work: Work, *, answered: bool) -> None:
        scene = self._scene()
        snapshot = self.house.turn(work.name, work.turn)
        before, command = self.leads[index], work.command
        idle = command is None or work.identity in self.done
        self._follow(index, [before] if idle or command is None else expected(before, command, scene), None)
        if self.leads[index].seq > before.seq:
            self.done.add(work.identity)
        assert snapshot is not None
        assert snapshot.seq == self.leads[index].seq, "every activity answers with the row as it is"
        if answered:
            self.held[index] = snapshot
            self.seen[index] = max(self.seen[index], snapshot.seq)

    def _give(self, index: int, command: Command) -> None:
        before, wanted = self.leads[index], self._expected(index, command)
        answer = self.house.apply(LeadId(before.id), command)
        self._follow(index, wanted, answer.refusal.code if isinstance(answer, Refused) else None)
        changed = isinstance(answer, Applied) and answer.changed
        assert changed == (self.leads[index].seq > before.seq)
        if command.actor is not SYSTEM:
            self.said.append((index, command))
        if isinstance(answer, Applied) and changed:
            self.answers[command.command_id] = answer.result
        if changed and isinstance(command, Contact) and command.external_id:
            self.calls.add(command.external_id)

    def _signal(self, index: int, command: Command) -> None:
        before, wanted = self.leads[index], self._expected(index, command)
        given = command.command_id.rsplit(":", 1)[1]
        fields = command.model_dump(mode="json", exclude={"command_id", "actor", "received_at", "kind"})
        actor = None if command.actor.role is Role.SERVICE else command.actor.id
        raw = RawCommand(kind=command.kind, command_id=given, actor=actor, at=command.received_at, fields=fields)
        result = self.house.signal(CommandInput(lead_id=LeadId(before.id), seen=self.seen[index], raw=raw))
        self._follow(index, wanted, None if result.accepted else result.code)
        after = self.leads[index]
        assert (result.code == "applied") == (after.seq > before.seq)
        if result.snapshot is not None:
            self.held[index] = result.snapshot
            self.seen[index] = max(self.seen[index], result.snapshot.seq)
        if result.code == "applied" and isinstance(command, Contact) and command.external_id:
            self.calls.add(command.external_id)

    def _repeat(self, which: int, *, changed_body: bool = False) -> None:
        index, command = self.said[which]
        first = self.answers.get(command.command_id)
        if first is None:
            self._give(index, command)
            return
        lead_id = LeadId(self.leads[index].id)
        if changed_body:
            other = Claim(command_id=command.command_id, actor=command.actor, received_at=command.received_at, epoch=99)
            try:
                self.house.apply(lead_id, other)
            except CommandConflictError:
                return
            raise AssertionError("an id was used for two commands")
        again = self.house.apply(lead_id, command)
        assert isinstance(again, Applied)
        assert (again.changed, again.result) == (False, first), "a repeat gets the first answer"

    def _expected(self, index: int, command: Command) -> Any:
        if isinstance(command, Contact) and command.external_id in self.calls:
            return [self.leads[index]]
        return expected(self.leads[index], command, self._scene())

    def _follow(self, index: int, wanted: Any, code: str | None) -> None:
        """The lead went one of the wanted ways, and the model goes with it."""
        row = self.house.rows()[self.leads[index].id]
        if not isinstance(wanted, list):
            assert code == wanted, f"answered {code}, wanted {wanted}"
            assert row == self.leads[index].seen()
            return
        assert code is None, f"refused as {code}"
        ways = [lead for lead in wanted if lead.seen() == row]
        assert ways, f"the row is {row}, wanted {[lead.seen() for lead in wanted]}"
        self.leads[index] = ways[0]

    def _scene(self) -> Scene:
        live = Counter(lead.owner for lead in self.leads)
        held = Counter(lead.agent for lead in self.leads if lead.state != "closed")
        agents = self.house.people.agents
        full = frozenset(agent for agent in agents if live[agent] >= CAPACITY or held[agent] >= MAX_HELD)
        routable = [agent for agent in agents if agent in self.there and agent not in full]
        return Scene(now=self.house.clock.now(), routable=routable, full=full)

    def _actor(self, data: st.DataObject, index: int, who: str) -> Actor:
        people, lead = self.house.people, self.leads[index]
        if who == "manager":
            return Actor(role=Role.MANAGER, id=people.manager)
        if who == "admin":
            return Actor(role=Role.ADMIN, id=people.admin)
        if who == "service":
            return Actor(role=Role.SERVICE, id=SYSTEM.id)
        last = lead.past[max(lead.past)].agent if lead.past else None
        chosen = lead.agent if who == "holder" else last if who == "last" else None
        if chosen is None:
            chosen = people.agents[data.draw(st.integers(0, 2), label="agent")]
        return Actor(role=Role.MANAGER if chosen == people.manager else Role.AGENT, id=chosen)

    def _command(self, data: st.DataObject, index: int, kind: type[Command], actor: Actor) -> Command:
        lead, now = self.leads[index], self.house.clock.now()
        body: dict[str, Any] = {}
        if kind in (Claim, Contact, Decline):
            body["epoch"] = data.draw(st.sampled_from([None, lead.epoch, lead.epoch - 1]), label="epoch")
        if kind is Contact:
            body["result"] = data.draw(st.sampled_from([ContactResult.CONNECTED, ContactResult.NO_ANSWER]))
            ago = data.draw(st.sampled_from([0, 0, 10, 310, 2000]), label="seconds ago")
            body["occurred_at"] = now - timedelta(seconds=ago)
            call = data.draw(st.sampled_from([None, None, 1, 2]), label="call")
            body["external_id"] = f"{lead.id}:{call}" if call else None
        if kind is Outcome:
            body["result"] = data.draw(st.sampled_from([CloseReason.WON, CloseReason.LOST]))
        if kind is Reassign:
            body["to_agent"] = self.house.people.agents[data.draw(st.integers(0, 2), label="to")]
            body["force"] = data.draw(st.booleans(), label="force")
        if kind in (Pause, Snooze):
            longest = [timedelta(minutes=2), timedelta(days=1), timedelta(days=20)]
            until = now + data.draw(st.sampled_from(longest), label="until")
            body["until"] = data.draw(st.sampled_from([None, until]), label="open end") if kind is Pause else until
            body["code"] = "later"
        if kind is Release:
            body["code"] = "busy"
        self.numbers += 1
        command_id = person_command_id(actor, f"n{self.numbers}")
        return kind(command_id=command_id, actor=actor, received_at=now, **body)
