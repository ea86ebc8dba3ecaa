"""The facts of a lead: the business clock, nothing personal, exactly the fields of the schema."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest

from domain.rules import KNOWN_FIELDS, AgentFacts, TeamFacts, rule_facts
from domain.rules.facts import with_agent
from domain.rules.fields import FieldKind
from tests.unit.domain.rules.samples import AGENT, ANN, NORTH, NOW, lead

FULL = lead(
    language="es",
    city="Austin",
    state="TX",
    zip="73301",
    country="US",
    quality=80,
    score=70.5,
    tier="Tier2",
    employee_count=12,
    metadata={"page": {"type": "quote"}},
)
TEAM = TeamFacts(id=NORTH, name="North", members=3, available=2, utilization=50.0)
_KINDS: dict[FieldKind, type | tuple[type, ...]] = {
    FieldKind.TEXT: str,
    FieldKind.NUMBER: (int, float),
    FieldKind.FLAG: bool,
    FieldKind.LIST: list,
}


def test_the_facts_are_the_known_fields() -> None:
    facts = with_agent(rule_facts(FULL, now=NOW, time_zone="UTC", team=TEAM), AGENT)
    given = {
        f"{root}.{name}": value for root, part in facts.items() if root != "metadata" for name, value in part.items()
    }
    assert set(given) == set(KNOWN_FIELDS)
    for path, value in given.items():
        assert isinstance(value, _KINDS[KNOWN_FIELDS[path].kind]), path
        assert isinstance(value, bool) is (KNOWN_FIELDS[path].kind is FieldKind.FLAG), path
    assert facts["metadata"] == {"page": {"type": "quote"}}
    assert json.loads(json.dumps(facts)) == facts


def test_the_clock_is_that_of_the_business() -> None:
    now = datetime.fromisoformat("2026-06-14T22:05:00+00:00")
    assert rule_facts(lead(), now=now, time_zone="Europe/Madrid")["time"] == {
        "now": "2026-06-14T22:05:00+00:00",
        "date": "2026-06-15",
        "weekday": "Monday",
        "hour": 0,
        "minute": 5,
        "hhmm": "00:05",
    }


@pytest.mark.parametrize(("rating", "tier"), [(0.9, "Elite"), (0.75, "Senior"), (0.5, "Standard"), (0.49, "Junior")])
def test_the_tier_of_an_agent_comes_from_the_rating(rating: float, tier: str) -> None:
    agent = AgentFacts(
        id=ANN, rating=rating, is_elite=False, status=None, utilization=0, load=0, capacity=0, held=0, on_shift=True
    )
    assert with_agent(rule_facts(lead(), now=NOW, time_zone="UTC"), agent)["agent"]["tier"] == tier


def test_without_agent_and_team_their_fields_are_missing() -> None:
    facts = rule_facts(lead(), now=NOW + timedelta(minutes=90), time_zone="UTC")
    assert facts["agent"] == facts["team"] == {}
    assert facts["lead"]["age_minutes"] == 90


def test_a_naive_instant_and_an_unknown_zone_are_refused() -> None:
    with pytest.raises(ValueError, match="no offset"):
        rule_facts(lead(), now=NOW.replace(tzinfo=None), time_zone="UTC")
    with pytest.raises(ZoneInfoNotFoundError):
        rule_facts(lead(), now=NOW, time_zone="Mars/Base")
