"""What Baton asks of a Temporal server: namespace, retention, search attributes, dynamic configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

AttributeType = Literal["Keyword", "Datetime", "Int"]
Setting = bool | int | float | str

SEARCH_ATTRIBUTES: Mapping[str, AttributeType] = {
    "LeadState": "Keyword",
    "Agent": "Keyword",
    "WakeAt": "Datetime",
    "LeadSeq": "Int",
}

# The server's defaults are sized for a cluster: on one small machine its rate limits bind before the disk
# does, and four partitions per queue only keep pollers and tasks apart.
DYNAMIC_CONFIG: Mapping[str, Setting] = {
    "matching.rps": 20000,
    "frontend.rps": 20000,
    "frontend.namespaceRPS": 20000,
    "history.rps": 20000,
    "matching.numTaskqueueReadPartitions": 1,
    "matching.numTaskqueueWritePartitions": 1,
    "frontend.namespaceRPS.visibility": 200,
    "frontend.WorkflowTimeSkippingEnabled": True,
    "system.forceSearchAttributesCacheRefreshOnRead": True,
}


@dataclass(frozen=True)
class TemporalOptions:
    """Options of an embedded or external server. `dynamic_config` adds to, and wins over, DYNAMIC_CONFIG."""

    namespace: str = "default"
    retention: timedelta = timedelta(hours=72)
    search_attributes: Mapping[str, AttributeType] = field(default_factory=lambda: dict(SEARCH_ATTRIBUTES))
    dynamic_config: Mapping[str, Setting] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Setting]:
        """The dynamic configuration of an embedded server."""
        return {**DYNAMIC_CONFIG, **self.dynamic_config}
