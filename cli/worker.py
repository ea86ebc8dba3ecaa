"""`baton worker`."""

from __future__ import annotations

import asyncio

import typer

from cli.output import fail

app = typer.Typer()


@app.command()
def worker() -> None:
    """Run the leads' workflows and activities until stopped. Settings come from the environment."""
    from domain.errors import BatonError
    from workers.logging import configure_logging
    from workers.settings import Settings
    from workers.worker import run_worker

    settings = Settings.load()
    configure_logging(settings)
    try:
        asyncio.run(run_worker(settings))
    except BatonError as error:
        fail(str(error))
