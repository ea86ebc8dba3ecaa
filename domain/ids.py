"""Identifiers. A NewType per kind, so that an agent's id cannot be passed where a lead's is meant."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

LeadId = NewType("LeadId", UUID)
AgentId = NewType("AgentId", UUID)
TeamId = NewType("TeamId", UUID)
HistoryId = NewType("HistoryId", UUID)
CommandId = NewType("CommandId", str)

SYSTEM_AGENT = AgentId(UUID("00000000-0000-0000-0000-000000000001"))
"""The crm_agents row that signs what time and routing do; inactive, never routable."""

_PREFIX = "lead-"


def workflow_id(lead_id: LeadId) -> str:
    """Temporal workflow id of a lead: `lead-{uuid}`. Inverse of `lead_id_of`."""
    return f"{_PREFIX}{lead_id}"


def lead_id_of(workflow_id: str) -> LeadId:
    """Lead id of a workflow id; raises ValueError when it is not one of a lead."""
    if not workflow_id.startswith(_PREFIX):
        raise ValueError(f"not a lead's workflow id: {workflow_id!r}")
    return LeadId(UUID(workflow_id.removeprefix(_PREFIX)))
