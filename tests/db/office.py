"""Publishing and everything around it on one database, for the tests of configuration and rules."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from db.session import Engines
from domain.ids import LeadId
from domain.lifecycle.actor import SYSTEM, Actor, Role
from domain.lifecycle.commands import RecordScore, Route
from domain.lifecycle.lead import Lead
from domain.tier import Tier
from services.applied import Applied
from services.configuration_files import read_document, to_yaml
from services.configurations import Configurations
from services.intake import Intake
from services.lifecycle import Lifecycle
from services.new_lead import NewLead
from services.publishing import Outcome, Publishing
from services.rule_drafts import RuleDrafts
from services.rule_migration import RuleMigration
from tests.db.databases import Database, fetch
from tests.support.clock import MovableClock
from tests.support.people import People

VERSIONS = "SELECT version, body, note, published_by FROM configuration_versions ORDER BY version"
RULE_NAMES = 'SELECT "ruleName" FROM "RoutingRule" ORDER BY 1'
EVERYBODY: dict[str, Any] = {"and": []}
TEXAS = {"field": "lead.state", "operator": "eq", "value": "TX"}


class Office:
    """Everything that publishing needs on one database, with two agents, their team, and an admin."""

    def __init__(self, database: Database, engines: Engines, people: People) -> None:
        self.database, self.engines, self.people = database, engines, people
        self.clock = MovableClock()
        self.configurations = Configurations()
        self.publishing = Publishing(engines.admin, self.clock, self.configurations)
        self.drafts = RuleDrafts(engines.admin, self.clock, self.publishing)
        self.lifecycle = Lifecycle(engines.service, self.clock, self.configurations)
        self.migration = RuleMigration(engines.service, self.clock, self.configurations, self.lifecycle)
        self.admin = Actor(role=Role.ADMIN, id=people.admin, via="cli")
        self.received = 0

    async def document(self) -> dict[str, Any]:
        """What `baton config export` prints, read again."""
        return read_document(to_yaml((await self.publishing.published()).document()), "export")

    async def apply(self, force: bool = False, **sections: Any) -> Outcome:
        """Apply the published document with some sections replaced."""
        plan = await self.publishing.plan_document({**await self.document(), **sections})
        return await self.publishing.apply(plan, self.admin, force=force)

    async def receive(self) -> Lead:
        """A lead that is offered to somebody."""
        intake = Intake(self.engines.service, self.clock, self.configurations, None)
        self.received += 1
        phone = f"+120255501{self.received:02}"
        lead, _ = await intake.receive(NewLead(source="website", phone=phone, insurance_type="Auto"))
        await self.give(lead.id, RecordScore, score=60, tier=Tier.TIER3)
        return await self.give(lead.id, Route)

    async def give(self, lead_id: LeadId, kind: Any, actor: Actor = SYSTEM, **body: Any) -> Lead:
        """A command that has to be accepted."""
        command = kind(command_id=uuid4().hex, actor=actor, received_at=self.clock.now(), **body)
        answer = await self.lifecycle.apply(lead_id, command)
        assert isinstance(answer, Applied), answer
        return answer.lead

    async def sql(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Rows, past every policy."""
        return await fetch(self.database.superuser, query, *arguments)


def rule(name: str, action: Any = "escalate", **more: Any) -> dict[str, Any]:
    """A rule for every lead, as it stands in a file."""
    return {"name": name, "condition": EVERYBODY, "action": action, **more}
