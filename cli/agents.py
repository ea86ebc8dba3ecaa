"""`baton agents`: list, show, set, hand-over, specialize, shifts, time-off, licences."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from uuid import UUID

import typer
from rich.markup import escape
from rich.table import Table

from cli.administration import Json, administration, failures
from cli.agents_hand_over import hand_over
from cli.agents_licences import app as licences_app
from cli.agents_people import As, Who
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail, note
from domain.routing.agent import AgentStatus, CustomerSegment, InsuranceLine

if TYPE_CHECKING:
    from domain.lifecycle.actor import Actor
    from services.agent_admin import AgentAdmin, AgentCard

app = typer.Typer(help="Agents: caps, shifts, time off, skills, licences.", no_args_is_help=True)
shifts_app = typer.Typer(help="Weekly shifts.", no_args_is_help=True)
time_off_app = typer.Typer(help="Absences.", no_args_is_help=True)
app.add_typer(licences_app, name="licences")
app.add_typer(shifts_app, name="shifts")
app.add_typer(time_off_app, name="time-off")

_Made = TypeVar("_Made")
_NONE = "none"
Cap = Annotated[str | None, typer.Option(help="A number, or 'none' for no cap.", show_default=False)]


@asynccontextmanager
async def _office(data_dir: Path, by: str) -> AsyncIterator[tuple[AgentAdmin, Actor]]:
    from services.agent_admin import AgentAdmin

    async with administration(data_dir) as admin:
        agents = AgentAdmin(admin.engines.admin, admin.clock)
        yield agents, await agents.administrator(by)


def _run(data_dir: Path, by: str, act: Callable[[AgentAdmin, Actor], Awaitable[_Made]]) -> _Made:
    async def run() -> _Made:
        async with _office(data_dir, by) as (agents, actor):
            return await act(agents, actor)

    with failures():
        return asyncio.run(run())


@app.command("list")
def list_agents(by: As, *, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Everybody you may administer, with status, load and caps."""
    people = _run(data_dir, by, lambda agents, actor: agents.people(actor))
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in people], indent=2, default=str))
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("Agent", "Role", "Status", "Live", "Held at most", "An hour", "A day", ""):
        table.add_column(heading)
    for one in people:
        marks = [] if one.is_active else ["inactive"]
        marks += [] if one.accepts_new_leads else ["takes no new leads"]
        table.add_row(
            escape(one.email or str(one.id)),
            one.role,
            one.status or "-",
            "-" if one.max_capacity is None else f"{one.current_load}/{one.max_capacity}",
            str(one.max_active_leads),
            _cap(one.max_leads_per_hour),
            _cap(one.max_leads_per_day),
            ", ".join(marks),
        )
    console.print(table)


