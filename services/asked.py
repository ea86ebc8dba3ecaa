"""Whom the drain has asked for in vain, so that it does not ask again before that could help."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from db.repositories.pool import Free
from domain.ids import AgentId, LeadId

_AGAIN = timedelta(seconds=5)


class Asked:
    """Remembers leads that nobody could take.

    Asking again can help when somebody has come, has changed or has given up a lead since, when a minute begins
    (shifts) and when five seconds have passed (what one agent gets in a minute or an hour, and everything else).
    """

    def __init__(self) -> None:
        self._asked_at: dict[LeadId, datetime] = {}
        self._free: Mapping[AgentId, Free] = {}
        self._since = datetime.min.replace(tzinfo=UTC)

    def notice(self, free: Mapping[AgentId, Free], now: datetime) -> None:
        """Look at who is free now."""
        minute = now.replace(second=0, microsecond=0)
        if any(self._is_news(agent, state) for agent, state in free.items()):
            self._since = now
        elif self._since < minute:
            self._since = minute
        self._free = free

    def in_vain(self, lead_ids: Collection[LeadId], now: datetime) -> None:
        """Nobody took these when they were asked for at `now`."""
        self._asked_at.update(dict.fromkeys(lead_ids, now))

    def lately(self, now: datetime) -> list[LeadId]:
        """Leads for which asking again is of no use yet."""
        return [lead_id for lead_id, at in self._asked_at.items() if at >= self._since and now - at < _AGAIN]

    def ever(self) -> list[LeadId]:
        """All leads that are remembered."""
        return list(self._asked_at)

    def forget(self, now: datetime) -> None:
        """Forget those for which asking again may help."""
        self._asked_at = {lead_id: self._asked_at[lead_id] for lead_id in self.lately(now)}

    def _is_news(self, agent: AgentId, now: Free) -> bool:
        known = self._free.get(agent)
        if known is None or known.skilled_at != now.skilled_at:
            return True
        return now.live < known.live or now.held < known.held
