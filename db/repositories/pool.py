"""The pool of a routing decision: who may have the lead, filtered where the agents are, with what ranks them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache
from itertools import repeat
from typing import Any

from sqlalchemy import ARRAY, Boolean, Date, DateTime, Text, TextClause, Uuid, bindparam, text
from sqlalchemy.types import TypeEngine

from db.session import AnyConnection
from domain.errors import InvalidInputError
from domain.ids import AgentId, TeamId
from domain.routing.agent import Agent, AgentStatus, CustomerSegment, Performance, Specialization, rows_serving
from domain.routing.eligibility import DropReason
from domain.routing.eligibility_policy import EligibilityPolicy, Requirement
from domain.routing.language import language_tag
from domain.routing.licence import Licence, licence_from_plain
from domain.routing.request import RoutingRequest
from domain.routing.shift import Shift, on_shift

_METRICS_AGE = timedelta(days=30)
_SEGMENTS = (CustomerSegment.INDIVIDUAL, CustomerSegment.SMB, CustomerSegment.ENTERPRISE)
_STATUSES = {status.value: status for status in AgentStatus}

# The filters of domain.routing.eligibility, in its order, up to the territory. Those who fail are known by id and
# reason only and come in one row for each reason: that is what lets a pool of a thousand be decided in milliseconds.
# Sets are read whole where that is cheaper than a look for each agent, and the other way round.
_JUDGED = """
WITH skilled AS (
  SELECT "agentId" AS agent_id, bool_or("customerSegment" IN (:segment, 'Individual')) AS serves,
         bool_or((NOT :segment_hard OR "customerSegment" IN (:segment, 'Individual'))
                 AND (territories = '[]' OR jsonb_exists(territories, :territory))) AS is_there
    FROM "AgentSpecialization" WHERE "insuranceLine" = :line GROUP BY 1),
judged AS MATERIALIZED (
  SELECT a.id,
         CASE
           WHEN a.id = ANY (:kept) THEN NULL
           WHEN NOT a.is_active THEN 'inactive'
           WHEN v.status IS DISTINCT FROM 'Available' THEN 'status'
           WHEN a.id IN (SELECT o.agent_id FROM agent_time_off o WHERE o.cancelled_at IS NULL
                            AND o.starts_at <= :now AND :now < o.ends_at) THEN 'on_leave'
           WHEN NOT a.accepts_new_leads THEN 'not_accepting'
           WHEN CAST(:team AS uuid) IS NOT NULL AND a.id NOT IN (
                  SELECT m.agent_id FROM team_members m WHERE m.team_id = :team AND m.left_at IS NULL) THEN 'team'
           WHEN s.agent_id IS NULL THEN 'line'
           WHEN :segment_hard AND NOT s.serves THEN 'segment'
           WHEN :licence_hard AND CAST(:territory AS text) IS NOT NULL
                AND (SELECT count(*) FROM agent_licences l
                      WHERE l.agent_id = a.id AND l.state = :territory AND coalesce(l.line, :line) = :line
                        AND l.valid_from <= :today AND coalesce(l.valid_to, :today) >= :today) = 0
                AND (SELECT l.agent_id FROM agent_licences l WHERE l.agent_id = a.id LIMIT 1) IS NOT NULL
             THEN 'licence'
           WHEN :territory_hard AND CAST(:territory AS text) IS NOT NULL AND NOT s.is_there THEN 'territory'
         END COLLATE "C" AS reason
    FROM crm_agents a
    LEFT JOIN "AgentAvailability" v ON v."agentId" = a.id
    LEFT JOIN skilled s ON s.agent_id = a.id
   WHERE a.role = 'agent' {narrowed}),
grouped AS (
  SELECT reason, CASE WHEN reason IS NULL THEN id END AS id, array_agg(id) AS ids
    FROM judged GROUP BY 1, 2),
capped AS MATERIALIZED (
  SELECT t.id, least(t.max_live_leads
                       - count(l.id) FILTER (WHERE l.lifecycle_state IN ('offered', 'claimed', 'attempting')),
                     t.max_held_leads - count(l.id)) AS room
    FROM teams t
    LEFT JOIN team_members m ON m.team_id = t.id AND m.left_at IS NULL
    LEFT JOIN crm_leads l ON l.assigned_agent_id = m.agent_id AND l.id <> :lead
                         AND l.lifecycle_state IS NOT NULL AND l.lifecycle_state <> 'closed'
   WHERE t.is_active AND coalesce(t.max_live_leads, t.max_held_leads) IS NOT NULL
   GROUP BY t.id),
