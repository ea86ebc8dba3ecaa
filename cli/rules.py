"""`baton rules`: list, draft, lint, try, publish, rollback, migrate, import-origin."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from cli.administration import (
    As,
    File,
    Force,
    Json,
    Note,
    administration,
    failures,
    findings_json,
    plan_json,
    read_file,
    show_findings,
    show_plan,
    tell_outcome,
)
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail, note
from cli.publication import publish_plan

if TYPE_CHECKING:
    from services.configuration_files import Directory
    from services.publishing import Outcome, Plan, Published
    from services.rule_migration import MigrationReport
    from services.rule_trial import Trial

app = typer.Typer(help="Routing rules: draft, lint, try, publish, go back.", no_args_is_help=True)

_SHOWN_CANDIDATES = 5


@app.command("list")
def list_rules(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Show the published rules in the order in which they are judged."""

    async def run() -> Published:
        async with administration(data_dir) as admin:
            return await admin.publishing.published()

    with failures():
        published = asyncio.run(run())
    rules = published.document()["rules"]
    if as_json:
        typer.echo(json.dumps(rules, indent=2))
        return
    if not rules:
        note(f"Version {published.version} has no rules.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Priority", "Rule", "Type", "Does", "When"):
        table.add_column(heading, overflow="fold")
    for rule in rules:
        name = rule["name"] if rule["is_active"] else f"{rule['name']} (inactive)"
        when = json.dumps(rule["condition"], ensure_ascii=False)
        table.add_row(str(rule["priority"]), escape(name), rule["type"], escape(_action(rule["action"])), escape(when))
    console.print(table)


@app.command()
def draft(file: File, by: As, *, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Keep the rules of a file (`rules:`) as the draft, in place of an older one, and show what it would change."""

    async def run() -> Plan:
        async with administration(data_dir) as admin:
            actor = await admin.publishing.admin(by)
            return await admin.drafts.save(read_file(file), actor)

    with failures():
        made = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(plan_json(made), indent=2))
        return
    show_plan(made)
    console.print(f"[green]✓[/] Drafted on version {made.published.version}; try it, then `baton rules publish`")


@app.command()
def lint(data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Lint the draft, or the published rules when there is no draft. Exit code 1: errors were found."""

    async def run() -> tuple[bool, Plan]:
        async with administration(data_dir) as admin:
            drafted = await admin.drafts.plan()
            if drafted is not None:
                return True, drafted
            published = await admin.publishing.published()
            return False, await admin.publishing.plan_configuration(published.configuration)

    with failures():
        drafted, made = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps({"draft": drafted, "findings": findings_json(made.findings)}, indent=2))
    else:
        show_findings(made.findings)
        what = "The draft" if drafted else f"Version {made.published.version}"
        if not made.findings:
            console.print(f"[green]✓[/] {what}: nothing found")
    if made.errors:
        raise typer.Exit(1)


