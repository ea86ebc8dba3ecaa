"""`baton leads pause`, `snooze` and `resume`."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID, uuid4

import typer

from cli.administration import Json, administration, failures
from cli.agents_people import As
from cli.db import DEFAULT_DATA_DIR, DataDir
from cli.output import console, fail
from domain.errors import InvalidInputError
from domain.lifecycle.commands import Pause, Resume, Snooze

if TYPE_CHECKING:
    from domain.lifecycle.lead import Lead

LeadArgument = Annotated[UUID, typer.Argument(metavar="LEAD_ID", show_default=False)]
Why = Annotated[str, typer.Option("--code", help="Why, in a word of lower case letters, digits and '_'.")]
Until = Annotated[
    str | None,
    typer.Option("--until", help="An instant with its zone, such as 2026-03-02T09:00-06:00.", show_default=False),
]
For = Annotated[str | None, typer.Option("--for", help="How long: 30m, 2h or 3d.", show_default=False)]

_SPAN = re.compile(r"(\d{1,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def pause(
    lead_id: LeadArgument,
    by: As,
    *,
    code: Why = "unspecified",
    until: Until = None,
    span: For = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Stop a lead's clock: no window ends until it goes on. Without an end as long as the policy allows."""
    with failures():
        _give(data_dir, by, lead_id, lambda now: (Pause, {"code": code, "until": _end(until, span, now)}), as_json)


def snooze(
    lead_id: LeadArgument,
    by: As,
    *,
    code: Why = "snoozed",
    until: Until = None,
    span: For = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    as_json: Json = False,
) -> None:
    """Put off a lead that was tried; it is back by itself."""
    if until is None and span is None:
        fail("say until when: --until INSTANT or --for 2h")
    with failures():
        _give(data_dir, by, lead_id, lambda now: (Snooze, {"code": code, "until": _end(until, span, now)}), as_json)


def resume(lead_id: LeadArgument, by: As, *, data_dir: DataDir = DEFAULT_DATA_DIR, as_json: Json = False) -> None:
    """Let a lead's clock go on, with the working time that was left."""
    with failures():
        _give(data_dir, by, lead_id, lambda _: (Resume, {}), as_json)


def _end(until: str | None, span: str | None, now: datetime) -> datetime | None:
    """The end that was asked for; None for none. Raises InvalidInputError for what is no instant and no length."""
    if until is not None and span is not None:
        raise InvalidInputError("--until", "and --for exclude each other; leave one of them out")
    if span is not None:
        read = _SPAN.fullmatch(span)
        if read is None:
            raise InvalidInputError("--for", f"{span!r} is no length; say for example 30m, 2h or 3d")
        return now + int(read[1]) * _UNITS[read[2]]
    if until is None:
        return None
    try:
        at = datetime.fromisoformat(until)
    except ValueError as error:
        raise InvalidInputError("--until", f"{until!r} is no instant; say 2026-03-02T09:00-06:00") from error
    if at.tzinfo is None:
        raise InvalidInputError("--until", f"{until!r} has no time zone; add it, for example {until}+00:00")
    return at.astimezone(UTC)


def _give(
    data_dir: Path,
    by: str,
    lead_id: UUID,
    made: Callable[[datetime], tuple[type[Pause | Snooze | Resume], dict[str, Any]]],
    as_json: bool,
) -> None:
    lead, changed = asyncio.run(_apply(data_dir, by, lead_id, made))
    until = lead.wake_at if lead.paused_at is not None else None
    if as_json:
        told = {"id": str(lead.id), "seq": lead.seq, "state": lead.state.value, "changed": changed}
        typer.echo(json.dumps(told | {"paused": until is not None, "until": until.isoformat() if until else None}))
        return
    where = f"paused until {until:%Y-%m-%d %H:%M} UTC" if until else f"{lead.state.value}, its clock runs"
    console.print(f"[green]✓[/] {where}" if changed else f"[green]✓[/] Nothing to do: {where}")


async def _apply(
    data_dir: Path,
    by: str,
    lead_id: UUID,
    made: Callable[[datetime], tuple[type[Pause | Snooze | Resume], dict[str, Any]]],
) -> tuple[Lead, bool]:
    """Commit the command; the relay tells the workflow."""
    from domain.ids import LeadId
    from domain.lifecycle.commands import person_command_id
    from services.agent_admin import AgentAdmin
    from services.applied import Refused
    from services.lifecycle import Lifecycle

    async with administration(data_dir) as admin:
        actor = await AgentAdmin(admin.engines.admin, admin.clock).administrator(by)
        now = admin.clock.now()
        kind, body = made(now)
        command = kind(command_id=person_command_id(actor, str(uuid4())), actor=actor, received_at=now, **body)
        lifecycle = Lifecycle(admin.engines.service, admin.clock, admin.configurations)
        answer = await lifecycle.apply(LeadId(lead_id), command)
    if isinstance(answer, Refused):
        raise InvalidInputError("LEAD_ID", answer.refusal.message)
    return answer.lead, answer.changed
