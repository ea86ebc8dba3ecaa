"""Percentiles, histograms and bars."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.demo.figures import bar, histogram, percentile, sparkline

_SAMPLES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=50)


@pytest.mark.parametrize(
    ("samples", "share", "expected"),
    [([], 0.5, None), ([7.0], 0.99, 7.0), ([1, 2, 3, 4], 0.5, 2), ([4, 1, 3, 2], 0.75, 3), ([1, 2, 3], 1.0, 3)],
)
def test_percentile(samples: list[float], share: float, expected: float | None) -> None:
    assert percentile(samples, share) == expected


@given(samples=_SAMPLES, share=st.floats(min_value=0, max_value=1))
def test_at_least_the_share_is_not_above_the_percentile(samples: list[float], share: float) -> None:
    found = percentile(samples, share)
    assert found is not None
    assert sum(sample <= found for sample in samples) >= share * len(samples)


@given(samples=_SAMPLES, bins=st.integers(min_value=1, max_value=30))
def test_every_sample_is_in_one_part_of_the_histogram(samples: list[float], bins: int) -> None:
    assert sum(histogram(samples, bins, max(samples))) == len(samples)


def test_a_sparkline_shows_everything_above_zero() -> None:
    assert sparkline([0, 1, 1000]) == " ▁█"
    assert sparkline([0, 0]) == "  "


@given(share=st.floats(min_value=-1, max_value=2), width=st.integers(min_value=1, max_value=80))
def test_a_bar_never_exceeds_its_width(share: float, width: int) -> None:
    drawn = bar(share, width)
    assert len(drawn) <= width
    assert bool(drawn) == (share > 0)
