"""admin_audit: who changed what, appended in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, null

from db.session import AdminConnection, WriteConnection
from db.tables import admin_audit


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change. `old` and `new` are None where there was or is nothing; ids and codes, nothing personal."""

    kind: str
    subject: str
    old: Any = None
    new: Any = None
    note: str | None = None


async def write_audit(
    connection: AdminConnection | WriteConnection, entries: Sequence[AuditEntry], *, actor: str, at: datetime
) -> None:
    """Append the entries, all with the same actor and instant."""
    if not entries:
        return
    rows = [
        {
            **asdict(entry),
            # JSON's null would be a value; the column is empty where there is none.
            "old": null() if entry.old is None else entry.old,
            "new": null() if entry.new is None else entry.new,
            "actor": actor,
            "at": at,
        }
        for entry in entries
    ]
    await connection.execute(insert(admin_audit).values(rows))
