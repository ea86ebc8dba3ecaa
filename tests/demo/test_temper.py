"""How agents behave: the same every time, and in every way."""

from __future__ import annotations

from collections import Counter

from domain.contact import ContactResult
from workers.demo.fate import Fate, fate_of, is_restarted
from workers.demo.temper import HoldMove, OfferMove, Temper

_MANY = range(2000)


def test_the_same_seed_decides_the_same() -> None:
    one, two, other = Temper(1, 8), Temper(1, 8), Temper(2, 8)
    assert [one.on_offer(index, 1) for index in _MANY] == [two.on_offer(index, 1) for index in reversed(_MANY)][::-1]
    assert [one.on_claim(index, 1) for index in _MANY] != [other.on_claim(index, 1) for index in _MANY]


def test_offers_are_mostly_claimed_and_sometimes_anything_else() -> None:
    moves = Counter(Temper(1, 8).on_offer(index, 1).move for index in _MANY)
    assert set(moves) == set(OfferMove)
    assert 0.75 < moves[OfferMove.CLAIM] / moves.total() < 0.85


def test_who_claims_in_time_thinks_for_a_fraction_of_the_window() -> None:
    temper = Temper(1, 5)
    plans = [temper.on_offer(index, 1) for index in _MANY]
    assert all(0 < plan.delay < 0.6 * 5 for plan in plans)
    assert max(Temper(1, 300).on_offer(index, 1).delay for index in _MANY) < 8


def test_holders_work_and_sometimes_do_not() -> None:
    temper = Temper(1, 8)
    plans = [temper.on_claim(index, 1) for index in _MANY]
    assert set(Counter(plan.move for plan in plans)) == set(HoldMove)
    worked = [plan for plan in plans if plan.move is HoldMove.WORK]
    reached = [plan for plan in worked if plan.attempts[-1].result is ContactResult.CONNECTED]
    assert 0.85 < len(reached) / len(worked) < 0.99
    assert {len(plan.attempts) for plan in worked} == {1, 2, 3}
    assert 0 < sum(plan.ending is None for plan in worked) < len(worked) / 10


def test_who_was_not_reached_is_closed_as_unreachable() -> None:
    for plan in (Temper(1, 8).on_claim(index, 1) for index in _MANY):
        if plan.ending is not None and plan.attempts[-1].result is not ContactResult.CONNECTED:
            assert plan.ending.result == "unreachable"


def test_sixty_leads_have_every_fate() -> None:
    fates = Counter(fate_of(index) for index in range(60))
    assert set(fates) == set(Fate)
    assert fates[Fate.ORDINARY] == 51
    stubborn = [index for index in range(60) if fate_of(index) is Fate.STUBBORN]
    assert [is_restarted(index) for index in stubborn] == [False, True]
