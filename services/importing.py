"""Import: rows become leads, several at a time; a row's fault costs the row, an outage is waited out."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy.exc import DBAPIError

from db.errors import (
    ConstraintError,
    DatabaseBusyError,
    DatabaseSlowError,
    DatabaseUnavailableError,
    sqlstate,
)
from domain.errors import BatonError, InvalidInputError
from services.arrivals import Arrival
from services.clock import Clock
from services.intake import Intake
from services.lead_rows import LeadRow, Reject

_CHUNK = 256
_PASSING = (DatabaseBusyError, DatabaseSlowError, DatabaseUnavailableError)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did. `joined` rows belong to open leads of the same customers, now or since an earlier import.

    `last_row`: every row up to it has been dealt with.
    """

    imported: int = 0
    joined: int = 0
    existing: int = 0
    rejected: int = 0
    last_row: int = 0
    rejected_by_field: Mapping[str, int] = field(default_factory=dict)


class ImportStoppedError(BatonError):
    """The import gave up at an outage. `report` says how far it came; repeating it goes on from there."""

    def __init__(self, report: ImportReport, cause: BatonError) -> None:
        super().__init__(
            f"stopped after row {report.last_row} ({report.imported} imported, {report.joined} joined, "
            f"{report.existing} already there, {report.rejected} rejected): {cause}; repeat the import, rows that are "
            "there are not added again"
        )
        self.report = report


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long one row waits for a database that is away: doubling pauses, then giving up. All in seconds."""

    first: float = 0.25
    longest: float = 5.0
    give_up_after: float = 60.0

    def pauses(self) -> Iterator[float]:
        """The pauses between attempts."""
        pause, waited = self.first, 0.0
        while waited < self.give_up_after:
            yield pause
            waited += pause
            pause = min(2 * pause, self.longest)


class Importer:
    """Sends rows to intake. Idempotent by (source, external_id); rows with a past life get no workflow.

    `on_rejects` receives rejects in the order of their rows, before the rows after them are begun. `on_progress`
    is called after every chunk of rows.
    """

    def __init__(
        self,
        intake: Intake,
        clock: Clock,
        *,
        at_once: int = 16,
        backoff: Backoff | None = None,
        on_rejects: Callable[[Sequence[Reject]], None] = lambda rejects: None,
        on_progress: Callable[[ImportReport], None] = lambda report: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._intake = intake
        self._clock = clock
        self._at_once = at_once
        self._backoff = backoff or Backoff()
        self._on_rejects = on_rejects
        self._on_progress = on_progress
        self._sleep = sleep

    async def run(self, rows: Iterable[LeadRow | Reject]) -> ImportReport:
        """Import every row.

        Raises ImportStoppedError when the database stays away or refuses the login; whatever was imported until
        then stays. Cancelling it is as safe.
        """
        tally = _Tally()
        remaining = iter(rows)
        while chunk := list(islice(remaining, _CHUNK)):
            failure = await self._chunk(chunk, tally)
            self._on_rejects(tally.take_rejects())
            if failure is not None:
                raise ImportStoppedError(tally.report(), failure) from failure
            tally.last_row = chunk[-1].number
            self._on_progress(tally.report())
        return tally.report()

    async def _chunk(self, chunk: Sequence[LeadRow | Reject], tally: _Tally) -> BatonError | None:
        remaining = iter(chunk)

        async def work() -> None:
            for row in remaining:
                tally.add(row if isinstance(row, Reject) else await self._row(row))

        failure: BatonError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(self._at_once, len(chunk))):
                    group.create_task(work())
        except* BatonError as failures:
            failure = _first(failures)
        return failure

    async def _row(self, row: LeadRow) -> Reject | Arrival:
        """A reject, or what became of the lead."""
        if row.life is not None and row.life.closed_at > self._clock.now():
            return Reject(row.number, row.cells, "closed_at", "in the future; correct the date")
        try:
            return await self._stored(row)
        except InvalidInputError as error:
            return Reject(row.number, row.cells, error.field, error.problem)
        except ConstraintError as error:
            return Reject(row.number, row.cells, "row", f"{error}; correct the value that it names")
        except DBAPIError as error:
            # Class 22, "data exception": the database cannot store one of the row's values.
            if not sqlstate(error).startswith("22"):
                raise
            return Reject(row.number, row.cells, "row", f"the database cannot store a value ({sqlstate(error)})")

    async def _stored(self, row: LeadRow) -> Arrival:
        for pause in self._backoff.pauses():
            try:
                return await self._store(row)
            except _PASSING:
                await self._sleep(pause)
        return await self._store(row)

    async def _store(self, row: LeadRow) -> Arrival:
        if row.life is None:
            _, arrival = await self._intake.receive(row.lead)
        else:
            _, arrival = await self._intake.record_past(row.lead, row.life)
        return arrival


class _Tally:
    """Counts while an import runs."""

    def __init__(self) -> None:
        self.last_row = 0
        self._arrivals: Counter[Arrival] = Counter()
        self._fields: Counter[str] = Counter()
        self._rejects: list[Reject] = []

    def add(self, result: Reject | Arrival) -> None:
        if isinstance(result, Reject):
            self._fields[result.field] += 1
            self._rejects.append(result)
        else:
            self._arrivals[result] += 1

    def take_rejects(self) -> list[Reject]:
        taken, self._rejects = sorted(self._rejects, key=lambda reject: reject.number), []
        return taken

    def report(self) -> ImportReport:
        return ImportReport(
            imported=self._arrivals[Arrival.CREATED],
            joined=self._arrivals[Arrival.JOINED],
            existing=self._arrivals[Arrival.KNOWN],
            rejected=self._fields.total(),
            last_row=self.last_row,
            rejected_by_field=dict(self._fields.most_common()),
        )


def _first(failures: BaseExceptionGroup[BatonError]) -> BatonError:
    failure: BaseException = failures
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    assert isinstance(failure, BatonError)
    return failure
