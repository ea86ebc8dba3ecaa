"""lead_consents: answers and entries of the do-not-call list, each once."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from db.session import AnyConnection, WriteConnection
from db.tables import lead_consents
from domain.customer.consent import Consent, DoNotCall
from domain.ids import LeadId
from domain.lifecycle.actor import Actor

_LISTED = "do_not_call"


async def insert_consents(
    connection: WriteConnection, lead_id: LeadId, said: Sequence[Consent | DoNotCall], by: Actor
) -> int:
    """Keep what is not there yet; returns how many were new. A repeat adds nothing."""
    if not said:
        return 0
    rows = [_row(one) | {"lead_id": lead_id, "recorded_by": str(by)} for one in said]
    statement = insert(lead_consents).on_conflict_do_nothing().returning(lead_consents.c.id)
    return len((await connection.execute(statement.values(rows))).all())


async def read_consents(connection: AnyConnection, lead_id: LeadId) -> tuple[Sequence[Consent], Sequence[DoNotCall]]:
    """Everything that was said, oldest first: answers, and entries of the do-not-call list."""
    rows = lead_consents.c
    statement = select(rows.kind, rows.answer, rows.text_version, rows.at, rows.source).where(rows.lead_id == lead_id)
    found = (await connection.execute(statement.order_by(rows.at, rows.id))).mappings().all()
    answers = [Consent.model_validate(dict(row)) for row in found if row["kind"] != _LISTED]
    return answers, [DoNotCall(at=row["at"], source=row["source"]) for row in found if row["kind"] == _LISTED]


def _row(said: Consent | DoNotCall) -> dict[str, object]:
    if isinstance(said, DoNotCall):
        return {"kind": _LISTED, "answer": "revoked", "text_version": None, **said.model_dump()}
    return said.model_dump()
