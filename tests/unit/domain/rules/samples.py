"""Rules, facts and Hypothesis strategies shared by the tests of the rules."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from hypothesis import strategies as st

from domain.ids import AgentId, LeadId, TeamId
from domain.rules import (
    AgentFacts,
    All,
    Any,
    AnyAction,
    Condition,
    LeadFacts,
    Not,
    Operator,
    Rule,
    parse_action,
    parse_condition,
)
from domain.rules.rule import RuleId

NOW = datetime(2026, 6, 15, 10, 30, tzinfo=UTC)
ANN = AgentId(UUID(int=1))
BOB = AgentId(UUID(int=2))
NORTH = TeamId(UUID(int=10))
EVERY = {"and": list[object]()}
AGENT = AgentFacts(
    id=ANN,
    rating=0.9,
    is_elite=True,
    status="Available",
    utilization=40.0,
    load=2,
    capacity=5,
    held=7,
    on_shift=True,
    teams=frozenset({NORTH}),
)


def lead(**changes: object) -> LeadFacts:
    """A lead with everything that is needed, and the changes."""
    facts: dict[str, object] = {
        "id": LeadId(UUID(int=99)),
        "source": "website",
        "status": "RECEIVED",
        "line": "Auto",
        "segment": "Individual",
        "created_at": NOW,
        "has_email": True,
        "has_phone": True,
    }
    return LeadFacts(**{**facts, **changes})  # type: ignore[arg-type]


def rule(number: int, condition: object = EVERY, action: object = "escalate", **changes: object) -> Rule:
    """A rule with an id and a name made of its number."""
    raw: dict[str, object] = {
        "id": RuleId(UUID(int=number)),
        "name": f"rule {number}",
        "condition": condition,
        "action": action,
        "created_at": NOW,
    }
    return Rule.model_validate({**raw, **changes})


FIELDS = ("lead.a", "lead.b", "metadata.c")
_WORDS = st.sampled_from(["", "a", "A", "ab", "b", "b\0", "ba"])
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-2, 3), st.sampled_from([0.5, 1.0, 1.5]), _WORDS)
VALUES = st.one_of(_SCALARS, st.lists(_SCALARS, max_size=3))
COMPARES = st.builds(
    lambda field, operator, value: parse_condition({"field": field, "operator": operator, "value": value}),
    st.sampled_from(FIELDS),
    st.sampled_from(Operator),
    VALUES,
)


def _groups(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(parts, max_size=3).map(tuple)
    return st.one_of(
        st.builds(lambda conditions: All(conditions=conditions), some),
        st.builds(lambda conditions: Any(conditions=conditions), some),
        st.builds(lambda condition: Not(condition=condition), parts),
    )


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(COMPARES, _groups, max_leaves=8)
FACTS = st.fixed_dictionaries(
    {
        "lead": st.dictionaries(st.sampled_from(["a", "b"]), VALUES),
        "metadata": st.dictionaries(st.just("c"), st.one_of(VALUES, st.just({"x": 1}), st.just(float("nan")))),
    }
)
ACTIONS: st.SearchStrategy[AnyAction] = st.sampled_from(
    [
        parse_action("escalate"),
        parse_action({"type": "set_policy", "params": {"policy": "p"}}),
        parse_action({"type": "set_strategy", "params": {"strategy": "greedy"}}),
    ]
)


def rule_sets() -> st.SearchStrategy[list[Rule]]:
    """Up to five rules with different ids; priorities and ages often tie."""
    one = st.tuples(CONDITIONS, ACTIONS, st.sampled_from([1, 50, 100]), st.booleans(), st.integers(0, 1))
    return st.lists(one, max_size=5).map(
        lambda drawn: [
            rule(
                number,
                condition,
                action,
                priority=priority,
                is_active=active,
                created_at=NOW.replace(second=age),
            )
            for number, (condition, action, priority, active, age) in enumerate(drawn, start=1)
        ]
    )
