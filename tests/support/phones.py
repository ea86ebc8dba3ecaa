"""Phone numbers: leads of the same number are the same customer, so most tests need one each."""

from __future__ import annotations

from itertools import count

_NUMBERS = count(2_000_000)


def fresh_phone() -> str:
    """A valid number that no other call of this process gets."""
    return f"+1202{next(_NUMBERS)}"