@app.command("try")
def try_lead(
    lead_id: Annotated[UUID, typer.Argument(metavar="LEAD_ID", show_default=False)],
    by: As,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Show what the draft (or the published configuration) would make of one lead now; write nothing."""

    async def run() -> tuple[Trial, Directory]:
        from domain.ids import LeadId
        from services.rule_trial import try_on_lead

        async with administration(data_dir) as admin:
            actor = await admin.publishing.admin(by)
            drafted = await admin.drafts.plan()
            published = drafted.published if drafted is not None else await admin.publishing.published()
            trial = await try_on_lead(
                admin.engines.reader,
                LeadId(lead_id),
                drafted.wanted.configuration if drafted is not None else published.configuration,
                caller=actor.id,
                now=admin.clock.now(),
            )
            return trial, published.directory

    with failures():
        trial, directory = asyncio.run(run())
    if as_json:
        typer.echo(json.dumps(_trial_json(trial), indent=2, default=str))
    else:
        _show_trial(trial, directory)


@app.command()
def publish(
    by: As, *, force: Force = False, why: Note = None, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False
) -> None:
    """Publish the draft as a new version of the configuration."""

    async def run() -> Outcome:
        async with administration(data_dir) as admin:
            actor = await admin.publishing.admin(by)
            return await admin.drafts.publish(actor, note=why, force=force)

    with failures():
        outcome = asyncio.run(run())
    tell_outcome(outcome, None, as_json=as_json)


@app.command()
def rollback(
    version: Annotated[int, typer.Argument(min=1, help="The version whose rules to go back to.")],
    by: As,
    *,
    force: Force = False,
    why: Note = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Publish the rules of an older version again, as a new one; everything else stays as it is."""

    reason = why or f"back to the rules of version {version}"
    made, outcome = publish_plan(
        data_dir, by, lambda admin: admin.drafts.rules_of(version), kind="rollback", why=reason, force=force
    )
    show_plan(made)
    tell_outcome(outcome, made, as_json=as_json)


@app.command()
def migrate(
    by: As,
    to: Annotated[int, typer.Option("--to", min=1, help="The published version.", show_default=False)],
    leads: Annotated[list[UUID] | None, typer.Argument(metavar="[LEAD_ID]...", show_default=False)] = None,
    *,
    all_open: Annotated[bool, typer.Option("--all-open", help="Every open lead that has another version.")] = False,
    windows: Annotated[
        bool, typer.Option("--windows", help="Lay running windows on that version's hours and policy.")
    ] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Move chosen leads to another published version; running windows keep their deadlines, unless asked for.

    Exit code 1: a lead was refused, for example a closed one.
    """
    if bool(leads) is all_open:
        fail("name leads, or say --all-open")

    async def run() -> MigrationReport:
        from domain.ids import LeadId
        from services.lifecycle import Lifecycle
        from services.rule_migration import RuleMigration

        async with administration(data_dir) as admin:
            actor = await admin.publishing.admin(by)
            engine = admin.engines.service
            lifecycle = Lifecycle(engine, admin.clock, admin.configurations)
            migration = RuleMigration(engine, admin.clock, admin.configurations, lifecycle)
            chosen = [LeadId(lead) for lead in leads] if leads else None
            return await migration.run(chosen, to, actor, windows=windows)

    with failures():
        report = asyncio.run(run())
    if as_json:
        refused = [{"lead": str(lead), "message": message} for lead, message in report.refused]
        figures: dict[str, Any] = {"version": report.version, "moved": report.moved, "already": report.already}
        typer.echo(json.dumps(figures | {"refused": refused}))
    for lead, message in report.refused:
        console.print(f"[red]✗[/] {lead}: {escape(message)}", soft_wrap=True)
    console.print(f"[green]✓[/] {report.moved} leads moved to version {to}, {report.already} had it already")
    if report.refused:
        raise typer.Exit(1)


@app.command("import-origin")
def import_origin(by: As, *, force: Force = False, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Publish the rules that stand in the table RoutingRule, when the configuration has none yet."""

    async def run() -> tuple[Outcome, int]:
        async with administration(data_dir) as admin:
            actor = await admin.publishing.admin(by)
            return await admin.drafts.import_origin(actor, force=force)

    with failures():
        outcome, count = asyncio.run(run())
    if count:
        console.print(f"{count} rules of RoutingRule imported")
    tell_outcome(outcome, None, as_json=as_json)


def _action(action: dict[str, Any]) -> str:
    given = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in action["params"].items())
    return " ".join([action["type"], *given])


def _show_trial(trial: Trial, directory: Directory) -> None:
    for tried in trial.rules:
        mark = "[green]✓[/]" if tried.matches else "[dim]·[/]"
        takes_out = f" (takes out {tried.takes_out})" if tried.takes_out else ""
        counts = f" → {tried.rule.action.word}{takes_out}" if tried.counts_for else ""
        console.print(f"{mark} {tried.rule.priority:3} {escape(tried.rule.name + counts)}", soft_wrap=True)
    told = _trial_json(trial)
    for name in ("strategy", "policy", "escalate"):
        if told[name] is not None:
            console.print(f"{name.replace('_', ' ')}: {told[name]}")
    candidates = told["candidates"]
    console.print(f"{told['considered']} agents considered, {len(candidates)} can have it")
    for place, candidate in enumerate(candidates[:_SHOWN_CANDIDATES], start=1):
        who = directory.agent_name(candidate["agent"])
        console.print(f"  {place}. {escape(who)} [dim]fitness {candidate['fitness']:.1f}[/]")
    console.print(escape(_becomes(trial, directory)), soft_wrap=True)


def _becomes(trial: Trial, directory: Directory) -> str:
    lead = trial.becomes
    if lead is None:
        return "Nothing changes now: somebody has the lead, or it is closed"
    until = "" if lead.wake_at is None else f" until {lead.wake_at:%Y-%m-%d %H:%M:%S %Z}"
    if lead.agent is not None:
        return f"Would be {lead.state} to {directory.agent_name(str(lead.agent))}{until}"
    if trial.queue is not None:
        return f"Would wait in queue {trial.queue}{until}"
    return f"Would be {lead.state}{until}"


def _trial_json(trial: Trial) -> dict[str, Any]:
    choice = trial.choice
    plan, decision = choice.plan, choice.decision
    return {
        "rules": [
            {
                "name": tried.rule.name,
                "matches": tried.matches,
                "counts_for": tried.counts_for,
                "takes_out": tried.takes_out,
            }
            for tried in trial.rules
        ],
        "becomes": None
        if trial.becomes is None
        else {
            "state": trial.becomes.state,
            "agent": trial.becomes.agent,
            "queue": trial.queue,
            "wake_at": trial.becomes.wake_at,
        },
        "strategy": plan.strategy,
        "policy": plan.policy,
        "escalate": plan.escalate,
        "held_until": plan.held_until,
        "queue": plan.queue,
        "considered": decision.considered,
        "candidates": [
            {"agent": str(candidate.agent_id), "fitness": candidate.fitness.total} for candidate in decision.candidates
        ],
        "dropped": {str(agent): reason.value for agent, reason in decision.dropped},
    }