@app.command()
def show(who: Who, by: As, *, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Everything that routing knows of an agent."""
    from services.licences import licence_words
    from services.shift_words import shift_words

    card = _run(data_dir, by, lambda agents, actor: agents.card(actor, who))
    if as_json:
        answer: dict[str, Any] = {
            **asdict(card.agent),
            "skills": [asdict(skill) for skill in card.skills],
            "shifts": shift_words(card.shifts),
            "time_off": [{"id": one.id, **asdict(one.time_off)} for one in card.absences],
            "licences": [licence_words(licence) for licence in card.licences],
        }
        typer.echo(json.dumps(answer, indent=2, default=str))
        return
    _show(card)


@app.command("set")
def set_agent(
    who: Who,
    by: As,
    *,
    status: Annotated[AgentStatus | None, typer.Option(help="Whether the agent is there.")] = None,
    accepts: Annotated[bool | None, typer.Option("--accepts/--no-accepts", help="Takes new leads.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Works here at all.")] = None,
    timezone: Annotated[str | None, typer.Option(help="In which shifts are, for example Europe/Madrid.")] = None,
    capacity: Annotated[int | None, typer.Option(min=0, help="Live leads at most.")] = None,
    max_held: Annotated[int | None, typer.Option(min=0, help="Open leads held at most.")] = None,
    per_hour: Cap = None,
    per_day: Cap = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Set an agent's status and caps; what is not named stays."""
    from services.agent_admin import AgentChange

    given: dict[str, Any] = {
        "status": status,
        "accepts": accepts,
        "active": active,
        "timezone": timezone,
        "capacity": capacity,
        "max_held": max_held,
    }
    wanted = {name: value for name, value in given.items() if value is not None}
    caps = {"per_hour": per_hour, "per_day": per_day}
    wanted |= {name: _number(name, text) for name, text in caps.items() if text is not None}
    changes = _run(data_dir, by, lambda agents, actor: agents.change(actor, who, AgentChange(**wanted)))
    for one in changes:
        console.print(f"[green]✓[/] {escape(f'{one.field}: {one.old} → {one.new}')}", soft_wrap=True)
    if not changes:
        note("Nothing to do: it is so already.")
    elif active is False:
        note(f"Offers move on by themselves; `baton agents hand-over {who}` shows where the other open leads would go.")


app.command("hand-over")(hand_over)


@app.command()
def specialize(
    who: Who,
    by: As,
    *,
    line: Annotated[InsuranceLine, typer.Option(help="Line of business.")],
    segment: Annotated[CustomerSegment, typer.Option(help="Customer segment.")] = CustomerSegment.INDIVIDUAL,
    proficiency: Annotated[int | None, typer.Option(min=1, max=5, help="1 to 5.")] = None,
    max_concurrent: Annotated[int | None, typer.Option(min=0, help="Live leads of it at most; 0: none.")] = None,
    languages: Annotated[str | None, typer.Option(help="Tags or names with commas; '' for all.")] = None,
    territories: Annotated[str | None, typer.Option(help="States with commas; '' for all.")] = None,
    elite: Annotated[bool | None, typer.Option("--elite/--no-elite", help="The seed's isEliteAgent.")] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Set what an agent does in a line and segment; what is not named stays."""
    from services.agent_admin import SkillChange

    wanted = SkillChange(
        line=line,
        segment=segment,
        proficiency=proficiency,
        max_concurrent=max_concurrent,
        languages=_words(languages),
        territories=_words(territories),
        elite=elite,
    )
    skill, changed = _run(data_dir, by, lambda agents, actor: agents.specialize(actor, who, wanted))
    console.print(
        f"[green]✓[/] {'Set' if changed else 'Nothing to do'}: {skill.insurance_line} {skill.customer_segment}, "
        f"proficiency {skill.proficiency_level}, at most {skill.max_concurrent_leads}, "
        f"languages {_list(skill.languages)}, territories {_list(skill.territories)}",
        soft_wrap=True,
    )


@shifts_app.command("set")
def set_shifts(
    who: Who,
    by: As,
    shifts: Annotated[
        list[str] | None, typer.Argument(help="Such as 'mon-fri 09:00-17:00'; none with --always.", show_default=False)
    ] = None,
    *,
    always: Annotated[bool, typer.Option("--always", help="No shifts: always on shift.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Replace an agent's weekly shifts, in the agent's time zone; an end not after the start is the next day's."""
    from services.shift_words import parse_shifts

    if bool(shifts) == always:
        fail("Name the shifts, or give --always for none.")
    with failures():
        wanted = parse_shifts(shifts or ())
    if _run(data_dir, by, lambda agents, actor: agents.set_shifts(actor, who, wanted)):
        console.print(f"[green]✓[/] {len(wanted)} shifts a week" if wanted else "[green]✓[/] Always on shift")
    else:
        note("Nothing to do: it is so already.")


@time_off_app.command("add")
def add_time_off(
    who: Who,
    by: As,
    *,
    starts: Annotated[str, typer.Option("--from", help="A date, or a time in the agent's time zone.")],
    ends: Annotated[str, typer.Option("--until", help="The last day, or a time.")],
    code: Annotated[str, typer.Option(help="What it is, for example holiday.")] = "time_off",
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Add an absence; the same one again is the one that is there."""
    absence = _run(data_dir, by, lambda agents, actor: agents.add_time_off(actor, who, starts, ends, code))
    off = absence.time_off
    console.print(f"[green]✓[/] Absent from {off.starts_at:%Y-%m-%d %H:%M} until {off.ends_at:%Y-%m-%d %H:%M} UTC")
    typer.echo(str(absence.id))


@time_off_app.command("cancel")
def cancel_time_off(
    absence: Annotated[UUID, typer.Argument(help="Its id.", show_default=False)],
    by: As,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Take an absence back."""
    _run(data_dir, by, lambda agents, actor: agents.cancel_time_off(actor, absence))
    console.print("[green]✓[/] Cancelled")


def _show(card: AgentCard) -> None:
    from services.shift_words import shift_words

    agent = card.agent
    table = Table.grid(padding=(0, 2))
    load = "-" if agent.max_capacity is None else f"{agent.current_load} of {agent.max_capacity}"
    rows = {
        "Agent": f"{agent.email or '-'} ({agent.id}), {agent.role}{'' if agent.is_active else ', inactive'}",
        "Status": f"{agent.status or '-'}{'' if agent.accepts_new_leads else ', takes no new leads'}",
        "Live leads": load,
        "Held at most": str(agent.max_active_leads),
        "An hour, a day": f"{_cap(agent.max_leads_per_hour)}, {_cap(agent.max_leads_per_day)}",
        "Shifts": f"{', '.join(shift_words(card.shifts)) or 'always'} ({agent.timezone})",
    }
    for one in card.absences:
        off = one.time_off
        rows[f"Absent {off.code}"] = f"{off.starts_at:%Y-%m-%d %H:%M} to {off.ends_at:%Y-%m-%d %H:%M} UTC, {one.id}"
    for skill in card.skills:
        rows[f"{skill.insurance_line} {skill.customer_segment}"] = (
            f"proficiency {skill.proficiency_level}, at most {skill.max_concurrent_leads}, "
            f"languages {_list(skill.languages)}, territories {_list(skill.territories)}"
        )
    for name, value in rows.items():
        table.add_row(f"[bold]{escape(name)}[/]", escape(value))
    console.print(table, soft_wrap=True)
    for licence in card.licences:
        until = f"until {licence.valid_to}" if licence.valid_to else "until further notice"
        note(f"Licence {licence.number}: {licence.state}, {licence.line or 'every line'}, {until}")


def _cap(cap: int | None) -> str:
    return "-" if cap is None else str(cap)


def _list(words: tuple[str, ...]) -> str:
    return escape(" ".join(words)) or "all"


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word.strip() for word in text.split(",") if word.strip())


def _number(name: str, text: str) -> int | None:
    if text.strip().casefold() == _NONE:
        return None
    if not text.strip().isdecimal():
        fail(f"--{name.replace('_', '-')}: {text!r} is no number; give one, or 'none' for no cap")
    return int(text)
