"""What became of one run of `baton demo`: read-only queries over the leads whose external_id begins with its prefix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text

from db.session import WriteConnection

_RUN = "starts_with(l.external_id, :run)"

_STATES = f"SELECT l.lifecycle_state AS name, count(*) AS n FROM crm_leads l WHERE {_RUN} GROUP BY 1"
_CLOSINGS = f"""
SELECT l.close_reason AS name, count(*) AS n FROM crm_leads l
 WHERE {_RUN} AND l.lifecycle_state = 'closed' GROUP BY 1"""
_KINDS = f"""
SELECT t.kind AS name, count(*) AS n FROM lead_transitions t JOIN crm_leads l ON l.id = t.lead_id
 WHERE {_RUN} GROUP BY 1"""
_BREACHES = f"""
SELECT e."eventData" ->> 'window' AS name, count(*) AS n FROM "RoutingEvent" e JOIN crm_leads l ON l.id = e."leadId"
 WHERE {_RUN} AND e."eventType" = 'sla_breached' GROUP BY 1"""
_REASSIGNMENTS = f"""
SELECT r.reason AS name, count(*) AS n FROM crm_lead_reassignments r JOIN crm_leads l ON l.id = r.lead_id
 WHERE {_RUN} GROUP BY 1"""
_STRATEGIES = f"""
SELECT h."routingStrategy" AS name, count(*) AS n FROM "LeadRoutingHistory" h JOIN crm_leads l ON l.id = h."leadId"
 WHERE {_RUN} GROUP BY 1"""
_FITNESS = f"""
SELECT (h."assignmentReason" ->> 'totalScore')::float8
  FROM "LeadRoutingHistory" h JOIN crm_leads l ON l.id = h."leadId"
 WHERE {_RUN} AND h."routingStrategy" <> 'manual' AND h."assignmentReason" ->> 'totalScore' IS NOT NULL"""
_SHARES = f"""
SELECT a.id::text AS name, count(h.id) AS n
  FROM crm_agents a
  LEFT JOIN ("LeadRoutingHistory" h JOIN crm_leads l ON l.id = h."leadId" AND {_RUN})
    ON h."assignedAgentId" = a.id AND h."routingStrategy" <> 'manual'
 WHERE a.role = 'agent' AND a.is_active GROUP BY 1"""
_ATTEMPTS = f"""
SELECT a.result AS name, count(*) AS n FROM contact_attempts a JOIN crm_leads l ON l.id = a.lead_id
 WHERE {_RUN} GROUP BY 1"""
_WINDOWS = f"""
SELECT count(*) FILTER (WHERE o.claimed_at IS NOT NULL AND NOT o.claim_breached
                          AND o.kind IN ('single', 'broadcast'))
           AS claims_in_time,
       count(*) FILTER (WHERE o.claimed_at IS NOT NULL AND o.claim_breached) AS claims_late,
       count(DISTINCT (o.lead_id, o.epoch)) FILTER (WHERE o.claimed_at IS NULL AND o.claim_breached)
           AS claims_missed,
       count(*) FILTER (WHERE o.first_action_at IS NOT NULL AND (NOT o.contact_breached OR o.breach_excused))
           AS contacts_in_time,
       count(*) FILTER (WHERE o.first_action_at IS NOT NULL AND o.contact_breached AND NOT o.breach_excused)
           AS contacts_late,
       count(*) FILTER (WHERE o.first_action_at IS NULL AND o.contact_breached) AS contacts_missed
  FROM lead_offers o JOIN crm_leads l ON l.id = o.lead_id WHERE {_RUN}"""
_ESCALATIONS = f"""
SELECT count(*) FROM "RoutingEvent" e JOIN crm_leads l ON l.id = e."leadId"
 WHERE {_RUN} AND e."eventType" = 'escalated' AND e."eventData" ->> 'reason' IS NOT NULL"""
# A breach command also raises an escalated lead; only a missed window writes the event in the same transition.
_LATENESS = f"""
SELECT extract(epoch FROM t.recorded_at - t.due_at)::float8 * 1000
  FROM lead_transitions t JOIN crm_leads l ON l.id = t.lead_id
 WHERE {_RUN} AND t.kind = 'breach'
   AND EXISTS (SELECT 1 FROM "RoutingEvent" e
                WHERE e."leadId" = t.lead_id AND e."timestamp" = t.at AND e."eventType" = 'sla_breached')"""
_TIMES = {
    "assign": f"""
        SELECT extract(epoch FROM min(o.offered_at) - l.received_at)::float8
          FROM lead_offers o JOIN crm_leads l ON l.id = o.lead_id WHERE {_RUN} GROUP BY l.id""",
    "claim": f"""
        SELECT extract(epoch FROM o.claimed_at - o.offered_at)::float8
          FROM lead_offers o JOIN crm_leads l ON l.id = o.lead_id
         WHERE {_RUN} AND o.claimed_at IS NOT NULL AND o.kind = 'single'""",
    "first_attempt": f"""
        SELECT extract(epoch FROM o.first_action_at - o.contact_started_at)::float8
          FROM lead_offers o JOIN crm_leads l ON l.id = o.lead_id WHERE {_RUN} AND o.first_action_at IS NOT NULL""",
    "connection": f"""
        SELECT extract(epoch FROM l.first_contact_at - l.received_at)::float8
          FROM crm_leads l WHERE {_RUN} AND l.first_contact_at IS NOT NULL""",
}
_RECENT = f"""
SELECT e."timestamp" AS at, e."eventType" AS kind, e."leadId" AS lead_id, e."eventData" AS data,
       a.first_name AS agent
  FROM "RoutingEvent" e JOIN crm_leads l ON l.id = e."leadId" LEFT JOIN crm_agents a ON a.id = e."agentId"
 WHERE {_RUN} AND e."eventType" NOT IN ('scored', 'failed_assignment')
 ORDER BY e."timestamp" DESC, e.id LIMIT :number"""
_LEADS = f"SELECT l.id, l.lifecycle_state AS state, l.seq FROM crm_leads l WHERE {_RUN} ORDER BY l.id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Everything that is counted, by name. `windows` has claims and contacts, each in_time, late and missed."""

    states: dict[str, int]
    closings: dict[str, int]
    kinds: dict[str, int]
    breaches: dict[str, int]
    reassignments: dict[str, int]
    windows: dict[str, int]
    escalations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One event of a lead, with the first name of its agent."""

    at: datetime
    kind: str
    lead_id: UUID
    agent: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadNow:
    """A lead's state as committed."""

    id: UUID
    state: str
    seq: int


