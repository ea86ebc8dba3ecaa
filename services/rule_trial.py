"""A dry run: what a set of rules would make of one lead, now. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.lead_facts import read_lead_to_route
from db.session import reader_transaction
from domain.configuration import Configuration
from domain.errors import InvalidInputError
from domain.ids import LeadId
from domain.rules.evaluate import evaluate, ordered
from domain.rules.facts import rule_facts
from domain.rules.rule import Rule
from services.choice import Choice, choose_agent


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRule:
    """A rule, whether its condition holds for the lead, and the effect for which it counts, if it does."""

    rule: Rule
    matches: bool
    counts_for: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Every active rule in the order of judgement, and the routing decision that would follow."""

    rules: tuple[TriedRule, ...]
    choice: Choice


async def try_on_lead(
    engine: AsyncEngine, lead_id: LeadId, configuration: Configuration, *, caller: UUID, now: datetime
) -> Trial:
    """Judge the lead as it is by a configuration that need not be published.

    `engine` is baton_reader's and `caller` an admin: the transaction is read-only. Raises InvalidInputError when
    there is no such lead, ConfigurationError when a rule names what does not exist.
    """
    async with reader_transaction(engine, caller) as connection:
        found = await read_lead_to_route(connection, lead_id)
        if found is None:
            raise InvalidInputError("LEAD_ID", f"there is no lead {lead_id}; name one that exists")
        choice = await choose_agent(connection, *found, configuration, now)
    facts = rule_facts(choice.facts.lead, now=now, time_zone=configuration.time_zone)
    counting = {rule.id: effect.value for effect, rule in choice.direction.fired.items()}
    tried = (
        TriedRule(rule=rule, matches=evaluate(rule.condition, facts), counts_for=counting.get(rule.id))
        for rule in ordered(configuration.rules)
        if rule.is_active
    )
    return Trial(rules=tuple(tried), choice=choice)
