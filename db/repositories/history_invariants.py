"""What must have held at every instant of the past, read from the ledger and the assignments. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text

from db.repositories.invariants import CAPACITIES, FORCED, RESTORED, Check, Finding, Subject
from db.session import WriteConnection

# Commits under an agent's lock are in the order of recorded_at; instants of different leads are not.
_LIVE_AFTER = f"""
    SELECT lead_id, seq, epoch, kind, recorded_at, result ->> 'agent' AS agent,
           lag(CASE WHEN state IN ('offered', 'claimed', 'attempting') THEN result ->> 'agent' END)
               OVER (PARTITION BY lead_id ORDER BY seq) AS before,
           CASE WHEN state IN ('offered', 'claimed', 'attempting') THEN result ->> 'agent' END AS after
      FROM lead_transitions WHERE lead_id NOT IN ({RESTORED})"""
_LOADS = f"""
    SELECT lead_id, seq, epoch, kind, recorded_at, agent, delta,
           sum(delta) OVER (PARTITION BY agent ORDER BY recorded_at, delta, lead_id, seq) AS load
      FROM (SELECT lead_id, seq, epoch, kind, recorded_at, after AS agent, 1 AS delta
              FROM ({_LIVE_AFTER}) t WHERE after IS NOT NULL AND after IS DISTINCT FROM before
             UNION ALL
            SELECT lead_id, seq, epoch, kind, recorded_at, before, -1
              FROM ({_LIVE_AFTER}) t WHERE before IS NOT NULL AND after IS DISTINCT FROM before) changes"""

HISTORY_CHECKS: tuple[Check, ...] = (
    Check(
        name="capacity_history",
        proves=("I4",),
        meaning="no routing and no claim ever took an agent beyond the maxCapacity of then, unless a rule forced it",
        subject=Subject.AGENT,
        query=f"""
            SELECT a."agentId", format('lead %s seq %s (%s): live lead number %s of %s', h.lead_id, h.seq, h.kind,
                                       h.load, coalesce(c.capacity, a."maxCapacity"))
              FROM ({_LOADS}) h JOIN "AgentAvailability" a ON a."agentId"::text = h.agent
              LEFT JOIN LATERAL (SELECT c.capacity FROM ({CAPACITIES}) c
                                  WHERE c.agent_id = a."agentId" AND c.recorded_at > h.recorded_at
                                  ORDER BY c.recorded_at, c.id LIMIT 1) c ON true
             WHERE h.delta = 1 AND h.kind NOT IN ('reassign', 'contact')
               AND h.load > coalesce(c.capacity, a."maxCapacity")
               AND NOT EXISTS (SELECT FROM lead_offers o
                                WHERE o.lead_id = h.lead_id AND o.epoch = h.epoch AND o.agent_id = a."agentId"
                                  AND {FORCED})""",
    ),
    Check(
        name="one_owner",
        proves=("I3",),
        meaning="at no instant was a lead claimed by two agents, whatever kind of offer it was",
        query="""
            SELECT lead_id, format('assignment %s claimed at %s, an earlier claim ended %s', epoch, claimed_at, ended)
              FROM (SELECT lead_id, epoch, claimed_at,
                           max(coalesce(ended_at, 'infinity'))
                               OVER (PARTITION BY lead_id ORDER BY claimed_at, epoch
                                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS ended
                      FROM lead_offers WHERE claimed_at IS NOT NULL) rows
             WHERE claimed_at < ended""",
    ),
    Check(
        name="epochs",
        proves=("I3", "I9"),
        meaning="assignments are numbered in the order of the ledger, one at a time",
        query=f"""
            SELECT lead_id, format('seq %s at assignment %s, the one before at %s', seq, epoch, earlier)
              FROM (SELECT lead_id, seq, epoch, lag(epoch) OVER (PARTITION BY lead_id ORDER BY seq) AS earlier
                      FROM lead_transitions WHERE lead_id NOT IN ({RESTORED})) rows
             WHERE epoch NOT IN (earlier, earlier + 1)""",
    ),
    Check(
        name="claims",
        proves=("I9",),
        meaning="a claim was committed for whoever gave it, on an assignment of theirs, and not breached afterwards",
        query=f"""
            SELECT t.lead_id, format('seq %s: claim by %s on assignment %s, held by %s, breached afterwards %s', t.seq,
                                     t.actor, t.epoch, t.result ->> 'agent', b.later IS NOT NULL)
              FROM lead_transitions t
              LEFT JOIN lead_offers o ON o.lead_id = t.lead_id AND o.epoch = t.epoch
                                     AND o.agent_id::text = t.result ->> 'agent' AND o.claimed_at IS NOT NULL
              LEFT JOIN LATERAL (SELECT 1 AS later FROM "RoutingEvent" e
                                  WHERE e."leadId" = t.lead_id AND e."eventType" = 'sla_breached'
                                    AND e."eventData" ->> 'window' = 'claim'
                                    AND (e."eventData" ->> 'epoch')::int = t.epoch AND e."timestamp" > t.at
                                  LIMIT 1) b ON true
             WHERE t.kind = 'claim' AND t.lead_id NOT IN ({RESTORED})
               AND (o.id IS NULL OR b.later IS NOT NULL
                    OR right(t.actor, 36) IS DISTINCT FROM t.result ->> 'agent')""",
    ),
    Check(
        name="closed_stays",
        proves=("I11",),
        meaning="a closed lead was never opened again; afterwards there are only late facts",
        query="""
            SELECT lead_id, format('seq %s (%s): state %s after closed', seq, kind, state)
              FROM (SELECT lead_id, seq, kind, state,
                           lag(state) OVER (PARTITION BY lead_id ORDER BY seq) AS earlier
                      FROM lead_transitions) rows
             WHERE earlier = 'closed' AND kind <> 'store_restored' AND (state <> 'closed' OR kind <> 'late_fact')""",
    ),
    Check(
        name="intake",
        proves=("I2",),
        meaning="every answered intake has its lead, and its ledger begins with it",
        query="""
            SELECT i.lead_id, format('state %s, first in the ledger %s', l.lifecycle_state, t.kind)
              FROM (SELECT DISTINCT lead_id FROM intake_requests) i
              LEFT JOIN crm_leads l ON l.id = i.lead_id
              LEFT JOIN lead_transitions t ON t.lead_id = i.lead_id AND t.seq = 1
             WHERE l.lifecycle_state IS NULL OR t.kind IS DISTINCT FROM 'receive'""",
    ),
    Check(
        name="score",
        proves=("I12",),
        meaning="the recorded factors and applied adjustments add up to the recorded score, which is the lead's",
        query="""
            SELECT l.id, format('recorded %s (%s), factors %s, lead %s (%s)', s.value, s.tier, round(s.sum::numeric, 6),
                                l.score, l.tier)
              FROM (SELECT DISTINCT ON (t.lead_id) t.lead_id, (t.result #>> '{score,value}')::float8 AS value,
                           t.result #>> '{score,tier}' AS tier,
                           (SELECT sum((f.value ->> 'points')::float8)
                              FROM jsonb_each(t.result #> '{score,factors}') f)
                           + coalesce((SELECT sum((a.value ->> 'points')::float8)
                                         FROM jsonb_each(t.result #> '{score,adjustments}') a
                                        WHERE (a.value ->> 'applied')::boolean), 0) AS sum
                      FROM lead_transitions t WHERE t.kind IN ('score', 'rescore') AND t.result ? 'score'
                     ORDER BY t.lead_id, t.seq DESC) s
              JOIN crm_leads l ON l.id = s.lead_id
             WHERE l.score IS DISTINCT FROM s.value OR l.tier IS DISTINCT FROM s.tier
                OR (s.sum IS NOT NULL AND abs(least(100, greatest(0, s.sum)) - s.value) > 0.0001)""",
    ),
)
"""What must have held all along, in the order in which it is reported."""


async def restores(connection: WriteConnection, limit: int) -> Sequence[Finding]:
    """Leads whose row was once behind its workflow, newest first: what is missing in the ledger is lost."""
    found = await connection.execute(
        text(
            """SELECT lead_id AS id, format('seq %s to %s lost', (result ->> 'row_seq')::bigint + 1,
                                            result ->> 'workflow_seq') AS detail
                 FROM lead_transitions WHERE kind = 'store_restored' ORDER BY recorded_at DESC LIMIT :at_most"""
        ),
        {"at_most": limit},
    )
    return [Finding(id=row.id, detail=row.detail) for row in found]
