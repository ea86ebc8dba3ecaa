"""Evening out the load of a pool. Only proposes: whether a lead changes hands is a manager's decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pydantic import BaseModel, ConfigDict

from domain.capacity.pool import AgentLoad, pool_utilization, utilization
from domain.ids import AgentId

TARGET = 80.0
BAND = 10.0
NEAR = 5.0
"""Source: the routing migration's capacity service. Over: above target + 10; under: below target - 10; nothing is
proposed while the whole pool is less than 5 from the target."""


class Suggestion(BaseModel):
    """`leads` live leads of `line` could go from one agent to the other."""

    model_config = ConfigDict(frozen=True)

    from_agent: AgentId
    to_agent: AgentId
    line: str
    leads: int


class Rebalance(BaseModel):
    """The suggestions; `why_not` says why there are none. Utilisations are 0..100 and more."""

    model_config = ConfigDict(frozen=True)

    target: float
    utilization: float
    agents: int
    over: int
    under: int
    suggestions: tuple[Suggestion, ...] = ()
    why_not: str | None = None


def rebalance(pool: Sequence[AgentLoad], target: float = TARGET) -> Rebalance:
    """Who could take live leads from whom, of lines that the receiver works.

    Agents over the band give down to the target, agents under it take up to the target; nobody gives more than is
    in live work or receives beyond a cap. The most loaded gives first, the least loaded receives first, then by id.
    """
    over = [agent for agent in pool if agent.load > 0 and utilization(agent.load, agent.capacity) > target + BAND]
    under = [agent for agent in pool if utilization(agent.load, agent.capacity) < target - BAND]
    team = pool_utilization(pool)
    found = Rebalance(target=target, utilization=round(team, 1), agents=len(pool), over=len(over), under=len(under))
    if not pool:
        return found.model_copy(update={"why_not": "nobody is at work"})
    if abs(team - target) < NEAR:
        return found.model_copy(update={"why_not": f"the pool is less than {NEAR:g} from its target"})
    if not over:
        return found.model_copy(update={"why_not": f"nobody is above {target + BAND:g}"})
    moves = Counter(_moves(over, under, target))
    if not moves:
        return found.model_copy(update={"why_not": f"nobody below {target - BAND:g} can take one of those leads"})
    suggestions = tuple(
        Suggestion(from_agent=giver, to_agent=taker, line=line, leads=leads)
        for (giver, taker, line), leads in moves.items()
    )
    return found.model_copy(update={"suggestions": suggestions})


def _moves(
    over: Sequence[AgentLoad], under: Sequence[AgentLoad], target: float
) -> Iterator[tuple[AgentId, AgentId, str]]:
    """One lead at a time."""
    received: Counter[AgentId] = Counter()

    def room(agent: AgentLoad) -> int:
        return min(_slots(agent, target) - agent.load, agent.free) - received[agent.agent_id]

    def fullness(agent: AgentLoad) -> tuple[float, AgentId]:
        return utilization(agent.load + received[agent.agent_id], agent.capacity), agent.agent_id

    for giver in sorted(over, key=lambda agent: (-utilization(agent.load, agent.capacity), agent.agent_id)):
        surplus = giver.load - _slots(giver, target)
        for line, live in sorted(giver.live.items(), key=lambda item: (-item[1], item[0])):
            takers = [agent for agent in under if line in agent.lines]
            for _ in range(min(surplus, live)):
                taker = min((agent for agent in takers if room(agent) > 0), key=fullness, default=None)
                if taker is None:
                    break
                received[taker.agent_id] += 1
                surplus -= 1
                yield giver.agent_id, taker.agent_id, line


def _slots(agent: AgentLoad, target: float) -> int:
    """Whole slots within the target."""
    return int(agent.capacity * target / 100)
