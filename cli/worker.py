"""`baton worker`."""

from __future__ import annotations

import asyncio

import typer

from cli.output import fail

app = typer.Typer()


@app.command()
def worker() -> None:
    """Run the leads' workflows and activities until stopped. Settings come from the environment."""
    from pydantic import ValidationError

    from domain.errors import BatonError
    from workers.logging import configure_logging
    from workers.settings import Settings
    from workers.worker import run_worker

    try:
        settings = Settings.load()
        configure_logging(settings)
        asyncio.run(run_worker(settings))
    except (BatonError, ValidationError) as error:
        fail(str(error))
