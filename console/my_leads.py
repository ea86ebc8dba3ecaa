"""An agent's page, made for a phone: offers with their countdown, claimed leads and what to do with them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from uuid import UUID

from nicegui import ui

from console.answers import Agent, Lead, LeadDetails
from console.choice import choose, choose_attempt
from console.commands import Commands
from console.errors import ApiError
from console.frame import frame
from console.lead_card import held_card, offer_card
from console.notice import Notice, Said
from console.pausing import stop_or_go_on
from console.presence import Presence
from console.visit import Visit
from console.wording import DECLINE_REASONS, OUTCOMES

REFRESH_SECONDS = 1.0
ESCALATED_ROWS = 20

_WAITING_SECONDS = 20.0
_PROGRESS = ("attempting", "contacted")

_Shown = tuple[list[Lead], list[Lead], dict[UUID, LeadDetails]]


class MyLeads:
    """The page; it asks the API every second and redraws when something has changed."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._commands = Commands(visit)
        self._details: dict[UUID, LeadDetails] = {}
        self._learned_at: dict[UUID, float] = {}
        self._shown: _Shown | None = None
        with frame(visit):
            self._notice = Notice()
            self._presence = Presence(visit, self._notice)
            self._leads = ui.column().classes("w-full items-stretch gap-3")
            # Outlives every redraw: what a click began goes on here when its own card is gone.
            self._stage = ui.element("div")
        ui.timer(REFRESH_SECONDS, self.refresh)

    async def refresh(self) -> None:
        """Ask for what is mine and what anybody may take; redraw if it is new."""
        api = self._visit.api
        with self._visit.asking():
            mine, escalated, agents = await asyncio.gather(
                api.leads(mine=True), api.leads(state="escalated", limit=ESCALATED_ROWS), api.agents()
            )
            self._meet(agents)
            await self._learn_details([lead for lead in mine if _held(lead)])
            others = [lead for lead in escalated if lead.id not in {own.id for own in mine}]
            shown = (mine, others, dict(self._details))
            if shown != self._shown:
                self._shown = shown
                self._redraw(mine, others)

    def _meet(self, agents: list[Agent]) -> None:
        self._visit.meet(agents)
        me = next((agent for agent in agents if agent.id == self._visit.session.person), None)
        if me is not None:
            self._presence.show(me)

    async def _learn_details(self, held: list[Lead]) -> None:
        ids = {lead.id for lead in held}
        self._details = {lead_id: known for lead_id, known in self._details.items() if lead_id in ids}
        new = [lead for lead in held if self._is_old(lead)]
        for details in await asyncio.gather(*(self._visit.api.lead(lead.id) for lead in new)):
            self._details[details.id] = details
            self._learned_at[details.id] = time.monotonic()

    def _is_old(self, lead: Lead) -> bool:
        known = self._details.get(lead.id)
        if known is None or known.seq != lead.seq:
            return True
        # The hours in which a customer may be called begin without the lead changing.
        return known.waiting_reason is not None and time.monotonic() - self._learned_at[lead.id] > _WAITING_SECONDS

    def _redraw(self, mine: list[Lead], escalated: list[Lead]) -> None:
        self._leads.clear()
        with self._leads:
            self._show_held("Contact now", [lead for lead in mine if lead.lifecycle_state == "claimed"])
            self._show_offers([lead for lead in mine if lead.lifecycle_state in ("offered", "escalated")])
            self._show_held("In progress", [lead for lead in mine if lead.lifecycle_state in _PROGRESS])
            if escalated:
                _section("Open to everybody", len(escalated))
            for lead in escalated:
                offer_card(lead, on_claim=self._claim, on_decline=None)

    def _show_offers(self, offers: list[Lead]) -> None:
        _section("Offered to you", len(offers))
        for lead in offers:
            decline = self._decline if lead.lifecycle_state == "offered" else None
            offer_card(lead, on_claim=self._claim, on_decline=decline)
        if not offers:
            ui.label("Nothing right now. An offer appears here by itself.").classes("text-grey-7")

    def _show_held(self, title: str, held: list[Lead]) -> None:
        if held:
            _section(title, len(held))
        for lead in held:
            held_card(
                lead,
                self._details.get(lead.id),
                on_contact=self._contact,
                on_outcome=self._outcome,
                on_later=self._later,
                visit=self._visit,
            )

    async def _claim(self, lead: Lead) -> None:
        await self._do(self._commands.claim(lead))

    async def _decline(self, lead: Lead) -> None:
        with self._stage:
            code = await choose("Why not?", DECLINE_REASONS)
        if code is not None:
            await self._do(self._commands.decline(lead, code))

    async def _contact(self, lead: Lead) -> None:
        with self._stage:
            attempt = await choose_attempt()
        if attempt is not None:
            await self._do(self._commands.contact(lead, *attempt))

    async def _outcome(self, lead: Lead) -> None:
        with self._stage:
            result = await choose("How did it end? This closes the lead.", OUTCOMES)
        if result is not None:
            await self._do(self._commands.outcome(lead, result))

    async def _later(self, lead: Lead) -> None:
        with self._stage:
            command = await stop_or_go_on(lead, self._commands, self._visit)
        if command is not None:
            await self._do(command)

    async def _do(self, command: Awaitable[Said]) -> None:
        with self._stage:
            try:
                self._notice.say(await command)
            except ApiError as error:
                self._visit.failed(error)
                return
            await self.refresh()


def _held(lead: Lead) -> bool:
    return lead.lifecycle_state == "claimed" or lead.lifecycle_state in _PROGRESS


def _section(title: str, number: int) -> None:
    ui.label(f"{title} ({number})" if number else title).classes("text-lg font-medium mt-2")
