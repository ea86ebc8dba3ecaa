"""Making recorded decisions again: the same inputs and the same configuration have to give the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from db.repositories.decision_records import DecisionRecord
from domain.configuration import Configuration
from domain.ids import AgentId, LeadId
from domain.routing.agent import Agent, Performance, Specialization
from domain.routing.decision import Greedy, decide_route
from domain.routing.request import RoutingRequest


def decision_fault(record: DecisionRecord, configuration: Configuration) -> str | None:
    """What is wrong with a recorded decision; None when making it again gives the same ranking.

    That ranking excludes earlier holders while anybody else is eligible, so it also proves that nobody was picked
    again needlessly.
    """
    if record.inputs is None:
        return f"seq {record.seq}: the recorded inputs cannot be read"
    try:
        request = _request(record.lead_id, record.inputs["request"])
        agents = [_agent(plain) for plain in record.inputs["agents"]]
        ranked = [str(agent) for agent in record.inputs["ranked"]]
        dropped = {str(agent): str(reason) for agent, reason in record.inputs["dropped"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"seq {record.seq}: the recorded inputs lack a part ({type(error).__name__})"
    again = decide_route(request, agents, configuration, Greedy())
    if [str(candidate.agent_id) for candidate in again.candidates] != ranked:
        return f"seq {record.seq}: decided again, {len(again.candidates)} candidates are in another order"
    if {str(agent): reason.value for agent, reason in again.dropped} != dropped:
        return f"seq {record.seq}: decided again, other agents are dropped"
    if record.chosen is not None and str(record.chosen) not in ranked:
        return f"seq {record.seq}: went to {record.chosen}, who was no candidate"
    return None


def _request(lead_id: UUID, plain: Mapping[str, Any]) -> RoutingRequest:
    return RoutingRequest(
        lead_id=LeadId(lead_id),
        line=plain["line"],
        segment=plain["segment"],
        language=plain["language"],
        territory=plain["territory"],
        preferred_agent=AgentId(UUID(plain["preferredAgent"])) if plain["preferredAgent"] else None,
        earlier_holders=_agents(plain["earlierHolders"]),
        barred=_agents(plain["barred"]),
    )


def _agents(plain: Sequence[str]) -> frozenset[AgentId]:
    return frozenset(AgentId(UUID(agent)) for agent in plain)


def _agent(plain: Mapping[str, Any]) -> Agent:
    return Agent(
        id=AgentId(UUID(plain["id"])),
        is_active=plain["active"],
        accepts_new_leads=plain["accepting"],
        role="agent",
        status=plain["status"],
        load=plain["load"],
        capacity=plain["capacity"],
        held=plain["held"],
        max_held=plain["maxHeld"],
        last_assigned_at=datetime.fromisoformat(plain["lastAssignedAt"]) if plain["lastAssignedAt"] else None,
        performance=Performance(
            conversion_rate=plain["performance"][0],
            satisfaction=plain["performance"][1],
            handling_minutes=plain["performance"][2],
            cross_sell_rate=plain["performance"][3],
        )
        if plain["performance"] is not None
        else None,
        specializations=tuple(
            Specialization(
                line=line,
                segment=segment,
                proficiency=proficiency,
                max_concurrent=max_concurrent,
                languages=frozenset(languages),
                territories=frozenset(territories),
            )
            for line, segment, proficiency, max_concurrent, languages, territories in plain["specializations"]
        ),
    )
