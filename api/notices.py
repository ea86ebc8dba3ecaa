"""What somebody is to be told: warnings, tries that are due, missed windows, escalations."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from db.repositories.notice_views import list_notices
from db.session import reader_transaction
from domain.lifecycle.transition import Refusal, RefusalCode

router = APIRouter(prefix="/v1/notices", tags=["notices"])


@router.get("")
async def get_notices(
    caller: Caller,
    services: WithServices,
    unseen: bool = False,
    before: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[dict[str, Any]]:
    """Your notices, newest first; the next page is `before` the last one's `at`."""
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        found = await list_notices(connection, caller, unseen=unseen, before=before, limit=limit)
    return [asdict(notice) for notice in found]


@router.post("/{notice_id}/seen", status_code=204)
async def post_seen(notice_id: UUID, caller: Caller, services: WithServices) -> None:
    """Say that you have seen a notice. To a whole role it is seen when the first of them says so."""
    if not await services.notices.seen(caller, notice_id):
        message = f"there is no notice {notice_id} for you"
        raise RefusedError(Refusal(code=RefusalCode.NOT_FOUND, message=message))
