"""`baton token`: an access token for the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID, uuid4

import typer

from cli.output import fail

app = typer.Typer()


@app.command()
def token(
    agent: Annotated[UUID | None, typer.Option(help="Id of the agent, manager or admin (crm_agents.id).")] = None,
    service: Annotated[bool, typer.Option("--service", help="For another system that sends leads in.")] = False,
    secret: Annotated[str, typer.Option(envvar="BATON_AUTH_SECRET", help="The API's secret.")] = "",
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid.")] = 30,
) -> None:
    """Print a token for a person or for another system."""
    from api.auth import issue_token

    if (agent is None) is not service:
        fail("give either --agent ID or --service")
    if not secret:
        fail("set BATON_AUTH_SECRET to the API's secret")
    typer.echo(issue_token(secret, agent or uuid4(), service=service, lifetime=timedelta(days=days)))
