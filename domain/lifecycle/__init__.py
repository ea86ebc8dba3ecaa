"""The lead's life: one pure function decides every transition."""

from domain.lifecycle.decide import decide
from domain.lifecycle.lead import Lead
from domain.lifecycle.transition import Context, Refusal, RefusalCode, Transition, Unchanged

__all__ = ["Context", "Lead", "Refusal", "RefusalCode", "Transition", "Unchanged", "decide"]
