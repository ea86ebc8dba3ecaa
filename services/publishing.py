"""Publishing a configuration: planned without locks, checked again and written in one transaction.

A version never changes. Going back publishes the old body as a new version; leads keep the version they have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from db.repositories.admin_audit import AuditEntry, write_audit
from db.repositories.agents import read_role
from db.repositories.configurations import latest_version, lock_publishing, publish_configuration
from db.repositories.drafts import delete_draft
from db.repositories.rules import read_rule_rows, replace_rules
from db.repositories.teams import Person, TeamRow, read_people, read_teams, write_team
from db.session import AdminConnection, AnyConnection, admin_transaction
from domain.configuration import Configuration
from domain.errors import BatonError, ConfigurationError, InvalidInputError
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role
from domain.rules.finding import Finding, Severity
from services.clock import Clock
from services.configuration_files import Directory, Wanted, body_of, read_wanted, to_document
from services.configuration_plan import Change, difference, keyed, part_of
from services.configurations import Configurations
from services.rule_lint import lint_configuration

NOBODY = Directory()
"""Leaves ids as they are: audit rows name nobody by e-mail."""


class PublishConflictError(BatonError):
    """Somebody else has published since the plan was made; nothing was written. Plan again and look."""


class LintRefusedError(BatonError):
    """The plan has lint findings of severity error; correct them, or force it, which is recorded."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__(f"the lint found {len(findings)} errors; correct them, or publish with --force")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What counts now: the latest version, every team by name, and who there is.

    `problem` says why the version cannot be read (by this release); `configuration` is then the defaults.
    """

    version: int
    configuration: Configuration
    teams: Mapping[str, TeamRow]
    people: Sequence[Person]
    problem: str | None = None

    def readable(self) -> Published:
        """Itself; raises ConfigurationError when the version cannot be read."""
        if self.problem is not None:
            raise ConfigurationError(f"{self.problem}; go back with `baton config rollback`, or apply a whole file")
        return self

    @property
    def directory(self) -> Directory:
        """Who and what a file may name."""
        return Directory(
            emails={person.id: person.email for person in self.people},
            teams={team.id: team.name for team in self.teams.values()},
        )

    def document(self) -> dict[str, Any]:
        """Everything as `baton config export` writes it. Raises ConfigurationError when it cannot be read."""
        return to_document(self.readable().configuration, self.teams, self.directory)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would change and what the lint says of it. Good only as long as `published` is what counts."""

    published: Published
    wanted: Wanted
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that keep it from being published."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The version that counts afterwards, and whether anything was written."""

    version: int
    changed: bool


class Publishing:
    """Plans and publishes. `engine` is baton_admin's."""

    def __init__(self, engine: AsyncEngine, clock: Clock, configurations: Configurations) -> None:
        self._engine = engine
        self._clock = clock
        self._configurations = configurations

    async def admin(self, email: str) -> Actor:
        """The active admin with that e-mail; raises InvalidInputError for nobody and for everybody else."""
        async with admin_transaction(self._engine) as connection:
            people = await read_people(connection)
        for person in people:
            known = person.email is not None and person.email.casefold() == email.strip().casefold()
            if known and person.is_active and person.role is Role.ADMIN:
                return Actor(role=Role.ADMIN, id=person.id, via="cli")
        raise InvalidInputError("--as", f"no active admin has the e-mail {email!r}; name one")

    async def published(self) -> Published:
        """What counts now."""
        async with admin_transaction(self._engine) as connection:
            return await self._read(connection)

    async def body_at(self, version: int) -> Configuration:
        """A published configuration; raises ConfigurationError when there is none of that version."""
        async with admin_transaction(self._engine) as connection:
            return await self._configurations.get(connection, version)

    async def plan_document(self, document: Mapping[str, Any]) -> Plan:
        """What applying a document of `read_document` would do. Raises ConfigurationFileError."""
        published = await self.published()
        wanted = read_wanted(document, published.configuration, published.teams, published.directory, self._clock.now())
        return make_plan(published, wanted)

    async def plan_configuration(self, configuration: Configuration) -> Plan:
        """What publishing a configuration would do; the teams stay as they are."""
        return make_plan(await self.published(), Wanted(configuration=configuration))

    async def apply(
        self,
        plan: Plan,
        by: Actor,
        *,
        kind: str = "publish",
        note: str | None = None,
        force: bool = False,
        draft: str | None = None,
    ) -> Outcome:
        """Publish the plan: version, "RoutingRule", teams and audit rows in one transaction; forget the draft.

        Idempotent: a plan without changes writes nothing. A new version is published only when the configuration
        itself differs. Raises LintRefusedError, PublishConflictError when something was published since the plan
        was made, InvalidInputError when `by` is no active admin.
        """
        if plan.errors and plan.changes and not force:
            raise LintRefusedError(plan.errors)
        async with admin_transaction(self._engine) as connection:
            await lock_publishing(connection)
            if await read_role(connection, AgentId(by.id)) is not Role.ADMIN:
                raise InvalidInputError("--as", "is no active admin; publishing is for admins")
            current = await self._read(connection)
            _refuse_stale(plan, current)
            if draft is not None:
                await delete_draft(connection, draft)
            if not plan.changes and current.problem is None:
                return Outcome(version=current.version, changed=False)
            if plan.errors:
                codes = ", ".join(sorted({finding.code.value for finding in plan.errors}))
                note = f"{note}; forced over: {codes}" if note else f"forced over: {codes}"
            at = self._clock.now()
            version = await self._write(connection, plan, by, note, at)
            entry = AuditEntry(
                kind=kind,
                subject="configuration",
                old={"version": current.version},
                new={"version": version},
                note=note,
            )
            await write_audit(connection, [entry, *_entries(plan, kind)], actor=str(by), at=at)
            return Outcome(version=version, changed=True)

    async def _read(self, connection: AdminConnection) -> Published:
        version = await latest_version(connection)
        configuration, problem = Configuration(), None
        try:
            configuration = await self._configurations.get(connection, version)
        except ConfigurationError as error:
            # Otherwise nobody could publish a better one.
            problem = str(error)
        return Published(
            version=version,
            configuration=configuration,
            teams={team.name: team for team in await read_teams(connection)},
            people=await read_people(connection),
            problem=problem,
        )

    async def _write(self, connection: AdminConnection, plan: Plan, by: Actor, note: str | None, at: datetime) -> int:
        version = plan.published.version
        configuration = plan.wanted.configuration
        if configuration != plan.published.configuration or plan.published.problem is not None:
            version = await publish_configuration(connection, body_of(configuration), note, by.id)
            await _mirror_rules(connection, configuration, plan.published.configuration, by, at)
        for team in changed_teams(plan):
            await write_team(connection, team, at)
        return version


