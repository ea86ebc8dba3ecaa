"""Making recorded decisions again: the same inputs and the same configuration have to give the same answer."""

from __future__ import annotations

from db.repositories.decision_records import DecisionRecord
from domain.configuration import Configuration
from domain.ids import LeadId
from domain.routing.decision import decide_route
from domain.routing.decision_record import dropped_in, inputs_from_plain, inputs_to_plain


def decision_fault(record: DecisionRecord, configuration: Configuration) -> str | None:
    """What is wrong with a recorded decision; None when making it again gives the same ranking.

    That ranking excludes earlier holders while anybody else is eligible, so it also proves that nobody was picked
    again needlessly.
    """
    if record.inputs is None:
        return f"seq {record.seq}: the recorded inputs cannot be read"
    try:
        inputs = inputs_from_plain(LeadId(record.lead_id), record.inputs)
        ranked, dropped = record.inputs["ranked"], dropped_in(record.inputs)
        lost = [str(agent) for agent in inputs.lost]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"seq {record.seq}: the recorded inputs lack a part ({type(error).__name__})"
    again = inputs_to_plain(
        inputs,
        decide_route(inputs.request, inputs.agents, configuration, inputs.facts, filtered=inputs.filtered),
    )
    if again["ranked"] != ranked:
        return f"seq {record.seq}: decided again, {len(again['ranked'])} candidates are in another order"
    if dropped_in(again) != dropped:
        return f"seq {record.seq}: decided again, other agents are dropped"
    if record.chosen is not None and str(record.chosen) != next((one for one in ranked if one not in lost), None):
        return f"seq {record.seq}: went to {record.chosen}, who was not the first with a free slot"
    return None
