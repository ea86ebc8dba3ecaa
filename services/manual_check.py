"""Whether an agent may get a lead by hand: the filters of routing, which a supervisor may overrule and sign for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from db.repositories.lead_facts import read_lead_to_route
from db.repositories.pool import read_pool
from db.session import AnyConnection
from domain.configuration import Configuration
from domain.ids import AgentId
from domain.lifecycle.commands import Reassign
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.routing.agent import Agent
from domain.routing.request import RoutingRequest
from domain.routing.strategies.manual import validate_manual
from domain.routing.violation import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Overruled:
    """The codes of what spoke against the agent and was overruled."""

    codes: tuple[str, ...] = ()


async def check_manual(
    connection: AnyConnection, lead: Lead, command: Reassign, configuration: Configuration, now: datetime
) -> Refusal | Overruled:
    """A refusal that names everything that speaks against the agent, or what `force` overruled.

    Managers and admins may be given any lead: the filters are for agents.
    """
    if lead.agent == command.to_agent:
        return Overruled()
    judged = await read_judged(connection, lead, command.to_agent, configuration, now)
    if judged is None:
        return Overruled()
    check = validate_manual(*judged, configuration.eligibility, force=command.force)
    if check.allowed:
        return Overruled(codes=tuple(check.overridden))
    codes = ", ".join(str(one.reason) for one in check.violations)
    return Refusal(
        code=RefusalCode.NOT_ELIGIBLE,
        message=f"the agent may not have this lead: {codes}; choose somebody else, or force it",
        detail={"violations": violations_to_plain(check.violations)},
    )


async def read_judged(
    connection: AnyConnection, lead: Lead, agent: AgentId, configuration: Configuration, now: datetime
) -> tuple[Agent, RoutingRequest] | None:
    """The agent with everything that routing would judge it by for this lead; None for whoever is no agent by role."""
    routed = await read_lead_to_route(connection, lead.id)
    if routed is None:
        return None
    request = routed[1].on(configuration.day_of(now)).request
    pool = await read_pool(
        connection,
        request,
        configuration.eligibility,
        now=now,
        midnight=configuration.midnight(now),
        kept=[agent],
        only=agent,
    )
    return next(((known, request) for known in pool.agents), None)


def violations_to_plain(found: Iterable[Violation]) -> list[dict[str, str]]:
    """Violations as a refusal shows them."""
    return [{"code": one.reason, "type": one.type, "severity": one.severity} for one in found]
