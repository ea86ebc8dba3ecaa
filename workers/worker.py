"""The worker process: workflows and activities on one task queue, and the service loops kept alive."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import TemporalError
from temporalio.worker import PollerBehaviorAutoscaling, Replayer, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.lead import LeadActivities
from activities.loops import LoopActivities
from activities.upkeep import UpkeepActivities
from db.session import create_engines, refuse_privileged_login
from services.clock import Clock, SystemClock
from services.doctor import Doctor
from services.licences import LicenceWarnings
from services.outages import Heartbeat
from services.pruning import Pruning
from services.service_set import Services
from services.temporal_view import TemporalView
from workers.memory import settle_memory
from workers.settings import Settings
from workers.stop_signal import stop_requested
from workers.temporal_client import connect_temporal
from workers.tuning import Tuning
from workers.wiring import wire
from workflows.lead import LeadWorkflow
from workflows.messages import LoopInput
from workflows.names import LOOPS, loop_workflow_id
from workflows.service_loop import ServiceLoopWorkflow
from workflows.upkeep import UPKEEP_EVERY, UPKEEP_LIMIT, UPKEEP_SCHEDULE, UpkeepWorkflow

_log = structlog.get_logger(__name__)

_ENSURE_SECONDS = 30.0
_DECISION_DAYS = 90
_USUAL = Tuning()

# The sandbox reloads, for every lead, each module that is not passed through; a module that is passed through is not
# watched. So only the workflows' own modules stay inside, and import-linter keeps I/O out of the others.
SANDBOX = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "domain", "workflows.messages", "workflows.names", "workflows.details", "workflows.doors"
    )
)


def make_worker(
    client: Client,
    services: Services,
    *,
    task_queue: str,
    tuning: Tuning = _USUAL,
    decision_days: int = _DECISION_DAYS,
) -> Worker:
    """A worker for everything Baton runs."""
    lead = LeadActivities(services.turns, services.raw_commands)
    loops = LoopActivities(services.relay, services.drain, services.absences, services.telephony)
    view = TemporalView(client, task_queue)
    doctor = Doctor(services.engines.service, view, services.teller, services.clock)
    pruning = Pruning(services.engines.service, services.clock, days=decision_days)
    warnings = LicenceWarnings(services.engines.service, services.clock, services.configurations)
    pollers = PollerBehaviorAutoscaling(initial=min(5, tuning.pollers), maximum=tuning.pollers)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[LeadWorkflow, ServiceLoopWorkflow, UpkeepWorkflow],
        activities=[
            lead.read_lead,
            lead.score_lead,
            lead.route_lead,
            lead.reassign_lead,
            lead.expire_lead,
            lead.remind_lead,
            lead.resume_lead,
            lead.record_outcome,
            lead.apply_command,
            loops.relay,
            loops.drain,
            UpkeepActivities(doctor, pruning, warnings).upkeep,
        ],
        workflow_runner=SANDBOX,
        # Hashing every loaded module for a default id costs seconds at start.
        build_id="baton",
        max_cached_workflows=tuning.cached_workflows,
        max_concurrent_workflow_tasks=tuning.workflow_tasks,
        max_concurrent_activities=tuning.activities,
        workflow_task_poller_behavior=pollers,
        activity_task_poller_behavior=pollers,
        # Shorter, and a busy worker's own tasks fall back to the common queue and wait there again.
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=10),
        graceful_shutdown_timeout=timedelta(seconds=5),
    )


def make_replayer() -> Replayer:
    """A replayer that reads histories as the worker does."""
    return Replayer(
        workflows=[LeadWorkflow, ServiceLoopWorkflow, UpkeepWorkflow],
        workflow_runner=SANDBOX,
        data_converter=pydantic_data_converter,
    )


async def ensure_loops(client: Client, *, task_queue: str) -> None:
    """Start the relay and the drain unless they run. Idempotent."""
    for activity in LOOPS:
        await client.start_workflow(
            ServiceLoopWorkflow.run,
            LoopInput(activity=activity),
            id=loop_workflow_id(activity),
            task_queue=task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        )


async def ensure_upkeep(client: Client, *, task_queue: str) -> None:
    """Create the Schedule that runs the doctor, unless it exists. Idempotent.

    One that exists is left as it is: somebody may have paused it or given it another interval.
    """
    upkeep = Schedule(
        action=ScheduleActionStartWorkflow(
            UpkeepWorkflow.run, id=UPKEEP_SCHEDULE, task_queue=task_queue, execution_timeout=UPKEEP_LIMIT
        ),
        spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=UPKEEP_EVERY)]),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=UPKEEP_EVERY),
    )
    try:
        await client.create_schedule(UPKEEP_SCHEDULE, upkeep)
    except ScheduleAlreadyRunningError:
        return


async def keep_loops(client: Client, *, task_queue: str) -> None:
    """Look after the loops and the upkeep until cancelled: somebody may end them in the Temporal UI."""
    while True:
        try:
            await ensure_loops(client, task_queue=task_queue)
            await ensure_upkeep(client, task_queue=task_queue)
        except TemporalError as error:
            _log.warning("loops_not_ensured", reason=str(error))
        await asyncio.sleep(_ENSURE_SECONDS)


async def run_worker(settings: Settings, clock: Clock | None = None) -> None:
    """Run until SIGINT or SIGTERM. Refuses to start with a login that row-level security does not bind."""
    engines = create_engines(
        settings.database_url, pool_size=settings.worker.activities, application_name="baton-worker"
    )
    try:
        await refuse_privileged_login(engines.service)
        client = await connect_temporal(settings)
        services = wire(engines, client, clock or SystemClock(), task_queue=settings.task_queue)
        worker = make_worker(
            client,
            services,
            task_queue=settings.task_queue,
            tuning=settings.worker,
            decision_days=settings.decision_days,
        )
        heart = Heartbeat(services.outages, engines.service, services.clock, "worker")
        # Before the first task: what fell due while nobody could act is not missed but moved.
        await heart.beat()
        async with services.telling, worker:
            settle_memory()
            _log.info("worker_ready", task_queue=settings.task_queue)
            keeping = asyncio.create_task(keep_loops(client, task_queue=settings.task_queue))
            beating = asyncio.create_task(heart.keep_beating(services.edge))
            await stop_requested()
            keeping.cancel()
            beating.cancel()
            await asyncio.gather(keeping, beating, return_exceptions=True)
    finally:
        await engines.dispose()