def make_plan(published: Published, wanted: Wanted) -> Plan:
    """The difference and the lint of what is wanted."""
    teams = published.teams if wanted.teams is None else wanted.teams
    directory = replace(
        published.directory,
        teams={**published.directory.teams, **{team.id: team.name for team in teams.values()}},
    )
    old = to_document(published.configuration, published.teams, directory)
    new = to_document(wanted.configuration, teams, directory)
    return Plan(
        published=published,
        wanted=wanted,
        changes=difference(old, new),
        findings=lint_configuration(wanted.configuration, published.people, teams),
    )


def changed_teams(plan: Plan) -> list[TeamRow]:
    """The teams as they have to be written; one that the file no longer names is deactivated."""
    if plan.wanted.teams is None:
        return []
    wanted, known = plan.wanted.teams, plan.published.teams
    written = [team for name, team in wanted.items() if known.get(name) != team]
    retired = [replace(team, is_active=False) for name, team in known.items() if team.is_active and name not in wanted]
    return [*written, *retired]


def _refuse_stale(plan: Plan, current: Published) -> None:
    known = plan.published
    if known.version != current.version:
        raise PublishConflictError(
            f"version {current.version} was published since this was planned on version {known.version};"
            " nothing was written, plan again"
        )
    if plan.wanted.teams is not None and known.teams != current.teams:
        raise PublishConflictError("the teams were changed since this was planned; nothing was written, plan again")


def _entries(plan: Plan, kind: str) -> list[AuditEntry]:
    """One audit row for each thing that changes, as it was and as it is."""
    teams = plan.published.teams if plan.wanted.teams is None else plan.wanted.teams
    old = keyed(to_document(plan.published.configuration, plan.published.teams, NOBODY))
    new = keyed(to_document(plan.wanted.configuration, teams, NOBODY))
    subjects = dict.fromkeys(change.subject for change in plan.changes)
    return [
        AuditEntry(kind=kind, subject="/".join(subject), old=part_of(old, subject), new=part_of(new, subject))
        for subject in subjects
    ]


async def _mirror_rules(
    connection: AdminConnection, configuration: Configuration, before: Configuration, by: Actor, at: datetime
) -> None:
    """Let "RoutingRule" hold the published set; what somebody else had put there is kept in the audit."""
    ours = {rule.id for rule in (*configuration.rules, *before.rules)}
    foreign = [row for row in await read_rule_rows(connection) if row["id"] not in ours]
    await replace_rules(connection, configuration.rules, at)
    entries = [
        AuditEntry(
            kind="remove",
            subject=f"RoutingRule/{row['ruleName']}",
            old={name: value if isinstance(value, int | dict) else str(value) for name, value in row.items()},
        )
        for row in foreign
    ]
    await write_audit(connection, entries, actor=str(by), at=at)


async def active_origin_rules(connection: AnyConnection, configuration: Configuration) -> list[str]:
    """Names of active rows of "RoutingRule" that are not published: publishing would remove them."""
    ours = {rule.id for rule in configuration.rules}
    return [row["ruleName"] for row in await read_rule_rows(connection) if row["isActive"] and row["id"] not in ours]
