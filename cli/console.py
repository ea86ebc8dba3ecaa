"""`baton console`."""

from __future__ import annotations

import logging
import sys

import typer

from cli.output import fail

app = typer.Typer()


@app.command()
def console() -> None:
    """Serve the web console for agents and managers until stopped.

    From the environment: BATON_API_URL, BATON_AUTH_SECRET, BATON_CONSOLE_HOST, BATON_CONSOLE_PORT.
    """
    from console.app import run
    from console.errors import ConsoleError
    from console.settings import ConsoleSettings

    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    try:
        run(ConsoleSettings.load())
    except ConsoleError as error:
        fail(str(error))
