"""Agents, managers and teams for a test's world, inserted as the owner would."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from tests.db.databases import Database, run_script


@dataclass(frozen=True, kw_only=True)
class People:
    """One team: its agents, its manager, and an admin."""

    agents: tuple[UUID, ...]
    manager: UUID
    admin: UUID


async def populate(
    database: Database, agents: int, *, capacity: int = 5, line: str = "Auto", status: str = "Available"
) -> People:
    """A team of agents who all work `line` for individuals, with a manager and an admin."""
    people = People(agents=tuple(uuid4() for _ in range(agents)), manager=uuid4(), admin=uuid4())
    team = uuid4()
    script = [
        f"INSERT INTO teams (id, name) VALUES ('{team}', 'team {team}')",
        f"INSERT INTO crm_agents (id, email, role) VALUES ('{people.manager}', '{people.manager}@example.com', "
        f"'manager'), ('{people.admin}', '{people.admin}@example.com', 'admin')",
        f"INSERT INTO team_members (team_id, agent_id, role) VALUES ('{team}', '{people.manager}', 'manager')",
    ]
    for agent in people.agents:
        script += [
            f"INSERT INTO crm_agents (id, email, role) VALUES ('{agent}', '{agent}@example.com', 'agent')",
            f"INSERT INTO team_members (team_id, agent_id, role) VALUES ('{team}', '{agent}', 'member')",
            f'INSERT INTO "AgentAvailability" ("agentId", status, "maxCapacity", "lastUpdated", "updatedAt") '
            f"VALUES ('{agent}', '{status}', {capacity}, now(), now())",
            f'INSERT INTO "AgentSpecialization" ("agentId", "insuranceLine", "customerSegment", languages, '
            f"territories, \"maxConcurrentLeads\", \"updatedAt\") VALUES ('{agent}', '{line}', 'Individual', "
            f"'[\"en\"]', '[]', {capacity}, now())",
        ]
    await run_script(database.owner, ";".join(script))
    return people
