"""`baton doctor`: repairs what the checker finds between Postgres, Temporal and the agents' loads.

It never changes a lead's lifecycle: it tells workflows what is committed, starts missing ones, ends orphans, and
counts loads anew. Every repair looks again before it acts, so any number of doctors may run at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.service import RPCError

from db.repositories.ledger import untold_leads
from db.repositories.repairs import agents_with_wrong_load, correct_load, rows_of
from db.session import single_statements, write_transaction
from domain.errors import BatonError
from domain.ids import AgentId, LeadId
from domain.lifecycle.actor import SYSTEM
from services.clock import Clock
from services.disagreements import PATIENCE, Comparison, Disagreement, Kind
from services.telling import Teller
from services.temporal_view import TemporalView, WorkflowSeen

_UNTOLD = 1_000
_ENDING = timedelta(seconds=5)
_LOOK_SECONDS = 0.1
_ORPHANED = "no such lead in the database; ended by baton doctor"


class Treated(BaseModel):
    """One thing that was wrong, and what was done about it.

    `repaired` is True when it is right now, False when somebody has to look; None in a dry run.
    """

    model_config = ConfigDict(frozen=True)

    wrong: str
    subject: str
    id: str
    found: str
    did: str
    repaired: bool | None


class DoctorReport(BaseModel):
    """Everything that was wrong. `compared` counts the leads whose workflow was described."""

    model_config = ConfigDict(frozen=True)

    compared: int
    treated: tuple[Treated, ...]

    @property
    def healthy(self) -> bool:
        """True when nothing is wrong any more."""
        return all(one.repaired for one in self.treated)


class Doctor:
    """Finds and repairs, once per call of `run`."""

    def __init__(
        self,
        engine: AsyncEngine,
        view: TemporalView,
        teller: Teller,
        clock: Clock,
        *,
        patience: timedelta = PATIENCE,
        ending: timedelta = _ENDING,
    ) -> None:
        self._engine = engine
        self._view = view
        self._teller = teller
        self._clock = clock
        self._patience = patience
        self._ending = ending

    async def run(self, *, dry: bool = False, beat: Callable[[], None] = lambda: None) -> DoctorReport:
        """Repair whatever can be repaired; with `dry` only say what would be done. Idempotent.

        `beat` is called between steps. Raises the errors of db.errors and Temporal's RPCError while looking; a
        repair that fails is reported, and the others go on.
        """
        treated: list[Treated] = []
        async with single_statements(self._engine) as connection:
            wrong_loads = await agents_with_wrong_load(connection)
        for wrong in wrong_loads:
            beat()
            found = f"currentLoad {wrong.load}, live leads {wrong.live}"
            treated.append(
                await self._treat("load", "agent", wrong.agent_id, found, self._count(wrong.agent_id), dry=dry)
            )
        comparison = Comparison(self._engine, self._view, self._clock, patience=self._patience, beat=beat)
        disagreements = await comparison.find()
        known = {one.lead_id for one in disagreements}
        async with single_statements(self._engine) as connection:
            untold = await untold_leads(connection, self._patience.total_seconds(), _UNTOLD)
        for lead_id in untold:
            beat()
            if lead_id not in known:
                found = "a transition was not told"
                treated.append(await self._treat("untold", "lead", lead_id, found, self._tell(lead_id), dry=dry))
        for one in disagreements:
            beat()
            repair = self._repair(one)
            treated.append(await self._treat(one.kind.value, "lead", one.lead_id, one.detail, repair, dry=dry))
        return DoctorReport(compared=comparison.compared, treated=tuple(treated))

    async def _treat(
        self, wrong: str, subject: str, identity: UUID, found: str, repair: _Repair, *, dry: bool
    ) -> Treated:
        """Repair, unless `dry`; what stands in the way of one repair does not keep the others waiting."""
        done: bool | None = None
        did = f"would {repair.what}"
        if not dry:
            try:
                done, did = await repair.act()
            except (BatonError, RPCError) as error:
                done, did = False, f"could not {repair.what}: {error}"
        return Treated(wrong=wrong, subject=subject, id=str(identity), found=found, did=did, repaired=done)

    def _repair(self, one: Disagreement) -> _Repair:
        seen = one.workflow
        match one.kind:
            case Kind.MISSING:
                return self._start(one.lead_id)
            case Kind.ORPHAN if seen is not None:
                return self._terminate(one.lead_id, seen)
            case Kind.BEHIND | Kind.LEFT if seen is not None and not seen.busy:
                return self._tell_and_watch(one.lead_id, closed=one.kind is Kind.LEFT)
            case Kind.BEHIND | Kind.LEFT:
                return _nothing("it was told and has not looked: see that a worker runs, then the workflow's errors")
            case Kind.AHEAD:
                return _nothing("the database was set back; the workflow's next turn records that and goes on from it")
            case _:
                return _nothing("see that a worker runs, then the workflow's pending activity in the Temporal UI")

    def _count(self, agent_id: AgentId) -> _Repair:
        async def act() -> tuple[bool, str]:
            async with write_transaction(self._engine) as connection:
                changed = await correct_load(connection, agent_id, actor=str(SYSTEM), at=self._clock.now())
            if changed is None:
                return True, "nothing: it was right when its row was locked"
            return True, f"set currentLoad from {changed[0]} to {changed[1]}"

        return _Repair(what="count the live leads and set currentLoad", act=act)

    def _tell(self, lead_id: LeadId) -> _Repair:
        async def act() -> tuple[bool, str]:
            return await self._teller.tell(lead_id), "told its workflow the row"

        return _Repair(what="tell its workflow the row", act=act)

    def _start(self, lead_id: LeadId) -> _Repair:
        async def act() -> tuple[bool, str]:
            await self._teller.tell(lead_id)
            if await self._view.describe(lead_id) is None:
                return False, "told it, but no workflow runs"
            return True, "started its workflow"

        return _Repair(what="start its workflow", act=act)

    def _terminate(self, lead_id: LeadId, seen: WorkflowSeen) -> _Repair:
        async def act() -> tuple[bool, str]:
            ended = await self._view.terminate(lead_id, seen.run_id, _ORPHANED)
            return True, "terminated its workflow" if ended else "nothing: it had ended already"

        return _Repair(what="terminate its workflow", act=act)

    def _tell_and_watch(self, lead_id: LeadId, *, closed: bool) -> _Repair:
        """Tell it once, then see whether it took effect: a workflow that does not listen is not shouted at."""

        async def act() -> tuple[bool, str]:
            await self._teller.tell(lead_id)
            loop = asyncio.get_running_loop()
            gives_up = loop.time() + self._ending.total_seconds()
            while not await self._followed(lead_id, closed=closed):
                if loop.time() > gives_up:
                    seconds = self._ending.total_seconds()
                    return False, f"told it, but after {seconds:.0f} s it has not followed: look at it in Temporal"
                await asyncio.sleep(_LOOK_SECONDS)
            return True, "told it, and it ended" if closed else "told it, and it knows the row now"

        return _Repair(what="tell its workflow the row", act=act)

    async def _followed(self, lead_id: LeadId, *, closed: bool) -> bool:
        seen = await self._view.describe(lead_id)
        if closed or seen is None:
            return seen is None
        async with single_statements(self._engine) as connection:
            row = (await rows_of(connection, [lead_id])).get(lead_id)
        return row is None or seen.seq >= row.seq


@dataclass(frozen=True, slots=True, kw_only=True)
class _Repair:
    """What would be done, and doing it: whether it is right now, and what was done."""

    what: str
    act: Callable[[], Awaitable[tuple[bool, str]]]


def _nothing(advice: str) -> _Repair:
    async def act() -> tuple[bool, str]:
        return False, f"nothing: {advice}"

    return _Repair(what=f"do nothing: {advice}", act=act)
