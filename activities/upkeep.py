"""The activity behind the upkeep's Schedule."""

from __future__ import annotations

import structlog
from temporalio import activity

from services.doctor import Doctor
from workflows.upkeep import UPKEEP

_log = structlog.get_logger(__name__)


class UpkeepActivities:
    """The doctor over the services of this process."""

    def __init__(self, doctor: Doctor) -> None:
        self._doctor = doctor

    @activity.defn(name=UPKEEP)
    async def upkeep(self) -> dict[str, int]:
        """Repair what is wrong; every repair is also a line in the log. Safe to repeat."""
        report = await self._doctor.run(beat=activity.heartbeat)
        for one in report.treated:
            _log.warning("upkeep", **one.model_dump())
        left = [one for one in report.treated if not one.repaired]
        return {"compared": report.compared, "wrong": len(report.treated), "left": len(left)}
