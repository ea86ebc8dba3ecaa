"""One durable workflow per lead: it sleeps until the row's next deadline or a message, and decides what is next.

Postgres holds the truth. The workflow holds the last snapshot it was told or given, and asks an activity to act;
every activity answers with the row as it is. So a lost message costs at most one early or late look, never a wrong
deed.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.lifecycle.state import LifecycleState
    from workflows.details import details_of
    from workflows.doors import LeadDoors
    from workflows.messages import (
        CommandInput,
        CommandResult,
        LeadInput,
        LeadResult,
        LeadSnapshot,
        Turn,
        TurnResult,
    )
    from workflows.names import AGENT, LEAD_SEQ, LEAD_STATE, WAKE_AT, ActivityName

_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), backoff_coefficient=2, maximum_interval=timedelta(seconds=5)
)
_ATTEMPT = timedelta(seconds=15)
_BELIEVED = timedelta(hours=1)
_LONGEST_BACKOFF = 30.0


@workflow.defn(name="LeadWorkflow")
class LeadWorkflow(LeadDoors):
    """Keeps the windows of one lead."""

    @workflow.init
    def __init__(self, start: LeadInput) -> None:
        super().__init__(start)
        self._idle_turns = 0
        self._shown: LeadSnapshot | None = None
        self._recorded: int | None = None

    @workflow.run
    async def run(self, start: LeadInput) -> LeadResult:
        """Live until the end of the closed lead has been recorded, or an activity found that it has no row."""
        end = "closed"
        while True:
            if self.inbox:
                await self._apply_next()
            elif self.snapshot is None:
                if not await self._turn(ActivityName.READ_LEAD, None):
                    end = "orphan"
                    break
            elif self.doubted:
                self.doubted = False
                await self._turn(ActivityName.READ_LEAD, self.snapshot)
            elif self.snapshot.closed:
                if self._recorded == self.snapshot.seq:
                    break
                await self._turn(ActivityName.RECORD_OUTCOME, self.snapshot)
            elif self._due(self.snapshot):
                await self._take_turn(self.snapshot)
            else:
                await self._sleep(self.snapshot)
            if workflow.info().is_continue_as_new_suggested():
                await self._drain_inbox()
                workflow.continue_as_new(
                    LeadInput(lead_id=self.lead_id, snapshot=self.snapshot, seen=self.seen, deliveries=self.deliveries)
                )
        await self._drain_inbox()
        self._show()
        return LeadResult(lead_id=self.lead_id, seq=self.snapshot.seq if self.snapshot else 0, end=end)

    def _due(self, snapshot: LeadSnapshot) -> bool:
        return snapshot.next_at is not None and workflow.now() >= snapshot.next_at

    async def _take_turn(self, snapshot: LeadSnapshot) -> None:
        """The row's deadline has come: the activity that fits its state, then a pause if nothing moved."""
        if snapshot.wake_at is None or workflow.now() < snapshot.wake_at:
            name, due_at = ActivityName.REMIND_LEAD, snapshot.remind_at
        elif snapshot.paused:
            name, due_at = ActivityName.RESUME_LEAD, snapshot.wake_at
        elif snapshot.state is LifecycleState.RECEIVED and not snapshot.scored:
            name, due_at = ActivityName.SCORE_LEAD, None
        elif snapshot.state in (LifecycleState.RECEIVED, LifecycleState.QUEUED):
            name, due_at = ActivityName.ROUTE_LEAD, snapshot.wake_at
        elif snapshot.window_due_at is not None:
            name, due_at = ActivityName.REASSIGN_LEAD, snapshot.window_due_at
        else:
            name, due_at = ActivityName.EXPIRE_LEAD, snapshot.wake_at
        await self._turn(name, snapshot, due_at)
        after = self.snapshot
        if after is not None and after.seq == snapshot.seq and after.next_at == snapshot.next_at:
            await self._back_off()
        else:
            self._idle_turns = 0

    async def _turn(self, name: ActivityName, snapshot: LeadSnapshot | None, due_at: datetime | None = None) -> bool:
        """Let an activity act on the row and adopt the row it answers with; False when there is no row."""
        turn = Turn(
            lead_id=self.lead_id,
            seen=self.seen,
            now=workflow.now(),
            epoch=snapshot.epoch if snapshot else 0,
            due_at=due_at,
        )
        held = self.snapshot
        result: TurnResult = await workflow.execute_activity(
            name.value,
            turn,
            result_type=TurnResult,
            start_to_close_timeout=_ATTEMPT,
            retry_policy=_RETRY,
            summary=f"{name} at seq {turn.seen}",
        )
        if result.snapshot is None:
            self.snapshot = None
            return name is not ActivityName.READ_LEAD
        self._adopt(result.snapshot, held)
        if name is ActivityName.RECORD_OUTCOME and result.snapshot.closed:
            self._recorded = result.snapshot.seq
        return True

    def _adopt(self, snapshot: LeadSnapshot, held: LeadSnapshot | None) -> None:
        """The row as an activity read it replaces whatever was `held` when it was asked for.

        Only a newer hint that arrived meanwhile is kept: the activity may have read the row before it changed.
        """
        self.seen = max(self.seen, snapshot.seq)
        if self.snapshot is held or self.snapshot is None or snapshot.seq >= self.snapshot.seq:
            self.snapshot = snapshot
            self.confirmed = True

    async def _apply_next(self) -> None:
        """Raw commands come before timers: a claim that waits here was received before the window closed."""
        raw = self.inbox.pop(0)
        held = self.snapshot
        result: CommandResult = await workflow.execute_activity(
            ActivityName.APPLY_COMMAND.value,
            CommandInput(lead_id=self.lead_id, seen=self.seen, raw=raw),
            result_type=CommandResult,
            start_to_close_timeout=_ATTEMPT,
            retry_policy=_RETRY,
            summary=f"{raw.kind} by {raw.actor}",
        )
        if raw.command_id in self.awaited:
            self.awaited.discard(raw.command_id)
            self.answers[raw.command_id] = result
        if result.snapshot is not None:
            self._adopt(result.snapshot, held)

    async def _sleep(self, snapshot: LeadSnapshot) -> None:
        """Until the row's wake-up or a message. A hinted wake-up is believed for an hour, then the row is read."""
        self._show()
        until = snapshot.next_at or workflow.now() + _BELIEVED
        if not self.confirmed:
            until = min(until, workflow.now() + _BELIEVED)
        try:
            await workflow.wait_condition(
                lambda: bool(self.inbox) or self.doubted or self.snapshot is not snapshot,
                timeout=until - workflow.now(),
                timeout_summary=f"{snapshot.state} until {until:%H:%M:%S}",
            )
        except TimeoutError:
            if snapshot.next_at is None or until < snapshot.next_at:
                await self._turn(ActivityName.READ_LEAD, snapshot)

    async def _back_off(self) -> None:
        """The row says it is due but nothing moved it: wait a little longer each time, and count it."""
        seconds = min(_LONGEST_BACKOFF, float(2**self._idle_turns))
        self._idle_turns = min(self._idle_turns + 1, 5)
        workflow.metric_meter().create_counter("baton_idle_turns", "Turns that changed nothing").add(1)
        held = self.snapshot
        try:
            await workflow.wait_condition(
                lambda: bool(self.inbox) or self.doubted or self.snapshot is not held,
                timeout=timedelta(seconds=seconds),
                timeout_summary="nothing moved; looking again",
            )
        except TimeoutError:
            return

    async def _drain_inbox(self) -> None:
        """What is still queued gets its answer before this run ends.

        A handler may wait for an answer that only this loop gives, so it never waits for handlers alone.
        """
        while self.inbox or not workflow.all_handlers_finished():
            if self.inbox:
                await self._apply_next()
            else:
                await workflow.wait_condition(lambda: bool(self.inbox) or workflow.all_handlers_finished())

    def _show(self) -> None:
        """What operators see, once per adopted change."""
        snapshot = self.snapshot
        if snapshot is None or (self._shown is not None and snapshot.seq == self._shown.seq):
            return
        self._shown = snapshot
        workflow.set_current_details(details_of(snapshot))
        workflow.upsert_search_attributes(
            [
                LEAD_STATE.value_set(snapshot.state.value),
                AGENT.value_set(str(snapshot.agent)) if snapshot.agent else AGENT.value_unset(),
                WAKE_AT.value_set(snapshot.wake_at) if snapshot.wake_at else WAKE_AT.value_unset(),
                LEAD_SEQ.value_set(snapshot.seq),
            ]
        )
