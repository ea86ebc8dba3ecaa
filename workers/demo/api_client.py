"""The HTTP API as the player uses it: every answer with its code, every round trip measured."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx

from api.auth import issue_token
from domain.errors import BatonError

_PATIENCE = 30.0
_PAUSE = 0.25
_LIFETIME = timedelta(hours=12)


class ApiError(BatonError):
    """The API answered with something the player cannot go on with, or not at all for half a minute."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`refusal` is the documented code of a refused command, None for an accepted one."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)
    refusal: str | None = None

    @property
    def accepted(self) -> bool:
        """True when the command was committed (or had been before)."""
        return self.refusal is None


class ApiClient:
    """One connection pool for everybody who plays; each caller has a token of its own."""

    def __init__(self, base_url: str, secret: str) -> None:
        # A proxy from the environment must not be asked for the loopback interface.
        self._http = httpx.AsyncClient(
            base_url=base_url, timeout=10, trust_env=False, limits=httpx.Limits(max_connections=64)
        )
        self._secret = secret
        self._tokens: dict[UUID, str] = {}
        self._source = uuid4()
        self._secret_of_source = issue_token(secret, self._source, service=True, lifetime=_LIFETIME)
        self.round_trips: list[float] = []
        self.refusals: Counter[str] = Counter()

    async def __aenter__(self) -> ApiClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def command(self, path: str, caller: UUID | None, body: Mapping[str, Any], key: str) -> Answer:
        """POST a command as a person (None: as the leads' source). Repeats are safe, `key` makes them one.

        Raises ApiError for an answer that is neither acceptance nor a documented refusal.
        """
        response = await self._patiently("POST", path, caller, body=body, key=key)
        if response.status_code < 300:
            return Answer(response.status_code, response.json())
        if response.status_code not in (403, 404, 409):
            raise ApiError(f"POST {path}: {response.status_code} {response.text[:200]}")
        known = response.json()
        code = str(known.get("title", response.status_code))
        self.refusals[code] += 1
        return Answer(response.status_code, known, code)

    async def get(self, path: str, caller: UUID, **query: Any) -> Any:
        """GET as a person. Raises ApiError unless the answer is 200."""
        response = await self._patiently("GET", path, caller, query=query)
        if response.status_code != 200:
            raise ApiError(f"GET {path}: {response.status_code} {response.text[:200]}")
        return response.json()

    async def put(self, path: str, caller: UUID, body: dict[str, Any]) -> None:
        """PUT as a person. Raises ApiError unless it is accepted."""
        response = await self._patiently("PUT", path, caller, body=body)
        if response.status_code >= 300:
            raise ApiError(f"PUT {path}: {response.status_code} {response.text[:200]}")

    async def _patiently(
        self,
        method: str,
        path: str,
        caller: UUID | None,
        *,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token(caller)}"}
        if key is not None:
            headers["Idempotency-Key"] = key
        give_up = time.monotonic() + _PATIENCE
        while True:
            started = time.perf_counter()
            reason = "busy"
            try:
                response = await self._http.request(method, path, json=body, params=query, headers=headers)
                if response.status_code != 503:
                    if method == "POST":
                        self.round_trips.append((time.perf_counter() - started) * 1000)
                    return response
                reason = f"503 {response.text[:200]}"
            except httpx.TransportError as error:
                reason = f"{type(error).__name__} {error}"
            if time.monotonic() > give_up:
                raise ApiError(f"{method} {path}: no answer for {_PATIENCE:.0f} s ({reason}); see the API's log")
            await asyncio.sleep(_PAUSE)

    def _token(self, caller: UUID | None) -> str:
        if caller is None:
            return self._secret_of_source
        if caller not in self._tokens:
            self._tokens[caller] = issue_token(self._secret, caller, service=False, lifetime=_LIFETIME)
        return self._tokens[caller]
