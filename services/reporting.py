"""Reports for those who answer for response times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.repositories.response_times import Grouping, StageTimes, read_response_times
from db.session import ReadConnection
from domain.errors import InvalidInputError
from domain.lifecycle.actor import Actor, Role
from domain.lifecycle.transition import Refusal, RefusalCode
from services.clock import Clock

_USUAL = timedelta(days=7)
_LONGEST = timedelta(days=92)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseTimes:
    """The stages of the leads received from `since` to before `until`."""

    since: datetime
    until: datetime
    by: Grouping
    lines: Sequence[StageTimes]


class Reporting:
    """Reads what the caller may see, and no more; changes nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def response_times(
        self,
        connection: ReadConnection,
        caller: Actor,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        by: Grouping = Grouping.ALL,
    ) -> ResponseTimes | Refusal:
        """How long it took to assign, claim, try and reach; the last seven days without instants.

        A manager's are those of his teams and of leads that nobody has; agents are refused. Raises InvalidInputError
        for a period that is empty, or longer than 92 days.
        """
        if caller.role is Role.AGENT:
            return Refusal(code=RefusalCode.FORBIDDEN, message="reports are for managers, admins and other systems")
        until = until or self._clock.now()
        since = since or until - _USUAL
        if not timedelta() < until - since <= _LONGEST:
            raise InvalidInputError(
                "since", f"{since.isoformat()} must be before until, {until.isoformat()}, by 92 days at most"
            )
        lines = await read_response_times(connection, caller, since=since, until=until, by=by)
        return ResponseTimes(since=since, until=until, by=by, lines=lines)
