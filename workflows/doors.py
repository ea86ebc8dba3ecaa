"""The doors of a lead's workflow: one Signal and one Update per verb, and `committed`.

A handler never raises and never acts: it appends to the inbox or takes a hint, and the main loop, the single
writer, does the rest. An Update waits for the loop's answer.
"""

from __future__ import annotations

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.messages import (
        ClaimSignal,
        CommandResult,
        Committed,
        CompleteSignal,
        ContactSignal,
        DeclineSignal,
        LeadInput,
        LeadSnapshot,
        OutcomeSignal,
        PauseSignal,
        PersonSignal,
        RawCommand,
        ReassignSignal,
        ReleaseSignal,
        RestartSignal,
        ResumeSignal,
        SnoozeSignal,
        WithdrawSignal,
    )


class LeadDoors:
    """State that handlers may touch, and the handlers."""

    def __init__(self, start: LeadInput) -> None:
        self.lead_id = start.lead_id
        self.snapshot: LeadSnapshot | None = start.snapshot
        self.confirmed = False
        self.doubted = False
        self.seen = start.seen
        self.deliveries = start.deliveries
        self.inbox: list[RawCommand] = []
        self.answers: dict[str, CommandResult] = {}
        self.awaited: set[str] = set()

    def hint(self, snapshot: LeadSnapshot) -> None:
        """Believe a signalled snapshot when it is newer; it can only shorten or end a sleep.

        One that is not newer, says otherwise and is due tells of a row restored from a copy: then the row is read.
        """
        if snapshot.lead_id != self.lead_id:
            return
        if self.snapshot is None or snapshot.seq > self.snapshot.seq:
            self.snapshot = snapshot
            self.confirmed = False
        elif snapshot != self.snapshot and snapshot.next_at is not None:
            self.doubted = self.doubted or snapshot.next_at <= workflow.now()

    def _take(self, kind: str, signal: PersonSignal) -> None:
        if signal.committed is not None:
            self.hint(signal.committed)
        else:
            self.inbox.append(self._raw(kind, signal))

    def _raw(self, kind: str, signal: PersonSignal) -> RawCommand:
        self.deliveries += 1
        return signal.raw(kind, workflow.now(), f"{workflow.info().first_execution_run_id}:{self.deliveries}")

    async def _ask(self, kind: str, signal: PersonSignal) -> CommandResult:
        raw = self._raw(kind, signal)
        self.awaited.add(raw.command_id)
        self.inbox.append(raw)
        await workflow.wait_condition(lambda: raw.command_id in self.answers)
        result = self.answers[raw.command_id]
        if not result.accepted:
            raise ApplicationError(result.message, result.detail, type=result.code, non_retryable=True)
        return result

    def _admit(self, signal: PersonSignal) -> None:
        if signal.actor is None:
            raise ApplicationError("actor: missing; give the id of the acting agent", type="InvalidInput")
        if self.snapshot is not None and self.snapshot.closed and self.confirmed:
            raise ApplicationError("the lead is closed", type="WrongState")

    @workflow.signal(description="The lead's row changed; carries its current snapshot")
    def committed(self, told: Committed) -> None:
        self.hint(told.committed)

    @workflow.signal(description="An agent takes the lead")
    def claim(self, signal: ClaimSignal) -> None:
        self._take("claim", signal)

    @workflow.signal(description="The offered agent says no")
    def decline(self, signal: DeclineSignal) -> None:
        self._take("decline", signal)

    @workflow.signal(description="Evidence of an attempt to reach the customer")
    def contact(self, signal: ContactSignal) -> None:
        self._take("contact", signal)

    @workflow.signal(description="How it ended; closes the lead")
    def outcome(self, signal: OutcomeSignal) -> None:
        self._take("outcome", signal)

    @workflow.signal(description="The missing phone or e-mail is there now")
    def complete(self, signal: CompleteSignal) -> None:
        self._take("complete", signal)

    @workflow.signal(description="The holder or a manager gives the lead back to routing")
    def release(self, signal: ReleaseSignal) -> None:
        self._take("release", signal)

    @workflow.signal(description="A manager gives the lead to an agent")
    def reassign(self, signal: ReassignSignal) -> None:
        self._take("reassign", signal)

    @workflow.signal(description="The lead is stopped")
    def withdraw(self, signal: WithdrawSignal) -> None:
        self._take("withdraw", signal)

    @workflow.signal(description="Back to routing with counters reset")
    def restart(self, signal: RestartSignal) -> None:
        self._take("restart", signal)

    @workflow.signal(description="The holder or a manager stops the lead's clock")
    def pause(self, signal: PauseSignal) -> None:
        self._take("pause", signal)

    @workflow.signal(description="The holder puts a customer off who was tried or reached")
    def snooze(self, signal: SnoozeSignal) -> None:
        self._take("snooze", signal)

    @workflow.signal(description="The lead's clock goes on")
    def resume(self, signal: ResumeSignal) -> None:
        self._take("resume", signal)

    @workflow.update(name="claim", description="As the signal, with the answer")
    async def claim_and_answer(self, signal: ClaimSignal) -> CommandResult:
        return await self._ask("claim", signal)

    @claim_and_answer.validator
    def _admit_claim(self, signal: ClaimSignal) -> None:
        self._admit(signal)

    @workflow.update(name="decline", description="As the signal, with the answer")
    async def decline_and_answer(self, signal: DeclineSignal) -> CommandResult:
        return await self._ask("decline", signal)

    @decline_and_answer.validator
    def _admit_decline(self, signal: DeclineSignal) -> None:
        self._admit(signal)

    @workflow.update(name="contact", description="As the signal, with the answer")
    async def contact_and_answer(self, signal: ContactSignal) -> CommandResult:
        return await self._ask("contact", signal)

    @contact_and_answer.validator
    def _admit_contact(self, signal: ContactSignal) -> None:
        self._admit(signal)

    @workflow.update(name="outcome", description="As the signal, with the answer")
    async def outcome_and_answer(self, signal: OutcomeSignal) -> CommandResult:
        return await self._ask("outcome", signal)

    @outcome_and_answer.validator
    def _admit_outcome(self, signal: OutcomeSignal) -> None:
        self._admit(signal)

    @workflow.update(name="reassign", description="As the signal, with the answer")
    async def reassign_and_answer(self, signal: ReassignSignal) -> CommandResult:
        return await self._ask("reassign", signal)

    @reassign_and_answer.validator
    def _admit_reassign(self, signal: ReassignSignal) -> None:
        self._admit(signal)

    @workflow.update(name="release", description="As the signal, with the answer")
    async def release_and_answer(self, signal: ReleaseSignal) -> CommandResult:
        return await self._ask("release", signal)

    @release_and_answer.validator
    def _admit_release(self, signal: ReleaseSignal) -> None:
        self._admit(signal)

    @workflow.update(name="withdraw", description="As the signal, with the answer")
    async def withdraw_and_answer(self, signal: WithdrawSignal) -> CommandResult:
        return await self._ask("withdraw", signal)

    @withdraw_and_answer.validator
    def _admit_withdraw(self, signal: WithdrawSignal) -> None:
        self._admit(signal)
