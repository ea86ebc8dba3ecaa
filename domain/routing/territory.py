"""Territories: the states that leads come from, agents work in, and licences are for."""

from __future__ import annotations


def territory_code(text: str) -> str:
    """A code of up to three letters in capitals (`ca` → `CA`), a name as it is; trimmed. Idempotent."""
    written = " ".join(text.split())
    return written.upper() if len(written) <= 3 else written
