"""Whether an agent may get a lead by hand: the filters of routing, which a supervisor may overrule and sign for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from db.repositories.lead_facts import read_lead_to_route
from db.repositories.pool import read_pool
from db.session import AnyConnection
from domain.configuration import Configuration
from domain.lifecycle.commands import Reassign
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.routing.strategies.manual import validate_manual


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
    routed = await read_lead_to_route(connection, lead.id)
    if routed is None:
        return Overruled()
    facts = routed[1].on(configuration.day_of(now))
    pool = await read_pool(
        connection,
        facts.request,
        configuration.eligibility,
        now=now,
        midnight=configuration.midnight(now),
        kept=[command.to_agent],
        only=command.to_agent,
    )
    for agent in pool.agents:
        check = validate_manual(agent, facts.request, configuration.eligibility, force=command.force)
        if not check.allowed:
            found = [{"code": one.reason, "type": one.type, "severity": one.severity} for one in check.violations]
            codes = ", ".join(str(one.reason) for one in check.violations)
            return Refusal(
                code=RefusalCode.NOT_ELIGIBLE,
                message=f"the agent may not have this lead: {codes}; choose somebody else, or force it",
                detail={"violations": found},
            )
        return Overruled(codes=tuple(check.overridden))
    return Overruled()
