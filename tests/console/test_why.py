"""Why this agent: the section of a lead's page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tests.console.conftest import Desk


def candidate(rank: int, agent: UUID, **more: Any) -> dict[str, Any]:
    factors = [
        {"name": "specialization", "value": 100, "impact": "positive"},
        {"name": "capacity", "value": 20, "impact": "negative"},
    ]
    return {
        "rank": rank,
        "agent": str(agent),
        "fitness": 80 - rank,
        "factors": factors,
        "utilization": 80,
        "response_minutes": 15,
        "confidence": 0.75,
        **more,
    }


def explanation(agent: UUID | None, **more: Any) -> dict[str, Any]:
    return {
        "seq": 3,
        "at": "2026-03-02T20:03:22Z",
        "agent": str(agent) if agent else None,
        "sentences": ["Offered to candidate 1 of 2.", "Strategy greedy: highest fitness first."],
        "candidates": [],
        "dropped": [{"reason": "off_shift", "count": 2, "meaning": "The agent has shifts and none is running."}],
        "answer": None,
        **more,
    }


async def test_a_manager_reads_it_in_full(desk: Desk) -> None:
    ada, ben = desk.api.person("Ada", "Archer"), desk.api.person("Ben", "Brandt")
    noor = desk.api.person("Noor", "Manager", "manager")
    lead = desk.api.lead("offered", ada)
    desk.api.explanations[lead] = explanation(ada, candidates=[candidate(1, ada), candidate(2, ben, lost=True)])
    await desk.sign_in(noor, to=f"/lead/{lead}")
    for sentence in (
        "Why this agent",
        "Offered to candidate 1 of 2.",
        "1. Ada Archer",
        "got it",
        "2. Ben Brandt",
        "no free slot any more",
        "fitness 78.0",
        "capacity 20",
        "2 × off shift: The agent has shifts and none is running.",
        "recorded then and not changed since",
    ):
        await desk.sees(sentence)
    await desk.sees_no("And you")


async def test_an_agent_reads_its_own_part(desk: Desk) -> None:
    ada = desk.api.person("Ada", "Archer")
    lead = desk.api.lead("offered", ada)
    answer = {"agent": str(ada), "verdict": "chosen", "sentences": ["Got the lead as candidate 1 of 2."]}
    desk.api.explanations[lead] = explanation(ada, candidates=[candidate(1, ada)], answer=answer)
    await desk.sign_in(ada, to=f"/lead/{lead}")
    await desk.sees("And you")
    await desk.sees("Got the lead as candidate 1 of 2.")
    await desk.sees("1. you")


async def test_it_is_asked_for_again_only_when_the_lead_has_moved(desk: Desk) -> None:
    noor = desk.api.person("Noor", "Admin", "admin")
    lead = desk.api.lead("received")
    await desk.sign_in(noor, to=f"/lead/{lead}")
    await desk.sees("What happened")
    await desk.sees("Received")
    await desk.sees_no("Why it went there")

    asked = desk.api.explained
    assert asked == 1
    desk.api.explanations[lead] = explanation(None, sentences=["Waits in the queue waiting: nobody could take it."])
    desk.api.leads[lead] |= {"lifecycle_state": "queued", "seq": 4}
    await desk.sees("Why it went there")
    await desk.sees("Waits in the queue waiting: nobody could take it.")
    assert desk.api.explained == asked + 1
