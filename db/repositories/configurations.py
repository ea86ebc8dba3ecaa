"""configuration_versions: published configurations, immutable."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from db.session import AdminConnection, AnyConnection
from db.tables import configuration_versions

_LATEST = select(func.max(configuration_versions.c.version))


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
    connection: AdminConnection, body: dict[str, Any], note: str, published_by: UUID | None
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
