"""Errors as RFC 9457 problem+json, one shape for all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from db.errors import ConstraintError, DatabaseBusyError, DatabaseSlowError, DatabaseUnavailableError
from domain.errors import CommandConflictError, InvalidInputError
from domain.lifecycle.transition import Refusal, RefusalCode

_STATUS: dict[RefusalCode, int] = {
    RefusalCode.NOT_FOUND: 404,
    RefusalCode.ALREADY_CLAIMED: 409,
    RefusalCode.STALE_OFFER: 409,
    RefusalCode.NOT_ELIGIBLE: 403,
    RefusalCode.AT_CAPACITY: 409,
    RefusalCode.WRONG_STATE: 409,
    RefusalCode.FORBIDDEN: 403,
}


class RefusedError(Exception):
    """A refusal on its way to the caller."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def problem(
    status: int, code: str, detail: str, *, more: Mapping[str, Any] | None = None, retry_after: int | None = None
) -> JSONResponse:
    """A problem document: `code` is one of the documented words, `detail` is for people."""
    headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
    body = {"type": f"urn:baton:problem:{code}", "title": code, "status": status, "detail": detail, **(more or {})}
    return JSONResponse(body, status, headers, media_type="application/problem+json")


def install_problems(app: FastAPI) -> None:
    """Answer every error of the services, of validation and of the framework as a problem document."""

    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> JSONResponse:
        refusal = error.refusal
        return problem(_STATUS[refusal.code], refusal.code, refusal.message, more=refusal.detail)

    @app.exception_handler(InvalidInputError)
    async def invalid(_: Request, error: InvalidInputError) -> JSONResponse:
        errors = [{"field": error.field, "problem": error.problem}]
        return problem(422, "InvalidInput", str(error), more={"errors": errors})

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {"field": ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0]), "problem": one["msg"]}
            for one in error.errors()
        ]
        detail = "; ".join(f"{one['field']}: {one['problem']}" for one in errors)
        return problem(422, "InvalidInput", detail, more={"errors": errors})

    @app.exception_handler(CommandConflictError)
    async def conflict(_: Request, error: CommandConflictError) -> JSONResponse:
        return problem(409, "Conflict", str(error))

    @app.exception_handler(ConstraintError)
    async def constraint(_: Request, error: ConstraintError) -> JSONResponse:
        return problem(409, "Conflict", f"the database refused it: {error.constraint}")

    @app.exception_handler(DatabaseBusyError)
    @app.exception_handler(DatabaseSlowError)
    @app.exception_handler(DatabaseUnavailableError)
    async def busy(_: Request, error: Exception) -> JSONResponse:
        return problem(503, "Unavailable", "the database is busy or away; send the same command again", retry_after=1)

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        return problem(500, "Internal", f"an unexpected {type(error).__name__}; the server's log says more")

    @app.exception_handler(HTTPException)
    async def framework(_: Request, error: HTTPException) -> JSONResponse:
        return problem(error.status_code, "Unauthorized" if error.status_code == 401 else "Http", str(error.detail))
