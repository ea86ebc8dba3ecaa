"""`baton api`."""

from __future__ import annotations

import asyncio

import typer

from cli.output import fail

app = typer.Typer()


@app.command()
def api() -> None:
    """Serve the HTTP API until stopped. Settings come from the environment."""
    from pydantic import ValidationError

    from domain.errors import BatonError
    from workers.api_server import run_api
    from workers.logging import configure_logging
    from workers.settings import Settings

    try:
        settings = Settings.load()
        configure_logging(settings)
        asyncio.run(run_api(settings))
    except (BatonError, ValidationError) as error:
        fail(str(error))
