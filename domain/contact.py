"""Evidence of contact: which channel, which direction, with which result."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """What counts as an attempt. Notes and system events never do."""

    CALL = "call"
    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    MEETING = "meeting"


class Direction(StrEnum):
    """Who started it."""

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class ContactResult(StrEnum):
    """How the attempt ended."""

    CONNECTED = "connected"
    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"
    BUSY = "busy"
    WRONG_NUMBER = "wrong_number"
    SENT = "sent"
    DELIVERED = "delivered"
    REPLIED = "replied"
    HELD = "held"
    NO_SHOW = "no_show"
    FAILED = "failed"


_REACHED = frozenset({ContactResult.CONNECTED, ContactResult.REPLIED, ContactResult.HELD})

_CAME_IN = _REACHED | {ContactResult.SENT, ContactResult.DELIVERED}


def customer_reached(direction: Direction, result: ContactResult) -> bool:
    """True when the customer was talked to, or wrote: a call of theirs counts whoever answered, if somebody did."""
    return result in (_CAME_IN if direction is Direction.INBOUND else _REACHED)


def call_missed(direction: Direction, result: ContactResult) -> bool:
    """True when the customer tried and nobody answered: that reaches nobody, and is no attempt of the agent's."""
    return direction is Direction.INBOUND and not customer_reached(direction, result)
