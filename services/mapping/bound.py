"""A mapping bound to one file: from a row's cells to a lead, and to its past life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from domain.errors import InvalidInputError
from services.intake import contact_details
from services.mapping.columns import Getter
from services.mapping.targets import METADATA, PAST_FIELDS, REQUIRED_LEAD, REQUIRED_PAST, as_field, put_metadata
from services.mapping.values import Value
from services.new_lead import NewLead, PastLife

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class MappedRow:
    """What one row says; `life` only when history was asked for."""

    lead: NewLead
    life: PastLife | None


@dataclass(frozen=True)
class BoundMapping:
    """Getters by target for the columns of one file."""

    getters: Mapping[str, Getter]
    needs: Mapping[str, Sequence[str]]
    zone: ZoneInfo
    history: bool

    def read(self, cells: Sequence[str]) -> MappedRow:
        """The lead of one row, with a phone and an e-mail that can be used.

        Raises InvalidInputError that names the target for a row that cannot become a lead.
        """
        lead: dict[str, Any] = {"metadata": {}}
        past: dict[str, Any] = {}
        for target, getter in self.getters.items():
            value = self._value(target, getter, cells)
            if value is None:
                continue
            if target.startswith(METADATA):
                put_metadata(lead["metadata"], target, value)
            else:
                (past if target in PAST_FIELDS else lead)[target] = value
        self._require(REQUIRED_LEAD, lead)
        new = _validated(NewLead, lead)
        contact_details(new)
        if not self.history:
            return MappedRow(new, None)
        self._require(REQUIRED_PAST, past)
        life = _validated(PastLife, past)
        if new.created_at is not None and new.created_at > life.closed_at:
            raise InvalidInputError("closed_at", "before created_at; correct one of the two")
        return MappedRow(new, life)

    def _value(self, target: str, getter: Getter, cells: Sequence[str]) -> Value | None:
        try:
            value = getter(cells)
            return None if value is None else as_field(target, value, self.zone)
        except InvalidInputError as error:
            raise InvalidInputError(target, f"{error.field}: {error.problem}") from error
        except (ValueError, OverflowError) as error:
            raise InvalidInputError(target, f"{error}; correct the row") from error

    def _require(self, targets: Sequence[str], values: Mapping[str, Any]) -> None:
        for target in targets:
            if target not in values:
                columns = ", ".join(self.needs[target]) or "the mapping's value"
                raise InvalidInputError(target, f"missing; fill in {columns}")


def _validated(model: type[_Model], values: dict[str, Any]) -> _Model:
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        reason = first["msg"]
        raise InvalidInputError(
            ".".join(str(part) for part in first["loc"]),
            f"{first['input']!r} cannot be used: {reason[0].lower()}{reason[1:]}",
        ) from error
