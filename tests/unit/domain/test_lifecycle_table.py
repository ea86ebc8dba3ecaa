"""Every command in every state, and the page that says so."""

from __future__ import annotations

import pytest

from tests.unit.domain.lifecycle_table import DOCUMENT, EXPECTED, STATES, answer, document


@pytest.mark.parametrize("name", EXPECTED)
def test_every_command_in_every_state(name: str) -> None:
    assert {state: answer(name, lead) for state, lead in STATES.items()} == dict(
        zip(STATES, EXPECTED[name].split(), strict=True)
    )


def test_the_reference_page_is_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.unit.domain.lifecycle_table"
