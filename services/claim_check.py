"""Whether an agent may claim what was not offered to it alone: an escalated lead, or one that many are invited to."""

from __future__ import annotations

from db.repositories.limits import lock_teams
from db.repositories.loads import lock_load
from db.session import WriteConnection
from domain.configuration import Configuration
from domain.lifecycle.state import OfferKind
from domain.lifecycle.transition import Context, Refusal, RefusalCode, Transition
from domain.routing.eligibility import DropReason
from domain.routing.violation import Severity, Violation, violations
from services.manual_check import read_judged, violations_to_plain

# Whoever claims is there, whatever the status says.
_PRESENCE = frozenset({DropReason.STATUS, DropReason.ON_LEAVE, DropReason.NOT_ACCEPTING, DropReason.OFF_SHIFT})
_CAPS = frozenset({DropReason.SPECIALIZATION_CAP, DropReason.HOURLY_CAP, DropReason.DAILY_CAP, DropReason.TEAM_CAP})
# Taking the slot checks these.
_SLOTS = frozenset({DropReason.LIVE_CAP, DropReason.HELD_CAP})


async def check_claim(
    connection: WriteConnection, transition: Transition, context: Context, configuration: Configuration
) -> Refusal | None:
    """Why the agent may not have the lead that it claims; None when nothing speaks against it.

    An offer of the agent's own was checked when it was made. Of an invitation the caps are checked again, and only
    where there is one that no slot shows. Nobody has chosen whoever claims an escalated lead, so all filters count but
    presence; a supervisor may give it all the same. Managers and admins may claim any: the filters are for agents.
    """
    opened = transition.opened
    if opened is None:
        return None
    invited = opened.kind is OfferKind.BROADCAST
    if invited and not _is_limited(transition, context, configuration):
        return None
    await lock_load(connection, opened.agent)
    await lock_teams(connection, opened.agent)
    judged = await read_judged(connection, transition.before, opened.agent, configuration, context.now)
    if judged is None:
        return None
    found = [one for one in violations(*judged, configuration.eligibility) if one.severity is Severity.ERROR]
    unfit = [one for one in found if one.reason not in _PRESENCE | _CAPS | _SLOTS]
    if unfit and not invited:
        message = f"you may not have this lead: {_codes(unfit)}; a manager may give it to you"
        return Refusal(
            code=RefusalCode.NOT_ELIGIBLE, message=message, detail={"violations": violations_to_plain(unfit)}
        )
    full = [one for one in found if one.reason in _CAPS]
    if full:
        message = f"you have as many leads as you may: {_codes(full)}; claim it when that has passed"
        return Refusal(code=RefusalCode.AT_CAPACITY, message=message, detail={"violations": violations_to_plain(full)})
    return None


def _is_limited(transition: Transition, context: Context, configuration: Configuration) -> bool:
    policy, agent = configuration.eligibility, transition.command.actor.agent_id
    by_policy = policy.max_per_hour is not None or policy.max_per_day is not None
    return by_policy or any(one.agent == agent and one.is_limited for one in context.invitations)


def _codes(found: list[Violation]) -> str:
    return ", ".join(one.reason for one in found)
