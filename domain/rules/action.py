"""What a rule does when its condition is true."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from domain.errors import InvalidInputError
from domain.ids import AgentId, TeamId


class Effect(StrEnum):
    """The kinds of effect; of each kind the first matching rule counts."""

    PLACEMENT = "placement"
    POLICY = "policy"
    STRATEGY = "strategy"


Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
"""A reason as a short code; never free text, it goes into audit rows."""


class _Action(BaseModel):
    """The parameters of an action; written as `{type, params}`."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)
    word: ClassVar[str]
    effect: ClassVar[Effect] = Effect.PLACEMENT

    @model_serializer(mode="wrap")
    def _as_type_and_params(self, handler: SerializerFunctionWrapHandler) -> dict[str, object]:
        params = {name: value for name, value in handler(self).items() if value is not None}
        return {"type": self.word, "params": params}


class AssignTo(_Action):
    """The lead goes to this agent, or to an agent of this team chosen by the strategy.

    Availability and caps are respected; `force` passes over them for the named agent.
    """

    word: ClassVar[str] = "assign_to"
    agent: AgentId | None = None
    team: TeamId | None = None
    force: bool = False

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.agent is None) == (self.team is None):
            raise ValueError("name either an agent or a team")
        if self.force and self.agent is None:
            raise ValueError("force needs a named agent; a team is chosen from within its caps")
        return self


class Escalate(_Action):
    """The lead is escalated at once, with this code."""

    word: ClassVar[str] = "escalate"
    code: Code = "rule"


class Hold(_Action):
    """The lead waits, and is routed anew afterwards: for minutes, or until HH:MM (business time) or an instant."""

    word: ClassVar[str] = "hold"
    until: str | None = None
    minutes: int | None = Field(default=None, ge=1, le=60 * 24 * 30)
    code: Code = "rule"

    @field_validator("until", mode="before")
    @classmethod
    def _readable(cls, value: object) -> object:
        if isinstance(value, int):
            raise ValueError("is a number; quote the time, YAML reads 18:00 as 1080")
        if isinstance(value, datetime):
            value = value.isoformat()
        if isinstance(value, str) and _time_of_day(value) is None and _instant(value) is None:
            raise ValueError("is neither HH:MM nor an ISO instant with an offset")
        return value

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.until is None) == (self.minutes is None):
            raise ValueError("give either until or minutes")
        return self

    def release_at(self, now: datetime, time_zone: str) -> datetime:
        """When the lead is routed anew; never before `now`. HH:MM is the next such time in `time_zone`."""
        if self.minutes is not None:
            return now + timedelta(minutes=self.minutes)
        until = self.until or ""
        at = _time_of_day(until)
        if at is None:
            return max(now, _instant(until) or now)
        zone = ZoneInfo(time_zone)
        today = now.astimezone(zone).date()
        # Built from date and wall time: adding 24 hours would be an hour off on the days the clocks change.
        days = (datetime.combine(today + timedelta(days=ahead), at, zone).astimezone(now.tzinfo) for ahead in range(3))
        return next(instant for instant in days if instant > now)


class Reroute(_Action):
    """The lead is routed as usual, within this team if one is named, and never to these agents."""

    word: ClassVar[str] = "reroute"
    team: TeamId | None = Field(default=None, validation_alias=AliasChoices("team", "pool"))
    exclude: tuple[AgentId, ...] = ()


class MoveQueue(_Action):
    """The lead waits in this queue."""

    word: ClassVar[str] = "move_queue"
    queue: str = Field(min_length=1)


class SetPolicy(_Action):
    """The lead runs under this SLA policy."""

    word: ClassVar[str] = "set_policy"
    effect: ClassVar[Effect] = Effect.POLICY
    policy: str = Field(min_length=1)


class SetStrategy(_Action):
    """The lead is routed by this strategy, with these parameters."""

    word: ClassVar[str] = "set_strategy"
    effect: ClassVar[Effect] = Effect.STRATEGY
    strategy: str = Field(min_length=1)
    params: Mapping[str, JsonValue] = Field(default_factory=dict)


AnyAction = AssignTo | Escalate | Hold | Reroute | MoveQueue | SetPolicy | SetStrategy
Placement = AssignTo | Escalate | Hold | Reroute | MoveQueue

ACTIONS: Mapping[str, type[AnyAction]] = {
    kind.word: kind for kind in (AssignTo, Escalate, Hold, Reroute, MoveQueue, SetPolicy, SetStrategy)
}


def parse_action(raw: object) -> AnyAction:
    """Read a plain word (`escalate`), `{type, params}`, or either of them as JSON text.

    Raises InvalidInputError when the word is unknown or a parameter is missing, unknown or wrong.
    """
    if isinstance(raw, AssignTo | Escalate | Hold | Reroute | MoveQueue | SetPolicy | SetStrategy):
        return raw
    if isinstance(raw, str):
        raw = _from_text(raw)
    if not isinstance(raw, Mapping) or not set(raw) <= {"type", "params"} or not isinstance(raw.get("type"), str):
        raise InvalidInputError("action", "is neither a word nor {type, params}; write one of them")
    kind = ACTIONS.get(str(raw["type"]))
    if kind is None:
        raise InvalidInputError("action", f"{raw['type']!r} is unknown; write one of {', '.join(ACTIONS)}")
    params = raw.get("params")
    try:
        return kind.model_validate({} if params is None else params)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(["action", kind.word, *(str(part) for part in first["loc"])])
        raise InvalidInputError(where, f"{first['msg']}; it takes {', '.join(kind.model_fields)}") from error


def action_text(action: AnyAction) -> str:
    """The action as the `action` column holds it; `parse_action` is the inverse."""
    return json.dumps(action.model_dump(mode="json"), sort_keys=True)


def _from_text(text: str) -> object:
    if not text.lstrip().startswith("{"):
        return {"type": text.strip()}
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("action", "is not readable JSON; write a word or {type, params}") from error


def _time_of_day(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if len(text) == 5 and text[2] == ":" else None
    except ValueError:
        return None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _validated(raw: object) -> object:
    try:
        return parse_action(raw)
    except InvalidInputError as error:
        raise ValueError(str(error)) from error


Action = Annotated[AnyAction, BeforeValidator(_validated)]
"""Any action, as a field of a model: reads every form that `parse_action` reads."""
