"""What the linter finds in a set of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.rules.rule import Rule


class Severity(StrEnum):
    """An error keeps the set from being published, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class FindingCode(StrEnum):
    """Kinds of findings."""

    UNREACHABLE = "unreachable"
    CONTRADICTORY = "contradictory"
    UNKNOWN_FIELD = "unknown_field"
    MALFORMED_VALUE = "malformed_value"
    EMPTY_POOL = "empty_pool"
    UNKNOWN_POLICY = "unknown_policy"
    UNKNOWN_STRATEGY = "unknown_strategy"
    UNKNOWN_QUEUE = "unknown_queue"
    AGENT_RULE = "agent_rule"
    DUPLICATE_NAME = "duplicate_name"
    NO_CATCH_ALL = "no_catch_all"


MEANING: Mapping[FindingCode, str] = {
    FindingCode.UNREACHABLE: "an earlier rule always counts instead: it is true wherever this one is",
    FindingCode.CONTRADICTORY: "the condition cannot be true for any lead",
    FindingCode.UNKNOWN_FIELD: "the condition names a field that no lead has",
    FindingCode.MALFORMED_VALUE: "the operator cannot work with the value, or the field never holds such a value",
    FindingCode.EMPTY_POOL: "the action names an agent or a team that cannot take a lead",
    FindingCode.UNKNOWN_POLICY: "no SLA policy has this name",
    FindingCode.UNKNOWN_STRATEGY: "no strategy has this name",
    FindingCode.UNKNOWN_QUEUE: "no queue has this name",
    FindingCode.AGENT_RULE: "the condition names agents, and the action is another than to take them out",
    FindingCode.DUPLICATE_NAME: "two rules have one name, so reports and explanations cannot tell them apart",
    FindingCode.NO_CATCH_ALL: "no rule places the leads that match nothing; they are routed as usual",
}
SEVERITY: Mapping[FindingCode, Severity] = {
    code: Severity.WARNING if code is FindingCode.NO_CATCH_ALL else Severity.ERROR for code in FindingCode
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding; `rule` is None when it is about the set as a whole."""

    code: FindingCode
    rule: Rule | None
    message: str

    @property
    def severity(self) -> Severity:
        """Severity of the code."""
        return SEVERITY[self.code]
