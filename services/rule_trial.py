"""A dry run: what a set of rules would make of one lead, now. Reads only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.lead_facts import read_lead_to_route
from db.repositories.turns import read_shares
from db.session import reader_transaction
from domain.configuration import Configuration
from domain.errors import InvalidInputError
from domain.ids import HistoryId, LeadId
from domain.lifecycle.actor import SYSTEM
from domain.lifecycle.commands import Route
from domain.lifecycle.decide import decide
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import LifecycleState
from domain.lifecycle.transition import Context, Transition
from domain.queue import QueueType
from domain.rules.evaluate import evaluate, ordered
from domain.rules.facts import rule_facts
from domain.rules.rule import Rule
from services.choice import Choice, choose_agent


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRule:
    """A rule, whether its condition holds for the lead, and the effect for which it counts, if it does.

    A rule about agents holds when it takes somebody out; `takes_out` is how many.
    """

    rule: Rule
    matches: bool
    counts_for: str | None
    takes_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Every active rule in the order of judgement, and the routing decision that would follow.

    `becomes` is the lead after that decision, with the queue in which it would wait; None for one that is not to be
    routed now because somebody has it, or it is closed.
    """

    rules: tuple[TriedRule, ...]
    choice: Choice
    becomes: Lead | None
    queue: QueueType | None


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
        lead, facts = found
        waits = lead.state is LifecycleState.QUEUED
        choice = await choose_agent(
            connection, lead, facts, configuration, now, barred=lead.given_back_by, from_queue=waits
        )
        if choice.pool is not None:
            choice = choice.among(await read_shares(connection, choice.pool), now)
    after = _after(lead, choice, configuration, now) if waits or lead.state is LifecycleState.RECEIVED else None
    return Trial(
        rules=tuple(_tried(choice, configuration, now)),
        choice=choice,
        becomes=after.after if after else None,
        queue=after.queue if after else None,
    )


def _after(lead: Lead, choice: Choice, configuration: Configuration, now: datetime) -> Transition | None:
    """What routing would make of the lead; None when nothing."""
    context = Context(
        now=now,
        configuration=configuration,
        history_id=HistoryId(lead.id),
        candidate=next(iter(choice.agent_ids), None),
        plan=choice.plan,
        step=choice.step,
        ranked=choice.agent_ids,
    )
    only_offer = lead.state is LifecycleState.QUEUED
    command = Route(command_id=f"{lead.id}:trial", actor=SYSTEM, received_at=now, only_offer=only_offer)
    decided = decide(lead, command, context)
    return decided if isinstance(decided, Transition) else None


def _tried(choice: Choice, configuration: Configuration, now: datetime) -> Iterator[TriedRule]:
    facts = rule_facts(choice.facts.lead, now=now, time_zone=configuration.time_zone, team=choice.team)
    counting = {rule.id: effect.value for effect, rule in choice.direction.fired.items()}
    taking = {rule.id: count for rule, count in choice.agent_rules}
    for rule in ordered(configuration.rules):
        if not rule.is_active:
            continue
        takes_out = taking.get(rule.id, 0)
        yield TriedRule(
            rule=rule,
            matches=takes_out > 0 if rule.is_about_agents else evaluate(rule.condition, facts),
            counts_for=counting.get(rule.id) or ("agents" if takes_out else None),
            takes_out=takes_out,
        )
