"""What became of a command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """The lead as committed. `changed` is False for a repeat or when there was nothing to do.

    `result` is the answer as it was stored, the same for every repeat of the command.
    """

    lead: Lead
    changed: bool
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The command was refused; `lead` is the row it met, None when there is none."""

    refusal: Refusal
    lead: Lead | None


Answer = Applied | Refused
