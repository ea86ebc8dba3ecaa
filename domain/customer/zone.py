"""The time zone at the customer's place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_number

from domain.customer.state import state_code, states_of
from domain.customer.us_zones import SPLIT_AREA_CODES, is_military, zones_of_zip
from domain.customer.world_zones import COUNTRY_ZONES, POSTAL_ZONES

_PLACELESS = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PERSONAL_NUMBER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.UNKNOWN,
    }
)


class ZoneSource(StrEnum):
    """What the zone was taken from, the surest first."""

    ZIP = "zip"
    STATE = "state"
    NUMBER = "number"
    COUNTRY = "country"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerZone:
    """The IANA zones the customer can be in; hours have to hold in all of them. Empty when the source is unknown."""

    zones: tuple[str, ...]
    taken_from: ZoneSource


UNKNOWN_ZONE = CustomerZone(zones=(), taken_from=ZoneSource.UNKNOWN)


def time_zone_of(*, country: str | None, zip: str | None, state: str | None, phone_e164: str | None) -> CustomerZone:
    """Where the customer is: by zip, else by state, else by number, else by country, else unknown.

    `country` is a two-letter code; without one the number's is taken. `state` is a code or a name. What cannot be
    read is passed over. An address of the forces' mail makes the place unknown: the number would name the home country.
    A number whose calling code is the country's own and that has no area (most mobile numbers) leaves it to the
    country, where that has few zones.
    """
    number = _number(phone_e164)
    land = (country or "").strip().upper() or _country_of(number)
    if land == "US" and is_military(zip, state):
        return UNKNOWN_ZONE
    for source, zones in (
        (ZoneSource.ZIP, _by_zip(land, zip)),
        (ZoneSource.STATE, _by_state(land, state)),
        (ZoneSource.NUMBER, _by_number(land, number)),
        (ZoneSource.COUNTRY, COUNTRY_ZONES.get(land, ())),
    ):
        if zones:
            return CustomerZone(zones=zones, taken_from=source)
    return UNKNOWN_ZONE


def _by_zip(country: str, zip: str | None) -> tuple[str, ...]:
    if zip is None:
        return ()
    if country == "US":
        return zones_of_zip(zip)
    code = "".join(zip.split()).upper()
    prefixes = POSTAL_ZONES.get(country, {})
    return next((prefixes[code[:end]] for end in range(len(code), 0, -1) if code[:end] in prefixes), ())


def _by_state(country: str, state: str | None) -> tuple[str, ...]:
    code = state_code(state, country) if state is not None else None
    return states_of(country)[code][1] if code is not None else ()


def _by_number(country: str, number: PhoneNumber | None) -> tuple[str, ...]:
    if number is None or phonenumbers.number_type(number) in _PLACELESS:
        return ()
    if number.country_code == 1 and (zones := SPLIT_AREA_CODES.get(str(number.national_number)[:3])):
        return zones
    own = number.country_code == phonenumbers.country_code_for_region(country)
    if own and country in COUNTRY_ZONES and not phonenumbers.is_number_geographical(number):
        return ()
    return tuple(zone for zone in time_zones_for_number(number) if zone != UNKNOWN_TIMEZONE)


def _number(phone_e164: str | None) -> PhoneNumber | None:
    if phone_e164 is None:
        return None
    try:
        return phonenumbers.parse(phone_e164)
    except phonenumbers.NumberParseException:
        return None


def _country_of(number: PhoneNumber | None) -> str:
    return (phonenumbers.region_code_for_number(number) or "") if number is not None else ""
