"""The services of a process, wired once."""

from __future__ import annotations

from temporalio.client import Client

from db.session import Engines
from services.absences import Absences
from services.batch import Batches
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
from services.queue_sweep import QueueSweep
from services.raw_commands import RawCommands
from services.relay import Relay
from services.rescoring import Rescoring
from services.service_set import Services
from services.telephony import Telephony
from services.telling import Teller, TellingQueue
from services.turns import Turns


def wire(engines: Engines, client: Client, clock: Clock, *, task_queue: str) -> Services:
    """Wire the services. `telling` has to be entered before people's commands are applied."""
    engine = engines.service
    configurations = Configurations()
    outages = OutageWatch(engine, clock)
    lifecycle = Lifecycle(engine, clock, configurations, outages)
    teller = Teller(client, engine, clock, task_queue)
    edge = Edge(lifecycle, teller)
    batches = Batches(lifecycle, edge, engine, clock, configurations)
    sweep = QueueSweep(edge, engine, clock, configurations)
    rescoring = Rescoring(edge, engine, clock, configurations)
    telling = TellingQueue(teller)
    return Services(
        engines=engines,
        clock=clock,
        configurations=configurations,
        lifecycle=lifecycle,
        teller=teller,
        telling=telling,
        intake=Intake(engine, clock, configurations, telling),
        people=People(lifecycle, telling, engine),
        presence=Presence(engines.admin, clock),
        turns=Turns(lifecycle, engine, clock, configurations),
        raw_commands=RawCommands(lifecycle, engine, clock),
        relay=Relay(teller, engine, clock),
        edge=edge,
        outages=outages,
        absences=Absences(edge, engine, clock, configurations),
        notices=Notices(engine, clock),
        telephony=Telephony(engine, clock, lifecycle, edge),
        drain=Drain(edge, batches, sweep=sweep, rescoring=rescoring, engine=engine, clock=clock),
    )
