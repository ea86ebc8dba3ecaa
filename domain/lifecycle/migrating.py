"""Pinning an open lead to another version of the configuration."""

from __future__ import annotations

from dataclasses import replace

from domain.lifecycle.answers import advance, forbidden, instant, wrong_state
from domain.lifecycle.commands import MigrateConfiguration
from domain.lifecycle.lead import Lead
from domain.lifecycle.state import EventType
from domain.lifecycle.transition import Context, Decided, Event, Unchanged


def migrate(lead: Lead, command: MigrateConfiguration, context: Context) -> Decided:
    """The version counts from the next decision on: running windows keep their deadlines, the epoch stays."""
    if not command.actor.supervises:
        return forbidden("only a manager or an admin can migrate a lead")
    if not lead.is_open:
        return wrong_state(lead, "only an open lead can be migrated")
    if lead.config_version == command.version:
        return Unchanged(lead=lead)
    event = Event(
        type=EventType.MIGRATED,
        agent=lead.agent,
        data={"epoch": lead.epoch, "from_version": lead.config_version, "to_version": command.version},
    )
    return advance(command, instant(lead, context), lead, replace(lead, config_version=command.version), events=[event])
