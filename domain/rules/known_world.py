"""What the linter knows about the world outside the rules; plain data given by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.ids import AgentId, TeamId
from domain.queue import QueueType


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownWorld:
    """Agents (True: active and routable), members of the active teams, and the names a rule may use."""

    agents: Mapping[AgentId, bool] = field(default_factory=dict)
    teams: Mapping[TeamId, frozenset[AgentId]] = field(default_factory=dict)
    policies: frozenset[str] = frozenset()
    strategies: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset(queue.value for queue in QueueType)

    def pool(self, team: TeamId) -> frozenset[AgentId]:
        """The active members of a team; empty for an unknown or inactive one."""
        return frozenset(agent for agent in self.teams.get(team, frozenset()) if self.agents.get(agent, False))
