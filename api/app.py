"""The API as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api import agents, commands, consents, explanations, hand_over, health, leads, notices, reports, telephony
from api.auth import Callers
from api.problems import install_problems
from services.service_set import Services


def make_app(services: Services, *, secret: str, webhook_secret: str | None = None) -> FastAPI:
    """The application over the services of this process. While it runs, commits are told to the workflows.

    Without `webhook_secret` signed messages of a telephony system are refused.
    """

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
    app.state.webhook_secret = webhook_secret
    app.state.callers = Callers(services.engines, secret)
    install_problems(app)
    parts = (health, leads, explanations, commands, agents, notices, reports, telephony, hand_over, consents)
    for router in (part.router for part in parts):
        app.include_router(router)
    return app
