"""E-mail addresses: checked in form, and normalised as the key by which duplicates are found."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

from domain.errors import InvalidInputError


def normalise_email(address: str) -> str:
    """The address with a normalised domain; raises InvalidInputError naming the field `email`.

    Nothing is looked up in the DNS; reserved example domains are allowed.
    """
    try:
        return validate_email(address, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        raise InvalidInputError("email", f"not an e-mail address ({error}); correct it or leave it out") from error


def email_key(address: str) -> str:
    """Key of a normalised address: one person's address in any spelling of upper and lower case."""
    return address.lower()
