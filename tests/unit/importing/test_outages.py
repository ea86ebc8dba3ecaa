"""An import whose database does not answer: it waits, and gives up with how far it came."""

from __future__ import annotations

import pytest

from db.errors import AccessDeniedError, DatabaseBusyError, DatabaseError, DatabaseUnavailableError
from services.arrivals import Arrival
from services.clock import SystemClock
from services.importing import Backoff, Importer, ImportReport, ImportStoppedError
from services.lead_rows import LeadRow, Reject
from services.new_lead import NewLead


class Refusing:
    """In the place of intake: raises what it is told to, one error per call, then accepts."""

    def __init__(self, *errors: DatabaseError) -> None:
        self.errors = list(errors)
        self.accepted: list[str | None] = []

    async def receive(self, new: NewLead) -> tuple[None, Arrival]:
        if self.errors:
            raise self.errors.pop(0)
        self.accepted.append(new.external_id)
        return None, Arrival.CREATED


class Naps:
    """In the place of sleeping: remembers for how long."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def rows(count: int) -> list[LeadRow]:
    return [LeadRow(n, (str(n),), NewLead(source="website", external_id=str(n))) for n in range(2, count + 2)]


def importer(intake: Refusing, naps: Naps, **options: object) -> Importer:
    return Importer(intake, SystemClock(), at_once=1, sleep=naps, **options)  # type: ignore[arg-type]


async def test_a_passing_failure_is_waited_out_with_growing_pauses() -> None:
    intake, naps = Refusing(*[DatabaseUnavailableError("away"), DatabaseBusyError("locked")] * 4), Naps()
    report = await importer(intake, naps).run(rows(2))
    assert report == ImportReport(imported=2, last_row=3)
    assert naps.seconds == [0.25, 0.5, 1, 2, 4, 5, 5, 5]


async def test_a_lasting_failure_ends_the_import_with_what_was_done() -> None:
    intake, naps, kept = Refusing(), Naps(), list[Reject]()
    reject = Reject(300, ("x",), "phone", "wrong")

    def break_down(report: ImportReport) -> None:
        intake.errors = [DatabaseUnavailableError("away")] * 1000

    broken = importer(intake, naps, on_progress=break_down, on_rejects=kept.extend, backoff=Backoff(give_up_after=9))
    with pytest.raises(ImportStoppedError, match=r"after row 257 \(256 imported.*repeat the import") as caught:
        await broken.run([*rows(256), reject, *rows(5)])
    assert (caught.value.report.imported, caught.value.report.rejected) == (256, 1)
    assert kept == [reject]
    assert sum(naps.seconds) >= 9


async def test_a_refused_login_is_not_waited_for() -> None:
    naps = Naps()
    with pytest.raises(ImportStoppedError, match="may not"):
        await importer(Refusing(AccessDeniedError("may not")), naps).run(rows(3))
    assert naps.seconds == []


async def test_rejects_come_in_the_order_of_their_rows() -> None:
    kept: list[Reject] = []
    bad = [Reject(number, (), "phone" if number % 2 else "email", "wrong") for number in range(2, 700)]
    report = await importer(Refusing(), Naps(), on_rejects=kept.extend).run(bad)
    assert kept == bad
    assert (report.rejected, report.rejected_by_field) == (698, {"email": 349, "phone": 349})
