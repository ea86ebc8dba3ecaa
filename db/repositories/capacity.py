"""What forecast and rebalance read: arrivals, how long leads take slots, and the agents at work."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    Date,
    DateTime,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    select,
    union_all,
)

from db.session import AnyConnection
from db.tables import (
    agent_availability,
    agent_specializations,
    agents,
    assignment_queue,
    lead_offers,
    lead_outcomes,
    lead_routing_history,
    leads,
    team_members,
    teams,
)
from db.tables.leads import OPEN
from domain.capacity.forecast import Handling, History
from domain.capacity.pool import AgentLoad
from domain.ids import AgentId
from domain.lifecycle.state import LIVE_STATES, LifecycleState
from domain.routing.agent import AgentStatus, InsuranceLine

_SINCE = bindparam("since", type_=DateTime(timezone=True))
_UNTIL = bindparam("until", type_=DateTime(timezone=True))
_LOCAL = func.timezone(bindparam("zone", type_=Text), leads.c.created_at)
_ARRIVALS = (
    select(
        cast(_LOCAL, Date).label("day"),
        cast(extract("hour", _LOCAL), Integer).label("hour"),
        func.count().label("arrivals"),
        func.min(leads.c.created_at).label("first"),
    )
    .where(leads.c.created_at >= _SINCE, leads.c.created_at < _UNTIL)
    .group_by("day", "hour")
)

_HISTORY = lead_routing_history.c
# The slot is free when the customer has been reached, which is earlier than the assignment's end.
_SLOT_HOURS = func.coalesce(
    extract("epoch", lead_offers.c.contacted_at - _HISTORY.routing_timestamp) / 3600,
    _HISTORY.assignment_duration_hours,
)
_ASSIGNED_LEADS = (
    select(func.sum(func.greatest(_SLOT_HOURS, 0.0)).label("hours"))
    .select_from(lead_routing_history)
    .join(leads, leads.c.id == _HISTORY.lead_id)
    .outerjoin(lead_offers, lead_offers.c.history_id == _HISTORY.id)
    .where(
        _HISTORY.routing_timestamp >= _SINCE,
        leads.c.lifecycle_state.in_([LifecycleState.CONTACTED.value, LifecycleState.CLOSED.value]),
    )
    .group_by(_HISTORY.lead_id)
)
_IMPORTED_LEADS = select((lead_outcomes.c.handling_minutes / 60).label("hours")).where(
    lead_outcomes.c.at >= _SINCE,
    lead_outcomes.c.handling_minutes.is_not(None),
    ~exists().where(_HISTORY.lead_id == lead_outcomes.c.lead_id),
)
_SPENT = union_all(_ASSIGNED_LEADS, _IMPORTED_LEADS).subquery("spent")
_HANDLING = select(
    func.count(_SPENT.c.hours).label("leads"),
    func.coalesce(func.avg(_SPENT.c.hours), 0.0).label("mean_hours"),
    func.coalesce(func.stddev_samp(_SPENT.c.hours), 0.0).label("deviation_hours"),
)

_HELD = (
    select(func.count())
    .select_from(leads)
    .where(OPEN, leads.c.assigned_agent_id == agents.c.id)
    .correlate(agents)
    .scalar_subquery()
)
_LINES = (
    select(func.array_agg(agent_specializations.c.insurance_line.distinct()))
    .where(agent_specializations.c.agent_id == agents.c.id)
    .correlate(agents)
    .scalar_subquery()
)
_LINE = func.coalesce(leads.c.insurance_type, literal(InsuranceLine.AUTO.value))
_LIVE_BY_LINE = (
    select(leads.c.assigned_agent_id.label("agent_id"), _LINE.label("line"), func.count().label("live"))
    .where(OPEN, leads.c.lifecycle_state.in_([state.value for state in LIVE_STATES]))
    .group_by(leads.c.assigned_agent_id, _LINE)
    .subquery("by_line")
)
_LIVE = (
    select(func.jsonb_object_agg(_LIVE_BY_LINE.c.line, _LIVE_BY_LINE.c.live))
    .where(_LIVE_BY_LINE.c.agent_id == agents.c.id)
    .correlate(agents)
    .scalar_subquery()
)
_TEAM = bindparam("team", type_=Text)
_OF_TEAM = exists().where(
    and_(
        team_members.c.agent_id == agents.c.id,
        team_members.c.left_at.is_(None),
        teams.c.id == team_members.c.team_id,
        teams.c.name == _TEAM,
    )
)
_RECEIVES = agents.c.accepts_new_leads & (agent_availability.c.status == AgentStatus.AVAILABLE.value)
_POOL = (
    select(
        agents.c.id,
        func.concat_ws(" ", agents.c.first_name, agents.c.last_name).label("name"),
        agent_availability.c.current_load.label("load"),
        agent_availability.c.max_capacity.label("capacity"),
        (agents.c.max_active_leads - _HELD).label("can_hold"),
        case((_RECEIVES, True), else_=False).label("receives"),
        _LINES.label("lines"),
        _LIVE.label("live"),
    )
    .join(agent_availability, agent_availability.c.agent_id == agents.c.id)
    .where(agents.c.role == "agent", agents.c.is_active, agent_availability.c.status != AgentStatus.OFFLINE.value)
    .order_by(agents.c.id)
)
_WAITING = select(func.count()).select_from(assignment_queue)
_TEAM_EXISTS = select(exists().where(teams.c.name == _TEAM))


async def read_history(connection: AnyConnection, since: datetime, until: datetime, zone: str) -> History:
    """Arrivals by local hour of `zone`, and handling, of leads since `since`, or since the first one if it is later.

    Reads all leads of that time.
    """
    rows = (await connection.execute(_ARRIVALS, {"since": since, "until": until, "zone": zone})).all()
    handled = (await connection.execute(_HANDLING, {"since": since})).one()
    counts: dict[tuple[date, int], int] = {(row.day, row.hour): row.arrivals for row in rows}
    return History(
        since=min((row.first for row in rows), default=until),
        arrivals=counts,
        handling=Handling(
            leads=handled.leads,
            mean_hours=float(handled.mean_hours),
            deviation_hours=float(handled.deviation_hours),
        ),
    )


async def read_pool(connection: AnyConnection, team: str | None = None) -> list[AgentLoad]:
    """The agents at work, of one team or all, by id."""
    statement = _POOL if team is None else _POOL.where(_OF_TEAM)
    rows = (await connection.execute(statement, {"team": team} if team is not None else {})).all()
    return [
        AgentLoad(
            agent_id=AgentId(row.id),
            name=row.name or str(row.id),
            load=row.load,
            capacity=row.capacity,
            can_hold=row.can_hold,
            receives=row.receives,
            lines=frozenset(row.lines or ()),
            live=row.live or {},
        )
        for row in rows
    ]


async def count_waiting(connection: AnyConnection) -> int:
    """Leads in the queues."""
    return int((await connection.execute(_WAITING)).scalar_one())


async def team_exists(connection: AnyConnection, team: str) -> bool:
    """True when there is a team of that name."""
    return bool((await connection.execute(_TEAM_EXISTS, {"team": team})).scalar_one())
