"""The services of one process, as one value."""

from __future__ import annotations

from dataclasses import dataclass

from db.session import Engines
from services.absences import Absences
from services.clock import Clock
from services.configurations import Configurations
from services.drain import Drain
from services.edge import Edge
from services.intake import Intake
from services.lifecycle import Lifecycle
from services.notices import Notices
from services.outage_watch import OutageWatch
from services.people import People
from services.presence import Presence
from services.raw_commands import RawCommands
from services.relay import Relay
from services.telephony import Telephony
from services.telling import Teller, TellingQueue
from services.turns import Turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a process needs, over one set of engines, one client, one clock."""

    engines: Engines
    clock: Clock
    configurations: Configurations
    lifecycle: Lifecycle
    teller: Teller
    telling: TellingQueue
    intake: Intake
    people: People
    presence: Presence
    turns: Turns
    raw_commands: RawCommands
    relay: Relay
    drain: Drain
    absences: Absences
    notices: Notices
    telephony: Telephony
    edge: Edge
    outages: OutageWatch
