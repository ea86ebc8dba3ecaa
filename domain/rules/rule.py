"""A routing rule: when its condition is true, its action counts."""

from __future__ import annotations

from enum import StrEnum
from typing import NewType
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from domain.rules.action import Action
from domain.rules.condition import Condition, comparisons

RuleId = NewType("RuleId", UUID)


class RuleType(StrEnum):
    """What a rule is about. For people and reports: every type is judged in the same way."""

    MATCHING = "matching"
    CAPACITY = "capacity"
    GEOGRAPHIC = "geographic"
    BUSINESS_LOGIC = "business_logic"
    TEMPORAL = "temporal"


class Rule(BaseModel):
    """Immutable. A higher priority (1..100) comes first, then the older rule, then the smaller id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: RuleId
    name: str = Field(min_length=1, max_length=200)
    type: RuleType = RuleType.MATCHING
    condition: Condition
    action: Action
    priority: int = Field(default=50, ge=1, le=100)
    is_active: bool = True
    created_at: AwareDatetime

    @property
    def is_about_agents(self) -> bool:
        """True when the condition names a field of agents: such a rule takes agents out, and places no lead."""
        return self.names("agent")

    def names(self, root: str) -> bool:
        """True when the condition names a field below `root`."""
        return any(compare.field.startswith(f"{root}.") for compare in comparisons(self.condition))
