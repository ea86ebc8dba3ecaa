"""Rules about agents: one whose condition names agent.* is judged for each agent, and takes out those it is true for.

Such a rule places no lead. Every one of them counts, in whatever order, because they only take agents out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.ids import AgentId
from domain.rules.evaluate import evaluate, ordered
from domain.rules.facts import AgentFacts, with_agent
from domain.rules.rule import Rule


def taken_out(
    rules: Iterable[Rule], facts: Mapping[str, Mapping[str, object]], agents: Iterable[AgentFacts]
) -> dict[AgentId, Rule]:
    """Which agents the rules keep from a lead, each with the first rule that does.

    `facts` are the lead's, see `facts.rule_facts`.
    """
    about = [rule for rule in ordered(rules) if rule.is_active and rule.is_about_agents]
    if not about:
        return {}
    found: dict[AgentId, Rule] = {}
    for agent in agents:
        known = with_agent(facts, agent)
        rule = next((rule for rule in about if evaluate(rule.condition, known)), None)
        if rule is not None:
            found[agent.id] = rule
    return found
