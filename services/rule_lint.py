"""Linting a configuration against the people and teams that the database knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from pydantic import ValidationError

from db.repositories.teams import Person, TeamRow
from domain.configuration import Configuration
from domain.ids import AgentId
from domain.lifecycle.actor import Role
from domain.routing.strategy_settings import StrategyName, StrategySettings
from domain.rules.action import SetStrategy
from domain.rules.evaluate import ordered
from domain.rules.finding import Finding, FindingCode
from domain.rules.known_world import KnownWorld
from domain.rules.lint import lint


def known_world(people: Iterable[Person], teams: Mapping[str, TeamRow], configuration: Configuration) -> KnownWorld:
    """What rules may name: everybody (True: an active agent), the active teams, the configuration's own names."""
    return KnownWorld(
        agents={person.id: person.is_active and person.role is Role.AGENT for person in people},
        teams={team.id: frozenset(team.members) for team in teams.values() if team.is_active},
        policies=frozenset(configuration.policies),
        strategies=frozenset(name.value for name in StrategyName),
    )


def lint_configuration(
    configuration: Configuration, people: Sequence[Person], teams: Mapping[str, TeamRow]
) -> tuple[Finding, ...]:
    """Everything that is wrong, or looks wrong, with the rules and with whom the configuration names."""
    world = known_world(people, teams, configuration)
    active = {person.id for person in people if person.is_active}
    return (
        *lint(configuration.rules, world),
        *_wrong_strategies(configuration),
        *_missing_people(configuration, active, world),
    )


def _wrong_strategies(configuration: Configuration) -> Iterator[Finding]:
    """A strategy whose parameters do not fit would park every lead that its rule is true for."""
    known = {name.value for name in StrategyName}
    for rule in ordered(configuration.rules):
        action = rule.action
        if not rule.is_active or not isinstance(action, SetStrategy) or action.strategy not in known:
            continue
        try:
            StrategySettings.model_validate({**action.params, "name": action.strategy})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(["set_strategy", *(str(part) for part in first["loc"])])
            yield Finding(code=FindingCode.MALFORMED_VALUE, rule=rule, message=f"{where}: {first['msg']}; correct it")


def _missing_people(configuration: Configuration, active: set[AgentId], world: KnownWorld) -> Iterator[Finding]:
    policies = {"sla": configuration.sla} | {
        f"policies.{name}": policy for name, policy in configuration.policies.items()
    }
    for place, policy in policies.items():
        if policy.fallback_owner is not None and policy.fallback_owner not in active:
            yield _nobody(f"{place}.fallback_owner: {policy.fallback_owner} is nobody active; name somebody who is")
        if policy.on_call_team is not None and not world.pool(policy.on_call_team):
            yield _nobody(
                f"{place}.on_call_team: {policy.on_call_team} has no active members; add some or name another"
            )
    strategy = configuration.strategy
    if strategy.team is not None and not world.pool(strategy.team):
        yield _nobody(f"strategy.team: {strategy.team} has no active members; add some or name another team")
    if strategy.agent is not None and not world.agents.get(strategy.agent, False):
        yield _nobody(f"strategy.agent: {strategy.agent} takes no leads; name an active agent")


def _nobody(message: str) -> Finding:
    return Finding(code=FindingCode.EMPTY_POOL, rule=None, message=message)
