"""What scoring knows about a lead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFacts:
    """What scoring looks at. Booleans say that a field is present; its content is personal and stays away.

    `status` is one of the six of `crm_leads.status`. `quality` is 0..100, None when nobody said. `enqueued_at` is when
    the lead began to wait in its queue, None while it does not. `line` is its line of business, an `InsuranceLine`.
    """

    status: str
    source: str
    quality: int | None
    has_email: bool
    has_phone: bool
    has_name: bool
    has_place: bool
    has_line: bool
    created_at: datetime
    enqueued_at: datetime | None = None
    line: str | None = None
    has_previous_policies: bool = False

    @property
    def source_key(self) -> str:
        """The source as profiles name it: lower case."""
        return self.source.lower()
