"""`baton api`."""

from __future__ import annotations

import asyncio

import typer

from cli.output import fail

app = typer.Typer()


@app.command()
def api() -> None:
    """Serve the HTTP API until stopped. Settings come from the environment."""
    from domain.errors import BatonError
    from workers.api_server import run_api
    from workers.logging import configure_logging
    from workers.settings import Settings

    settings = Settings.load()
    configure_logging(settings)
    try:
        asyncio.run(run_api(settings))
    except BatonError as error:
        fail(str(error))
