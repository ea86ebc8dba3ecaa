"""Leads with a special part to play, so that every turn a life can take is seen in a run of ordinary size."""

from __future__ import annotations

from enum import StrEnum


class Fate(StrEnum):
    """`misplaced` asks for a language that nobody of its line speaks: it waits until a manager places it."""

    ORDINARY = "ordinary"
    STUBBORN = "stubborn"
    INCOMPLETE = "incomplete"
    MISPLACED = "misplaced"
    TAKEN_OVER = "taken_over"
    WITHDRAWN = "withdrawn"


def fate_of(index: int) -> Fate:
    """The part of the lead that arrives as number `index`, from 0.

    Of sixty leads two are ignored by everybody until they escalate, one lacks phone and e-mail, three are
    misplaced, two are taken over by a manager, one is withdrawn by its source.
    """
    if index % 30 == 7:
        return Fate.STUBBORN
    if index % 60 == 13:
        return Fate.INCOMPLETE
    if index % 20 == 11:
        return Fate.MISPLACED
    if index % 30 == 17:
        return Fate.TAKEN_OVER
    if index % 60 == 25:
        return Fate.WITHDRAWN
    return Fate.ORDINARY


def is_restarted(index: int) -> bool:
    """Whether the manager restarts this escalated lead instead of claiming it: every second one."""
    return index // 30 % 2 == 1
