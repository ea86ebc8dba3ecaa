"""The API process."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from api.app import make_app
from db.session import create_engines, refuse_privileged_login
from domain.errors import ConfigurationError
from services.clock import SystemClock
from services.outages import Heartbeat
from workers.memory import settle_memory
from workers.settings import Settings
from workers.stop_signal import stop_requested
from workers.temporal_client import connect_temporal
from workers.wiring import wire

_SHORTEST_SECRET = 32
_SHORTEST_WEBHOOK_SECRET = 24


async def run_api(settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM. Temporal may be away: commands are committed and told later."""
    secret = settings.auth_secret.get_secret_value() if settings.auth_secret is not None else ""
    if len(secret) < _SHORTEST_SECRET:
        raise ConfigurationError(f"BATON_AUTH_SECRET: set it to at least {_SHORTEST_SECRET} random characters")
    engines = create_engines(settings.database_url, pool_size=15, application_name="baton-api")
    try:
        await refuse_privileged_login(engines.service)
        client = await connect_temporal(settings, lazy=True)
        services = wire(engines, client, SystemClock(), task_queue=settings.task_queue)
        config = uvicorn.Config(
            make_app(services, secret=secret, webhook_secret=_webhook_secret(settings)),
            host=settings.api_host,
            port=settings.api_port,
            log_level="warning",
            access_log=False,
        )
        server = _Server(config)
        settle_memory()
        heart = Heartbeat(services.outages, engines.service, services.clock, "api")
        # Before the first request: a claim that comes at once is not late for an outage that ends just now.
        await heart.beat()
        beating = asyncio.create_task(heart.keep_beating())
        serving = asyncio.create_task(server.serve())
        stopping = asyncio.create_task(stop_requested())
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
        stopping.cancel()
        beating.cancel()
    finally:
        await engines.dispose()


def _webhook_secret(settings: Settings) -> str | None:
    if settings.webhook_secret is None:
        return None
    secret = settings.webhook_secret.get_secret_value()
    if len(secret) < _SHORTEST_WEBHOOK_SECRET:
        raise ConfigurationError(f"BATON_WEBHOOK_SECRET: set it to at least {_SHORTEST_WEBHOOK_SECRET} characters")
    return secret


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: they would raise the signal again after an orderly end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process's own handler."""
        yield
