"""How fast leads are answered: the four stages from arrival to connection, as managers report on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    Text,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from db.repositories.lead_views import visible_to
from db.session import ReadConnection
from db.tables import lead_offers, leads
from domain.lifecycle.actor import Actor

_OFFER = lead_offers.c
_ALL = literal("all", Text)


class Grouping(StrEnum):
    """What the lines of a report stand for."""

    ALL = "all"
    AGENT = "agent"
    SOURCE = "source"
    TIER = "tier"
    LINE = "line"


class Stage(StrEnum):
    """One stretch of a lead's way.

    assign: arrival to first offer, per lead. claim: offer to claim, per offer. first_attempt: claim to first attempt,
    per assignment. first_connection: arrival until the customer was reached, per lead.
    """

    ASSIGN = "assign"
    CLAIM = "claim"
    FIRST_ATTEMPT = "first_attempt"
    FIRST_CONNECTION = "first_connection"


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTimes:
    """One stage of one group. Seconds are wall-clock time, nights and pauses included; None when there are none.

    `in_time` is the share, 0 to 1, of the windows that were kept; those missed count as not kept and have no seconds.
    A stage without a window of its own has None. Windows that nobody could keep, as in an outage, are left out.
    """

    group: str
    stage: Stage
    count: int
    p50_s: float | None
    p90_s: float | None
    p99_s: float | None
    in_time: float | None


async def read_response_times(
    connection: ReadConnection, caller: Actor, *, since: datetime, until: datetime, by: Grouping
) -> Sequence[StageTimes]:
    """Of the leads received from `since` to before `until` that the caller may see; by group, then by stage."""
    chosen = and_(
        leads.c.lifecycle_state.is_not(None),
        leads.c.received_at >= since,
        leads.c.received_at < until,
        visible_to(caller),
    )
    spans = union_all(
        _assignments(by).where(chosen),
        _claims(by).where(chosen),
        _first_attempts(by).where(chosen),
        _connections(by).where(chosen),
    ).subquery()
    seconds, order = spans.c.seconds, {stage: place for place, stage in enumerate(Stage)}
    statement = (
        select(
            func.coalesce(spans.c.label, "none").label("group"),
            spans.c.stage,
            func.count(seconds).label("count"),
            *(
                func.percentile_cont(share).within_group(seconds).label(name)
                for name, share in (("p50_s", 0.5), ("p90_s", 0.9), ("p99_s", 0.99))
            ),
            func.avg(case((spans.c.kept, 1.0), (~spans.c.kept, 0.0))).label("in_time"),
        )
        .group_by(spans.c.label, spans.c.stage)
        .order_by("group", case(order, value=spans.c.stage))
    )
    return [_times(row) for row in (await connection.execute(statement)).mappings()]


def _assignments(by: Grouping) -> Select[Any]:
    # The first offer, whoever got it: the wait of the lead is over with it.
    first = select(_OFFER.lead_id, func.min(_OFFER.offered_at).label("offered_at")).group_by(_OFFER.lead_id).subquery()
    waited = first.c.offered_at - leads.c.received_at
    return _spans(Stage.ASSIGN, _group(by, leads.c.assigned_agent_id), waited).join(
        first, first.c.lead_id == leads.c.id
    )


def _claims(by: Grouping) -> Select[Any]:
    taken = _OFFER.claimed_at.is_not(None)
    kept = case((~_OFFER.claim_breached, True), (~_OFFER.breach_excused, False))
    windows = _OFFER.kind.in_(("single", "broadcast")) & or_(taken, _OFFER.claim_breached)
    return _of_offers(Stage.CLAIM, by, _OFFER.claimed_at - _OFFER.offered_at, kept).where(windows)


def _first_attempts(by: Grouping) -> Select[Any]:
    tried = _OFFER.first_action_at.is_not(None)
    kept = case((~_OFFER.contact_breached, True), (~_OFFER.breach_excused, False))
    spent = _OFFER.first_action_at - _OFFER.contact_started_at
    return _of_offers(Stage.FIRST_ATTEMPT, by, spent, kept).where(or_(tried, _OFFER.contact_breached))


def _connections(by: Grouping) -> Select[Any]:
    # Imported history may have been reached before it came in.
    reached = leads.c.first_contact_at - leads.c.received_at
    span = _spans(Stage.FIRST_CONNECTION, _group(by, leads.c.assigned_agent_id), reached)
    return span.where(leads.c.first_contact_at >= leads.c.received_at)


def _of_offers(stage: Stage, by: Grouping, spent: ColumnElement[Any], kept: ColumnElement[Any]) -> Select[Any]:
    return _spans(stage, _group(by, _OFFER.agent_id), spent, kept).join(lead_offers, _OFFER.lead_id == leads.c.id)


def _spans(
    stage: Stage, group: ColumnElement[Any], spent: ColumnElement[Any], kept: ColumnElement[Any] | None = None
) -> Select[Any]:
    return select(
        group.label("label"),
        literal(stage.value, Text).label("stage"),
        extract("epoch", spent).label("seconds"),
        cast(null() if kept is None else kept, Boolean).label("kept"),
    ).select_from(leads)


def _group(by: Grouping, agent: ColumnElement[Any]) -> ColumnElement[Any]:
    match by:
        case Grouping.AGENT:
            return cast(agent, Text)
        case Grouping.SOURCE:
            return leads.c.source
        case Grouping.TIER:
            return leads.c.tier
        case Grouping.LINE:
            return leads.c.insurance_type
        case Grouping.ALL:
            return _ALL


def _times(row: Any) -> StageTimes:
    rounded = {name: None if row[name] is None else round(float(row[name]), 1) for name in ("p50_s", "p90_s", "p99_s")}
    in_time = None if row["in_time"] is None else round(float(row["in_time"]), 4)
    return StageTimes(group=row["group"], stage=Stage(row["stage"]), count=row["count"], in_time=in_time, **rounded)
