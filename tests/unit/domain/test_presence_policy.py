"""The policy of presence: its defaults, and what it refuses."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.configuration import Configuration
from domain.presence_policy import HeldLeads, OnLeave, PresencePolicy


def test_an_empty_configuration_gives_a_minute_of_grace_and_lets_claimed_leads_stay() -> None:
    policy = Configuration().presence
    assert (policy.grace_seconds, policy.held_leads, policy.ignored_offers) == (60, HeldLeads.STAY, 3)
    assert policy.on_leave is OnLeave.KEEP


@pytest.mark.parametrize(
    "body", [{"grace_seconds": -1}, {"ignored_offers": -1}, {"held_leads": "go"}, {"on_leave": "move"}, {"grace": 1}]
)
def test_a_body_that_says_nothing_sensible_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PresencePolicy.model_validate(body)
