"""The United States by ZIP: known places on both sides of every zone line that crosses a state."""

from __future__ import annotations

import pytest

from domain.customer.us_zones import SPLIT_AREA_CODES, US_STATES, is_military, state_of_zip, zones_of_zip
from domain.routing.shift import zone_named


@pytest.mark.parametrize(
    ("zip", "state", "zones"),
    [
        ("10001", "NY", {"America/New_York"}),
        ("02139", "MA", {"America/New_York"}),
        ("60601", "IL", {"America/Chicago"}),
        ("80202", "CO", {"America/Denver"}),
        ("85001", "AZ", {"America/Phoenix"}),
        ("86503", "AZ", {"America/Phoenix", "America/Denver"}),
        ("90210", "CA", {"America/Los_Angeles"}),
        ("96813", "HI", {"Pacific/Honolulu"}),
        ("99501", "AK", {"America/Anchorage"}),
        ("99546", "AK", {"America/Adak"}),
        ("00901", "PR", {"America/Puerto_Rico"}),
        ("33101", "FL", {"America/New_York"}),
        ("32301", "FL", {"America/New_York"}),
        ("32401", "FL", {"America/Chicago"}),
        ("32501", "FL", {"America/Chicago"}),
        ("32456", "FL", {"America/New_York", "America/Chicago"}),
        ("75201", "TX", {"America/Chicago"}),
        ("79901", "TX", {"America/Denver"}),
        ("88510", "TX", {"America/Denver"}),
        ("79838", "TX", {"America/Denver"}),
        ("79830", "TX", {"America/Chicago"}),
        ("73301", "TX", {"America/Chicago"}),
        ("46204", "IN", {"America/Indiana/Indianapolis"}),
        ("46402", "IN", {"America/Chicago"}),
        ("47708", "IN", {"America/Chicago"}),
        ("47901", "IN", {"America/Indiana/Indianapolis"}),
        ("40202", "KY", {"America/Kentucky/Louisville"}),
        ("42001", "KY", {"America/Chicago"}),
        ("42101", "KY", {"America/Chicago"}),
        ("42701", "KY", {"America/Kentucky/Louisville"}),
        ("37203", "TN", {"America/Chicago"}),
        ("38103", "TN", {"America/Chicago"}),
        ("37402", "TN", {"America/New_York"}),
        ("37902", "TN", {"America/New_York"}),
        ("37310", "TN", {"America/New_York", "America/Chicago"}),
        ("58102", "ND", {"America/Chicago"}),
        ("58501", "ND", {"America/Chicago"}),
        ("58601", "ND", {"America/Denver"}),
        ("57104", "SD", {"America/Chicago"}),
        ("57701", "SD", {"America/Denver"}),
        ("68102", "NE", {"America/Chicago"}),
        ("69361", "NE", {"America/Denver"}),
        ("67202", "KS", {"America/Chicago"}),
        ("67735", "KS", {"America/Denver"}),
        ("83702", "ID", {"America/Boise"}),
        ("83814", "ID", {"America/Los_Angeles"}),
        ("83501", "ID", {"America/Los_Angeles"}),
        ("48201", "MI", {"America/Detroit"}),
        ("49938", "MI", {"America/Chicago"}),
        ("49855", "MI", {"America/Detroit"}),
        ("97201", "OR", {"America/Los_Angeles"}),
        ("97914", "OR", {"America/Boise"}),
        ("89101", "NV", {"America/Los_Angeles"}),
        ("89883", "NV", {"America/Denver"}),
    ],
)
def test_a_zip_names_its_state_and_zones(zip: str, state: str, zones: set[str]) -> None:
    assert state_of_zip(zip) == state
    assert set(zones_of_zip(zip)) == zones


@pytest.mark.parametrize("zip", ["79901-1234", "799011234", " 79901 "])
def test_a_zip_is_read_in_every_way_it_is_written(zip: str) -> None:
    assert zones_of_zip(zip) == ("America/Denver",)


def test_a_leading_zero_that_a_spreadsheet_took_is_given_back() -> None:
    assert state_of_zip("2139") == "MA"


@pytest.mark.parametrize("zip", ["", "799", "79901-12", "SW1A 1AA", "٧٩٩٠١", "00100", "987654", "12345678"])
def test_what_is_no_zip_in_use_says_nothing(zip: str) -> None:
    assert state_of_zip(zip) is None
    assert zones_of_zip(zip) == ()


def test_every_state_has_prefixes_and_every_prefix_only_zones_of_its_state() -> None:
    elsewhere = {"AL", "GU", "HI"}  # by custom in Alabama; islands of other governments under the other two
    seen: set[str] = set()
    for digits in range(100_000):
        zip = f"{digits:05}"
        if (state := state_of_zip(zip)) is None:
            continue
        seen.add(state)
        assert zones_of_zip(zip), zip
        assert state in elsewhere or set(zones_of_zip(zip)) <= set(US_STATES[state][1]), zip
    assert seen | {"AS", "MP"} == set(US_STATES)


def test_every_zone_of_the_tables_exists() -> None:
    zones = {zone for _, of_state in US_STATES.values() for zone in of_state}
    zones |= {zone for of_code in SPLIT_AREA_CODES.values() for zone in of_code}
    zones |= {zone for digits in range(96900, 97000) for zone in zones_of_zip(str(digits))}
    assert {zone_named(zone).key for zone in zones} == zones


@pytest.mark.parametrize(
    ("zip", "state", "expected"),
    [("09012", None, True), ("34002", None, True), ("96201", None, True), (None, "ae", True), ("96701", "HI", False)],
)
def test_the_forces_mail_is_known(zip: str | None, state: str | None, expected: bool) -> None:
    assert is_military(zip, state) is expected
