"""How often a race is run: a few times with every change, thousands of times in the slow set."""

from __future__ import annotations

import pytest


def rounds(*, quick: int, slow: int) -> pytest.MarkDecorator:
    """Run the test once with `rounds` = quick, and in the slow set with `rounds` = slow."""
    return pytest.mark.parametrize(
        "rounds", [pytest.param(quick, id="quick"), pytest.param(slow, id="many", marks=[pytest.mark.slow])]
    )
