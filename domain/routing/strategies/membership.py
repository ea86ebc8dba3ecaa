"""Who joins a pool that takes turns, who leaves it for a while, and who is back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.ids import AgentId
from domain.routing.agent import Agent
from domain.routing.eligibility import DropReason
from domain.routing.strategies.turns import calibration_for_newcomer
from domain.routing.strategy_settings import StrategySettings

BREAK = timedelta(hours=1)
"""What is missed in a shorter time is made up for; what is missed in a longer one is not."""

_ABSENT = frozenset({DropReason.INACTIVE, DropReason.STATUS, DropReason.ON_LEAVE, DropReason.NOT_ACCEPTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence:
    """What one decision saw: who was at work, whether or not it could have the lead, and who was not.

    Of others, whom the lead's line or team left out before, it knows neither.
    """

    there: frozenset[AgentId]
    absent: frozenset[AgentId]


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChange:
    """What goes with the next turn: newcomers and their calibration, who is away from now on, and who is back.

    `back` says how many turns each of these is calibrated by; 0 after a break.
    """

    joined: Mapping[AgentId, int] = field(default_factory=dict)
    back: Mapping[AgentId, int] = field(default_factory=dict)
    gone: frozenset[AgentId] = frozenset()


def presence_of(agents: Collection[Agent], filtered: Collection[tuple[AgentId, DropReason]]) -> Presence:
    """Who is at work, from the agents that were judged and those that the database had dropped."""
    return Presence(
        there=frozenset(agent.id for agent in agents if agent.on_shift),
        absent=frozenset(
            (
                *(agent.id for agent in agents if not agent.on_shift),
                *(agent for agent, reason in filtered if reason in _ABSENT),
            )
        ),
    )


def membership_change(
    standings: Mapping[AgentId, int],
    away_since: Mapping[AgentId, datetime],
    settings: StrategySettings,
    *,
    eligible: Collection[AgentId],
    presence: Presence,
    now: datetime,
) -> MembershipChange:
    """Who comes and goes, by the standings (turns + calibration) of all members and by who was away until now.

    Newcomers, and those who are back after more than a break, start with what they would have by now, measured by
    the members that were there last: the standing of somebody who has been away says little. Nobody's is lowered.
    """
    last = {agent: away_since.get(agent, now) for agent in standings}
    newest = max(last.values(), default=now)
    settled = {agent: standing for agent, standing in standings.items() if last[agent] > newest - BREAK}

    def due(agent: AgentId) -> int:
        return calibration_for_newcomer(settled, settings.weights, settings.weight_of(agent))

    return MembershipChange(
        joined={agent: due(agent) for agent in eligible if agent not in standings},
        back={
            agent: 0 if agent in settled else max(0, due(agent) - standings[agent])
            for agent in away_since
            if agent in presence.there
        },
        gone=frozenset(agent for agent in presence.absent if agent in standings and agent not in away_since),
    )
