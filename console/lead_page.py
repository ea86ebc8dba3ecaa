"""One lead: where it stands, who the customer is, what happened."""

from __future__ import annotations

import asyncio
from uuid import UUID

from nicegui import ui

from console.answers import Explanation, Lead, LeadDetails, TimelineEntry
from console.commands import Commands
from console.countdown import Countdown
from console.errors import ApiError
from console.frame import frame
from console.lead_card import action_button
from console.lead_facts import contact_details, facts_of, standstill, state_chip
from console.notice import Notice
from console.pausing import can_stop, stop_label, stop_or_go_on
from console.timeline import line, told_otherwise
from console.visit import Visit
from console.why import show_why

REFRESH_SECONDS = 2.0


class LeadPage:
    """The page; redrawn when the lead or its timeline has changed."""

    def __init__(self, visit: Visit, lead_id: UUID) -> None:
        self._visit = visit
        self._id = lead_id
        self._shown: tuple[LeadDetails, list[TimelineEntry]] | None = None
        self._explained_at: int | None = None
        self._commands = Commands(visit)
        with frame(visit):
            self._notice = Notice()
            self._lead = ui.column().classes("w-full items-stretch gap-3")
            self._why = ui.column().classes("w-full items-stretch gap-1")
            with ui.row().classes("w-full items-center justify-between"):
                ui.label("What happened").classes("text-lg font-medium")
                self._everything = ui.switch("Every transition", on_change=self._redraw)
            self._timeline = ui.column().classes("w-full items-stretch gap-0")
            # Outlives every redraw: what a click began goes on here when its own button is gone.
            self._stage = ui.element("div")
        ui.timer(REFRESH_SECONDS, self.refresh)

    async def refresh(self) -> None:
        """Ask again, and redraw if anything is new."""
        api = self._visit.api
        with self._visit.asking():
            try:
                lead, entries, agents = await asyncio.gather(api.lead(self._id), api.timeline(self._id), api.agents())
            except ApiError as error:
                if error.status != 404:
                    raise
                self._say_unknown()
                return
            self._visit.meet(agents)
            if (lead, entries) != self._shown:
                self._shown = (lead, entries)
                self._redraw()
            # A decision never changes, so there is nothing new until the lead has moved.
            if self._explained_at != lead.seq:
                self._explain(await api.explanation(self._id))
                self._explained_at = lead.seq

    def _say_unknown(self) -> None:
        if self._shown is None:
            self._lead.clear()
            with self._lead:
                ui.label("There is no such lead, or you may not see it.").classes("text-lg")

    def _redraw(self) -> None:
        if self._shown is None:
            return
        lead, entries = self._shown
        self._lead.clear()
        with self._lead:
            self._show_lead(lead)
        self._timeline.clear()
        with self._timeline, ui.list().classes("w-full bg-white rounded").props("bordered separator"):
            for entry in reversed(entries):
                if self._everything.value or not told_otherwise(entry):
                    self._show_entry(entry)

    def _explain(self, explanation: Explanation | None) -> None:
        self._why.clear()
        if explanation is not None:
            with self._why:
                show_why(explanation, self._visit)

    def _show_lead(self, lead: LeadDetails) -> None:
        with ui.card().classes("w-full gap-3 items-stretch").props("flat bordered"):
            with ui.row().classes("w-full items-center justify-between"):
                state_chip(lead, history=True)
                with ui.row().classes("items-baseline gap-2"):
                    Countdown(lead.deadline).classes("text-2xl font-bold")
                    ui.label(lead.window_words or "no window runs").classes("text-grey-7")
            contact_details(lead)
            standstill(lead, self._visit)
            if can_stop(lead, self._visit):
                button = action_button(stop_label(lead), lead, self._stop_or_go_on, size="md")
                button.props("outline color=grey-9").mark("later")
            with ui.grid(columns="auto 1fr").classes("gap-x-6 gap-y-1"):
                for label, value in facts_of(lead, self._visit):
                    ui.label(label).classes("text-grey-7")
                    ui.label(value)

    async def _stop_or_go_on(self, lead: Lead) -> None:
        with self._stage:
            command = await stop_or_go_on(lead, self._commands, self._visit)
            if command is None:
                return
            try:
                self._notice.say(await command)
            except ApiError as error:
                self._visit.failed(error)
                return
            await self.refresh()

    def _show_entry(self, entry: TimelineEntry) -> None:
        shown = line(entry, self._visit.name)
        with ui.item():
            with ui.item_section().props("avatar"):
                ui.icon(shown.icon, color=shown.color)
            with ui.item_section():
                ui.item_label(shown.text)
            with ui.item_section().props("side"):
                ui.item_label(self._visit.time(entry.at)).classes("tabular-nums")
