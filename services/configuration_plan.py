"""The difference between what is published and what is wanted, path by path."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_WHOLE = frozenset({"condition", "action", "calendar"})
"""Parts that are shown as one: their inner parts mean nothing alone."""
_NAMED = frozenset({"rules", "teams", "policies"})


class ChangeKind(StrEnum):
    """What happens to a path, by the sign that a plan shows."""

    ADD = "+"
    REMOVE = "-"
    CHANGE = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One path whose value differs; `old` or `new` is None where there was or will be nothing."""

    kind: ChangeKind
    path: tuple[str, ...]
    old: Any = None
    new: Any = None

    @property
    def subject(self) -> tuple[str, ...]:
        """The thing that changes: one rule, one team, one policy, or a section."""
        return self.path[:2] if self.path[0] in _NAMED else self.path[:1]


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes that lead from one document to the other, in the order of the new one, what goes away last."""
    return tuple(_differing((), keyed(old), keyed(new)))


def keyed(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with its rules by name; rules of the same name have their id in brackets."""
    rules = document.get("rules") or []
    names = Counter(rule["name"] for rule in rules)
    by_name = {rule["name"] if names[rule["name"]] == 1 else f"{rule['name']} ({rule['id']})": rule for rule in rules}
    return {**document, "rules": by_name}


def part_of(document: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """What a keyed document holds at a path; None where it holds nothing."""
    found: Any = document
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _differing(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not (path and path[-1] in _WHOLE):
        for key in new:
            if key in old:
                yield from _differing((*path, key), old[key], new[key])
            else:
                yield Change(kind=ChangeKind.ADD, path=(*path, key), new=new[key])
        for key in old:
            if key not in new:
                yield Change(kind=ChangeKind.REMOVE, path=(*path, key), old=old[key])
        return
    yield Change(kind=ChangeKind.CHANGE, path=path, old=old, new=new)
