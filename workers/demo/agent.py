"""What an agent does with one offer or one lead, over the HTTP API, with its own token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

from workers.demo.api_client import Answer, ApiClient
from workers.demo.crew import Crew
from workers.demo.open_lead import OpenLead, seconds_until
from workers.demo.temper import Ending, HoldMove, HoldPlan, OfferMove, Temper


class Agents:
    """Acts for every agent. A refusal ends what was begun: somebody else has the lead by then."""

    def __init__(self, api: ApiClient, crew: Crew, temper: Temper) -> None:
        self._api = api
        self._crew = crew
        self._temper = temper

    async def answer_offer(self, index: int, lead: OpenLead) -> OpenLead | None:
        """Claim, claim too late, decline or ignore; returns the lead when it was claimed."""
        agent = lead.assigned_agent_id
        plan = self._temper.on_offer(index, lead.epoch)
        if agent is None or plan.move is OfferMove.IGNORE:
            return None
        waits = plan.delay
        if plan.move is OfferMove.CLAIM_LATE:
            waits += seconds_until(lead.claim_timer_expires_at)
        await asyncio.sleep(waits)
        if agent in self._crew.away:
            return None
        if plan.move is OfferMove.DECLINE:
            await self._give(lead, agent, "decline", {"epoch": lead.epoch, "code": "busy"})
            return None
        answer = await self._give(lead, agent, "claim", {"epoch": lead.epoch})
        return lead.after_command(answer.body) if answer.accepted else None

    async def work(self, index: int, lead: OpenLead) -> None:
        """Attempts and outcome of a claimed lead, as the agent's temper has it."""
        if lead.assigned_agent_id is not None:
            await self.carry_out(lead, lead.assigned_agent_id, self._temper.on_claim(index, lead.epoch))

    async def carry_out(self, lead: OpenLead, holder: UUID, plan: HoldPlan) -> None:
        """Carry out a plan for a claimed lead."""
        if plan.move is HoldMove.FORGET:
            return
        if plan.move is HoldMove.RELEASE:
            await self._in_person(holder, plan.attempts[0].delay)
            await self._give(lead, holder, "release", {"code": "knows_customer"})
            return
        for number, attempt in enumerate(plan.attempts):
            waits = attempt.delay
            if number == 0 and plan.move is HoldMove.WORK_LATE:
                waits += seconds_until(lead.contact_timer_expires_at)
            await self._in_person(holder, waits)
            body = {"epoch": lead.epoch, "channel": attempt.channel.value, "result": attempt.result.value}
            answer = await self._give(lead, holder, "contact", body, number)
            if not answer.accepted:
                return
        if plan.ending is not None:
            await self._close(lead, holder, plan.ending)

    async def _close(self, lead: OpenLead, holder: UUID, ending: Ending) -> None:
        await self._in_person(holder, ending.delay)
        body = {
            "result": ending.result.value,
            "reason": ending.reason,
            "value": ending.value,
            "handling_minutes": ending.minutes,
            "quality": ending.quality,
        }
        await self._give(lead, holder, "outcome", body)

    async def _in_person(self, agent: UUID, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self._crew.presence(agent)

    async def _give(
        self, lead: OpenLead, caller: UUID, verb: str, body: Mapping[str, object], number: int = 0
    ) -> Answer:
        key = f"{lead.id}:{lead.epoch}:{verb}:{number}"
        return await self._api.command(f"/v1/leads/{lead.id}/{verb}", caller, body, key)
