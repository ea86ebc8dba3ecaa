"""Whether a condition can be true at all, and whether one condition implies another.

The answers are proofs: True is certain, False only says that no proof was found. A condition is taken apart into
branches (each a list of comparisons that must hold or must not); a branch is impossible when, for one of its fields,
none of the values that differ for these comparisons passes them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from domain.rules.condition import All, Compare, Condition, Not
from domain.rules.operator import Operator, holds, is_number

MAX_BRANCHES = 512
"""More branches than this are not looked at: nothing is proved then."""

Literal = tuple[Compare, bool]
Branch = tuple[Literal, ...]


class _TooManyBranchesError(Exception):
    pass


def contradictory(condition: Condition) -> bool:
    """True when no facts whatever can make the condition true."""
    try:
        branches = _branches(condition, wanted=True)
    except _TooManyBranchesError:
        return False
    return all(_impossible(branch) for branch in branches)


def always_true(condition: Condition) -> bool:
    """True when the condition holds for all facts."""
    return contradictory(Not(condition=condition))


def implies(narrow: Condition, wide: Condition) -> bool:
    """True when `wide` holds wherever `narrow` does."""
    return contradictory(All(conditions=(narrow, Not(condition=wide))))


def _branches(condition: Condition, *, wanted: bool) -> list[Branch]:
    if isinstance(condition, Compare):
        return [((condition, wanted),)]
    if isinstance(condition, Not):
        return _branches(condition.condition, wanted=not wanted)
    parts = [_branches(part, wanted=wanted) for part in condition.conditions]
    if isinstance(condition, All) is wanted:
        return _product(parts)
    joined = [branch for part in parts for branch in part]
    if len(joined) > MAX_BRANCHES:
        raise _TooManyBranchesError
    return joined


def _product(parts: Sequence[list[Branch]]) -> list[Branch]:
    product: list[Branch] = [()]
    for part in parts:
        if len(product) * len(part) > MAX_BRANCHES:
            raise _TooManyBranchesError
        product = [(*done, *branch) for done in product for branch in part]
    return product


def _impossible(branch: Branch) -> bool:
    fields: defaultdict[str, list[Literal]] = defaultdict(list)
    for compare, wanted in branch:
        fields[compare.field].append((compare, wanted))
    return any(not _possible(literals) for literals in fields.values())


def _possible(literals: list[Literal]) -> bool:
    """True unless every kind of value fails: no value, flags, objects, lists, numbers, texts."""
    constants = [constant for compare, _ in literals for constant in _constants(compare)]
    members = [compare.value for compare, wanted in literals if wanted and compare.operator is Operator.CONTAINS]
    # An object stands for everything that is there and compares with nothing; the list with only the wanted
    # members passes every "does not contain" that any list with them passes.
    exact: list[object] = [None, True, False, {}, members, *constants, *_numbers(constants)]
    if any(all(_passes(value, literal) for literal in literals) for value in exact):
        return True
    if _contains_excluded(literals):
        return False
    order = [literal for literal in literals if literal[0].operator is not Operator.CONTAINS]
    return any(all(_passes(text, literal) for literal in order) for text in _gap_texts(constants))


def _passes(value: object, literal: Literal) -> bool:
    compare, wanted = literal
    return holds(compare.operator, value, compare.value) is wanted


def _constants(compare: Compare) -> Iterator[object]:
    if isinstance(compare.value, tuple):
        yield from compare.value
    else:
        yield compare.value


def _numbers(constants: list[object]) -> Iterator[Fraction]:
    """A number below all constants, one between each two neighbours, one above: exact, whatever their size."""
    points = sorted(Fraction(value) for value in constants if isinstance(value, int | float) and is_number(value))
    if not points:
        yield Fraction(0)
        return
    yield points[0] - 1
    yield points[-1] + 1
    for low, high in pairwise(points):
        yield (low + high) / 2


def _gap_texts(constants: list[object]) -> Iterator[str]:
    """Texts that stand for the gaps in the order: the empty one, and the one right after each constant.

    A gap holds other texts than its first, so `contains` is not asked of them; where a gap is a single text it
    is a constant, and those are tried as they are.
    """
    yield ""
    for value in constants:
        if isinstance(value, str):
            yield value + "\0"


def _contains_excluded(literals: list[Literal]) -> bool:
    """True when no text has all the wanted parts and none of the unwanted ones."""
    parts = [(compare.value, want) for compare, want in literals if compare.operator is Operator.CONTAINS]
    wanted = [value for value, want in parts if want]
    if any(not isinstance(value, str) for value in wanted):
        return True
    unwanted = [value for value, want in parts if not want]
    return any(value == "" or any(holds(Operator.CONTAINS, has, value) for has in wanted) for value in unwanted)
