"""Phone numbers: E.164 for storage, and as the key by which duplicates and calls are found."""

from __future__ import annotations

import phonenumbers

from domain.errors import InvalidInputError


def normalise_phone(number: str, region: str) -> str:
    """E.164 of a number; `region` is the two-letter country it is dialled in when it has no international prefix.

    A possible number is accepted even when no such block is assigned: a wrong number shows itself at the first
    call, a refused lead is lost. Raises InvalidInputError naming the field `phone`.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as error:
        raise InvalidInputError(
            "phone", f"not a phone number ({str(error).lower()}); send it with its country code, such as +12025550123"
        ) from error
    if not phonenumbers.is_possible_number(parsed):
        raise InvalidInputError(
            "phone", "too short or too long for its country; send it with its country code, such as +12025550123"
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
