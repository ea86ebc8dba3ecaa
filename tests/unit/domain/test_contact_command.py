"""What makes two reports of an attempt the same command."""

from __future__ import annotations

import hashlib
from uuid import UUID

from domain.ids import AgentId
from domain.lifecycle.commands import Contact
from tests.unit.domain.lives import START, given

_KNOWN = (
    '{"kind":"contact","epoch":null,"channel":"call","direction":"outbound","result":"connected",'
    '"occurred_at":null,"external_id":"call-1"}'
)


def test_without_an_agent_the_digest_is_that_of_commands_stored_before_there_was_one() -> None:
    command = Contact(**given(at=START), external_id="call-1")
    assert command.body_hash() == hashlib.sha256(_KNOWN.encode()).hexdigest()


def test_another_agents_attempt_is_another_command() -> None:
    named = [Contact(**given(at=START), agent=AgentId(UUID(int=number))) for number in (1, 2)]
    assert len({command.body_hash() for command in named}) == 2
