"""Proving that what must hold holds, and held all along: every check over the whole database, without writing."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.clock_invariants import CLOCK_CHECKS
from db.repositories.history_invariants import HISTORY_CHECKS
from db.repositories.invariants import CHECKS, count_subjects, read_only, run_check
from db.session import write_transaction

DATABASE_CHECKS = (*CHECKS, *HISTORY_CHECKS, *CLOCK_CHECKS)
"""Every check that is one statement, in the order in which they are reported."""

_SHOWN = 100


class Violation(BaseModel):
    """One lead or agent that violates a check. `detail` holds ids, codes and numbers, nothing personal."""

    model_config = ConfigDict(frozen=True)

    check: str
    subject: str
    id: UUID
    detail: str


class InvariantReport(BaseModel):
    """`checked` counts pairs of a check and a lead (or agent) it looked at; at most 100 violations per check."""

    model_config = ConfigDict(frozen=True)

    checked: int
    checks: int
    leads: int
    agents: int
    violations: tuple[Violation, ...]

    @property
    def holds(self) -> bool:
        """True when nothing is violated."""
        return not self.violations


async def check_invariants(engine: AsyncEngine) -> InvariantReport:
    """Run every check as baton_service in a read-only transaction; safe while leads are being handled.

    Raises the errors of db.errors.
    """
    async with write_transaction(engine) as connection:
        await read_only(connection)
        subjects = await count_subjects(connection)
        violations = [
            Violation(check=check.name, subject=check.subject, id=finding.id, detail=finding.detail)
            for check in DATABASE_CHECKS
            for finding in await run_check(connection, check, _SHOWN)
        ]
    names = {subject.value: count for subject, count in subjects.items()}
    return InvariantReport(
        checked=sum(subjects[check.subject] for check in DATABASE_CHECKS),
        checks=len(DATABASE_CHECKS),
        leads=names["lead"],
        agents=names["agent"],
        violations=tuple(violations),
    )