in_teams AS (
  SELECT m.agent_id, min(c.room) AS room
    FROM capped c JOIN team_members m ON m.team_id = c.id AND m.left_at IS NULL GROUP BY 1)
"""
_FACTS = """
SELECT g.*, a.rating, a.accepts_new_leads, a.is_active,
       a.max_active_leads, a.max_leads_per_hour, a.max_leads_per_day, v.status,
       coalesce(v."currentLoad", 0) AS load, coalesce(v."maxCapacity", 0) AS capacity,
       a.timezone,
       (SELECT string_agg(concat_ws(' ', s.weekday, s.starts, s.ends), ',' ORDER BY s.weekday, s.starts)
          FROM agent_shifts s WHERE s.agent_id = g.id) AS week,
       h.held, h.individual, h.smb, h.enterprise,
       (SELECT o.offered_at FROM lead_offers o WHERE o.agent_id = g.id ORDER BY o.offered_at DESC LIMIT 1)
         AS last_assigned_at,
       CASE WHEN coalesce(a.max_leads_per_hour, 0) + :hourly > 0 THEN (
         SELECT count(*) FROM lead_offers o WHERE o.agent_id = g.id AND o.offered_at > :hour_ago
            AND (o.kind <> 'broadcast' OR o.claimed_at IS NOT NULL)) ELSE 0
       END AS offers_last_hour,
       CASE WHEN coalesce(a.max_leads_per_day, 0) + :daily > 0 THEN (
         SELECT count(*) FROM lead_offers o WHERE o.agent_id = g.id AND o.offered_at >= :midnight
            AND (o.kind <> 'broadcast' OR o.claimed_at IS NOT NULL)) ELSE 0
       END AS offers_today,
       CASE WHEN :draining THEN (
         SELECT count(*) FROM lead_offers o WHERE o.agent_id = g.id AND o.offered_at > :minute_ago) ELSE 0
       END AS offers_last_minute,
       g.id IN (SELECT o.agent_id FROM agent_time_off o WHERE o.cancelled_at IS NULL
                   AND o.starts_at <= :now AND :now < o.ends_at) AS on_leave,
       ARRAY (SELECT m.team_id FROM team_members m WHERE m.agent_id = g.id AND m.left_at IS NULL) AS teams,
       it.room AS team_room,
       CASE WHEN (SELECT l.agent_id FROM agent_licences l WHERE l.agent_id = g.id LIMIT 1) IS NOT NULL THEN (
         SELECT coalesce(jsonb_agg(jsonb_build_array(l.state, l.line, l.number, l.valid_from, l.valid_to)), '[]')::text
           FROM agent_licences l WHERE l.agent_id = g.id AND l.state = :territory) END AS licences,
       (SELECT jsonb_agg(jsonb_build_array(
                 s."insuranceLine", s."customerSegment", s."proficiencyLevel", s."maxConcurrentLeads", s.languages,
                 s.territories, s."isEliteAgent"))::text
          FROM "AgentSpecialization" s WHERE s."agentId" = g.id AND s."insuranceLine" = :line) AS rows,
       p."conversionRate" AS conversion_rate, p."customerSatisfactionRating" AS satisfaction,
       p."avgHandlingTimeMinutes" AS handling_minutes, p."crossSellRate" AS cross_sell_rate,
       p."tier1ConversionRate" AS tier1, p."tier2ConversionRate" AS tier2
  FROM grouped g
  LEFT JOIN crm_agents a ON a.id = g.id
  LEFT JOIN "AgentAvailability" v ON v."agentId" = g.id
  LEFT JOIN in_teams it ON it.agent_id = g.id
  LEFT JOIN LATERAL (
    SELECT count(*) AS held,
           count(*) FILTER (WHERE o.live AND o.segment = 'Individual') AS individual,
           count(*) FILTER (WHERE o.live AND o.segment = 'SMB') AS smb,
           count(*) FILTER (WHERE o.live AND o.segment = 'Enterprise') AS enterprise
      FROM (SELECT l.lifecycle_state IN ('offered', 'claimed', 'attempting')
                     AND coalesce(l.insurance_type, 'Auto') = :line AS live,
                   CASE WHEN l.employee_count > 250 THEN 'Enterprise' WHEN l.employee_count > 10 THEN 'SMB'
                        ELSE 'Individual' END AS segment
              FROM crm_leads l WHERE l.assigned_agent_id = g.id
               AND l.lifecycle_state IS NOT NULL AND l.lifecycle_state <> 'closed') o) h ON true
  LEFT JOIN LATERAL (
    SELECT m.* FROM "AgentPerformanceMetrics" m
     WHERE m."agentId" = g.id AND m."periodDate" >= :since
     ORDER BY m."periodDate" DESC LIMIT 1) p ON true
