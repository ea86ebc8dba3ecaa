"""Applying a command to a lead: the one way in which a lead's lifecycle changes.

Lock order, everywhere: the lead's row, then the agents' rows by id. Agents are chosen before the locks and
re-checked under them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncEngine

from db.errors import ConstraintError, DatabaseBusyError
from db.repositories.assignments import change_offer, find_past_offer, read_round
from db.repositories.evidence import find_attempt
from db.repositories.lead_facts import read_lead_to_route
from db.repositories.leads import StoredCommand, find_command, lock_lead, read_lead
from db.repositories.recording import LedgerEntry, record_transition
from db.repositories.turns import lock_shares
from db.session import WriteConnection, single_statements, write_transaction
from domain.configuration import Configuration
from domain.errors import CommandConflictError, ConfigurationError
from domain.ids import AgentId, HistoryId, LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import (
    ROUTING,
    AgentGone,
    Breach,
    Claim,
    Command,
    Contact,
    Decline,
    MigrateConfiguration,
    Park,
    Reassign,
    Release,
    Route,
)
from domain.lifecycle.decide import decide
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Context, Refusal, RefusalCode, Transition
from services.applied import Answer, Applied, Refused
from services.authority import objection
from services.choice import Choice, choose_agent
from services.claim_check import check_claim
from services.clock import Clock
from services.configurations import Configurations
from services.manual_check import check_manual
from services.outage_watch import OutageWatch
from services.slots import lock_for_hand, no_slot, take_slots
from services.trip_wire import trip
from services.writing import write_transition

Also = Callable[[WriteConnection, Lead], Awaitable[None]]

_TRIED_CANDIDATES = 3
_ONE_COMMAND = "lead_transitions_command_id_key"
_CHOICES = 5


class _SlotGone(Exception):
    """The agent had no slot any more; `choice` goes on without that agent."""

    def __init__(self, lead: Lead, choice: Choice) -> None:
        super().__init__(str(lead.id))
        self.lead = lead
        self.choice = choice


class Lifecycle:
    """Applies commands. One instance per process; safe to use from many tasks."""

    def __init__(
        self, engine: AsyncEngine, clock: Clock, configurations: Configurations, outages: OutageWatch | None = None
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations
        self._outages = outages or OutageWatch(engine, clock)

    async def apply(
        self,
        lead_id: LeadId,
        command: Command,
        *,
        seen: int = 0,
        tells: bool = False,
        also: Also | None = None,
        choice: Choice | None = None,
    ) -> Answer:
        """Apply `command` and commit, or say why not.

        Idempotent by command_id: a repeat gets the first answer. `seen` is the seq the workflow knows; a row
        that is behind it was restored from a copy, which is recorded. `tells` says that the answer itself
        reaches the workflow, so that the relay has nothing to tell. `also` writes what belongs to the command
        besides the lifecycle, in the same transaction, only when it is applied. `choice` is a decision made
        before, by `choose`; nothing changes when the row has moved on since, or its agents have no slot any more.

        Raises CommandConflictError for a used id with another body, DatabaseBusyError when the row never held
        still, and the other errors of db.errors.
        """
        for _ in range(_CHOICES):
            try:
                answer = await self._attempt(lead_id, command, seen=seen, tells=tells, also=also, given=choice)
            except ConstraintError as error:
                if error.constraint != _ONE_COMMAND:
                    raise
                # The same command was committed while this one waited for the lead: its answer is there now.
                continue
            if answer is not None:
                trip("after_commit", command.kind)
                return answer
        raise DatabaseBusyError(f"lead {lead_id} kept changing while an agent was chosen; try again")

    async def _attempt(
        self,
        lead_id: LeadId,
        command: Command,
        *,
        seen: int,
        tells: bool,
        also: Also | None,
        given: Choice | None,
    ) -> Answer | None:
        """One choice; None when the row moved on meanwhile, or all that were tried had no slot any more.

        Each chosen agent is tried in a transaction of its own: one that finds no slot gives back its locks, so that
        nobody waits for this lead.
        """
        await self._outages.known()
        choice = given or await self.choose(lead_id, command)
        for _ in range(_TRIED_CANDIDATES):
            try:
                return await self._transact(lead_id, command, choice, seen=seen, tells=tells, also=also, given=given)
            except _SlotGone as gone:
                lead, choice = gone.lead, gone.choice
                if len(choice.inputs.lost) == len(choice.agent_ids):
                    break
        return Applied(lead=lead, changed=False) if given else None

    async def _transact(
        self,
        lead_id: LeadId,
        command: Command,
        choice: Choice | None,
        *,
        seen: int,
        tells: bool,
        also: Also | None,
        given: Choice | None,
    ) -> Answer | None:
        """One transaction; None when the row moved on. Raises _SlotGone."""
        async with write_transaction(self._engine) as connection:
            locked = await lock_lead(connection, lead_id, command.command_id)
            if locked is None:
                return Refused(refusal=_not_found(lead_id), lead=None)
            lead, stored = locked
            if seen > lead.seq:
                lead = await self._record_restore(connection, lead, seen)
                choice = replace(choice, seq=lead.seq) if choice is not None else None
            if stored is not None:
                return _repeated(lead, command, stored)
            if choice is not None and choice.seq != lead.seq:
                return Applied(lead=lead, changed=False) if given else None
            if choice is not None and choice.pool is not None:
                choice = choice.among(await lock_shares(connection, choice.pool), self._clock.now())
            answer = await self._answer(connection, lead, command, choice, tells=tells)
            if answer is None:
                return Applied(lead=lead, changed=False) if given else None
            if not (isinstance(answer, Applied) and answer.changed):
                # Locking does not see what was committed while it waited: perhaps this very command.
                stored = await find_command(connection, command.command_id)
                if stored is not None:
                    return _repeated(lead, command, stored)
            elif also is not None:
                await also(connection, answer.lead)
            trip("before_commit", command.kind)
            return answer

    async def _answer(
        self, connection: WriteConnection, lead: Lead, command: Command, choice: Choice | None, *, tells: bool
    ) -> Answer | None:
        """What becomes of a command that was not given before; None when it wants somebody and nobody was chosen."""
        if await self._counted(connection, lead.id, command):
            return Applied(lead=lead, changed=False)
        await lock_for_hand(connection, lead, command)
        refusal = await objection(connection, lead, command)
        if refusal is not None:
            return Refused(refusal=refusal, lead=lead)
        return await self._decide(connection, lead, command, choice, tells=tells)

    async def _counted(self, connection: WriteConnection, lead_id: LeadId, command: Command) -> bool:
        """True when this very call or message has been recorded before, whoever sends it again."""
        if not isinstance(command, Contact) or command.external_id is None:
            return False
        known = await find_attempt(connection, command.channel, command.external_id)
        if known is not None and known != lead_id:
            raise CommandConflictError(command.external_id)
        return known is not None

    async def current(self, lead_id: LeadId, *, seen: int = 0) -> Lead | None:
        """The row as it is; a row behind `seen` was restored, which is recorded first."""
        async with single_statements(self._engine) as connection:
            lead = await read_lead(connection, lead_id)
        if lead is None or seen <= lead.seq:
            return lead
        async with write_transaction(self._engine) as connection:
            locked = await lock_lead(connection, lead_id, "")
            if locked is None or seen <= locked[0].seq:
                return locked[0] if locked is not None else None
            return await self._record_restore(connection, locked[0], seen)

    async def choose(self, lead_id: LeadId, command: Command) -> Choice | None:
        """Whom routing would give the lead if the command came now; None for a command that asks for nobody."""
        if not isinstance(command, ROUTING):
            return None
        async with single_statements(self._engine) as connection:
            found = await read_lead_to_route(connection, lead_id)
            if found is None or not _may_route(found[0], command):
                return None
            lead, facts = found
            configuration = await self._configurations.get(connection, lead.config_version)
            goes_on = lead.in_round and isinstance(command, Breach | Decline)
            under_way = await read_round(connection, lead) if goes_on else None
            if under_way is not None and isinstance(command, Decline) and len(under_way.invitations) > 1:
                # The others stay invited, so nobody else is asked; many may decline at the same time.
                return None
            return await choose_agent(
                connection,
                lead,
                facts,
                configuration,
                self._clock.now(),
                barred=_unwilling(lead, command),
                from_queue=isinstance(command, Route) and command.only_offer,
                under_way=under_way,
            )

    async def _decide(
        self, connection: WriteConnection, lead: Lead, command: Command, choice: Choice | None, *, tells: bool
    ) -> Answer | None:
        configuration = await self._configuration(connection, lead, command)
        context = Context(
            now=self._clock.now(),
            configuration=configuration,
            history_id=HistoryId(uuid4()),
            outages=self._outages.remembered,
        )
        if isinstance(command, MigrateConfiguration) and command.windows:
            target = await self._configurations.get(connection, command.version)
            context = replace(context, target=target)
        if isinstance(command, Claim | Contact) and _answers_the_past(lead, command):
            past = await find_past_offer(connection, lead.id, _giver(command), epoch=command.epoch, before=lead.epoch)
            context = replace(context, past_offer=past)
        if lead.in_round:
            under_way = await read_round(connection, lead, of=command.actor.agent_id)
            context = replace(context, invitations=under_way.invitations)
            if choice is None and isinstance(command, Decline) and len(context.invitations) <= 1:
                return None
        if choice is not None:
            candidate = next((agent for agent in choice.agent_ids if agent not in choice.inputs.lost), None)
            context = replace(context, plan=choice.plan, step=choice.step, ranked=choice.agent_ids, candidate=candidate)
        decided = decide(lead, command, context)
        if isinstance(decided, Refusal):
            for change in decided.changed:
                await change_offer(connection, lead.id, change)
            return Refused(refusal=decided, lead=lead)
        if not isinstance(decided, Transition):
            return Applied(lead=decided.lead, changed=False)
        if isinstance(command, Reassign):
            check = await check_manual(connection, lead, command, configuration, context.now)
            if isinstance(check, Refusal):
                return Refused(refusal=check, lead=lead)
            decided = replace(decided, overruled=check.codes)
        if isinstance(command, Claim):
            objected = await check_claim(connection, decided, context, configuration)
            if objected is not None:
                return Refused(refusal=objected, lead=lead)
        if not await take_slots(connection, decided, choice, configuration, context.now):
            if choice is None or context.candidate is None:
                return Refused(refusal=await no_slot(connection, command), lead=lead)
            raise _SlotGone(lead, choice.without(context.candidate))
        result = await write_transition(connection, decided, choice=choice, told_at=decided.at if tells else None)
        return Applied(lead=decided.after, changed=True, result=result)

    async def _configuration(self, connection: WriteConnection, lead: Lead, command: Command) -> Configuration:
        try:
            return await self._configurations.get(connection, lead.config_version)
        except ConfigurationError:
            # What a broken configuration leads to, and what leads away from it, has to do without one.
            if isinstance(command, Park | MigrateConfiguration):
                return Configuration()
            raise

    async def _record_restore(self, connection: WriteConnection, lead: Lead, seen: int) -> Lead:
        """The workflow has seen more than the row holds: the database wins, and the gap is recorded."""
        at = max(self._clock.now(), lead.last_at)
        restored = replace(lead, seq=seen + 1, last_at=at)
        entry = LedgerEntry(
            kind="store_restored",
            command_id=f"{lead.id}:store_restored:{seen}",
            body_hash="",
            actor=str(SYSTEM),
            due_at=None,
            result={"row_seq": lead.seq, "workflow_seq": seen},
            told_at=None,
        )
        await record_transition(connection, restored, entry, events=())
        return restored


def _may_route(lead: Lead, command: Command) -> bool:
    """False when the command would not look for an agent, so that choosing one would be wasted."""
    return not (isinstance(command, Breach) and command.epoch != lead.epoch)


def _unwilling(lead: Lead, command: Command) -> frozenset[AgentId]:
    """Whoever gives the lead back or is gone now, or gave it back before it began to wait."""
    if isinstance(command, Decline) and lead.in_round:
        return frozenset({command.actor.agent_id})
    if isinstance(command, AgentGone | Decline | Release) and lead.agent is not None:
        return frozenset({lead.agent})
    return lead.given_back_by


def _answers_the_past(lead: Lead, command: Claim | Contact) -> bool:
    """True when somebody who is not the lead's agent now acts on an assignment that may have been his."""
    if command.epoch is not None:
        return command.epoch < lead.epoch
    return lead.state is not LifecycleState.QUEUED and lead.agent != _giver(command)


def _giver(command: Claim | Contact) -> AgentId:
    """Whose deed it is: an attempt may be told by another system."""
    made_by = command.made_by if isinstance(command, Contact) else None
    return made_by or command.actor.agent_id


def _repeated(lead: Lead, command: Command, stored: StoredCommand) -> Applied:
    """The first answer; raises CommandConflictError when the id was used for something else."""
    if stored.lead_id != lead.id or stored.body_hash != command.body_hash():
        raise CommandConflictError(command.command_id)
    return Applied(lead=lead, changed=False, result=stored.result)


def _not_found(lead_id: LeadId) -> Refusal:
    return Refusal(code=RefusalCode.NOT_FOUND, message=f"there is no lead {lead_id}")
