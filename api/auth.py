"""Who is calling: a signed token names the caller, the database says who that is now."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from db.repositories.agents import read_role
from db.session import Engines, reader_transaction
from domain.ids import AgentId
from domain.lifecycle.actor import Actor, Role

_ALGORITHM = "HS256"
_AUDIENCE = "baton-api"
_ISSUER = "baton"
_ROLE_SECONDS = 5.0
_BEARER = HTTPBearer(auto_error=False)


def issue_token(secret: str, subject: UUID, *, service: bool, lifetime: timedelta, now: datetime | None = None) -> str:
    """A token for an agent, manager or admin (by crm_agents id), or for another system (`service`)."""
    issued = now or datetime.now(UTC)
    claims = {
        "sub": str(subject),
        "iss": _ISSUER,
        "aud": _AUDIENCE,
        "iat": issued,
        "exp": issued + lifetime,
        "kind": "service" if service else "person",
    }
    return jwt.encode(claims, secret, algorithm=_ALGORITHM)


class Callers:
    """Checks tokens. A person's role comes from crm_agents, believed for five seconds."""

    def __init__(self, engines: Engines, secret: str) -> None:
        self._engines = engines
        self._secret = secret
        self._roles: dict[UUID, tuple[float, Role | None]] = {}

    async def identify(self, token: str) -> Actor | None:
        """The caller of a valid token; None for an invalid one, or for somebody who is not active any more."""
        try:
            claims = jwt.decode(
                token,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=_AUDIENCE,
                issuer=_ISSUER,
                options={"require": ["exp", "sub", "aud", "iss"]},
            )
            subject = UUID(claims["sub"])
        except (jwt.InvalidTokenError, ValueError):
            return None
        if claims.get("kind") == "service":
            return Actor(role=Role.SERVICE, id=subject)
        role = await self._role(subject)
        return Actor(role=role, id=subject) if role is not None else None

    async def _role(self, subject: UUID) -> Role | None:
        known = self._roles.get(subject)
        if known is not None and known[0] > time.monotonic():
            return known[1]
        async with reader_transaction(self._engines.reader, subject) as connection:
            role = await read_role(connection, AgentId(subject))
        self._roles[subject] = (time.monotonic() + _ROLE_SECONDS, role)
        return role


async def caller(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Actor:
    """The caller of this request; 401 without a valid token."""
    callers: Callers = request.app.state.callers
    actor = await callers.identify(credentials.credentials) if credentials is not None else None
    if actor is None:
        raise HTTPException(401, "send a valid token: Authorization: Bearer …; `baton token` issues one")
    return actor


Caller = Annotated[Actor, Depends(caller)]
