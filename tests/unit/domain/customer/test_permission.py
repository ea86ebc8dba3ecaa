"""Consent and the do-not-call list: the newest word counts, a no beats a yes, order is nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.customer.consent import Consent, ConsentAnswer, ConsentKind, DoNotCall
from domain.customer.permission import ContactPermission, ContactPolicy, contact_permission

MAY = datetime(2026, 5, 3, 10, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = ContactPolicy()
STRICT = ContactPolicy(require_consent=frozenset(ConsentKind))
CALL, EMAIL, SMS, WHATSAPP = ConsentKind
GRANTED, REVOKED = ConsentAnswer


def _consent(kind: ConsentKind, answer: ConsentAnswer, at: datetime = MAY) -> Consent:
    return Consent(kind=kind, answer=answer, text_version="2026-1", at=at, source="the customer's web form")


def _listed(at: datetime = MAY) -> DoNotCall:
    return DoNotCall(at=at, source="the national register")


def _sentences(permission: ContactPermission) -> list[str]:
    return [forbidden.sentence for forbidden in permission.forbidden]


def test_where_nothing_is_recorded_the_policy_decides() -> None:
    assert contact_permission([], [], OPEN) == ContactPermission(allowed=frozenset(ConsentKind), forbidden=())
    only_sms = contact_permission([], [], ContactPolicy(require_consent=frozenset({SMS})))
    assert only_sms.allowed == {CALL, EMAIL, WHATSAPP}
    assert [(one.kind, one.reason) for one in only_sms.forbidden] == [(SMS, "no_consent")]
    assert _sentences(only_sms) == ["Do not send SMS: no consent is recorded, and the policy requires one"]


def test_a_consent_opens_its_own_channel_only() -> None:
    assert contact_permission([_consent(SMS, GRANTED)], [], STRICT).allowed == {SMS}


def test_a_revocation_wins_over_an_earlier_consent_and_a_later_consent_over_it() -> None:
    granted, revoked = _consent(CALL, GRANTED), _consent(CALL, REVOKED, MAY + DAY)
    permission = contact_permission([granted, revoked], [], OPEN)
    assert permission.allowed == {EMAIL, SMS, WHATSAPP}
    assert _sentences(permission) == ["Do not call: revoked on 4 May 2026 by the customer's web form"]
    again = _consent(CALL, GRANTED, MAY + 2 * DAY)
    assert contact_permission([again, granted, revoked], [], OPEN).allowed == set(ConsentKind)


def test_of_a_yes_and_a_no_at_the_same_instant_the_no_counts() -> None:
    assert CALL not in contact_permission([_consent(CALL, GRANTED), _consent(CALL, REVOKED)], [], OPEN).allowed
    assert CALL not in contact_permission([_consent(CALL, GRANTED)], [_listed()], OPEN).allowed


def test_the_do_not_call_list_closes_calls_and_sms() -> None:
    permission = contact_permission([_consent(CALL, GRANTED, MAY - DAY)], [_listed()], OPEN)
    assert permission.allowed == {EMAIL, WHATSAPP}
    assert [(one.kind, one.reason) for one in permission.forbidden] == [(CALL, "do_not_call"), (SMS, "do_not_call")]
    assert _sentences(permission) == [
        "Do not call: put on the do-not-call list on 3 May 2026 by the national register",
        "Do not send SMS: put on the do-not-call list on 3 May 2026 by the national register",
    ]


def test_a_later_consent_lifts_the_list_for_its_own_channel_until_the_next_entry() -> None:
    later = _consent(CALL, GRANTED, MAY + DAY)
    assert contact_permission([later], [_listed()], OPEN).allowed == {CALL, EMAIL, WHATSAPP}
    assert contact_permission([later], [_listed(), _listed(MAY + 2 * DAY)], OPEN).allowed == {EMAIL, WHATSAPP}


def test_the_newest_refusal_is_the_one_that_is_told() -> None:
    permission = contact_permission([_consent(CALL, REVOKED, MAY + DAY)], [_listed()], OPEN)
    assert [one.reason for one in permission.forbidden] == ["revoked", "do_not_call"]


@pytest.mark.parametrize("kind", list(ConsentKind))
def test_every_channel_has_its_words(kind: ConsentKind) -> None:
    (forbidden,) = contact_permission([_consent(kind, REVOKED)], [], OPEN).forbidden
    assert forbidden.kind is kind
    assert forbidden.sentence.startswith("Do not ")


def test_a_record_without_a_zone_or_a_source_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        DoNotCall(at=datetime(2026, 5, 3), source="a caller")  # noqa: DTZ001
    with pytest.raises(ValidationError, match="at least 1 character"):
        Consent(kind=CALL, answer=GRANTED, at=MAY, source="")


CONSENTS = st.lists(
    st.builds(
        Consent,
        kind=st.sampled_from(ConsentKind),
        answer=st.sampled_from(ConsentAnswer),
        text_version=st.none(),
        at=st.integers(0, 9).map(lambda days: MAY + days * DAY),
        source=st.sampled_from(["a form", "a caller"]),
    ),
    max_size=8,
)
ENTRIES = st.lists(
    st.builds(
        DoNotCall,
        at=st.integers(0, 9).map(lambda days: MAY + days * DAY),
        source=st.sampled_from(["a register", "a caller"]),
    ),
    max_size=3,
)


@settings(max_examples=80, deadline=None)
@given(data=st.data(), consents=CONSENTS, entries=ENTRIES, policy=st.sampled_from([OPEN, STRICT]))
def test_the_order_of_the_records_is_nothing_and_every_channel_has_one_verdict(
    data: st.DataObject, consents: list[Consent], entries: list[DoNotCall], policy: ContactPolicy
) -> None:
    permission = contact_permission(consents, entries, policy)
    shuffled = data.draw(st.permutations(consents)), data.draw(st.permutations(entries))
    assert contact_permission(*shuffled, policy) == permission
    assert sorted([*permission.allowed, *(one.kind for one in permission.forbidden)]) == sorted(ConsentKind)


@settings(max_examples=80, deadline=None)
@given(consents=CONSENTS, entries=ENTRIES, kind=st.sampled_from(ConsentKind))
def test_the_last_word_decides(consents: list[Consent], entries: list[DoNotCall], kind: ConsentKind) -> None:
    after = MAY + 10 * DAY
    granted = contact_permission([*consents, _consent(kind, GRANTED, after)], entries, STRICT)
    revoked = contact_permission([*consents, _consent(kind, REVOKED, after)], entries, OPEN)
    assert kind in granted.allowed
    assert kind not in revoked.allowed
