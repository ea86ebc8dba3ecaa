"""Which SLA policy a lead gets when no rule says."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from domain.ids import TeamId
from domain.queue import QueueType
from domain.tier import Tier


class PolicyMatch(BaseModel):
    """The policy for leads with one of the values in every field that names some; the first match counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    policy: str
    tier: tuple[Tier, ...] = ()
    queue: tuple[QueueType, ...] = ()
    line: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    team: tuple[TeamId, ...] = ()

    def fits(self, *, tier: Tier, queue: QueueType, line: str, source: str, team: TeamId | None) -> bool:
        """True when nothing that it names speaks against it."""
        return all(
            not wanted or value in wanted
            for wanted, value in (
                (self.tier, tier),
                (self.queue, queue),
                (self.line, line),
                (self.source, source),
                (self.team, team),
            )
        )


def matched_policy(
    matches: Iterable[PolicyMatch], *, tier: Tier, queue: QueueType, line: str, source: str, team: TeamId | None
) -> str | None:
    """Name of the policy of the first match; None when none fits."""
    for one in matches:
        if one.fits(tier=tier, queue=queue, line=line, source=source, team=team):
            return one.policy
    return None
