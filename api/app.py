"""The API as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import agents, commands, explanations, health, leads
from api.auth import Callers
from api.problems import install_problems
from services.service_set import Services


def make_app(services: Services, *, secret: str) -> FastAPI:
    """The application over the services of this process. While it runs, commits are told to the workflows."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with services.telling:
            yield

    app = FastAPI(
        title="Baton",
        version=version("baton"),
        description="Leads in, agents' commands, and what happened. Errors are RFC 9457 problem documents.",
        lifespan=lifespan,
    )
    app.state.services = services
    app.state.callers = Callers(services.engines, secret)
    install_problems(app)
    for router in (health.router, leads.router, explanations.router, commands.router, agents.router):
        app.include_router(router)
    return app
