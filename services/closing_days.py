"""Closing a day of a calendar: what it does to running windows, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from domain.configuration import Configuration
from domain.errors import InvalidInputError
from domain.hours.calendar import Calendar
from domain.lifecycle.actor import Actor
from domain.rules.finding import Finding
from services.clock import Clock
from services.publishing import Publishing
from services.rule_migration import RuleMigration, WindowMove


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """What was found or done. `version` is None for a preview, `moved` where running windows were left alone."""

    day: date
    moves: Sequence[WindowMove]
    findings: Sequence[Finding]
    version: int | None = None
    moved: int | None = None


class ClosingDays:
    """Publishes a calendar with one day changed, and moves running windows on request."""

    def __init__(self, publishing: Publishing, migration: RuleMigration, clock: Clock) -> None:
        self._publishing = publishing
        self._migration = migration
        self._clock = clock

    async def close(
        self,
        name: str,
        day: date | None,
        spans: Sequence[str],
        by: Actor,
        *,
        apply: bool,
        move_windows: bool,
        note: str | None = None,
    ) -> Closed:
        """Let only `spans` of the day be open, today's without a day; nothing is changed without `apply`.

        Idempotent: the same again publishes nothing. Raises InvalidInputError for an unknown calendar and for what
        are no hours, and what `Publishing.apply` raises. The audit has the publication and the migration.
        """
        published = (await self._publishing.published()).readable()
        calendar = published.configuration.calendars.get(name)
        if calendar is None:
            known = ", ".join(sorted(published.configuration.calendars)) or "there is none"
            raise InvalidInputError("calendar", f"{name!r} is not configured; known: {known}")
        day = day or self._clock.now().astimezone(ZoneInfo(calendar.time_zone)).date()
        wanted = _with_day(published.configuration, name, calendar, day, spans)
        plan = await self._publishing.plan_configuration(wanted)
        moves = await self._migration.preview(None, wanted)
        if not apply:
            return Closed(day=day, moves=moves, findings=plan.findings)
        why = note or f"calendar {name}: {day} {'open ' + ', '.join(spans) if spans else 'closed'}"
        outcome = await self._publishing.apply(plan, by, note=why)
        if not move_windows:
            return Closed(day=day, moves=moves, findings=plan.findings, version=outcome.version)
        # The new version differs by the day alone, so whoever followed the one before follows it: what waits for the
        # opening, or is tried again, has no window yet and would be offered on the closed day.
        following = await self._migration.following(published.version)
        chosen = {move.lead_id for move in moves} | set(following)
        report = await self._migration.run(sorted(chosen), outcome.version, by, windows=True)
        return Closed(day=day, moves=moves, findings=plan.findings, version=outcome.version, moved=report.moved)


def _with_day(
    configuration: Configuration, name: str, calendar: Calendar, day: date, spans: Sequence[str]
) -> Configuration:
    document = calendar.model_dump(mode="json")
    document["dates"][day.isoformat()] = list(spans)
    try:
        changed = Calendar.model_validate(document)
    except ValidationError as error:
        raise InvalidInputError("open", error.errors()[0]["msg"]) from error
    return configuration.model_copy(update={"calendars": {**configuration.calendars, name: changed}})
