"""`baton leads explain`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.administration import Json, administration, failures
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from db.repositories.teams import Person
    from domain.ids import AgentId
    from domain.routing.explanation import AgentAnswer, CandidateShown, Explanation

_WIDTH = 200


def explain(
    lead_id: Annotated[UUID, typer.Argument(metavar="LEAD_ID", show_default=False)],
    *,
    seq: Annotated[int | None, typer.Option("--seq", min=1, help="Another decision than the newest.")] = None,
    agent: Annotated[
        str | None,
        typer.Option("--agent", metavar="ID|EMAIL", help="Also say why, or why not, this agent.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every decision about the lead, oldest first.")] = False,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Say why a lead went where it went, as it was recorded at that time."""
    if every and seq is not None:
        fail("--all and --seq exclude each other; leave one of them out")
    with failures():
        found, people = asyncio.run(_read(data_dir, lead_id, seq, agent, every=every))
    if as_json:
        told = [one.model_dump(mode="json") for one in found]
        typer.echo(json.dumps(told if every else told[0], indent=2))
        return
    names: dict[UUID, str] = {person.id: person.email for person in people if person.email}
    for number, explanation in enumerate(found):
        if number:
            console.print()
        _show(explanation, names)


async def _read(
    data_dir: Path, lead_id: UUID, seq: int | None, agent: str | None, *, every: bool
) -> tuple[Sequence[Explanation], Sequence[Person]]:
    from db.repositories.teams import read_people
    from db.session import reader_transaction
    from domain.errors import InvalidInputError
    from domain.ids import SYSTEM_AGENT, LeadId
    from domain.lifecycle.actor import Actor, Role
    from domain.lifecycle.transition import Refusal
    from services.explaining import Explaining

    caller = Actor(role=Role.SERVICE, id=SYSTEM_AGENT)
    async with administration(data_dir) as admin, reader_transaction(admin.engines.reader, None) as connection:
        people = await read_people(connection)
        asked = _agent_named(agent, people)
        explaining = Explaining(admin.configurations)
        found: Explanation | list[Explanation] | Refusal
        if every:
            found = await explaining.explain_all(connection, LeadId(lead_id), caller, agent=asked)
        else:
            found = await explaining.explain(connection, LeadId(lead_id), caller, seq=seq, agent=asked)
    if isinstance(found, Refusal):
        raise InvalidInputError("LEAD_ID", found.message)
    return (found if isinstance(found, list) else [found]), people


def _agent_named(text: str | None, people: Sequence[Person]) -> AgentId | None:
    from domain.errors import InvalidInputError
    from domain.ids import AgentId

    if text is None:
        return None
    try:
        return AgentId(UUID(text))
    except ValueError:
        known = next((person.id for person in people if (person.email or "").lower() == text.lower()), None)
    if known is None:
        raise InvalidInputError(
            "--agent", f"{text!r} is neither an id nor the e-mail of anybody; name one of crm_agents"
        )
    return known


def _show(explanation: Explanation, names: Mapping[UUID, str]) -> None:
    version = f", configuration {explanation.config_version}" if explanation.config_version is not None else ""
    place = explanation.decisions.index(explanation.seq) + 1
    console.print(
        f"[bold]Decision {place} of {len(explanation.decisions)}[/] about lead {explanation.lead_id} "
        f"[dim]seq {explanation.seq}, {explanation.at:%Y-%m-%d %H:%M:%S} UTC{version}[/]",
        soft_wrap=True,
    )
    if explanation.agent is not None:
        console.print(f"Agent: {_name(explanation.agent, names)}", soft_wrap=True)
    for sentence in explanation.sentences:
        console.print(f"  {escape(sentence)}", soft_wrap=True)
    strategy = explanation.strategy
    if strategy is not None:
        settings = json.dumps(dict(strategy.settings)) if strategy.settings else "defaults"
        console.print(f"  [dim]settings {escape(settings)}, seed {strategy.seed}[/]", soft_wrap=True)
    if explanation.answer is not None:
        _show_answer(explanation.answer, names)
    if explanation.candidates:
        _print_table(_candidates(explanation, names))
    if explanation.dropped:
        table = Table("Dropped", "Agents", "Meaning", box=None, pad_edge=False)
        table.columns[1].justify = "right"
        for group in explanation.dropped:
            table.add_row(group.reason, str(group.count), escape(group.meaning))
        _print_table(table)


def _show_answer(answer: AgentAnswer, names: Mapping[UUID, str]) -> None:
    console.print(f"[bold]Why {'' if answer.verdict == 'chosen' else 'not '}{_name(answer.agent, names)}?[/]")
    for sentence in answer.sentences:
        console.print(f"  {escape(sentence)}", soft_wrap=True)


def _candidates(explanation: Explanation, names: Mapping[UUID, str]) -> Table:
    first = explanation.candidates[0]
    table = Table(box=None, pad_edge=False)
    table.add_column("#", justify="right")
    table.add_column("Candidate", overflow="fold")
    for heading in ("Fitness", *(factor.name.capitalize() for factor in first.factors), "Minutes", "Confidence*"):
        table.add_column(heading, justify="right")
    table.add_column("")
    for candidate in explanation.candidates:
        factors = [f"[{_COLOURS[factor.impact]}]{factor.value:.0f}[/]" for factor in candidate.factors]
        figures = [f"{candidate.fitness:.1f}", *factors, str(candidate.response_minutes), f"{candidate.confidence:.2f}"]
        rank = str(candidate.rank) if candidate.rank is not None else ""
        table.add_row(rank, _name(candidate.agent, names), *figures, _remark(explanation, candidate))
    table.caption = "* a documented heuristic by fitness, not a probability"
    table.caption_justify = "left"
    return table


def _remark(explanation: Explanation, candidate: CandidateShown) -> str:
    remarks = (
        ("got it", candidate.agent == explanation.agent),
        ("no slot any more", candidate.lost),
        ("preferred", candidate.preferred),
    )
    return ", ".join(word for word, true in remarks if true)


def _print_table(table: Table) -> None:
    # In a file or a pipe an id has to stay in one piece.
    (console if console.is_terminal else Console(stderr=True, highlight=False, width=_WIDTH)).print(table)


def _name(agent: UUID, names: Mapping[UUID, str]) -> str:
    return escape(names.get(agent, str(agent)))


_COLOURS = {"positive": "green", "neutral": "default", "negative": "red"}
