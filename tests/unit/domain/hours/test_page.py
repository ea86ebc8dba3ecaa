"""The example of the reference page is a calendar."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from pathlib import Path

import yaml

from domain.configuration import Configuration

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "calendars.md"


def test_the_example_is_read() -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert example is not None
    calendars = Configuration.model_validate(yaml.safe_load(example[1])).calendars
    assert calendars["hotline"].next_close(datetime(2026, 12, 24, tzinfo=UTC)) is None
    assert calendars["berlin"].spans_on(date(2026, 12, 24)) == ("09:00-12:00",)
    assert calendars["berlin"].spans_on(date(2026, 12, 25)) == ()
    assert calendars["berlin"].spans_on(date(2026, 12, 28)) == ()
    assert calendars["berlin"].spans_on(date(2026, 12, 29)) == ("09:00-12:30", "13:30-18:00")
