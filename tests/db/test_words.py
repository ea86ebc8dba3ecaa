"""Every closed set of words in the domain is the set its CHECK admits."""

from __future__ import annotations

import re
from enum import StrEnum

import pytest

from domain.call_match import CallState
from domain.contact import Channel, ContactResult, Direction
from domain.lifecycle.state import (
    CloseReason,
    EventType,
    LifecycleState,
    OfferKind,
    OfferStatus,
    Reason,
    Stage,
)
from domain.queue import QueueType
from domain.routing.agent import AgentStatus, CustomerSegment, InsuranceLine
from domain.tier import Tier
from tests.db.databases import Database, fetch_one


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("crm_leads_lifecycle_state_check", LifecycleState),
        ("crm_leads_close_reason_check", CloseReason),
        ("crm_leads_tier_check", Tier),
        ("crm_leads_pending_reason_check", Reason),
        ("crm_leads_pending_stage_check", Stage),
        ("crm_lead_reassignments_reason_check", Reason),
        ("crm_lead_reassignments_stage_check", Stage),
        ("RoutingEvent_eventType_check", EventType),
        ("AssignmentQueue_queueType_check", QueueType),
        ("AgentAvailability_status_check", AgentStatus),
        ("AgentSpecialization_insuranceLine_check", InsuranceLine),
        ("AgentSpecialization_customerSegment_check", CustomerSegment),
        ("lead_offers_kind_check", OfferKind),
        ("lead_offers_status_check", OfferStatus),
        ("contact_attempts_channel_check", Channel),
        ("contact_attempts_direction_check", Direction),
        ("contact_attempts_result_check", ContactResult),
        ("call_events_state_check", CallState),
    ],
)
async def test_the_check_admits_the_words_of_the_domain(
    template: Database, constraint: str, words: type[StrEnum]
) -> None:
    definition = await fetch_one(
        template.owner, "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1", constraint
    )
    assert set(re.findall(r"'([^']*)'", definition)) == {word.value for word in words}
