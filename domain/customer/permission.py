"""Over which channels a customer may be contacted, and why not over the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.customer.consent import Consent, ConsentAnswer, ConsentKind, DoNotCall

_LISTED = frozenset({ConsentKind.CALL, ConsentKind.SMS})
_DO_NOT = {
    ConsentKind.CALL: "Do not call",
    ConsentKind.EMAIL: "Do not send e-mail",
    ConsentKind.SMS: "Do not send SMS",
    ConsentKind.WHATSAPP: "Do not write on WhatsApp",
}


class ContactPolicy(BaseModel):
    """Immutable by configuration version. `require_consent`: channels closed until the customer grants them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    require_consent: frozenset[ConsentKind] = frozenset()


class ForbiddenReason(StrEnum):
    """Why a channel may not be used."""

    REVOKED = "revoked"
    DO_NOT_CALL = "do_not_call"
    NO_CONSENT = "no_consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """A channel that may not be used: the code for machines, the sentence for the agent's card."""

    kind: ConsentKind
    reason: ForbiddenReason
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPermission:
    """Every channel is either allowed or forbidden; the forbidden in the order call, e-mail, SMS, WhatsApp."""

    allowed: frozenset[ConsentKind]
    forbidden: tuple[Forbidden, ...]


def contact_permission(
    consents: Iterable[Consent], do_not_call: Iterable[DoNotCall], policy: ContactPolicy
) -> ContactPermission:
    """Which channels may be used, from all that is recorded of one customer; the order of the records is nothing.

    The newest answer for a channel counts; an entry of the do-not-call list is a no to calls and SMS. Of a yes and a
    no at the same instant the no counts. Where nothing is recorded the policy decides.
    """
    answers, entries = tuple(consents), tuple(do_not_call)
    verdicts = {kind: _verdict(kind, answers, entries, policy) for kind in ConsentKind}
    return ContactPermission(
        allowed=frozenset(kind for kind, verdict in verdicts.items() if verdict is None),
        forbidden=tuple(verdict for verdict in verdicts.values() if verdict is not None),
    )


def _verdict(
    kind: ConsentKind, consents: tuple[Consent, ...], do_not_call: tuple[DoNotCall, ...], policy: ContactPolicy
) -> Forbidden | None:
    own = [consent for consent in consents if consent.kind is kind]
    granted = max((consent.at for consent in own if consent.answer is ConsentAnswer.GRANTED), default=None)
    refusals = [(c.at, ForbiddenReason.REVOKED, c.source) for c in own if c.answer is ConsentAnswer.REVOKED]
    if kind in _LISTED:
        refusals += [(entry.at, ForbiddenReason.DO_NOT_CALL, entry.source) for entry in do_not_call]
    if refusals:
        at, reason, source = max(refusals)
        if granted is None or at >= granted:
            return Forbidden(kind=kind, reason=reason, sentence=f"{_DO_NOT[kind]}: {_said(reason, at, source)}")
    elif granted is None and kind in policy.require_consent:
        return Forbidden(
            kind=kind,
            reason=ForbiddenReason.NO_CONSENT,
            sentence=f"{_DO_NOT[kind]}: no consent is recorded, and the policy requires one",
        )
    return None


def _said(reason: ForbiddenReason, at: datetime, source: str) -> str:
    what = "revoked" if reason is ForbiddenReason.REVOKED else "put on the do-not-call list"
    return f"{what} on {at.day} {at:%B %Y} by {source}"
