"""Liveness and readiness."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.state import WithServices
from db.errors import DatabaseError
from db.repositories.health import answers

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(services: WithServices, response: Response) -> dict[str, str]:
    """Commands can be committed: 200, else 503. Temporal is not needed for that."""
    try:
        await answers(services.engines.service)
    except DatabaseError as error:
        response.status_code = 503
        return {"status": "unavailable", "database": type(error).__name__}
    return {"status": "ready", "database": "ok"}
