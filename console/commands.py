"""An agent's commands, and their answers in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from console.answers import Lead, LeadAfter
from console.errors import ApiError
from console.notice import Said
from console.visit import Visit
from console.wording import OUTCOMES, plain, result_label


class Commands:
    """What the person on this page does. Each call is one intention with an idempotency key of its own.

    Refusals are answers too and are returned; only a sign-in that is over raises ApiError.
    """

    def __init__(self, visit: Visit) -> None:
        self._visit = visit

    async def claim(self, lead: Lead) -> Said:
        """Take the offered lead."""
        return await self._give(lead, "claim", {"epoch": lead.epoch}, self._claimed)

    async def decline(self, lead: Lead, code: str) -> Said:
        """Say no to the offer."""
        return await self._give(
            lead, "decline", {"epoch": lead.epoch, "code": code}, lambda _: "Declined. It goes on to somebody else."
        )

    async def contact(self, lead: Lead, channel: str, result: str) -> Said:
        """Record an attempt to reach the customer."""
        body = {"epoch": lead.epoch, "channel": channel, "result": result}
        recorded = f"Recorded. {result_label(channel, result)}."
        return await self._give(lead, "contact", body, lambda after: recorded + self._next_try(after))

    async def outcome(self, lead: Lead, result: str) -> Said:
        """Close the lead."""
        label = OUTCOMES.get(result, plain(result)).lower()
        return await self._give(lead, "outcome", {"result": result}, lambda _: f"Closed: {label}.")

    async def pause(self, lead: Lead, code: str, until: datetime | None) -> Said:
        """Stop the lead's clock until `until`, or as long as its policy allows."""
        body = {"code": code} | ({"until": until.isoformat()} if until else {})
        return await self._give(lead, "pause", body, lambda _: f"Paused{self._until(until)}. No window runs out.")

    async def snooze(self, lead: Lead, until: datetime) -> Said:
        """Put the customer off until `until`."""
        body = {"until": until.isoformat()}
        return await self._give(lead, "snooze", body, lambda _: f"Put off{self._until(until)}.")

    async def resume(self, lead: Lead) -> Said:
        """Let the clock go on."""
        return await self._give(lead, "resume", {}, lambda _: "It goes on, with the time that was left.")

    async def _give(self, lead: Lead, verb: str, body: Mapping[str, Any], told: Callable[[LeadAfter], str]) -> Said:
        try:
            after = await self._visit.api.command(lead.id, verb, key=str(uuid4()), body=body)
        except ApiError as error:
            if error.signed_out:
                raise
            return Said(refusal(error, self._visit), good=False)
        return Said(told(after), good=True)

    def _until(self, until: datetime | None) -> str:
        return f" until {self._visit.time(until)}" if until else ""

    def _next_try(self, after: LeadAfter) -> str:
        return f" Try again at {self._visit.time(after.next_try_at)}." if after.next_try_at else ""

    def _claimed(self, after: LeadAfter) -> str:
        until = after.contact_expires_at
        return f"Yours. Contact the customer by {self._visit.time(until)}." if until else "Yours."


def refusal(error: ApiError, visit: Visit) -> str:
    """A refusal for the person who clicked: for a lost race, who won and when."""
    match error.code:
        case "AlreadyClaimed":
            return _lost(error, visit)
        case "StaleOffer":
            return "Too late: this offer is over, the lead has moved on."
        case "NotEligible" if "violations" not in error.detail:
            return "Too late: the lead is offered to another agent now."
        case "Unreachable" | "Unavailable":
            return "Baton did not answer, so it is not known whether that counted. The list below shows what is true."
        case _:
            text = error.message[:1].upper() + error.message[1:]
            return text if text.endswith(".") else f"{text}."


def _lost(error: ApiError, visit: Visit) -> str:
    winner = visit.name(_uuid(error.detail.get("claimed_by"))) or "another agent"
    at = _instant(error.detail.get("claimed_at"))
    when = f" at {visit.time(at)}" if at else ""
    return f"Too late: {winner} claimed this lead{when}."


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else None
