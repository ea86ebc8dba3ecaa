"""Which lead a call belongs to, and whose attempt it was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.contact import Direction
from domain.ids import AgentId, LeadId


class CallState(StrEnum):
    """What became of a reported call. `waiting`: the agent has the offer and has not claimed it yet."""

    RECEIVED = "received"
    WAITING = "waiting"
    APPLIED = "applied"
    UNMATCHED = "unmatched"
    UNDONE = "undone"


class Standing(StrEnum):
    """What the calling agent has to do with a lead, strongest first. `none`: nothing, or no agent was named."""

    HOLDS = "holds"
    OFFERED = "offered"
    HELD = "held"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lead of the customer who was called or calls. `held` is whether somebody holds it now."""

    lead_id: LeadId
    standing: Standing
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallMatch:
    """`lead_id` is None when the call belongs to no lead, and `reason` says why.

    `waits`: the agent has yet to claim it. `agent` is whose attempt it was; None for the holder's.
    """

    lead_id: LeadId | None = None
    agent: AgentId | None = None
    waits: bool = False
    reason: str | None = None


def match_call(direction: Direction, agent: AgentId | None, candidates: Sequence[Candidate]) -> CallMatch:
    """The lead of the call. `candidates` are the customer's leads, newest first.

    An agent's call is his attempt on the lead that he holds, is offered, or held, in this order. A customer who
    calls in reaches the holder of the one lead that is held, whoever answers. A call out by nobody in particular is
    nobody's attempt.
    """
    if not candidates:
        return CallMatch(reason="no_open_lead")
    for standing in (Standing.HOLDS, Standing.OFFERED, Standing.HELD):
        found = next((one for one in candidates if agent is not None and one.standing is standing), None)
        if found is not None:
            return CallMatch(lead_id=found.lead_id, agent=agent, waits=standing is Standing.OFFERED)
    if direction is Direction.OUTBOUND:
        return CallMatch(reason="agent_without_lead" if agent is not None else "no_agent")
    held = [one for one in candidates if one.held]
    if len(held) == 1:
        return CallMatch(lead_id=held[0].lead_id)
    return CallMatch(reason="several_leads" if held else "nobody_holds_it")
