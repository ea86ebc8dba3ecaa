"""An agent's page: every click becomes one command, and every answer is shown in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from tests.console.conftest import Desk
from tests.support.eventually import assert_eventually


async def test_claim_contact_outcome(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("offered", ada)
    await desk.sign_in(ada)
    await desk.sees("Offered to you (1)")
    await desk.sees_no("+12025550123")

    await desk.press("claim")
    await desk.sees("Yours. Contact the customer by")
    await desk.sees("Contact now (1)")
    await desk.sees("+12025550123")

    await desk.press("contact")
    await desk.press("choice-no_answer")
    await desk.sees("Recorded. Call: no answer. Try again at")
    await desk.sees("to next try")
    await desk.sees("In progress (1)")

    await desk.press("outcome")
    await desk.press("choice-won")
    await desk.sees("Closed: won.")
    await desk.sees_no("In progress (1)")

    assert [(asked.verb, asked.lead, asked.body) for asked in desk.api.asked] == [
        ("claim", lead, {"epoch": 1}),
        ("contact", lead, {"epoch": 1, "channel": "call", "result": "no_answer"}),
        ("outcome", lead, {"result": "won"}),
    ]
    keys = [asked.key for asked in desk.api.asked]
    assert len(set(keys)) == 3
    assert None not in keys


async def test_a_claimed_lead_is_paused_and_goes_on(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("claimed", ada)
    await desk.sign_in(ada)
    await desk.press("later")
    await desk.press("choice-documents")
    await desk.press("choice-3h")
    await desk.sees("Paused until")
    await desk.sees("waiting for documents")
    await desk.sees("No window runs out.")
    await desk.sees_no("to contact")

    await desk.sees("Resume")
    await desk.press("later")
    await desk.sees("It goes on, with the time that was left.")
    await desk.sees("to contact")

    pause, resume = desk.api.asked
    assert (pause.verb, pause.lead, pause.body["code"]) == ("pause", lead, "documents")
    wait = datetime.fromisoformat(pause.body["until"]) - datetime.now(UTC)
    assert timedelta(hours=2, minutes=59) < wait <= timedelta(hours=3)
    assert (resume.verb, resume.body) == ("resume", {})


async def test_a_lead_that_was_tried_is_put_off_without_a_reason(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    desk.api.lead("attempting", ada)
    await desk.sign_in(ada)
    await desk.press("later")
    await desk.sees("Until when?")
    await desk.press("choice-1h")
    await desk.sees("Put off until")
    assert [asked.verb for asked in desk.api.asked] == ["snooze"]


async def test_later_may_be_taken_back_at_each_step(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    desk.api.lead("claimed", ada)
    await desk.sign_in(ada)
    await desk.press("later")
    await desk.sees("Why is it to wait?")
    desk.click("Back")
    await desk.sees_no("Why is it to wait?")
    await desk.press("later")
    await desk.press("choice-documents")
    await desk.sees("Until when?")
    desk.click("Back")
    await desk.sees_no("Until when?")
    assert desk.api.asked == []


async def test_decline_asks_why_and_may_be_taken_back(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    desk.api.lead("offered", ada)
    await desk.sign_in(ada)
    await desk.press("decline")
    await desk.sees("Why not?")
    desk.click("Back")
    await desk.sees_no("Why not?")
    assert desk.api.asked == []

    await desk.press("decline")
    await desk.sees("Why not?")
    desk.click("Busy right now")
    await desk.sees("Declined. It goes on to somebody else.")
    assert [asked.body for asked in desk.api.asked] == [{"epoch": 1, "code": "busy"}]


CLAIMED_AT = datetime(2026, 3, 2, 20, 3, 22, tzinfo=UTC).isoformat()
BEN = UUID(int=0xBE << 120)


@pytest.mark.parametrize(
    ("status", "document", "words"),
    [
        (
            409,
            {
                "title": "AlreadyClaimed",
                "detail": "another agent has claimed this lead",
                "claimed_by": str(BEN),
                "claimed_at": CLAIMED_AT,
            },
            "Too late: agent be000000 claimed this lead at 2 Mar 14:03:22.",
        ),
        (409, {"title": "AlreadyClaimed", "detail": "gone"}, "Too late: another agent claimed this lead."),
        (409, {"title": "StaleOffer", "detail": "moved on"}, "Too late: this offer is over, the lead has moved on."),
        (403, {"title": "NotEligible", "detail": "offered to another"}, "offered to another agent now"),
        (403, {"title": "NotEligible", "detail": "you may not: licence", "violations": []}, "You may not: licence."),
        (409, {"title": "AtCapacity", "detail": "you have no free slot"}, "You have no free slot."),
    ],
)
async def test_a_refusal_is_told_plainly(desk: Desk, status: int, document: dict[str, str], words: str) -> None:
    ada = desk.api.person("Ada", "Archer")
    desk.api.lead("offered", ada)
    desk.api.refusals.append((status, document))
    await desk.sign_in(ada)
    await desk.press("claim")
    await desk.sees(words)
    assert len(desk.api.asked) == 1


async def test_a_busy_database_is_asked_again_with_the_same_key(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    desk.api.lead("offered", ada)
    desk.api.refusals.append((503, {"title": "Unavailable", "detail": "busy"}))
    await desk.sign_in(ada)
    await desk.press("claim")
    await desk.sees("Yours. Contact the customer by")
    first, second = desk.api.asked
    assert first == second


async def test_escalated_leads_are_open_to_everybody(desk: Desk) -> None:
    lead = desk.api.lead("escalated")
    await desk.sign_in(desk.api.person("Ada", "Archer"))
    await desk.sees("Open to everybody (1)")
    await desk.press("claim")
    await desk.sees("Yours.")
    assert [asked.lead for asked in desk.api.asked] == [lead]


async def test_an_offer_that_goes_away_disappears_by_itself(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("offered", ada)
    await desk.sign_in(ada)
    await desk.sees("Offered to you (1)")
    desk.api.leads[lead] |= {"assigned_agent_id": None, "lifecycle_state": "queued", "seq": 4}
    await desk.sees("Nothing right now.")


async def test_presence_is_shown_and_changed(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    await desk.sign_in(ada)
    await desk.sees("1 of 5 slots taken")
    desk.click("presence")
    desk.click("On a break")

    async def changed() -> bool:
        return bool(desk.api.agents[0]["status"] == "Break")

    await assert_eventually(changed)


async def test_a_sign_in_that_ends_during_a_click_leads_back_to_the_sign_in(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    desk.api.lead("offered", ada)
    desk.api.refusals.append((401, {"title": "Unauthorized", "detail": "send a valid token"}))
    await desk.sign_in(ada)
    await desk.press("claim")
    await desk.sees("Your sign-in has expired.")


async def test_the_card_says_why_the_customer_cannot_be_called_yet(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    reason = "It is 06:12 at the customer's place (Phoenix time); calls from 08:00."
    desk.api.lead("claimed", ada, sla={"waiting_reason": reason})
    await desk.sign_in(ada)
    await desk.sees(reason)
