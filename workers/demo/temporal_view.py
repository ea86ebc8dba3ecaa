"""What Temporal shows of the run's leads, compared with what Postgres holds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from temporalio.client import Client
from temporalio.service import RPCError

from db.repositories.demo_report import LeadNow
from domain.ids import LeadId, workflow_id
from workflows.names import LEAD_STATE

_PATIENCE = 15.0
_PAUSE = 0.5
_AT_ONCE = 8


class TemporalView(BaseModel):
    """How many leads can be read in Temporal with the state of their row; ids of those that differ."""

    model_config = ConfigDict(frozen=True)

    readable: int
    differing: tuple[str, ...]


async def look_at_temporal(client: Client, leads: Sequence[LeadNow]) -> TemporalView:
    """Describe every lead's workflow; what differs is looked at again for 15 s, since telling takes a moment."""
    give_up = time.monotonic() + _PATIENCE
    differing = await _differing(client, leads)
    while differing and time.monotonic() < give_up:
        await asyncio.sleep(_PAUSE)
        differing = await _differing(client, differing)
    return TemporalView(
        readable=len(leads) - len(differing), differing=tuple(workflow_id(LeadId(lead.id)) for lead in differing)
    )


async def _differing(client: Client, leads: Sequence[LeadNow]) -> list[LeadNow]:
    limit = asyncio.Semaphore(_AT_ONCE)

    async def agrees(lead: LeadNow) -> bool:
        async with limit:
            handle = client.get_workflow_handle(workflow_id(LeadId(lead.id)))
            try:
                description = await handle.describe()
            except RPCError:
                return False
            return description.typed_search_attributes.get(LEAD_STATE) == lead.state

    agreeing = await asyncio.gather(*(agrees(lead) for lead in leads))
    return [lead for lead, same in zip(leads, agreeing, strict=True) if not same]
