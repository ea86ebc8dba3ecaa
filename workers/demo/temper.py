"""How agents behave: who claims, who ignores, who is late. Pure: the same seed gives the same decisions."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from domain.contact import Channel, ContactResult
from domain.lifecycle.state import CloseReason

_LONGEST_THOUGHT = 8.0
_JUST_LATE = 0.02
"""Seconds after a deadline at which a late agent acts; mostly the lead has gone to somebody else by then."""


class OfferMove(StrEnum):
    """What an agent does with an offer."""

    CLAIM = "claim"
    CLAIM_LATE = "claim_late"
    DECLINE = "decline"
    IGNORE = "ignore"


class HoldMove(StrEnum):
    """What an agent does with a lead it has claimed."""

    WORK = "work"
    WORK_LATE = "work_late"
    FORGET = "forget"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """`delay` is in seconds from seeing the offer; for a late claim from its deadline."""

    move: OfferMove
    delay: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt, `delay` seconds after the one before (the first: after the claim, or after the deadline)."""

    delay: float
    channel: Channel
    result: ContactResult


@dataclass(frozen=True, slots=True)
class Ending:
    """The outcome an agent records `delay` seconds after its last attempt."""

    delay: float
    result: CloseReason
    reason: str
    value: float | None
    minutes: float
    quality: int


@dataclass(frozen=True, slots=True)
class HoldPlan:
    """Attempts, then the ending; without an ending the lead stays as it is after the last attempt."""

    move: HoldMove
    attempts: tuple[Attempt, ...]
    ending: Ending | None


class Temper:
    """Decides per lead and assignment, so that the order in which things happen changes no decision."""

    def __init__(self, seed: int, window: float) -> None:
        """`window` is the length of both windows in seconds; agents think for fractions of it, 8 s at most."""
        self._seed = seed
        self._thought = min(window, _LONGEST_THOUGHT)

    def on_offer(self, index: int, epoch: int) -> OfferPlan:
        """Eight of ten offers are claimed in time."""
        random = self._random(index, epoch, "offer")
        move = random.choices(
            (OfferMove.CLAIM, OfferMove.IGNORE, OfferMove.DECLINE, OfferMove.CLAIM_LATE), (80, 9, 6, 5)
        )[0]
        if move is OfferMove.CLAIM_LATE:
            return OfferPlan(move, _JUST_LATE)
        return OfferPlan(move, self._think(random, 0.08, 0.55))

    def on_claim(self, index: int, epoch: int) -> HoldPlan:
        """Nine of ten claimed leads are called in time; half of the first calls reach the customer."""
        random = self._random(index, epoch, "hold")
        move = random.choices((HoldMove.WORK, HoldMove.WORK_LATE, HoldMove.FORGET, HoldMove.RELEASE), (88, 4, 5, 3))[0]
        if move in (HoldMove.FORGET, HoldMove.RELEASE):
            delay = Attempt(self._think(random, 0.1, 0.3), Channel.CALL, ContactResult.FAILED)
            return HoldPlan(move, (delay,), None)
        first = _JUST_LATE if move is HoldMove.WORK_LATE else self._think(random, 0.08, 0.5)
        attempts = self._attempts(random, first)
        reached = attempts[-1].result is ContactResult.CONNECTED
        return HoldPlan(move, attempts, self._ending(random, reached=reached))

    def for_manager(self, index: int, epoch: int) -> HoldPlan:
        """A manager calls at once, and reaches the customer."""
        random = self._random(index, epoch, "manager")
        attempt = Attempt(self._think(random, 0.1, 0.2), Channel.CALL, ContactResult.CONNECTED)
        return HoldPlan(HoldMove.WORK, (attempt,), self._ending(random, reached=True))

    def moment(self, index: int, epoch: int, what: str) -> float:
        """Seconds of hesitation before anything else that is done by hand."""
        return self._think(self._random(index, epoch, what), 0.1, 0.3)

    def _random(self, index: int, epoch: int, stage: str) -> Random:
        return Random(f"{self._seed}/{stage}/{index}/{epoch}")

    def _think(self, random: Random, low: float, high: float) -> float:
        return self._thought * random.uniform(low, high)

    def _attempts(self, random: Random, first: float) -> tuple[Attempt, ...]:
        channel = random.choices((Channel.CALL, Channel.WHATSAPP, Channel.SMS), (85, 8, 7))[0]
        if random.random() < 0.5:
            return (Attempt(first, Channel.CALL, ContactResult.CONNECTED),)
        missed = ContactResult.SENT if channel is not Channel.CALL else ContactResult.NO_ANSWER
        attempts = [Attempt(first, channel, missed)]
        again = self._think(random, 0.1, 0.35)
        if random.random() < 0.85:
            return (*attempts, Attempt(again, Channel.CALL, ContactResult.CONNECTED))
        attempts.append(Attempt(again, Channel.CALL, ContactResult.BUSY))
        return (*attempts, Attempt(self._think(random, 0.1, 0.3), Channel.CALL, ContactResult.VOICEMAIL))

    def _ending(self, random: Random, *, reached: bool) -> Ending | None:
        if not reached:
            return Ending(self._think(random, 0.1, 0.3), CloseReason.UNREACHABLE, "no_answer", None, 3.0, 40)
        if random.random() < 0.06:
            return None
        result, reason = random.choices(
            (
                (CloseReason.WON, "policy_signed"),
                (CloseReason.LOST, "price"),
                (CloseReason.NOT_INTERESTED, "has_cover"),
                (CloseReason.INVALID, "wrong_person"),
            ),
            (38, 30, 26, 6),
        )[0]
        return Ending(
            delay=self._think(random, 0.1, 0.4),
            result=result,
            reason=reason,
            value=float(random.randint(30, 240) * 10) if result is CloseReason.WON else None,
            minutes=round(random.uniform(2, 25), 1),
            quality=random.randint(50, 100),
        )
