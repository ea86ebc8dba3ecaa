"""What a lead is, in the pieces that several pages show."""

from __future__ import annotations

from nicegui import ui

from console.answers import Lead, LeadDetails
from console.visit import Visit
from console.wording import PAUSE_REASONS, plain, state_color, state_label


def state_chip(lead: Lead, *, history: bool) -> None:
    """The state, coloured; with `history` also whether a window was missed, be it by an earlier agent."""
    with ui.row().classes("items-center gap-2"):
        ui.badge(state_label(lead.lifecycle_state), color=state_color(lead.lifecycle_state)).classes(
            "text-sm px-2 py-1"
        )
        if history and lead.breached:
            ui.badge("missed a window").props("outline color=negative")
        if lead.paused:
            ui.badge("paused", color="grey-7")


def standstill(lead: Lead, visit: Visit) -> None:
    """Why the lead's clock stands still, and until when: a pause, or hours; nothing while it runs."""
    if isinstance(lead, LeadDetails) and lead.waiting_reason is not None:
        ui.label(lead.waiting_reason).classes("text-grey-8")
    if lead.paused:
        until = f" until {visit.time(lead.paused_until)}" if lead.paused_until else ""
        why = f": {PAUSE_REASONS.get(lead.pause_code, plain(lead.pause_code)).lower()}" if lead.pause_code else ""
        ui.label(f"Paused{until}{why}.").classes("text-grey-8")


def summary(lead: Lead) -> str:
    """Line, tier, place and language in one line."""
    place = ", ".join(part for part in (lead.city, lead.state) if part)
    parts = (lead.insurance_type, lead.tier, place, lead.language)
    return " · ".join(part for part in parts if part) or "no details"


def contact_details(lead: LeadDetails) -> None:
    """Name, phone and e-mail as links to tap; a note when they are not shown to this person."""
    if lead.customer is None and lead.phone is None and lead.email is None:
        ui.label("Name, phone and e-mail appear with the claim.").classes("text-grey-7")
        return
    with ui.column().classes("gap-1"):
        ui.label(lead.customer or "No name given").classes("text-xl font-medium")
        for one in lead.permission.forbidden:
            ui.label(f"{one.sentence}.").classes("text-negative font-medium").props("role=alert")
        if lead.phone:
            _tap("call", lead.phone, f"tel:{lead.phone}")
        if lead.email:
            _tap("mail", lead.email, f"mailto:{lead.email}")


def facts_of(lead: Lead, visit: Visit) -> list[tuple[str, str]]:
    """Label and value of what is known, for a list."""
    instants = (
        ("Came in", lead.created_at),
        ("Claim until", lead.claim_timer_expires_at),
        ("Contact until", lead.contact_timer_expires_at),
        ("Next try", lead.next_try_at),
        ("Paused until", lead.paused_until),
        ("Closed", lead.closed_at),
    )
    known: list[tuple[str, str | None]] = [
        ("Agent", visit.name(lead.assigned_agent_id) or "nobody"),
        ("About", summary(lead)),
        ("Score", f"{lead.score:.0f}" if lead.score is not None else None),
        ("Source", lead.source),
        *((label, visit.time(at)) for label, at in instants if at is not None),
        ("Passed on", _times(lead.reassignment_count or 0)),
        ("Outcome", plain(lead.close_reason) if lead.close_reason else None),
        ("Lead", str(lead.id)),
    ]
    return [(label, value) for label, value in known if value]


def _times(number: int) -> str | None:
    return {0: None, 1: "once", 2: "twice"}.get(number, f"{number} times")


def _tap(icon: str, text: str, target: str) -> None:
    with (
        ui.link(target=target).classes("text-primary no-underline"),
        ui.row().classes("items-center no-wrap gap-2 py-1"),
    ):
        ui.icon(icon, size="sm")
        ui.label(text).classes("text-lg break-all")
