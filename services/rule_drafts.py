"""Rules on their way to being published: a draft in the database, or the rows of an older rule table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.admin_audit import AuditEntry, write_audit
from db.repositories.agents import read_role
from db.repositories.drafts import Draft, read_draft, save_draft
from db.repositories.rules import read_rule_rows
from db.session import admin_transaction
from domain.configuration import Configuration
from domain.errors import ConfigurationError, InvalidInputError
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.rules.origin import rule_from_origin
from services.clock import Clock
from services.configuration_files import ConfigurationFileError, Wanted, body_of, read_wanted
from services.publishing import Outcome, Plan, PublishConflictError, Publishing, make_plan

RULES_DRAFT = "rules"
"""Name of the draft that `baton rules` works on."""


class RuleDrafts:
    """Draft, look at it, publish it. `engine` is baton_admin's."""

    def __init__(self, engine: AsyncEngine, clock: Clock, publishing: Publishing) -> None:
        self._engine = engine
        self._clock = clock
        self._publishing = publishing

    async def save(self, document: Mapping[str, Any], by: Actor) -> Plan:
        """Keep the rules of a document as the draft, in place of an older one; lint errors do not stop that.

        The rest of the configuration is the published one. Raises ConfigurationFileError.
        """
        if unknown := sorted(set(document) - {"rules"}):
            raise ConfigurationFileError(
                [f"{name}: is not about rules; leave it out, or use `baton config apply`" for name in unknown]
            )
        published = (await self._publishing.published()).readable()
        at = self._clock.now()
        rules = read_wanted(document, published.configuration, published.teams, published.directory, at)
        configuration = published.configuration.model_copy(update={"rules": rules.configuration.rules})
        plan = make_plan(published, Wanted(configuration=configuration))
        draft = Draft(
            name=RULES_DRAFT,
            body=body_of(configuration),
            based_on=published.version,
            updated_by=by.id,
            updated_at=at,
        )
        async with admin_transaction(self._engine) as connection:
            if await read_role(connection, AgentId(by.id)) is not Role.ADMIN:
                raise InvalidInputError("--as", "is no active admin; drafts are for admins")
            await save_draft(connection, draft)
            entry = AuditEntry(kind="draft", subject="rules", new={"based_on": draft.based_on, **draft.body})
            await write_audit(connection, [entry], actor=str(by), at=at)
        return plan

    async def plan(self) -> Plan | None:
        """What publishing the draft would do; None when there is no draft.

        Raises PublishConflictError when something was published since the draft was made.
        """
        async with admin_transaction(self._engine) as connection:
            draft = await read_draft(connection, RULES_DRAFT)
        if draft is None:
            return None
        try:
            configuration = Configuration.model_validate(draft.body)
        except ValidationError as error:
            raise ConfigurationError(f"the draft cannot be read any more: {error}; draft the rules again") from error
        plan = await self._publishing.plan_configuration(configuration)
        if plan.published.version != draft.based_on:
            raise PublishConflictError(
                f"version {plan.published.version} was published since the draft was made on version"
                f" {draft.based_on}; draft the rules again"
            )
        return plan

    async def publish(self, by: Actor, *, note: str | None = None, force: bool = False) -> Outcome:
        """Publish the draft and forget it. Raises InvalidInputError without one, and what `Publishing.apply` raises."""
        plan = await self.plan()
        if plan is None:
            raise InvalidInputError("draft", "there is none; make one with `baton rules draft FILE`")
        return await self._publishing.apply(plan, by, note=note, force=force, draft=RULES_DRAFT)

    async def rules_of(self, version: int) -> Plan:
        """What going back to the rules of a version would do; everything else stays as it is."""
        old = await self._publishing.body_at(version)
        published = (await self._publishing.published()).readable()
        configuration = published.configuration.model_copy(update={"rules": old.rules})
        return make_plan(published, Wanted(configuration=configuration))

    async def import_origin(self, by: Actor, *, force: bool = False) -> tuple[Outcome, int]:
        """Publish the rows of "RoutingRule" when the configuration has no rules; the version, and how many rows.

        Inactive rows come along as inactive rules, so that none is lost. Without an active row there is nothing to
        do. Raises ConfigurationFileError naming each row that cannot be read, and InvalidInputError when there are
        published rules already.
        """
        published = (await self._publishing.published()).readable()
        if published.configuration.rules:
            raise InvalidInputError(
                "rules", "the configuration has rules already; change them with `baton rules draft`"
            )
        async with admin_transaction(self._engine) as connection:
            rows = await read_rule_rows(connection)
        if not any(row["isActive"] for row in rows):
            return Outcome(version=published.version, changed=False), 0
        rules, problems = [], []
        for row in rows:
            try:
                rules.append(rule_from_origin(row))
            except InvalidInputError as error:
                problems.append(f"RoutingRule {row['ruleName']!r}: {error}")
        if problems:
            raise ConfigurationFileError(problems)
        configuration = published.configuration.model_copy(update={"rules": tuple(rules)})
        plan = make_plan(published, Wanted(configuration=configuration))
        return await self._publishing.apply(plan, by, kind="import", force=force), len(rules)
