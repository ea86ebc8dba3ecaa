"""A small API that answers like the real one, records what it was asked, and can refuse or go away."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SECRET = "a secret of the tests, with more than thirty-two characters"


@dataclass(frozen=True)
class Asked:
    """One command that arrived."""

    verb: str
    lead: UUID
    key: str | None
    body: dict[str, Any]


@dataclass
class FakeApi:
    """Agents, leads and timelines as dictionaries, in the API's shape."""

    agents: list[dict[str, Any]] = field(default_factory=list)
    leads: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    timelines: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict)
    explanations: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    notices: list[dict[str, Any]] = field(default_factory=list)
    explained: int = 0
    asked: list[Asked] = field(default_factory=list)
    refusals: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    away: bool = False
    accepts_tokens: bool = True

    @property
    def transport(self) -> httpx.AsyncBaseTransport:
        """The way in for the console's HTTP client."""
        return _Door(self)

    def person(self, first: str, last: str, role: str = "agent") -> UUID:
        """Add somebody; agents are there and take leads."""
        person = uuid4()
        takes_leads = role == "agent"
        self.agents.append(
            {
                "id": str(person),
                "first_name": first,
                "last_name": last,
                "role": role,
                "is_active": True,
                "status": "Available" if takes_leads else None,
                "current_load": 1 if takes_leads else None,
                "max_capacity": 5 if takes_leads else None,
            }
        )
        return person

    def token(self, subject: UUID) -> str:
        """A token as the API issues them."""
        return jwt.encode({"sub": str(subject)}, SECRET, algorithm="HS256")

    def lead(self, state: str, agent: UUID | None = None, **more: Any) -> UUID:
        """Add a lead; its running window ends in four minutes."""
        lead_id = uuid4()
        ends = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
        self.leads[lead_id] = {
            "id": str(lead_id),
            "lifecycle_state": state,
            "seq": 3,
            "epoch": 1,
            "score": 71.5,
            "tier": "Tier2",
            "insurance_type": "Auto",
            "assigned_agent_id": str(agent) if agent else None,
            "claim_timer_expires_at": ends if state == "offered" else None,
            "contact_timer_expires_at": ends if state == "claimed" else None,
            "created_at": datetime.now(UTC).isoformat(),
            "customer": {"first_name": "Pat", "last_name": "Doe", "phone": "+12025550123", "email": None},
            **more,
        }
        return lead_id

    def notice(self, person: UUID, kind: str, lead: UUID | None = None, **data: Any) -> None:
        """Tell somebody something."""
        at = datetime.now(UTC).isoformat()
        self.notices.append(
            {"id": str(uuid4()), "to": str(person), "at": at, "kind": kind, "lead_id": lead and str(lead), "data": data}
        )

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/agents", self._agents),
                Route("/v1/agents/{agent}/status", self._status, methods=["PUT"]),
                Route("/v1/notices", self._notices),
                Route("/v1/notices/{notice}/seen", self._seen, methods=["POST"]),
                Route("/v1/leads", self._leads),
                Route("/v1/leads/counts", self._counts),
                Route("/v1/leads/{lead}", self._lead),
                Route("/v1/leads/{lead}/timeline", self._timeline),
                Route("/v1/leads/{lead}/explanation", self._explanation),
                Route("/v1/leads/{lead}/{verb}", self._command, methods=["POST"]),
            ]
        )

    def _caller(self, request: Request) -> dict[str, Any] | None:
        try:
            claims = jwt.decode(request.headers["Authorization"].removeprefix("Bearer "), SECRET, algorithms=["HS256"])
        except (jwt.InvalidTokenError, KeyError):
            return None
        known = {agent["id"]: agent for agent in self.agents}
        return known.get(claims["sub"], {"id": claims["sub"], "role": "service"}) if self.accepts_tokens else None

    async def _agents(self, request: Request) -> Response:
        caller = self._caller(request)
        if caller is None:
            return problem(401, "Unauthorized", "send a valid token")
        alone = caller["role"] == "agent"
        return JSONResponse([agent for agent in self.agents if not alone or agent["id"] == caller["id"]])

    async def _status(self, request: Request) -> Response:
        for agent in self.agents:
            if agent["id"] == request.path_params["agent"]:
                agent["status"] = (await request.json())["status"]
        return Response(status_code=204)

    async def _notices(self, request: Request) -> Response:
        caller = self._caller(request)
        if caller is None:
            return problem(401, "Unauthorized", "send a valid token")
        return JSONResponse([notice for notice in self.notices if notice["to"] == caller["id"]])

    async def _seen(self, request: Request) -> Response:
        self.notices = [notice for notice in self.notices if notice["id"] != request.path_params["notice"]]
        return Response(status_code=204)

    async def _leads(self, request: Request) -> Response:
        caller = self._caller(request)
        if caller is None:
            return problem(401, "Unauthorized", "send a valid token")
        found = [lead for lead in self.leads.values() if lead["lifecycle_state"] != "closed"]
        if state := request.query_params.get("state"):
            found = [lead for lead in found if lead["lifecycle_state"] == state]
        if request.query_params.get("mine"):
            found = [lead for lead in found if lead["assigned_agent_id"] == caller["id"]]
        return JSONResponse(found[: int(request.query_params["limit"])])

    async def _counts(self, request: Request) -> Response:
        return JSONResponse(Counter(lead["lifecycle_state"] for lead in self.leads.values()))

    async def _lead(self, request: Request) -> Response:
        lead = self.leads.get(UUID(request.path_params["lead"]))
        if lead is None:
            return problem(404, "NotFound", "there is no such lead")
        shown = lead["lifecycle_state"] not in ("received", "queued", "offered")
        return JSONResponse({**lead, **{name: value if shown else None for name, value in lead["customer"].items()}})

    async def _timeline(self, request: Request) -> Response:
        return JSONResponse(self.timelines.get(UUID(request.path_params["lead"]), []))

    async def _explanation(self, request: Request) -> Response:
        self.explained += 1
        found = self.explanations.get(UUID(request.path_params["lead"]))
        return JSONResponse(found) if found is not None else problem(404, "NotFound", "nothing was decided")

    async def _command(self, request: Request) -> Response:
        lead_id, verb = UUID(request.path_params["lead"]), request.path_params["verb"]
        self.asked.append(Asked(verb, lead_id, request.headers.get("Idempotency-Key"), await request.json()))
        if self.refusals:
            status, document = self.refusals.pop(0)
            return problem(status, **document)
        lead = self.leads[lead_id]
        lead["seq"] += 1
        if verb == "claim":
            lead |= {
                "lifecycle_state": "claimed",
                "contact_timer_expires_at": lead["claim_timer_expires_at"],
                "claim_timer_expires_at": None,
            }
        elif verb == "contact":
            reached = self.asked[-1].body["result"] == "connected"
            lead |= {
                "lifecycle_state": "contacted" if reached else "attempting",
                "contact_timer_expires_at": None,
                "next_try_at": None if reached else (datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
            }
        elif verb == "decline":
            lead |= {"assigned_agent_id": None, "lifecycle_state": "queued", "claim_timer_expires_at": None}
        elif verb in ("pause", "snooze"):
            body = self.asked[-1].body
            lead |= {
                "paused_at": datetime.now(UTC).isoformat(),
                "pause_code": body.get("code", "snoozed"),
                "wake_at": body.get("until"),
            }
        elif verb == "resume":
            lead |= {"paused_at": None, "pause_code": None}
        elif verb == "outcome":
            lead |= {"lifecycle_state": "closed", "close_reason": self.asked[-1].body["result"]}
        return JSONResponse(
            {
                "id": str(lead_id),
                "seq": lead["seq"],
                "epoch": lead["epoch"],
                "state": lead["lifecycle_state"],
                "agent": lead["assigned_agent_id"],
                "claim_expires_at": lead["claim_timer_expires_at"],
                "contact_expires_at": lead["contact_timer_expires_at"],
                "next_try_at": lead.get("next_try_at"),
                "close_reason": lead.get("close_reason"),
                "changed": True,
            }
        )


def problem(status: int, title: str, detail: str, **more: Any) -> Response:
    """A problem document."""
    body = {"type": f"urn:baton:problem:{title}", "title": title, "status": status, "detail": detail, **more}
    return JSONResponse(body, status, media_type="application/problem+json")


class _Door(httpx.AsyncBaseTransport):
    def __init__(self, api: FakeApi) -> None:
        self._api = api
        self._inside = httpx.ASGITransport(api.app())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._api.away:
            raise httpx.ConnectError("refused", request=request)
        return await self._inside.handle_async_request(request)
