"""`baton check`: proves what must hold, first from the database alone, then against Temporal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.decision_records import DecisionRecord, newest_decisions
from db.repositories.history_invariants import restores
from db.repositories.invariants import Check, count_subjects, read_only, run_check
from db.repositories.repairs import database_clock
from db.session import WriteConnection, single_statements, write_transaction
from domain.errors import ConfigurationError
from services.clock import Clock
from services.clock_skew import ClockSkew, measure
from services.configurations import Configurations
from services.decisions import decision_fault
from services.disagreements import PATIENCE, Comparison, Kind
from services.invariants import DATABASE_CHECKS
from services.temporal_view import TemporalView

_SHOWN = 100
_DECISIONS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A check that is no single statement: its name, what it is part of, and what it means."""

    name: str
    proves: tuple[str, ...]
    meaning: str


DECISIONS = Proven(
    name="decisions",
    proves=("I6", "I12"),
    meaning=f"the newest {_DECISIONS} routing decisions, made again from their inputs, give the same ranking",
)
TEMPORAL_CHECKS: tuple[Proven, ...] = (
    Proven(name=Kind.MISSING, proves=("I1", "I18"), meaning="every open lead has a running workflow"),
    Proven(name=Kind.BEHIND, proves=("I18",), meaning="no workflow is behind its row for more than 60 s"),
    Proven(name=Kind.AHEAD, proves=("I18",), meaning="no row is behind its workflow: the database was not set back"),
    Proven(name=Kind.LEFT, proves=("I11", "I18"), meaning="the workflow of a closed lead ends within 60 s"),
    Proven(name=Kind.ORPHAN, proves=("I2", "I18"), meaning="every workflow of a lead has its row"),
    Proven(name=Kind.LATE, proves=("I8",), meaning="no open lead's wake-up is more than 60 s past"),
)
CLOCKS = Proven(name="clocks", proves=("I7", "I8"), meaning="no two clocks are more than a second apart")


class Fault(BaseModel):
    """One violation. `id` is that of the lead or agent, None for the clocks; `detail` holds nothing personal."""

    model_config = ConfigDict(frozen=True)

    check: str
    proves: tuple[str, ...]
    subject: str
    id: str | None
    detail: str


class CheckReport(BaseModel):
    """What was looked at and what was found, at most 100 faults per check.

    `restored` lists the recorded restores from a copy: gaps that are known, and no faults. `compared` counts the
    leads whose workflow was described; None when Temporal was left out.
    """

    model_config = ConfigDict(frozen=True)

    checks: int
    leads: int
    agents: int
    decisions: int
    compared: int | None
    skew: ClockSkew
    faults: tuple[Fault, ...]
    restored: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """True when nothing is violated."""
        return not self.faults


async def check(
    engine: AsyncEngine,
    clock: Clock,
    machine: Clock,
    view: TemporalView | None,
    *,
    patience: timedelta = PATIENCE,
) -> CheckReport:
    """Run every check; without a `view` of Temporal those that need only the database. Changes no lead.

    Safe while leads are being handled. `clock` is the services' clock, which deadlines are compared with; `machine`
    is this machine's, which is compared with the other clocks. Raises the errors of db.errors and Temporal's
    RPCError.
    """
    faults: list[Fault] = []
    async with write_transaction(engine) as connection:
        await read_only(connection)
        subjects = await count_subjects(connection)
        for one in DATABASE_CHECKS:
            found = await run_check(connection, one, _SHOWN)
            faults += [_fault(one, one.subject.value, str(finding.id), finding.detail) for finding in found]
        decisions = await newest_decisions(connection, _DECISIONS)
        faults += await _decided_otherwise(connection, decisions)
        restored = tuple(f"lead {finding.id}: {finding.detail}" for finding in await restores(connection, _SHOWN))
    checks = len(DATABASE_CHECKS) + 2
    compared: int | None = None
    if view is not None:
        comparison = Comparison(engine, view, clock, patience=patience)
        disagreements = await comparison.find()
        compared = comparison.compared
        checks += len(TEMPORAL_CHECKS)
        for one_of_many in TEMPORAL_CHECKS:
            same = [found for found in disagreements if found.kind.value == one_of_many.name]
            faults += [_fault(one_of_many, "lead", str(found.lead_id), found.detail) for found in same[:_SHOWN]]
    skew = await read_skew(engine, machine, view)
    faults += [_fault(CLOCKS, "clock", None, sentence) for sentence in skew.faults()]
    names = {subject.value: count for subject, count in subjects.items()}
    return CheckReport(
        checks=checks,
        leads=names["lead"],
        agents=names["agent"],
        decisions=len(decisions),
        compared=compared,
        skew=skew,
        faults=tuple(faults),
        restored=restored,
    )


async def read_skew(engine: AsyncEngine, machine: Clock, view: TemporalView | None) -> ClockSkew:
    """Compare this machine's clock with the database's and, given a view, with Temporal's."""

    async def postgres() -> datetime:
        async with single_statements(engine) as connection:
            return await database_clock(connection)

    return ClockSkew(
        postgres=await measure(postgres, machine),
        temporal=await measure(view.clock, machine) if view is not None else None,
    )


async def _decided_otherwise(connection: WriteConnection, decisions: Sequence[DecisionRecord]) -> list[Fault]:
    configurations = Configurations()
    faults: list[Fault] = []
    for record in decisions:
        try:
            configuration = await configurations.get(connection, record.config_version)
        except ConfigurationError as error:
            wrong: str | None = f"seq {record.seq}: {error}"
        else:
            wrong = decision_fault(record, configuration)
        if wrong is not None and len(faults) < _SHOWN:
            faults.append(_fault(DECISIONS, "lead", str(record.lead_id), wrong))
    return faults


def _fault(violated: Check | Proven, subject: str, identity: str | None, detail: str) -> Fault:
    return Fault(check=violated.name, proves=violated.proves, subject=subject, id=identity, detail=detail)
