"""A lead as its agent sees it: large, with the buttons for what comes next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from console.answers import Lead, LeadDetails
from console.countdown import Countdown
from console.lead_facts import contact_details, standstill, state_chip, summary
from console.pausing import stop_label
from console.visit import Visit

Click = Callable[[Lead], Awaitable[None]]


def offer_card(lead: Lead, *, on_claim: Click, on_decline: Click | None) -> None:
    """An offer: the time left, Claim, and Decline where that is possible."""
    with _card(lead), ui.row().classes("w-full gap-2 no-wrap"):
        if on_decline is not None:
            action_button("Decline", lead, on_decline).props("outline color=grey-8").mark("decline")
        action_button("Claim", lead, on_claim).props("unelevated color=positive").classes("grow").mark("claim")


def held_card(
    lead: Lead, details: LeadDetails | None, *, on_contact: Click, on_outcome: Click, on_later: Click, visit: Visit
) -> None:
    """A claimed lead: whom to call, Contact, Outcome, and stopping its clock or letting it go on."""
    with _card(lead):
        standstill(details or lead, visit)
        if details is not None:
            contact_details(details)
        with ui.row().classes("w-full gap-2 no-wrap"):
            first = lead.lifecycle_state == "claimed"
            style = "unelevated color=positive" if first else "outline color=primary"
            action_button("Contact", lead, on_contact).props(style).classes("grow").mark("contact")
            style = "outline color=primary" if first else "unelevated color=primary"
            action_button("Outcome", lead, on_outcome).props(style).classes("grow").mark("outcome")
        action_button(stop_label(lead), lead, on_later, size="md").props("flat color=grey-9").mark("later")


def _card(lead: Lead) -> ui.card:
    with ui.card().classes("w-full items-stretch gap-3 p-4").props("flat bordered") as card:
        with ui.row().classes("w-full items-center justify-between no-wrap"):
            state_chip(lead, history=False)
            with ui.row().classes("items-baseline gap-2 no-wrap"):
                if lead.deadline is not None:
                    ui.label(f"to {lead.window}").classes("text-grey-7")
                Countdown(lead.deadline).classes("text-3xl font-bold")
        ui.link(summary(lead), f"/lead/{lead.id}").classes("text-base text-grey-9 no-underline")
    return card


def action_button(text: str, lead: Lead, on_click: Click, *, size: str = "xl") -> ui.button:
    """A button that gives one command to the lead."""

    async def clicked() -> None:
        # Pressed twice in a hurry, it must count once: it stays dead until the answer is there.
        button.disable()
        try:
            await on_click(lead)
        finally:
            if not button.is_deleted:
                button.enable()

    button = ui.button(text, on_click=clicked).props(f"size={size} no-caps")
    return button
