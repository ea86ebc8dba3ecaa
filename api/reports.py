"""Reports for managers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime

from api.auth import Caller
from api.problems import RefusedError
from api.state import WithServices
from db.repositories.response_times import Grouping
from db.session import reader_transaction
from domain.lifecycle.transition import Refusal
from services.reporting import Reporting

router = APIRouter(prefix="/v1/reports", tags=["reports"])


@router.get("/response-times")
async def get_response_times(
    caller: Caller,
    services: WithServices,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    by: Grouping = Grouping.ALL,
) -> dict[str, Any]:
    """Time to assign, to claim, to the first attempt and to the first connection, of leads received in a period."""
    async with reader_transaction(services.engines.reader, caller.id) as connection:
        found = await Reporting(services.clock).response_times(connection, caller, since=since, until=until, by=by)
    if isinstance(found, Refusal):
        raise RefusedError(found)
    return asdict(found)