"""


def _statement(narrowed: str, **more: TypeEngine[Any]) -> TextClause:
    types: dict[str, TypeEngine[Any]] = {
        "kept": ARRAY(Uuid()),
        "team": Uuid(),
        "lead": Uuid(),
        **dict.fromkeys(("territory", "line", "segment"), Text()),
        **dict.fromkeys(("segment_hard", "licence_hard", "territory_hard", "draining"), Boolean()),
        **dict.fromkeys(("today", "since"), Date()),
        **dict.fromkeys(("now", "hour_ago", "minute_ago", "midnight"), DateTime(timezone=True)),
        **more,
    }
    return text(_JUDGED.format(narrowed=narrowed) + _FACTS).bindparams(
        *(bindparam(name, type_=kind) for name, kind in types.items())
    )


_POOL = _statement("")
_ONE = _statement("AND a.id = :only", only=Uuid())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The agents that passed the database's filters, and the others with the reason."""

    agents: tuple[Agent, ...]
    dropped: tuple[tuple[AgentId, DropReason], ...]

    def without(self, taken_out: Collection[AgentId]) -> Pool:
        """The same pool, with these agents dropped by a rule."""
        if not taken_out:
            return self
        return Pool(
            agents=tuple(agent for agent in self.agents if agent.id not in taken_out),
            dropped=(*self.dropped, *zip(taken_out, repeat(DropReason.RULE))),
        )


async def read_pool(
    connection: AnyConnection,
    request: RoutingRequest,
    policy: EligibilityPolicy,
    *,
    now: datetime,
    midnight: datetime,
    drain_per_minute: int | None = None,
    kept: Collection[AgentId] = (),
    only: AgentId | None = None,
) -> Pool:
    """Everybody with role agent, judged for the request.

    `midnight` begins the day that daily caps count. With `drain_per_minute` an agent who had that many offers within
    the last minute gets none. `kept` pass the database's filters in any case; `only` looks at one agent.
    """
    found = await connection.execute(
        _POOL if only is None else _ONE,
        {
            **({} if only is None else {"only": only}),
            "kept": list(kept),
            "team": request.team,
            "lead": request.lead_id,
            "line": request.line,
            "segment": request.segment,
            "territory": request.territory,
            "segment_hard": policy.segment is Requirement.HARD,
            "licence_hard": policy.licence is Requirement.HARD,
            "territory_hard": policy.territory is Requirement.HARD,
            "draining": drain_per_minute is not None,
            "hourly": policy.max_per_hour or 0,
            "daily": policy.max_per_day or 0,
            "now": now,
            "today": request.on,
            "since": (now - _METRICS_AGE).date(),
            "hour_ago": now - timedelta(hours=1),
            "minute_ago": now - timedelta(minutes=1),
            "midnight": midnight,
        },
    )
    agents: list[Agent] = []
    dropped: list[tuple[AgentId, DropReason]] = []
    weeks = _Weeks(now)
    for row in found:
        reason = row.reason
        if reason is None and drain_per_minute is not None and row.offers_last_minute >= drain_per_minute:
            reason = DropReason.DRAIN_RATE
        if reason is None:
            agents.append(_agent(row, weeks))
        else:
            dropped.extend(zip(row.ids, repeat(DropReason(reason))))
    return Pool(agents=tuple(agents), dropped=tuple(dropped))


