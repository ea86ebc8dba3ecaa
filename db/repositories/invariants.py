"""What must hold at every commit, as SELECTs that return what violates it. Nothing here writes.

Each check is one statement, so it sees one snapshot and may run while leads are being handled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, select, text

from db.session import WriteConnection
from db.tables import agent_availability, leads


class Subject(StrEnum):
    """What a check looks at, one by one, and what the ids of its violations name."""

    LEAD = "lead"
    AGENT = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A named invariant. `query` returns (id, detail) per violation; details hold ids, codes and numbers only.

    `proves` names the invariants of docs/how-to/check-and-doctor.md that it is part of.
    """

    name: str
    proves: tuple[str, ...]
    meaning: str
    query: str
    subject: Subject = Subject.LEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row that violates a check."""

    id: UUID
    detail: str


_LIVE = "('offered', 'claimed', 'attempting')"
_HELD = "('claimed', 'attempting', 'contacted')"
_OPEN_OFFER = "o.status IN ('open', 'claimed') AND o.ended_at IS NULL"
_OF_AGENT = "WHERE o.agent_id = l.assigned_agent_id AND o.epoch = l.epoch"
_INVITATION = "WHERE o.kind = 'broadcast' AND o.status = 'open' AND o.epoch = l.epoch"
RESTORED = "SELECT lead_id FROM lead_transitions WHERE kind = 'store_restored'"
"""Leads whose row was behind its workflow once: their ledger has a gap."""
# A rule with force passes over the caps, as people do; `o` is the offer. The other one is the capacity that each change
# replaced.
FORCED = """EXISTS (SELECT FROM "LeadRoutingHistory" r WHERE r.id = o.history_id
                        AND r."assignmentReason" ->> 'forced' = 'true')"""
CAPACITIES = """
    SELECT agent_id, id, recorded_at, coalesce((old #>> '{}')::int, 2147483647) AS capacity
      FROM agent_state_log WHERE field IN ('maxCapacity', 'max_capacity')"""
# A breach by this epoch's offer; `restart` clears the lead's own flag, the offer's stays. A queue's SLA is nobody's.
_BREACHES = """
    SELECT "leadId" AS lead_id, ("eventData" ->> 'epoch')::int AS epoch, "eventData" ->> 'window' AS win,
           "timestamp" AS at
      FROM "RoutingEvent" WHERE "eventType" = 'sla_breached' AND "eventData" ->> 'window' <> 'queue'"""

CHECKS: tuple[Check, ...] = (
    Check(
        name="state",
        proves=("I1",),
        meaning="every accepted lead is in exactly one state; open ones have a wake-up, closed ones a reason",
        query="""
            SELECT l.id, format('state %s, wake_at %s, close_reason %s', l.lifecycle_state, l.wake_at, l.close_reason)
              FROM crm_leads l
             WHERE (l.lifecycle_state IS NULL
                    AND EXISTS (SELECT 1 FROM lead_transitions t WHERE t.lead_id = l.id))
                OR l.lifecycle_state NOT IN ('received', 'queued', 'offered', 'claimed', 'attempting',
                                             'contacted', 'closed', 'incomplete', 'escalated')
                OR (l.lifecycle_state <> 'closed'
                    AND (l.wake_at IS NULL OR l.close_reason IS NOT NULL OR l.closed_at IS NOT NULL))
                OR (l.lifecycle_state = 'closed'
                    AND (l.wake_at IS NOT NULL OR l.close_reason IS NULL OR l.closed_at IS NULL))""",
    ),
    Check(
        name="ledger",
        proves=("I6",),
        meaning="the ledger is gap-free from 1 to the lead's seq; only a recorded restore leaves a gap",
        query="""
            SELECT l.id, format('lead at seq %s; ledger %s to %s, %s gaps', l.seq, t.first, t.last, t.gaps)
              FROM crm_leads l
              LEFT JOIN (SELECT lead_id, min(seq) AS first, max(seq) AS last, count(*) FILTER (WHERE gap) AS gaps
                           FROM (SELECT lead_id, seq, kind <> 'store_restored' AND
                                        seq <> 1 + lag(seq, 1, 0::bigint)
                                               OVER (PARTITION BY lead_id ORDER BY seq) AS gap
                                   FROM lead_transitions) rows
                          GROUP BY lead_id) t ON t.lead_id = l.id
             WHERE l.lifecycle_state IS NOT NULL
               AND (t.first IS DISTINCT FROM 1 OR t.last IS DISTINCT FROM l.seq OR t.gaps <> 0)""",
    ),
    Check(
        name="ledger_state",
        proves=("I6",),
        meaning="the last ledger row says the same state and assignment as the lead",
        query="""
            SELECT l.id, format('lead %s/%s, ledger %s/%s', l.lifecycle_state, l.epoch, t.state, t.epoch)
              FROM crm_leads l JOIN lead_transitions t ON t.lead_id = l.id AND t.seq = l.seq
             WHERE l.lifecycle_state IS NOT NULL AND (t.state, t.epoch) <> (l.lifecycle_state, l.epoch)""",
    ),
    Check(
        name="ledger_order",
        proves=("I6",),
        meaning="no transition is earlier than the one before it",
        query="""
            SELECT lead_id, format('seq %s at %s, the one before at %s', seq, at, earlier)
              FROM (SELECT lead_id, seq, at, lag(at) OVER (PARTITION BY lead_id ORDER BY seq) AS earlier
                      FROM lead_transitions) rows
             WHERE at < earlier""",
    ),
    Check(
        name="load",
        proves=("I4",),
        meaning="an agent's currentLoad is the number of its live leads (offered, claimed, attempting)",
        subject=Subject.AGENT,
        query=f"""
            SELECT a."agentId", format('currentLoad %s, live leads %s', a."currentLoad", coalesce(l.live, 0))
              FROM "AgentAvailability" a
              LEFT JOIN (SELECT assigned_agent_id, count(*) AS live FROM crm_leads
                          WHERE lifecycle_state IN {_LIVE} GROUP BY 1) l ON l.assigned_agent_id = a."agentId"
             WHERE a."currentLoad" <> coalesce(l.live, 0)""",
    ),
    Check(
        name="capacity",
        proves=("I4",),
        meaning="automatic assignments stay within the maxCapacity of their time, unless a rule forces them or a late "
        "attempt came in",
        subject=Subject.AGENT,
        query=f"""
            SELECT g."agentId", format('%s automatic live leads, maxCapacity %s', g.live, g."maxCapacity")
              FROM (SELECT a."agentId", a."maxCapacity", count(*) AS live,
                           max((SELECT min(t.recorded_at) FROM lead_transitions t
                                 WHERE t.lead_id = l.id AND t.epoch = l.epoch)) AS since
                      FROM "AgentAvailability" a
                      JOIN crm_leads l ON l.assigned_agent_id = a."agentId" AND l.lifecycle_state IN {_LIVE}
                      JOIN lead_offers o ON o.lead_id = l.id AND o.epoch = l.epoch
                                        AND o.agent_id = l.assigned_agent_id AND o.kind IN ('single', 'broadcast')
                     WHERE l.assignment_method IS DISTINCT FROM 'late_contact' AND NOT {FORCED}
                     GROUP BY 1, 2) g
             WHERE g.live > greatest(g."maxCapacity", (SELECT max(c.capacity) FROM ({CAPACITIES}) c
                                                        WHERE c.agent_id = g."agentId" AND c.recorded_at > g.since))""",
    ),
    Check(
        name="holder",
        proves=("I3",),
        meaning="a lead with an agent has exactly one open assignment, that agent's; any other lead has none, "
        "but open invitations exactly while it is offered to many",
        query=f"""
            SELECT l.id, format('state %s, step %s, %s open assignments, %s of them the agent''s, %s invitations',
                                l.lifecycle_state, l.offer_step, count(o.id), count(o.id) FILTER ({_OF_AGENT}),
                                count(o.id) FILTER ({_INVITATION}))
              FROM crm_leads l LEFT JOIN lead_offers o ON o.lead_id = l.id AND {_OPEN_OFFER}
             WHERE l.lifecycle_state IS NOT NULL
             GROUP BY l.id
            HAVING CASE WHEN l.lifecycle_state = 'offered' AND l.assigned_agent_id IS NULL
                        THEN l.offer_step < 1 OR count(o.id) = 0
                             OR count(o.id) <> count(o.id) FILTER ({_INVITATION})
                        ELSE l.offer_step <> 0
                             OR count(o.id) <> CASE WHEN l.lifecycle_state IN ('offered', 'claimed', 'attempting',
                                                                               'contacted')
                                                      OR (l.lifecycle_state = 'escalated'
                                                          AND l.assigned_agent_id IS NOT NULL)
                                                    THEN 1 ELSE 0 END
                             OR count(o.id) <> count(o.id) FILTER ({_OF_AGENT}) END""",
    ),
    Check(
        name="one_at_a_time",
        proves=("I3",),
        meaning="assignments of a lead never overlap in time",
        query="""
            SELECT lead_id, format('assignment %s began at %s, the one before ended %s', epoch, offered_at, ended)
              FROM (SELECT lead_id, epoch, kind, offered_at,
                           lag(coalesce(ended_at, 'infinity')) OVER (PARTITION BY lead_id ORDER BY epoch) AS ended
                      FROM lead_offers WHERE kind <> 'broadcast' OR claimed_at IS NOT NULL) rows
             WHERE offered_at < ended""",
    ),
    Check(
        name="reassignments",
        proves=("I6",),
        meaning="reassignment_count is the number of rows in crm_lead_reassignments",
        query="""
            SELECT l.id, format('reassignment_count %s, rows %s', l.reassignment_count, coalesce(r.rows, 0))
              FROM crm_leads l
              LEFT JOIN (SELECT lead_id, count(*) AS rows FROM crm_lead_reassignments GROUP BY 1) r
                     ON r.lead_id = l.id
             WHERE l.lifecycle_state IS NOT NULL AND l.reassignment_count <> coalesce(r.rows, 0)""",
    ),
    Check(
        name="breach_once",
        proves=("I5",),
        meaning="each missed window is one breach event, and each breach event one missed window",
        query=f"""
            SELECT coalesce(f.lead_id, b.lead_id),
                   format('assignment %s, %s window: flagged %s, events %s', coalesce(f.epoch, b.epoch),
                          coalesce(f.win, b.win), f.lead_id IS NOT NULL, coalesce(b.events, 0))
              FROM (SELECT lead_id, epoch, 'claim' AS win FROM lead_offers WHERE claim_breached
                     UNION SELECT lead_id, epoch, 'contact' FROM lead_offers WHERE contact_breached) f
              FULL JOIN (SELECT lead_id, epoch, win, count(*) AS events FROM ({_BREACHES}) e GROUP BY 1, 2, 3) b
                     ON (b.lead_id, b.epoch, b.win) = (f.lead_id, f.epoch, f.win)
             WHERE f.lead_id IS NULL OR b.events IS DISTINCT FROM 1""",
    ),
    Check(
        name="breach_not_early",
        proves=("I7",),
        meaning="no window is breached before its deadline",
        query=f"""
            SELECT b.lead_id, format('assignment %s, %s window: breached at %s', b.epoch, b.win, b.at)
              FROM ({_BREACHES}) b JOIN lead_offers o ON o.lead_id = b.lead_id AND o.epoch = b.epoch
             WHERE b.at < CASE b.win WHEN 'claim' THEN o.claim_expires_at ELSE o.contact_expires_at END
             UNION ALL
            SELECT lead_id, format('seq %s: due %s, at %s', seq, due_at, at)
              FROM lead_transitions WHERE kind = 'breach' AND at < due_at""",
    ),
    Check(
        name="breach_deserved",
        proves=("I5", "I9"),
        meaning="an assignment claimed (contacted) in time is never breached, except excused",
        query=f"""
            SELECT b.lead_id, format('assignment %s: %s window breached, although in time', b.epoch, b.win)
              FROM ({_BREACHES}) b JOIN lead_offers o ON o.lead_id = b.lead_id AND o.epoch = b.epoch
             WHERE NOT o.breach_excused
               AND CASE b.win WHEN 'claim' THEN o.claimed_at <= o.claim_expires_at
                              ELSE o.first_action_at <= o.contact_expires_at END""",
    ),
    Check(
        name="outcome",
        proves=("I11",),
        meaning="a lead closed by an outcome has one outcome row that says so; no other lead has one",
        query="""
            SELECT l.id, format('state %s, closed as %s, outcome row %s', l.lifecycle_state, l.close_reason, o.result)
              FROM crm_leads l
              LEFT JOIN lead_outcomes o ON o.lead_id = l.id
              LEFT JOIN lead_transitions t ON t.lead_id = l.id AND t.seq = l.seq
             WHERE (o.lead_id IS NOT NULL AND (l.lifecycle_state, l.close_reason) IS DISTINCT FROM ('closed', o.result))
                OR (o.lead_id IS NULL AND l.lifecycle_state = 'closed' AND t.kind IN ('outcome', 'receive'))""",
    ),
    Check(
        name="history",
        proves=("I11",),
        meaning="an assignment that ended has its outcome columns in LeadRoutingHistory, a running one has not, "
        "and an invitation that nobody claimed is none",
        query="""
            SELECT o.lead_id, format('assignment %s: ended %s, history: hours %s, converted %s, feedback %s',
                                     o.epoch, o.ended_at, h."assignmentDurationHours", h."conversionOutcome",
                                     h.feedback)
              FROM lead_offers o LEFT JOIN "LeadRoutingHistory" h ON h.id = o.history_id
             WHERE (h.id IS NULL) <> (o.kind = 'broadcast' AND o.claimed_at IS NULL)
                OR (h.id IS NOT NULL AND o.ended_at IS NOT NULL
                    AND (h."assignmentDurationHours" IS NULL OR h."conversionOutcome" IS NULL OR h.feedback IS NULL))
                OR (o.ended_at IS NULL AND h."assignmentDurationHours" IS NOT NULL)""",
    ),
    Check(
        name="history_open",
        proves=("I3", "I11"),
        meaning="a lead has at most one open history row, a closed lead none",
        query="""
            SELECT h."leadId", format('state %s, %s open history rows', l.lifecycle_state, count(*))
              FROM "LeadRoutingHistory" h JOIN crm_leads l ON l.id = h."leadId"
             WHERE h."assignmentDurationHours" IS NULL AND l.lifecycle_state IS NOT NULL
             GROUP BY h."leadId", l.lifecycle_state HAVING count(*) > 1 OR l.lifecycle_state = 'closed'""",
    ),
    Check(
        name="mirrors",
        proves=("I1",),
        meaning="the older columns (status, claimed_by, sla_breached, …) say the same as the lifecycle",
        query=f"""
            SELECT l.id, format('state %s, status %s, claimed %s by %s', l.lifecycle_state, l.status, l.lead_claimed,
                                l.claimed_by)
              FROM crm_leads l
             WHERE l.lifecycle_state IS NOT NULL
               AND (l.sla_breached <> (l.claim_sla_breached OR l.contact_sla_breached)
                    OR l.claim_window_expires_at IS DISTINCT FROM l.claim_timer_expires_at
                    OR l.claimed_by IS DISTINCT FROM CASE WHEN l.lead_claimed THEN l.assigned_agent_id::text END
                    OR (l.lifecycle_state <> 'closed' AND l.lead_claimed <> (l.lifecycle_state IN {_HELD}))
                    OR l.status <> CASE
                         WHEN l.lifecycle_state = 'closed' AND l.close_reason = 'won' THEN 'CONVERTED'
                         WHEN l.lifecycle_state = 'closed' THEN 'REJECTED'
                         WHEN l.lifecycle_state = 'incomplete' THEN 'RECEIVED'
                         WHEN l.lifecycle_state = 'received' AND l.score IS NOT NULL THEN 'PROCESSING'
                         WHEN l.lifecycle_state = 'received' THEN 'RECEIVED'
                         WHEN l.lifecycle_state = 'queued' THEN 'QUALIFIED'
                         ELSE 'ROUTED' END)""",
    ),
    Check(
        name="windows",
        proves=("I1", "I8"),
        meaning="an offered lead has its claim window, a claimed one its contact window, or the breach of it",
        query="""
            SELECT l.id, format('state %s, claim expiry %s, contact expiry %s', l.lifecycle_state,
                                l.claim_timer_expires_at, l.contact_timer_expires_at)
              FROM crm_leads l
             WHERE (l.lifecycle_state = 'offered' AND l.claim_timer_expires_at IS NULL AND NOT l.claim_sla_breached)
                OR (l.lifecycle_state = 'claimed' AND (l.claim_timer_expires_at IS NOT NULL OR
                                                       (l.contact_timer_expires_at IS NULL
                                                        AND NOT l.contact_sla_breached)))
                OR (l.lifecycle_state IN ('attempting', 'contacted') AND NOT l.first_action_completed)
                OR (l.lifecycle_state IN ('received', 'incomplete', 'queued', 'attempting', 'contacted', 'closed')
                    AND (l.claim_timer_expires_at IS NOT NULL OR l.contact_timer_expires_at IS NOT NULL))""",
    ),
    Check(
        name="queue",
        proves=("I1",),
        meaning="a lead has a row in AssignmentQueue exactly while it is queued",
        query="""
            SELECT coalesce(l.id, q."leadId"), format('state %s, queue row %s', l.lifecycle_state, q."queueType")
              FROM crm_leads l FULL JOIN "AssignmentQueue" q ON q."leadId" = l.id
             WHERE (coalesce(l.lifecycle_state, '') = 'queued') <> (q."leadId" IS NOT NULL)""",
    ),
    Check(
        name="told",
        proves=("I10", "I18"),
        meaning="every transition older than 60 s has been told to the lead's workflow",
        query="""
            SELECT lead_id, format('seq %s (%s) recorded at %s, not told', seq, kind, recorded_at)
              FROM lead_transitions
             WHERE told_at IS NULL AND recorded_at < clock_timestamp() - interval '60 seconds'""",
    ),
)
"""What must hold of the rows as they are, in the order in which it is reported."""


async def read_only(connection: WriteConnection) -> None:
    """From here on this transaction cannot write; call it before the first check."""
    await connection.execute(text("SET TRANSACTION READ ONLY"))


async def run_check(connection: WriteConnection, check: Check, limit: int) -> Sequence[Finding]:
    """What violates the check, at most `limit` rows; empty when it holds."""
    statement = f"SELECT * FROM ({check.query}) AS violation (id, detail) ORDER BY id LIMIT {limit:d}"
    found = (await connection.exec_driver_sql(statement)).mappings()
    return [Finding(id=row["id"], detail=row["detail"]) for row in found]


async def count_subjects(connection: WriteConnection) -> dict[Subject, int]:
    """How many leads (adopted ones) and agents (with an availability row) the checks look at."""
    adopted = select(func.count()).select_from(leads).where(leads.c.lifecycle_state.is_not(None))
    equipped = select(func.count()).select_from(agent_availability)
    return {
        Subject.LEAD: (await connection.execute(adopted)).scalar_one(),
        Subject.AGENT: (await connection.execute(equipped)).scalar_one(),
    }
