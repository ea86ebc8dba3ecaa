"""A desk at which decisions are explained: three agents, somebody who moves leads, and somebody who asks why."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from db.session import Engines, reader_transaction
from domain.ids import LeadId
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.transition import Refusal, RefusalCode
from domain.routing.explanation import Explanation
from services.configurations import Configurations
from services.explaining import Explaining
from services.pruning import Pruning
from tests.db.databases import Database, run_script
from tests.demo.lives import Hand
from tests.support.people import People, populate


@dataclass(kw_only=True)
class Desk:
    """Three agents who work Auto, somebody who moves leads, and somebody who asks why."""

    database: Database
    engines: Engines
    people: People
    hand: Hand

    async def why(self, lead_id: LeadId, caller: Actor | None = None, **asked: Any) -> Explanation | Refusal:
        """What the caller, else an admin, is told."""
        caller = caller or Actor(role=Role.ADMIN, id=self.people.admin)
        async with reader_transaction(self.engines.reader, caller.id) as connection:
            return await Explaining(Configurations()).explain(connection, lead_id, caller, **asked)

    async def told(self, lead_id: LeadId, caller: Actor | None = None, **asked: Any) -> Explanation:
        """As `why`, and it is not refused."""
        found = await self.why(lead_id, caller, **asked)
        assert isinstance(found, Explanation), found
        return found

    async def configure(self, **body: Any) -> None:
        """Publish a configuration for the leads that come from now on."""
        await run_script(
            self.database.owner,
            "INSERT INTO configuration_versions (version, body) "
            f"SELECT max(version) + 1, '{json.dumps(body)}' FROM configuration_versions",
        )

    async def run(self, script: str) -> None:
        """Change the world as its owner."""
        await run_script(self.database.owner, script)

    async def prune(self, days: int = 90, **more: Any) -> int:
        """Forget what decisions older than that looked at."""
        return await Pruning(self.engines.service, self.hand.clock, days=days, **more).run()

    def agent(self, number: int) -> Actor:
        """One of the three."""
        return Actor(role=Role.AGENT, id=self.people.agents[number])


async def make_desk(database: Database, engines: Engines) -> Desk:
    """A desk on an empty database."""
    return Desk(database=database, engines=engines, people=await populate(database, agents=3), hand=Hand(engines))


def rule(name: str, action: str, **params: Any) -> dict[str, Any]:
    """A rule for every lead, as a configuration's body holds it."""
    return {
        "id": str(uuid4()),
        "name": name,
        "condition": {"and": []},
        "action": {"type": action, "params": params},
        "created_at": "2026-01-01T00:00:00Z",
    }


def refused(found: Explanation | Refusal) -> RefusalCode:
    """The code of a refusal."""
    assert isinstance(found, Refusal), found
    return found.code
