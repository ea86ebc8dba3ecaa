"""The customer's zone: zip before state before number before country, and every candidate kept."""

from __future__ import annotations

import pytest

from domain.customer.state import state_code, states_of
from domain.customer.world_zones import COUNTRY_ZONES, POSTAL_ZONES, PROVINCES
from domain.customer.zone import UNKNOWN_ZONE, CustomerZone, ZoneSource, time_zone_of
from domain.routing.shift import zone_named

PHOENIX, NEW_YORK = "+16025550123", "+12125550123"


def _zone(
    country: str | None = "US", zip: str | None = None, state: str | None = None, phone: str | None = None
) -> CustomerZone:
    return time_zone_of(country=country, zip=zip, state=state, phone_e164=phone)


def test_the_surest_source_goes_first() -> None:
    assert _zone(zip="79901", state="California", phone=NEW_YORK) == CustomerZone(
        zones=("America/Denver",), taken_from=ZoneSource.ZIP
    )
    assert _zone(zip="nowhere", state="California", phone=NEW_YORK) == CustomerZone(
        zones=("America/Los_Angeles",), taken_from=ZoneSource.STATE
    )
    assert _zone(zip="", state="nowhere", phone=NEW_YORK) == CustomerZone(
        zones=("America/New_York",), taken_from=ZoneSource.NUMBER
    )
    assert _zone(country="MX", phone=PHOENIX).taken_from is ZoneSource.NUMBER
    assert _zone(country="JP") == CustomerZone(zones=("Asia/Tokyo",), taken_from=ZoneSource.COUNTRY)
    assert _zone() == UNKNOWN_ZONE


@pytest.mark.parametrize(
    ("country", "zip", "state", "phone", "zones", "source"),
    [
        ("US", None, "TX", None, {"America/Chicago", "America/Denver"}, "state"),
        ("us ", None, " new  york", None, {"America/New_York"}, "state"),
        ("US", None, None, "+18505551234", {"America/New_York", "America/Chicago"}, "number"),
        ("CA", "V6B 1A1", None, None, {"America/Vancouver"}, "zip"),
        ("CA", "k1a0b1", None, None, {"America/Toronto"}, "zip"),
        ("CA", "S9V 0A1", None, None, {"America/Edmonton"}, "zip"),
        ("CA", None, "Québec", None, {"America/Toronto", "America/Halifax"}, "state"),
        ("AU", "2000", None, None, {"Australia/Sydney"}, "zip"),
        ("AU", "2880", None, None, {"Australia/Adelaide"}, "zip"),
        ("AU", None, "WA", None, {"Australia/Perth"}, "state"),
        ("US", None, "WA", None, {"America/Los_Angeles"}, "state"),
        ("ES", "28013", None, None, {"Europe/Madrid"}, "zip"),
        ("ES", "35001", None, None, {"Atlantic/Canary"}, "zip"),
        ("ES", None, None, "+34612345678", {"Europe/Madrid", "Atlantic/Canary"}, "country"),
        ("ES", None, None, "+34928123456", {"Atlantic/Canary"}, "number"),
        ("GB", None, None, "+447911123456", {"Europe/London"}, "country"),
        ("KZ", None, None, "+77012345678", {"Asia/Almaty"}, "country"),
        ("DE", "10115", "NY", None, {"Europe/Berlin"}, "country"),
        (None, "10001", "CA", PHOENIX, {"America/New_York"}, "zip"),
        (None, None, None, "+81312345678", {"Asia/Tokyo"}, "number"),
    ],
)
def test_places(
    *, country: str | None, zip: str | None, state: str | None, phone: str | None, zones: set[str], source: str
) -> None:
    found = _zone(country, zip, state, phone)
    assert (set(found.zones), found.taken_from) == (zones, source)


@pytest.mark.parametrize("phone", ["+18005551234", "+19995550123", "+1", "soon"])
def test_a_number_without_a_place_says_nothing(phone: str) -> None:
    assert _zone(phone=phone) == UNKNOWN_ZONE


@pytest.mark.parametrize(("zip", "state"), [("09012", None), (None, "AP"), ("96201", "CA")])
def test_the_forces_mail_is_nowhere_even_with_a_number_from_home(zip: str | None, state: str | None) -> None:
    assert _zone(zip=zip, state=state, phone=NEW_YORK) == UNKNOWN_ZONE


def test_a_mobile_number_of_a_wide_country_keeps_every_zone() -> None:
    assert {"Europe/Moscow", "Asia/Vladivostok"} <= set(_zone("RU", phone="+79161234567").zones)


def test_every_zone_of_the_tables_exists() -> None:
    zones = {zone for of_country in COUNTRY_ZONES.values() for zone in of_country}
    zones |= {zone for postal in POSTAL_ZONES.values() for of_prefix in postal.values() for zone in of_prefix}
    zones |= {zone for provinces in PROVINCES.values() for _, of_one in provinces.values() for zone in of_one}
    assert {zone_named(zone).key for zone in zones} == zones


@pytest.mark.parametrize(
    ("text", "country", "code"),
    [
        ("California", "US", "CA"),
        (" west   VIRGINIA ", "US", "WV"),
        ("ca", "US", "CA"),
        ("N.Y.", "US", "NY"),
        ("Washington D.C.", "US", "DC"),
        ("Washington", "US", "WA"),
        ("Western Australia", "AU", "WA"),
        ("Western Australia", "US", None),
        ("Newfoundland", "CA", "NL"),
        ("Newfoundland", "US", None),
        ("Washington DC", "CA", None),
        ("Québec", "CA", "QC"),
        ("Bavaria", "DE", None),
        ("", "US", None),
        ("XX", "US", None),
    ],
)
def test_state_codes(text: str, country: str, code: str | None) -> None:
    assert state_code(text, country) == code


@pytest.mark.parametrize("country", ["US", "CA", "AU"])
def test_every_state_is_found_by_name_and_by_code(country: str) -> None:
    assert states_of(country)
    for code, (name, _) in states_of(country).items():
        assert state_code(code.lower(), country) == state_code(name.upper(), country) == code
