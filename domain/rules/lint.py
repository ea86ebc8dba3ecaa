"""Faults of a set of rules that can be seen without a lead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from domain.ids import AgentId, TeamId
from domain.rules.action import AssignTo, Effect, MoveQueue, Reroute, SetPolicy, SetStrategy
from domain.rules.condition import Compare, Value, comparisons
from domain.rules.contradiction import always_true, contradictory, implies
from domain.rules.evaluate import ordered
from domain.rules.fields import KNOWN_FIELDS, OPERATORS_OF, FieldKind, known
from domain.rules.finding import Finding, FindingCode
from domain.rules.known_world import KnownWorld
from domain.rules.operator import EXPECTS, Operator, accepts, is_number
from domain.rules.rule import Rule


def lint(rules: Iterable[Rule], world: KnownWorld) -> list[Finding]:
    """Findings of a set, rule by rule in the order of judgement, then those of the whole set.

    Inactive rules are looked at for their names only: they take part in nothing. An unreachable or contradictory
    rule is reported only when that is proved (see `contradiction`), so no finding does not mean that every rule
    will be used.
    """
    sequence = ordered(rules)
    active = [rule for rule in sequence if rule.is_active]
    findings: list[Finding] = []
    placing = [rule for rule in active if not rule.is_about_agents]
    for rule in active:
        findings += _condition_findings(rule)
        findings += _action_findings(rule, world)
        findings += _reach_findings(rule, placing[: placing.index(rule)] if rule in placing else ())
    findings += _duplicate_names(sequence)
    findings += _no_catch_all(placing)
    return findings


def _condition_findings(rule: Rule) -> Iterator[Finding]:
    for compare in comparisons(rule.condition):
        if not known(compare.field):
            remedy = "use a field of the reference, or metadata.* for what the source sends"
            yield Finding(
                code=FindingCode.UNKNOWN_FIELD, rule=rule, message=f"{compare.field} is not a field; {remedy}"
            )
        problem = _value_problem(compare)
        if problem:
            text = f"{compare.field} {compare.operator}: {problem}"
            yield Finding(code=FindingCode.MALFORMED_VALUE, rule=rule, message=text)


def _value_problem(compare: Compare) -> str | None:
    """What is wrong with the value, for the operator or for what the field holds; None when nothing is."""
    if not accepts(compare.operator, compare.value):
        return f"the value {_shown(compare.value)} is not {EXPECTS[compare.operator]}"
    field = KNOWN_FIELDS.get(compare.field)
    if field is None or compare.operator is Operator.EXISTS:
        return None
    if compare.operator not in OPERATORS_OF[field.kind]:
        return f"the field is a {field.kind}; use {' or '.join(sorted(OPERATORS_OF[field.kind]))}"
    wrong = [value for value in _values(compare.value) if not _is_of(value, field.kind)]
    if wrong:
        quote = "; quote it" if _is_of("", field.kind) else ""
        return f"the field is a {field.kind}, {_shown(wrong[0])} is not{quote}"
    return None


def _values(value: Value) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _is_of(value: object, kind: FieldKind) -> bool:
    if kind in (FieldKind.TEXT, FieldKind.LIST):
        return isinstance(value, str)
    return isinstance(value, bool) if kind is FieldKind.FLAG else is_number(value)


def _shown(value: object) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)


def _action_findings(rule: Rule, world: KnownWorld) -> Iterator[Finding]:
    action = rule.action
    if rule.is_about_agents:
        if action != Reroute():
            message = "a rule about agents only takes them out; use reroute without parameters, or no agent.* field"
            yield Finding(code=FindingCode.AGENT_RULE, rule=rule, message=message)
        return
    code: FindingCode | None = None
    problem: str | None = None
    if isinstance(action, AssignTo | Reroute):
        code, problem = FindingCode.EMPTY_POOL, _pool_problem(action, world)
    elif isinstance(action, MoveQueue) and action.queue not in world.queues:
        code, problem = FindingCode.UNKNOWN_QUEUE, _unknown("queue", action.queue, world.queues)
    elif isinstance(action, SetPolicy) and action.policy not in world.policies:
        code, problem = FindingCode.UNKNOWN_POLICY, _unknown("policy", action.policy, world.policies)
    elif isinstance(action, SetStrategy) and action.strategy not in world.strategies:
        code, problem = FindingCode.UNKNOWN_STRATEGY, _unknown("strategy", action.strategy, world.strategies)
    if code and problem:
        yield Finding(code=code, rule=rule, message=problem)


def _pool_problem(action: AssignTo | Reroute, world: KnownWorld) -> str | None:
    if isinstance(action, AssignTo) and action.agent is not None:
        return _agent_problem(action.agent, world)
    excluded = action.exclude if isinstance(action, Reroute) else ()
    if action.team is not None:
        return _team_problem(action.team, excluded, world)
    return None


def _agent_problem(agent: AgentId, world: KnownWorld) -> str | None:
    if agent not in world.agents:
        return f"agent {agent} is unknown; name one that exists"
    return None if world.agents[agent] else f"agent {agent} is inactive; name one that takes leads"


def _team_problem(team: TeamId, excluded: Sequence[AgentId], world: KnownWorld) -> str | None:
    if team not in world.teams:
        return f"team {team} is unknown or inactive; name one that exists"
    if not world.pool(team):
        return f"team {team} has no active members; add some or name another"
    if world.pool(team) <= set(excluded):
        return f"every active member of team {team} is excluded; exclude fewer or name another team"
    return None


def _unknown(what: str, name: str, names: Iterable[str]) -> str:
    return f"{what} {name!r} is unknown; known are {', '.join(sorted(names)) or 'none'}"


def _reach_findings(rule: Rule, earlier: Sequence[Rule]) -> Iterator[Finding]:
    if contradictory(rule.condition):
        message = "the condition can never be true; see which comparisons exclude each other"
        yield Finding(code=FindingCode.CONTRADICTORY, rule=rule, message=message)
        return
    for other in earlier:
        ends = other.action.effect in (Effect.PLACEMENT, rule.action.effect)
        if ends and implies(rule.condition, other.condition):
            message = f"{other.name!r} comes first and is true wherever this rule is; reorder them or narrow it"
            yield Finding(code=FindingCode.UNREACHABLE, rule=rule, message=message)
            return


def _duplicate_names(rules: Sequence[Rule]) -> Iterator[Finding]:
    seen: set[str] = set()
    for rule in rules:
        name = rule.name.strip().casefold()
        if name in seen:
            message = f"another rule is named {rule.name!r} too; rename one"
            yield Finding(code=FindingCode.DUPLICATE_NAME, rule=rule, message=message)
        seen.add(name)


def _no_catch_all(active: Sequence[Rule]) -> Iterator[Finding]:
    """A set without rules routes everything as usual on purpose; one with rules may have forgotten a case."""
    placing = [rule for rule in active if rule.action.effect is Effect.PLACEMENT]
    if active and not any(always_true(rule.condition) for rule in placing):
        message = "no rule places every remaining lead; add a last one with condition {and: []} or accept it"
        yield Finding(code=FindingCode.NO_CATCH_ALL, rule=None, message=message)
