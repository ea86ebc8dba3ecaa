"""The activity behind the upkeep's Schedule."""

from __future__ import annotations

import structlog
from temporalio import activity

from services.doctor import Doctor
from services.licences import LicenceWarnings
from services.pruning import Pruning
from workflows.upkeep import UPKEEP

_log = structlog.get_logger(__name__)


class UpkeepActivities:
    """The doctor, the warnings and the pruning over the services of this process."""

    def __init__(self, doctor: Doctor, pruning: Pruning, warnings: LicenceWarnings) -> None:
        self._doctor = doctor
        self._pruning = pruning
        self._warnings = warnings

    @activity.defn(name=UPKEEP)
    async def upkeep(self) -> dict[str, int]:
        """Repair what is wrong, warn of licences that end, prune; a line in the log for each. Safe to repeat."""
        report = await self._doctor.run(beat=activity.heartbeat)
        for one in report.treated:
            _log.warning("upkeep", **one.model_dump())
        warned = await self._warnings.run()
        if warned:
            _log.warning("licences_expiring", count=warned)
        pruned = await self._pruning.run(beat=activity.heartbeat)
        if pruned:
            _log.info("decision_inputs_pruned", count=pruned)
        left = [one for one in report.treated if not one.repaired]
        return {"compared": report.compared, "wrong": len(report.treated), "left": len(left)}
