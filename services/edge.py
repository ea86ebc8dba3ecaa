"""The drain and what goes with it act on waiting leads as an edge does: they commit, then tell."""

from __future__ import annotations

import structlog

from domain.errors import OvertakenError
from domain.ids import LeadId
from domain.lifecycle.commands import Command
from services.applied import Applied
from services.choice import Choice
from services.lifecycle import Also, Lifecycle
from services.telling import Teller

_log = structlog.get_logger(__name__)


class Edge:
    """Applies commands one lead at a time, so that whatever is wrong with one does not keep the others waiting."""

    def __init__(self, lifecycle: Lifecycle, teller: Teller) -> None:
        self._lifecycle = lifecycle
        self._teller = teller

    async def give(
        self, lead_id: LeadId, command: Command, *, choice: Choice | None = None, also: Also | None = None
    ) -> Applied | None:
        """Apply and tell; None when that failed or was refused, which is in the log, or was overtaken by `also`."""
        try:
            answer = await self._lifecycle.apply(lead_id, command, choice=choice, also=also)
        except OvertakenError:
            return None
        except Exception as error:
            _log.warning("waiting_lead_failed", lead_id=str(lead_id), command=command.kind, reason=type(error).__name__)
            return None
        if not isinstance(answer, Applied):
            _log.warning("waiting_lead_refused", lead_id=str(lead_id), command=command.kind, code=answer.refusal.code)
            return None
        if answer.changed:
            await self.tell(lead_id)
        return answer

    async def tell(self, lead_id: LeadId) -> None:
        """Tell the workflow what was committed; what cannot be told now is left to the relay."""
        try:
            await self._teller.tell(lead_id)
        except Exception as error:
            # It is committed; the relay tells it.
            _log.warning("telling_left_to_relay", lead_id=str(lead_id), reason=type(error).__name__)
