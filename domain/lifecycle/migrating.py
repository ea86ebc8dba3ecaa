"""Pinning an open lead to another version of the configuration."""

from __future__ import annotations

from dataclasses import replace

from domain.lifecycle.answers import advance, forbidden, instant, wrong_state
from domain.lifecycle.commands import MigrateConfiguration
from domain.lifecycle.lead import Lead
from domain.lifecycle.pausing import moved_offer
from domain.lifecycle.relaying import relaid
from domain.lifecycle.state import EventType
from domain.lifecycle.transition import Context, Decided, Event, Unchanged


def migrate(lead: Lead, command: MigrateConfiguration, context: Context) -> Decided:
    """The version counts from the next decision on; the epoch stays.

    A running window keeps its deadline, unless the giver asks for it to be laid on the new version's hours and policy.
    """
    if not command.actor.supervises:
        return forbidden("only a manager or an admin can migrate a lead")
    if not lead.is_open:
        return wrong_state(lead, "only an open lead can be migrated")
    if lead.config_version == command.version:
        return Unchanged(lead=lead)
    at = instant(lead, context)
    data: dict[str, object] = {
        "epoch": lead.epoch,
        "from_version": lead.config_version,
        "to_version": command.version,
    }
    after = lead
    if context.target is not None:
        new = replace(context, configuration=context.target)
        after = relaid(lead, context.clock(lead), new.clock(lead), at)
        ends = (lead.window_ends_at, after.window_ends_at)
        if ends[0] != ends[1]:
            data |= {"from": ends[0] and ends[0].isoformat(), "to": ends[1] and ends[1].isoformat()}
    event = Event(type=EventType.MIGRATED, agent=lead.agent, data=data)
    changed = moved_offer(lead, after)
    return advance(command, at, lead, replace(after, config_version=command.version), events=[event], changed=changed)
