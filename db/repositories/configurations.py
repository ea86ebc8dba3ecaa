"""configuration_versions: published configurations, immutable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, cast, func, insert, select

from db.session import AdminConnection, AnyConnection
from db.tables import agents, configuration_versions, leads
from db.tables.leads import OPEN
from domain.ids import LeadId

_LATEST = select(func.max(configuration_versions.c.version))
_LOCK = 7_266_317_003
"""Key of the advisory lock that makes two publishers wait for each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedVersion:
    """What is known of a version besides its body; `open_leads` are pinned to it.

    `published_by` is the admin's e-mail, the id of one without, None for what Baton itself published.
    """

    version: int
    published_at: datetime
    published_by: str | None
    note: str | None
    open_leads: int


async def read_configuration(connection: AnyConnection, version: int) -> dict[str, Any] | None:
    """The body of a version; None when it was never published."""
    statement = select(configuration_versions.c.body).where(configuration_versions.c.version == version)
    body: dict[str, Any] | None = (await connection.execute(statement)).scalar_one_or_none()
    return body


async def latest_version(connection: AnyConnection) -> int:
    """The version that new leads are pinned to."""
    version: int = (await connection.execute(_LATEST)).scalar_one()
    return version


async def publish_configuration(
    connection: AdminConnection, body: dict[str, Any], note: str | None, published_by: UUID | None
) -> int:
    """Publish a body as the next version and return its number; two publishers cannot get the same one."""
    version = func.coalesce(func.max(configuration_versions.c.version), 0) + 1
    statement = (
        insert(configuration_versions)
        .values(version=select(version).scalar_subquery(), body=body, note=note, published_by=published_by)
        .returning(configuration_versions.c.version)
    )
    published: int = (await connection.execute(statement)).scalar_one()
    return published


async def lock_publishing(connection: AdminConnection) -> None:
    """Hold off other publishers of this database until the transaction ends."""
    await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


async def list_versions(connection: AnyConnection) -> Sequence[PublishedVersion]:
    """Every published version, the latest first. Not for baton_admin, which does not read leads."""
    version = configuration_versions.c
    pinned = (
        select(leads.c.config_version, func.count().label("open_leads"))
        .where(OPEN)
        .group_by(leads.c.config_version)
        .subquery()
    )
    statement = (
        select(
            version.version,
            version.published_at,
            func.coalesce(agents.c.email, cast(version.published_by, Text)).label("published_by"),
            version.note,
            func.coalesce(pinned.c.open_leads, 0).label("open_leads"),
        )
        .outerjoin(pinned, pinned.c.config_version == version.version)
        .outerjoin(agents, agents.c.id == version.published_by)
        .order_by(version.version.desc())
    )
    return [PublishedVersion(**row._mapping) for row in await connection.execute(statement)]


async def open_leads(
    connection: AnyConnection, *, beside: int | None = None, following: int | None = None
) -> Sequence[LeadId]:
    """Every open lead, or those pinned to another version than `beside`, or to `following`; the oldest first.

    Not for baton_admin.
    """
    statement = select(leads.c.id).where(OPEN).order_by(leads.c.created_at, leads.c.id)
    if beside is not None:
        statement = statement.where(leads.c.config_version != beside)
    if following is not None:
        statement = statement.where(leads.c.config_version == following)
    return [LeadId(lead_id) for lead_id in (await connection.execute(statement)).scalars()]
