"""All HTTP of the console: the API as one person sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import httpx
from pydantic import TypeAdapter, ValidationError

from console.answers import Agent, Explanation, Lead, LeadAfter, LeadDetails, Notice, TimelineEntry
from console.errors import ApiError

_Answered = TypeVar("_Answered")

_TIMEOUT = httpx.Timeout(5.0, connect=2.0)
_RETRY_SECONDS = 0.5

_AGENTS = TypeAdapter(list[Agent])
_LEADS = TypeAdapter(list[Lead])
_COUNTS = TypeAdapter(dict[str, int])
_DETAILS = TypeAdapter(LeadDetails)
_TIMELINE = TypeAdapter(list[TimelineEntry])
_NOTICES = TypeAdapter(list[Notice])
_EXPLANATION = TypeAdapter(Explanation)
_AFTER = TypeAdapter(LeadAfter)


def connect(base_url: str, transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """The process's one HTTP client; close it at the end."""
    # A transport of our own keeps proxies of the environment out of the way to the API.
    return httpx.AsyncClient(
        base_url=base_url.rstrip("/"), timeout=_TIMEOUT, transport=transport or httpx.AsyncHTTPTransport(retries=1)
    )


class BatonApi:
    """The API with one person's token. Every method raises ApiError when it is refused or not answered."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}

    async def agents(self) -> list[Agent]:
        """Everybody this person may see; agents see themselves."""
        return _read(_AGENTS, await self._send("GET", "/v1/agents"))

    async def set_status(self, agent_id: UUID, status: str) -> None:
        """Say whether an agent is there. Safe to repeat."""
        await self._send("PUT", f"/v1/agents/{agent_id}/status", body={"status": status})

    async def leads(self, *, state: str | None = None, mine: bool = False, limit: int = 100) -> list[Lead]:
        """Open leads by deadline, or those in one state."""
        query = {"limit": str(limit), **({"state": state} if state else {}), **({"mine": "true"} if mine else {})}
        return _read(_LEADS, await self._send("GET", "/v1/leads", query=query))

    async def counts(self) -> dict[str, int]:
        """How many leads are in each state."""
        return _read(_COUNTS, await self._send("GET", "/v1/leads/counts"))

    async def lead(self, lead_id: UUID) -> LeadDetails:
        """One lead."""
        return _read(_DETAILS, await self._send("GET", f"/v1/leads/{lead_id}"))

    async def timeline(self, lead_id: UUID) -> list[TimelineEntry]:
        """What happened to a lead, oldest first."""
        return _read(_TIMELINE, await self._send("GET", f"/v1/leads/{lead_id}/timeline"))

    async def explanation(self, lead_id: UUID) -> Explanation | None:
        """Why the lead is where it is; None when nothing was decided that this person may read."""
        try:
            answer = await self._send("GET", f"/v1/leads/{lead_id}/explanation")
        except ApiError as error:
            if error.status != 404:
                raise
            return None
        return _read(_EXPLANATION, answer)

    async def notices(self, limit: int) -> list[Notice]:
        """What this person has not seen yet, newest first."""
        return _read(_NOTICES, await self._send("GET", "/v1/notices", query={"unseen": "true", "limit": str(limit)}))

    async def seen(self, notice: UUID) -> None:
        """Say that a notice was seen. Safe to repeat."""
        await self._send("POST", f"/v1/notices/{notice}/seen")

    async def command(self, lead_id: UUID, verb: str, *, key: str, body: Mapping[str, Any]) -> LeadAfter:
        """Give a command. The same `key` counts once, so a lost answer is asked for again, once."""
        path = f"/v1/leads/{lead_id}/{verb}"
        try:
            answer = await self._send("POST", path, body=body, key=key)
        except ApiError as error:
            if error.status not in (None, 503):
                raise
            await asyncio.sleep(_RETRY_SECONDS)
            answer = await self._send("POST", path, body=body, key=key)
        return _read(_AFTER, answer)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
    ) -> httpx.Response:
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        try:
            answer = await self._http.request(method, path, params=query, json=body, headers=headers)
        except httpx.TransportError as error:
            raise ApiError("Unreachable", "Baton does not answer at the moment.") from error
        if answer.is_success:
            return answer
        raise _problem(answer)


def _read(expected: TypeAdapter[_Answered], answer: httpx.Response) -> _Answered:
    try:
        return expected.validate_json(answer.content)
    except ValidationError:
        # Without its cause: that would carry parts of the answer, which may be personal, into a log.
        raise ApiError("Unexpected", "Baton's answer could not be read.", status=answer.status_code) from None


def _problem(answer: httpx.Response) -> ApiError:
    try:
        document = answer.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        return ApiError("Unexpected", f"Baton answered with status {answer.status_code}.", status=answer.status_code)
    return ApiError(
        str(document.get("title", "Unexpected")),
        str(document.get("detail") or f"Baton answered with status {answer.status_code}."),
        status=answer.status_code,
        detail={name: value for name, value in document.items() if name not in ("type", "title", "status", "detail")},
    )
