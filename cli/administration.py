"""What `baton config` and `baton rules` share: the services as baton_admin, and how a plan is shown."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from cli.db import APPLICATION, database_url
from cli.output import console, fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.session import Engines
    from domain.rules.finding import Finding
    from services.clock import SystemClock
    from services.configurations import Configurations
    from services.publishing import Outcome, Plan, Publishing
    from services.rule_drafts import RuleDrafts

CHANGES = 2
"""Exit code of a plan that would change something."""

_WIDTH = 100
_COLOURS = {"+": "green", "-": "red", "~": "yellow"}

As = Annotated[
    str, typer.Option("--as", envvar="BATON_ADMIN", help="E-mail of the admin who does this.", show_default=False)
]
File = Annotated[Path, typer.Argument(help="The YAML file.", show_default=False)]
Force = Annotated[bool, typer.Option("--force", help="Publish in spite of lint errors; that is recorded.")]
Note = Annotated[str | None, typer.Option("--note", help="Why, for the list of versions and the audit.")]
Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON on standard output.")]


@dataclass(frozen=True)
class Administration:
    """The services of one command."""

    engines: Engines
    clock: SystemClock
    configurations: Configurations
    publishing: Publishing
    drafts: RuleDrafts


@asynccontextmanager
async def administration(data_dir: Path) -> AsyncIterator[Administration]:
    """Connect as the application's login. Raises the errors of db.errors."""
    from db.session import create_engines, refuse_privileged_login
    from services.clock import SystemClock
    from services.configurations import Configurations
    from services.publishing import Publishing
    from services.rule_drafts import RuleDrafts

    url = database_url(APPLICATION, data_dir)
    engines = create_engines(url, pool_size=2, max_overflow=0, application_name="baton-admin")
    clock, configurations = SystemClock(), Configurations()
    publishing = Publishing(engines.admin, clock, configurations)
    try:
        await refuse_privileged_login(engines.admin)
        yield Administration(
            engines=engines,
            clock=clock,
            configurations=configurations,
            publishing=publishing,
            drafts=RuleDrafts(engines.admin, clock, publishing),
        )
    finally:
        await engines.dispose()


@contextmanager
def failures() -> Iterator[None]:
    """Say what went wrong in one line and end with exit code 1."""
    from domain.errors import BatonError
    from services.publishing import LintRefusedError

    try:
        yield
    except LintRefusedError as error:
        show_findings(error.findings)
        fail(str(error))
    except BatonError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or 'file'}: {error.strerror or error}")
    except UnicodeDecodeError as error:
        fail(f"the file is not UTF-8 (byte {error.start}); save it as UTF-8")


def read_file(path: Path) -> dict[str, Any]:
    """The document in a YAML file."""
    from services.configuration_files import read_document

    return read_document(path.read_text(encoding="utf-8"), path.name)


def show_plan(plan: Plan) -> None:
    """One line for each change, then the findings; nothing when there are none."""
    for change in plan.changes:
        colour = _COLOURS[change.kind.value]
        values = [_short(value) for value in (change.old, change.new) if value is not None]
        line = f"{change.kind.value} {'.'.join(change.path)}: {' → '.join(values) or 'null'}"
        console.print(f"[{colour}]{escape(line)}[/]", soft_wrap=True)
    show_findings(plan.findings)


def show_findings(findings: Sequence[Finding]) -> None:
    """One line for each finding."""
    for finding in findings:
        colour = "red" if finding.severity == "error" else "yellow"
        about = f" {finding.rule.name!r}:" if finding.rule else ""
        text = escape(f"{finding.code.value}:{about} {finding.message}")
        console.print(f"[{colour}]{finding.severity.value}[/] {text}", soft_wrap=True)


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan for machines."""
    return {
        "version": plan.published.version,
        "changes": [
            {"kind": change.kind.name.lower(), "path": list(change.path), "old": change.old, "new": change.new}
            for change in plan.changes
        ],
        "findings": findings_json(plan.findings),
    }


def findings_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """The findings for machines."""
    return [
        {
            "code": finding.code.value,
            "severity": finding.severity.value,
            "rule": finding.rule.name if finding.rule else None,
            "message": finding.message,
        }
        for finding in findings
    ]


def tell_outcome(outcome: Outcome, plan: Plan | None, *, as_json: bool) -> None:
    """Say which version counts now."""
    if as_json:
        told: dict[str, Any] = {"version": outcome.version, "changed": outcome.changed}
        typer.echo(json.dumps(told | ({"plan": plan_json(plan)} if plan is not None else {})))
    if not outcome.changed:
        console.print(f"[green]✓[/] Nothing to do: version {outcome.version} says so already")
    elif plan is not None and outcome.version == plan.published.version:
        console.print(f"[green]✓[/] The teams are changed; version {outcome.version} still counts")
    else:
        console.print(f"[green]✓[/] Version {outcome.version} is published; new leads start with it")


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
