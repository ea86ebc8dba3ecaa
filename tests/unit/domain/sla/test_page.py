"""The reference page says what is so."""

from __future__ import annotations

from tests.unit.domain.sla_page import DOCUMENT, document


def test_the_reference_page_is_what_happens() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.unit.domain.sla_page"
