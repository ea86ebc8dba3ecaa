"""manual: a person names the agent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.routing.agent import Agent
from domain.routing.candidate import Candidate, Ranking, StrategyFacts
from domain.routing.eligibility import DropReason
from domain.routing.eligibility_policy import EligibilityPolicy
from domain.routing.request import RoutingRequest
from domain.routing.strategies.ordering import ranked
from domain.routing.strategy_settings import StrategyName
from domain.routing.violation import Severity, Violation, violations


class Manual:
    """The named agent or nobody: the one exception to "every candidate is ranked, a preferred one first".

    An agent that fails a hard filter is not among the candidates, so the lead waits; when the assignment is forced,
    the caller makes it one all the same (`validate_manual`), and the notes say so. Without a name nobody is ranked:
    leads wait until a person assigns them.
    """

    name: StrategyName = StrategyName.MANUAL

    def rank(self, candidates: Sequence[Candidate], facts: StrategyFacts) -> Ranking:
        """The named agent alone."""
        named, force = facts.settings.agent, facts.settings.force
        return ranked(
            [candidate for candidate in candidates if candidate.agent_id == named],
            notes=lambda _: {"agent": str(named) if named else None, "force": force},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualCheck:
    """All that speaks against the named agent, and whether the person insists."""

    violations: tuple[Violation, ...]
    force: bool

    @property
    def overridden(self) -> tuple[DropReason, ...]:
        """The errors that force sets aside, for the audit; empty when it was not needed."""
        return self._errors if self.force else ()

    @property
    def allowed(self) -> bool:
        """True when nothing but warnings speaks against the agent, or the assignment is forced."""
        return self.force or not self._errors

    @property
    def _errors(self) -> tuple[DropReason, ...]:
        return tuple(found.reason for found in self.violations if found.severity is Severity.ERROR)


def validate_manual(
    agent: Agent, request: RoutingRequest, policy: EligibilityPolicy, *, force: bool = False
) -> ManualCheck:
    """Whether the named agent may have the lead, with every violation and not only the first."""
    return ManualCheck(violations=violations(agent, request, policy), force=force)