class _Weeks:
    """Who works at one instant; a week that many agents share is looked at once."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[tuple[str, str], bool] = {}

    def is_working(self, week: str | None, zone: str) -> bool:
        """True while a shift of the week is running; without a week always."""
        if week is None:
            return True
        known = self._known.get((week, zone))
        if known is None:
            known = self._known[week, zone] = _is_running(_shifts(week), zone, self._now)
        return known


@lru_cache(maxsize=1024)
def _shifts(week: str) -> tuple[Shift, ...]:
    shifts = (shift.split() for shift in week.split(","))
    return tuple(
        Shift(weekday=int(weekday), starts=time.fromisoformat(starts), ends=time.fromisoformat(ends))
        for weekday, starts, ends in shifts
    )


def _is_running(shifts: Sequence[Shift], zone: str, now: datetime) -> bool:
    try:
        return on_shift(shifts, zone, now)
    except InvalidInputError:
        # One agent's misspelt time zone must not keep everybody else from getting leads.
        return on_shift(shifts, "UTC", now)


def _agent(row: Any, weeks: _Weeks) -> Agent:
    # In the order of _FACTS; reading thirty columns by name takes longer than all the rest.
    (_, agent_id, _, rating, accepts_new_leads, is_active, max_held, max_per_hour, max_per_day, status, load, capacity,
     timezone, week, held, individual, smb, enterprise, last_assigned_at, last_hour, today, _, on_leave, teams,
     team_room, licences, rows, conversion_rate, satisfaction, handling_minutes, cross_sell_rate, tier1,
     tier2) = row  # fmt: skip
    skills = _skills(rows or "[]")
    live = (individual, smb, enterprise)
    return Agent(
        id=AgentId(agent_id),
        is_active=is_active,
        accepts_new_leads=accepts_new_leads,
        role="agent",
        status=_STATUSES.get(status),
        load=load,
        capacity=capacity,
        held=held,
        max_held=max_held,
        specializations=tuple(
            [row.with_live(sum([live[place] for place in places])) for row, places in skills.specializations]
        ),
        performance=None
        if conversion_rate is None
        else Performance(
            conversion_rate=conversion_rate,
            satisfaction=satisfaction,
            handling_minutes=handling_minutes,
            cross_sell_rate=cross_sell_rate,
            tier1_conversion_rate=tier1,
            tier2_conversion_rate=tier2,
        ),
        last_assigned_at=last_assigned_at,
        on_shift=weeks.is_working(week, timezone),
        on_leave=on_leave,
        licences=None if licences is None else _licences(licences),
        teams=frozenset(map(TeamId, teams)),
        rating=rating,
        is_elite=skills.is_elite,
        offers_last_hour=last_hour,
        offers_today=today,
        max_per_hour=max_per_hour,
        max_per_day=max_per_day,
        team_room=team_room,
    )


def _listed(written: Any) -> list[str]:
    # Others write this JSON too: what is no list must not keep everybody else from getting leads.
    words = written if isinstance(written, list) else [written]
    return [str(word) for word in words if word is not None]


def _tag(word: str) -> str:
    try:
        return language_tag(word)
    except ValueError:
        return word


@dataclass(frozen=True, slots=True, kw_only=True)
class _Skills:
    """`specializations` with the places, among _SEGMENTS, of those whose leads count on each."""

    specializations: tuple[tuple[Specialization, tuple[int, ...]], ...]
    is_elite: bool


# Agents change seldom and are read for every decision: what says the same is taken apart once.
@lru_cache(maxsize=4096)
def _skills(rows: str) -> _Skills:
    values = json.loads(rows)
    specializations = [
        Specialization(
            line=line,
            segment=segment,
            proficiency=proficiency,
            max_concurrent=max_concurrent,
            languages=frozenset(_tag(word) for word in _listed(languages)),
            territories=frozenset(_listed(territories)),
        )
        for line, segment, proficiency, max_concurrent, languages, territories, _ in values
    ]
    serving = [rows_serving(specializations, segment) for segment in _SEGMENTS]
    return _Skills(
        specializations=tuple(
            (row, tuple(place for place, chosen in enumerate(serving) if row in chosen)) for row in specializations
        ),
        is_elite=any(elite for *_, elite in values),
    )


@lru_cache(maxsize=4096)
def _licences(rows: str) -> tuple[Licence, ...]:
    return tuple(map(licence_from_plain, json.loads(rows)))


_FREE = text("""
SELECT a.id, v."currentLoad" AS live, h.held, (
         SELECT max(s."updatedAt") FROM "AgentSpecialization" s WHERE s."agentId" = a.id) AS skilled_at
  FROM crm_agents a
  JOIN "AgentAvailability" v ON v."agentId" = a.id AND v.status = 'Available' AND v."currentLoad" < v."maxCapacity"
  CROSS JOIN LATERAL (
    SELECT count(*) AS held FROM crm_leads l
     WHERE l.assigned_agent_id = a.id AND l.lifecycle_state IS NOT NULL AND l.lifecycle_state <> 'closed') h
 WHERE a.role = 'agent' AND a.is_active AND a.accepts_new_leads AND h.held < a.max_active_leads
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Free:
    """An agent with room for one more lead: the live and the held ones, and when its specialisations last changed."""

    live: int
    held: int
    skilled_at: datetime | None


async def free_agents(connection: AnyConnection) -> Mapping[AgentId, Free]:
    """Who is there and is below both caps."""
    return {
        AgentId(row.id): Free(live=row.live, held=row.held, skilled_at=row.skilled_at)
        for row in await connection.execute(_FREE)
    }
