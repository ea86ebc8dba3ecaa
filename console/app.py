"""The console as a process: one web server, until it is told to stop."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI
from nicegui import ui

from console.baton_api import connect
from console.errors import ConsoleStartError
from console.frame import FAVICON
from console.pages import install_pages
from console.session import Sessions
from console.settings import ConsoleSettings

# Browsers hold their connection open for ever: waiting longer for them only delays the end.
_GRACE_SECONDS = 1


def run(settings: ConsoleSettings) -> None:
    """Serve until SIGINT or SIGTERM, then return. Raises ConsoleStartError when the port cannot be had."""
    asyncio.run(_serve(settings))


def make_app(settings: ConsoleSettings) -> FastAPI:
    """The console as an ASGI application; once per process, as NiceGUI keeps its pages in the process."""
    http = connect(settings.api_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with http:
            yield

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    install_pages(http, Sessions())
    ui.run_with(
        app,
        title="Baton",
        favicon=FAVICON,
        storage_secret=cookie_secret(settings.auth_secret.get_secret_value()),
        session_middleware_kwargs={"session_cookie": "baton_console", "same_site": "lax", "max_age": None},
        show_welcome_message=False,
    )
    return app


def cookie_secret(auth_secret: str) -> str:
    """A key for cookies, derived so that it cannot sign tokens and does not reveal the key that can."""
    return hmac.new(auth_secret.encode(), b"baton console cookies", hashlib.sha256).hexdigest()


async def _serve(settings: ConsoleSettings) -> None:
    place = _listen(settings.console_host, settings.console_port)
    config = uvicorn.Config(
        make_app(settings),
        log_level="warning",
        access_log=False,
        ws="wsproto",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, server)
    with place:
        await server.serve(sockets=[place])


def _listen(host: str, port: int) -> socket.socket:
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConsoleStartError(
            f"BATON_CONSOLE_PORT: cannot listen on {host}:{port} ({error.strerror}); choose another port"
        ) from error


def _stop(server: uvicorn.Server) -> None:
    server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: they would raise the signal again after an orderly end."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process's own handler."""
        yield
