"""What must hold of the SLA clock: pauses, warnings, tries, outages, notices, reported calls. Nothing here writes."""

from __future__ import annotations

from db.repositories.invariants import RESTORED, Check

_WARNINGS = f"""
    SELECT "leadId" AS lead_id, "eventData" ->> 'window' AS win, "timestamp" AS at,
           CASE "eventData" ->> 'window' WHEN 'queue' THEN "eventData" ->> 'due_at' ELSE "eventData" ->> 'epoch' END
               AS of_one,
           CASE "eventData" ->> 'window' WHEN 'queue' THEN "eventData" ->> 'fraction' ELSE "eventData" ->> 'level' END
               AS level
      FROM "RoutingEvent"
     WHERE "eventType" = 'sla_warning' AND "eventData" ->> 'level' IS NOT NULL
       AND "leadId" NOT IN ({RESTORED})"""
_STOPPED = """
    SELECT "leadId" AS lead_id, "timestamp" AS at FROM "RoutingEvent" WHERE "eventType" IN ('paused', 'snoozed')"""
_RESUMED = """
    SELECT "leadId" AS lead_id, ("eventData" ->> 'paused_at')::timestamptz AS paused_at
      FROM "RoutingEvent" WHERE "eventType" = 'resumed'"""

CLOCK_CHECKS: tuple[Check, ...] = (
    Check(
        name="pauses",
        proves=("I1", "I7"),
        meaning="nobody is reminded of a paused lead, and its wake-up is the end of the pause; others keep no pause",
        query="""
            SELECT l.id, format('state %s, paused %s (%s), resume_due_at %s, remind_at %s', l.lifecycle_state,
                                l.paused_at, l.pause_code, l.resume_due_at, l.remind_at)
              FROM crm_leads l
             WHERE l.lifecycle_state IS NOT NULL
               AND ((l.paused_at IS NOT NULL AND l.lifecycle_state <> 'closed'
                     AND (l.remind_at IS NOT NULL OR l.pause_code IS NULL OR l.wake_at <= l.paused_at))
                    OR (l.paused_at IS NULL AND (l.pause_code IS NOT NULL OR l.resume_due_at IS NOT NULL)))""",
    ),
    Check(
        name="pauses_paired",
        proves=("I6",),
        meaning="each end of a pause has a beginning of its own, and so has each pause that goes on",
        query=f"""
            SELECT r.lead_id, format('pause of %s: ended %s times, begun %s times', r.paused_at, count(*),
                                     (SELECT count(*) FROM ({_STOPPED}) s
                                       WHERE (s.lead_id, s.at) = (r.lead_id, r.paused_at)))
              FROM ({_RESUMED}) r
             GROUP BY r.lead_id, r.paused_at
            HAVING count(*) > (SELECT count(*) FROM ({_STOPPED}) s
                                WHERE (s.lead_id, s.at) = (r.lead_id, r.paused_at))
             UNION ALL
            SELECT l.id, format('paused at %s, no event of it', l.paused_at)
              FROM crm_leads l
             WHERE l.paused_at IS NOT NULL AND l.lifecycle_state <> 'closed'
               AND (l.id, l.paused_at) NOT IN (SELECT s.lead_id, s.at FROM ({_STOPPED}) s)""",
    ),
    Check(
        name="reminders",
        proves=("I7",),
        meaning="a warning comes before the end of its window, and only where a window or a try is to be warned of",
        query="""
            SELECT l.id, format('state %s, remind_at %s, claim until %s, contact until %s', l.lifecycle_state,
                                l.remind_at, l.claim_timer_expires_at, l.contact_timer_expires_at)
              FROM crm_leads l
             WHERE (l.remind_at IS NOT NULL
                    AND l.lifecycle_state NOT IN ('queued', 'offered', 'claimed', 'attempting'))
                OR (l.lifecycle_state = 'offered' AND l.remind_at > l.claim_timer_expires_at)
                OR (l.lifecycle_state = 'claimed' AND l.remind_at > l.contact_timer_expires_at)""",
    ),
    Check(
        name="follow_ups",
        proves=("I1",),
        meaning="a next try is due only while the customer is tried; tries are counted only there",
        query="""
            SELECT l.id, format('state %s, follow_ups %s, next_try_at %s, given_back_until %s', l.lifecycle_state,
                                l.follow_ups, l.next_try_at, l.given_back_until)
              FROM crm_leads l
             WHERE (l.next_try_at IS NOT NULL AND l.lifecycle_state <> 'attempting')
                OR (l.follow_ups > 0 AND l.lifecycle_state NOT IN ('attempting', 'contacted'))
                OR (l.given_back_until IS NOT NULL AND l.lifecycle_state NOT IN ('offered', 'claimed'))""",
    ),
    Check(
        name="warned_once",
        proves=("I5",),
        meaning="each warning of a window was given once, and none after the window was missed",
        # A lead that waits again, in another epoch, waits for the same end.
        query=f"""
            SELECT w.lead_id, format('%s window of %s: warning %s given %s times, %s after the breach', w.win, w.of_one,
                                     w.level, count(*), count(*) FILTER (WHERE w.at > b.at))
              FROM ({_WARNINGS}) w
              LEFT JOIN LATERAL (SELECT min(e."timestamp") AS at FROM "RoutingEvent" e
                                  WHERE e."leadId" = w.lead_id AND e."eventType" = 'sla_breached'
                                    AND e."eventData" ->> 'window' = w.win
                                    AND w.of_one = CASE w.win WHEN 'queue' THEN e."eventData" ->> 'due_at'
                                                              ELSE e."eventData" ->> 'epoch' END) b ON true
             GROUP BY w.lead_id, w.of_one, w.win, w.level
            HAVING count(*) > 1 OR count(*) FILTER (WHERE w.at > b.at) > 0""",
    ),
    Check(
        name="outages",
        proves=("I5",),
        meaning="nobody is blamed for a window that ended while no API was there",
        # An outage is known 15 s after it began, and what a worker remembers of it is as old at the most.
        query="""
            SELECT e."leadId", format('assignment %s: %s window missed at %s, outage from %s to %s',
                                      e."eventData" ->> 'epoch', e."eventData" ->> 'window',
                                      e."eventData" ->> 'due_at', s.starts_at, s.ends_at)
              FROM "RoutingEvent" e
              JOIN system_outages s ON s.role = 'api'
                                   AND (e."eventData" ->> 'due_at')::timestamptz < s.ends_at
                                   AND (e."eventData" ->> 'due_at')::timestamptz > s.starts_at + interval '35 s'
             WHERE e."eventType" = 'sla_breached' AND e."eventData" ->> 'window' IN ('claim', 'contact')
               AND e."eventData" ->> 'cause' IS DISTINCT FROM 'outage'""",
    ),
    Check(
        name="notices",
        proves=("I10",),
        meaning="a notice about a lead belongs to a transition of it, and reaches each recipient once",
        query="""
            SELECT n.lead_id, format('seq %s: %s, %s times, in the ledger %s', n.seq, n.kind, count(*),
                                     bool_or(t.seq IS NOT NULL))
              FROM notices n LEFT JOIN lead_transitions t ON t.lead_id = n.lead_id AND t.seq = n.seq
             WHERE n.lead_id IS NOT NULL
             GROUP BY n.lead_id, n.seq, n.kind, n.agent_id, n.audience, n.data
            HAVING count(*) > 1 OR NOT bool_or(t.seq IS NOT NULL)""",
    ),
    Check(
        name="calls",
        proves=("I10",),
        meaning="a reported call that is applied has its attempt on that lead, and one undone has its correction",
        query="""
            SELECT c.lead_id, format('call %s %s: attempt %s, correction %s', c.id, c.state, a.id, k.id)
              FROM call_events c
              LEFT JOIN contact_attempts a ON a.channel = 'call' AND a.lead_id = c.lead_id
                                          AND a.external_id = c.provider || ':' || c.external_id
              LEFT JOIN contact_corrections k ON k.attempt_id = a.id
             WHERE (c.state IN ('applied', 'undone') AND a.id IS NULL)
                OR (c.state = 'undone') <> (k.id IS NOT NULL)""",
    ),
)
"""The checks of the clock, in the order in which they are reported."""