async def _rows(connection: WriteConnection, query: str, **arguments: Any) -> Sequence[RowMapping]:
    return (await connection.execute(text(query), arguments)).mappings().all()


async def _named(connection: WriteConnection, query: str, run: str) -> dict[str, int]:
    return {row["name"]: row["n"] for row in await _rows(connection, query, run=run)}


async def _samples(connection: WriteConnection, query: str, run: str) -> list[float]:
    return [float(value) for value in (await connection.execute(text(query), {"run": run})).scalars()]


async def read_counts(connection: WriteConnection, run: str) -> Counts:
    """What has happened so far to the run's leads."""
    windows = (await _rows(connection, _WINDOWS, run=run))[0]
    escalations: int = (await connection.execute(text(_ESCALATIONS), {"run": run})).scalar_one()
    return Counts(
        states=await _named(connection, _STATES, run),
        closings=await _named(connection, _CLOSINGS, run),
        kinds=await _named(connection, _KINDS, run),
        breaches=await _named(connection, _BREACHES, run),
        reassignments=await _named(connection, _REASSIGNMENTS, run),
        windows=dict(windows),
        escalations=escalations,
    )


async def read_strategies(connection: WriteConnection, run: str) -> dict[str, int]:
    """Assignments in LeadRoutingHistory, by strategy."""
    return await _named(connection, _STRATEGIES, run)


async def read_fitness(connection: WriteConnection, run: str) -> list[float]:
    """The total fitness recorded with each assignment that a strategy made."""
    return await _samples(connection, _FITNESS, run)


async def read_shares(connection: WriteConnection, run: str) -> dict[str, int]:
    """How many assignments the strategy gave to each active agent, by id; 0 for those who had none."""
    return await _named(connection, _SHARES, run)


async def read_attempts(connection: WriteConnection, run: str) -> dict[str, int]:
    """Recorded attempts, by result."""
    return await _named(connection, _ATTEMPTS, run)


async def read_lateness(connection: WriteConnection, run: str) -> list[float]:
    """For every missed window: milliseconds from the deadline to the breach's row, by the database's clock."""
    return await _samples(connection, _LATENESS, run)


async def read_times(connection: WriteConnection, run: str) -> dict[str, list[float]]:
    """Samples in seconds.

    assign: arrival to first offer, per lead. claim: offer to claim, per claimed offer. first_attempt: claim to
    first attempt, per assignment. connection: arrival until the customer was reached, per lead.
    """
    return {name: await _samples(connection, query, run) for name, query in _TIMES.items()}


async def read_recent(connection: WriteConnection, run: str, number: int) -> list[Happening]:
    """The latest events, newest first."""
    return [Happening(**row) for row in await _rows(connection, _RECENT, run=run, number=number)]


async def read_leads(connection: WriteConnection, run: str) -> list[LeadNow]:
    """Every lead of the run with its state."""
    return [LeadNow(**row) for row in await _rows(connection, _LEADS, run=run)]
