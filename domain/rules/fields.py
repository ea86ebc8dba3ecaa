"""The fields that a rule may name: what `facts.rule_facts` gives and what the linter knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.rules.operator import Operator


class FieldKind(StrEnum):
    """What a field holds."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    LIST = "list"


_EQUALITY = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NIN, Operator.EXISTS})

OPERATORS_OF: Mapping[FieldKind, frozenset[Operator]] = {
    FieldKind.TEXT: frozenset(Operator),
    FieldKind.NUMBER: frozenset(Operator) - {Operator.CONTAINS},
    FieldKind.FLAG: _EQUALITY,
    FieldKind.LIST: frozenset({Operator.CONTAINS, Operator.EXISTS}),
}
"""The operators that can say something about a field of this kind; lists of Baton's own hold texts."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """Kind and meaning of a field, with its unit or its values."""

    kind: FieldKind
    meaning: str


def _text(meaning: str) -> FieldInfo:
    return FieldInfo(FieldKind.TEXT, meaning)


def _number(meaning: str) -> FieldInfo:
    return FieldInfo(FieldKind.NUMBER, meaning)


def _flag(meaning: str) -> FieldInfo:
    return FieldInfo(FieldKind.FLAG, meaning)


KNOWN_FIELDS: Mapping[str, FieldInfo] = {
    "lead.id": _text("id of the lead"),
    "lead.source": _text("where it came from, as the source names itself"),
    "lead.status": _text("RECEIVED, PROCESSING, QUALIFIED, ROUTED, CONVERTED or REJECTED"),
    "lead.line": _text("Auto, Home, Life, Health or Commercial"),
    "lead.segment": _text("Individual, SMB or Enterprise"),
    "lead.language": _text("language tag, such as en or es"),
    "lead.city": _text("city"),
    "lead.state": _text("state code, such as TX"),
    "lead.zip": _text("postal code, as text"),
    "lead.country": _text("country"),
    "lead.quality": _number("quality score of the source, 0 to 100"),
    "lead.score": _number("score, 0 to 100"),
    "lead.tier": _text("Tier1, Tier2, Tier3 or Tier4"),
    "lead.employee_count": _number("employees of the customer"),
    "lead.created_at": _text("instant of creation, in UTC: 2026-01-31T09:00:00+00:00"),
    "lead.age_minutes": _number("minutes since creation"),
    "lead.has_email": _flag("there is an e-mail address"),
    "lead.has_phone": _flag("there is a phone number"),
    "lead.reassignments": _number("changes of agent so far"),
    "lead.failed_assignments": _number("tries in a row that found nobody"),
    "agent.id": _text("id of the agent"),
    "agent.tier": _text("Elite, Senior, Standard or Junior, by rating: from 0.9, 0.75, 0.5, below"),
    "agent.isEliteAgent": _flag("a specialisation of the agent for the lead's line is marked as elite"),
    "agent.rating": _number("rating, 0 to 1"),
    "agent.status": _text("Available, In_Call, Break, Training or Offline"),
    "agent.utilization": _number("live leads in percent of the cap, 0 to 100; no cap is 100"),
    "agent.load": _number("live leads"),
    "agent.capacity": _number("cap of live leads"),
    "agent.held": _number("open leads held"),
    "agent.on_shift": _flag("the agent is on shift"),
    "agent.teams": FieldInfo(FieldKind.LIST, "ids of the agent's teams"),
    "team.id": _text("id of the team"),
    "team.name": _text("name of the team"),
    "team.members": _number("active members"),
    "team.available": _number("members who could take a lead now"),
    "team.utilization": _number("live leads of all members in percent of their caps"),
    "time.now": _text("the instant, in UTC: 2026-01-31T09:00:00+00:00"),
    "time.date": _text("business date: 2026-01-31"),
    "time.weekday": _text("business day of the week: Monday to Sunday"),
    "time.hour": _number("business hour, 0 to 23"),
    "time.minute": _number("business minute, 0 to 59"),
    "time.hhmm": _text("business time of day: 09:30"),
}
"""Every field but `metadata.*`, which is whatever the source sent."""

OPEN_ROOT = "metadata"


def known(path: str) -> bool:
    """True for a field of KNOWN_FIELDS and for everything below metadata."""
    return path in KNOWN_FIELDS or path.startswith(f"{OPEN_ROOT}.")
