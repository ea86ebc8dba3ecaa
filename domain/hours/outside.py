"""The time outside of absences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from domain.hours.hours import Hours, never_opens
from domain.hours.interval import Interval
from domain.hours.spans import merged

_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Outside(Hours):
    """Open except during the given intervals, which may overlap and come in any order."""

    def __init__(self, closed: Iterable[Interval]) -> None:
        gaps = merged(closed)
        starts = [_BEGINNING, *(gap.ends_at for gap in gaps)]
        ends = [*(gap.starts_at for gap in gaps), _END]
        self._open = merged(Interval(start, end) for start, end in zip(starts, ends, strict=True))

    def after(self, at: datetime) -> Iterator[Interval]:
        """What lies between the absences, in order."""
        yield from (one for one in self._open if one.ends_at > at)
        raise never_opens("what absences leave")

    def before(self, at: datetime) -> Iterator[Interval]:
        """What lies between the absences, latest first."""
        yield from (one for one in reversed(self._open) if one.starts_at < at)
        raise never_opens("what absences leave")
