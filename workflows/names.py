"""Names that the workflow and its surroundings share: activities, workflow ids, search attributes."""

from __future__ import annotations

from enum import StrEnum

from temporalio.common import SearchAttributeKey


class ActivityName(StrEnum):
    """Activities of the lead's workflow and of the service loops."""

    READ_LEAD = "read_lead"
    SCORE_LEAD = "score_lead"
    ROUTE_LEAD = "route_lead"
    REASSIGN_LEAD = "reassign_lead"
    EXPIRE_LEAD = "expire_lead"
    REMIND_LEAD = "remind_lead"
    RESUME_LEAD = "resume_lead"
    RECORD_OUTCOME = "record_outcome"
    APPLY_COMMAND = "apply_command"
    RELAY = "relay"
    DRAIN = "drain"


LOOPS = (ActivityName.RELAY, ActivityName.DRAIN)
"""Activities that run for ever, one of each in the namespace."""


def loop_workflow_id(activity: str) -> str:
    """Workflow id of a service loop: `baton-relay`, `baton-drain`. Temporal lets only one of each run."""
    return f"baton-{activity}"


LEAD_STATE = SearchAttributeKey.for_keyword("LeadState")
AGENT = SearchAttributeKey.for_keyword("Agent")
WAKE_AT = SearchAttributeKey.for_datetime("WakeAt")
LEAD_SEQ = SearchAttributeKey.for_int("LeadSeq")
