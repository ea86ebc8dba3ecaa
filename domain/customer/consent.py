"""Consent and the do-not-call list: what customers said about being contacted."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class ConsentKind(StrEnum):
    """The channel that a consent is about."""

    CALL = "call"
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


class ConsentAnswer(StrEnum):
    """Yes or no."""

    GRANTED = "granted"
    REVOKED = "revoked"


class Consent(BaseModel):
    """A customer's answer for one channel: immutable, a change of mind is another record.

    `text_version` is the wording that was agreed to, where one was shown. `source` says who or what brought the
    answer, as it is read after "by" in a sentence: `the customer's web form`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ConsentKind
    answer: ConsentAnswer
    text_version: str | None = Field(default=None, min_length=1)
    at: AwareDatetime
    source: str = Field(min_length=1)


class DoNotCall(BaseModel):
    """An entry of the do-not-call list for this customer; `source` as for a consent."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: AwareDatetime
    source: str = Field(min_length=1)
