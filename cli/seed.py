"""`baton seed`: first data, and demo agents on request."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cli.db import APPLICATION, DEFAULT_DATA_DIR, DataDir, database_url
from cli.output import console, fail
from db.errors import DatabaseError

if TYPE_CHECKING:
    from services.seed import SeedReport

app = typer.Typer()


@app.command()
def seed(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    agents: Annotated[
        int, typer.Option("--agents", min=0, help="Also add this many demo agents, a manager, an admin, a team.")
    ] = 0,
) -> None:
    """Add specialisations, availability, first rules and the default experiment where missing; safe to repeat."""
    started = time.monotonic()
    try:
        report = asyncio.run(_seed(database_url(APPLICATION, data_dir), agents))
    except DatabaseError as error:
        fail(str(error))
    seconds = f"({time.monotonic() - started:.1f} s)"
    if not report.total:
        console.print(f"[green]✓[/] Nothing to seed: everything is there {seconds}")
        return
    added = ", ".join(f"{count} {name}" for name, count in vars(report).items() if count)
    console.print(f"[green]✓[/] Seeded {added} {seconds}")


async def _seed(url: str, agents: int) -> SeedReport:
    from db.session import DatabaseRole, make_engine
    from services.seed import seed as plant

    engine = make_engine(url, DatabaseRole.ADMIN, pool_size=1, max_overflow=0, application_name="baton-seed")
    try:
        return await plant(engine, at=datetime.now(UTC), demo_agents=agents)
    finally:
        await engine.dispose()
