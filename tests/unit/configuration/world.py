"""A configuration with something in every section, and the people and teams that it names."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from db.repositories.teams import Person, TeamRow
from domain.configuration import Configuration
from domain.ids import AgentId, TeamId
from domain.lifecycle.actor import Role
from services.configuration_files import Directory
from services.publishing import Published

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANN, BOB, CAT, BOSS = (AgentId(UUID(int=number)) for number in (11, 12, 13, 50))
WEST, EAST = TeamId(UUID(int=101)), TeamId(UUID(int=102))
PEOPLE = (
    Person(id=ANN, email="Ann@example.com", role=Role.AGENT, is_active=True),
    Person(id=BOB, email="bob@example.com", role=Role.AGENT, is_active=True),
    Person(id=CAT, email=None, role=Role.AGENT, is_active=False),
    Person(id=BOSS, email="boss@example.com", role=Role.MANAGER, is_active=True),
)
TEAMS = {
    "West": TeamRow(id=WEST, name="West", members={BOSS: "manager", ANN: "member"}, max_live_leads=9),
    "East": TeamRow(id=EAST, name="East", is_active=False),
}
DIRECTORY = Directory(
    emails={person.id: person.email for person in PEOPLE}, teams={team.id: team.name for team in TEAMS.values()}
)


def rule(name: str, action: Any, *, number: int = 1, condition: Any = None, **more: Any) -> dict[str, Any]:
    """A rule as plain data, with an identity of its own."""
    return {
        "id": str(UUID(int=1000 + number)),
        "name": name,
        "condition": {"and": []} if condition is None else condition,
        "action": action,
        "created_at": AT.isoformat(),
        **more,
    }


RULES = [
    rule(
        "Texas to the west",
        {"type": "assign_to", "params": {"team": str(WEST)}},
        number=1,
        condition={"and": [{"field": "lead.state", "operator": "in", "value": ["TX", "NM"]}]},
        priority=80,
    ),
    rule("Not Bob", {"type": "reroute", "params": {"exclude": [str(BOB)]}}, number=2, priority=20),
    rule(
        "Shares",
        {"type": "set_strategy", "params": {"strategy": "weighted", "params": {"weights": {str(ANN): 2}}}},
        number=3,
        is_active=False,
    ),
]
FULL = Configuration.model_validate(
    {
        "time_zone": "America/Chicago",
        "sla": {"claim_seconds": 120, "fallback_owner": str(BOSS)},
        "policies": {"slow": {"claim_seconds": 900}, "fast": {"contact_seconds": 60}},
        "scoring": "documented",
        "weights": {"name": "ours", "specialization": 0.4, "performance": 0.4, "availability": 0, "utilization": 0.2},
        "strategy": {"name": "weighted", "team": str(WEST), "weights": {str(BOB): 3, str(ANN): 1}},
        "rules": RULES,
    }
)


def published(configuration: Configuration = FULL, version: int = 7) -> Published:
    """What counts in this world."""
    return Published(version=version, configuration=configuration, teams=TEAMS, people=PEOPLE)
