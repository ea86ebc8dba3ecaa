"""Each kind of source, for rows that are right and rows that are not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from domain.lifecycle.state import CloseReason
from domain.routing.agent import InsuranceLine
from services.mapping.definition import parse_mapping
from tests.unit.importing.mappings import read

OVER = "result: {constant: won}\n"


def test_a_text_alone_is_a_column() -> None:
    assert read("first_name: Name", Name=" Ada ").lead.first_name == "Ada"


def test_a_text_with_braces_is_a_template() -> None:
    row = read("phone: '+1202555{Id:04d}'\nemail: 'lead-{Id}@example.com'", top="types: {Id: int}")
    assert (row.lead.phone, row.lead.email) == ("+12025550007", "lead-7@example.com")


@given(st.integers(0, 9999))
def test_the_placeholder_gives_ten_thousand_different_numbers(number: int) -> None:
    row = read("phone: '+1202555{Id:04d}'", top="types: {Id: int}", Id=str(number))
    assert row.lead.phone == f"+1202555{number:04d}"


def test_the_placeholder_ends_at_ten_thousand() -> None:
    with pytest.raises(InvalidInputError, match=r"^phone: "):
        read("phone: '+1202555{Id:04d}'", top="types: {Id: int}", Id="10000")


def test_a_constant_is_the_same_in_every_row() -> None:
    row = read("insurance_type: {constant: Auto}\nmetadata.batch: {constant: 3}")
    assert row.lead.insurance_type is InsuranceLine.AUTO
    assert row.lead.metadata == {"batch": 3}


def test_metadata_is_nested_by_dots_and_json() -> None:
    lead = "metadata.car.loan: {column: Loan, type: bool}\nmetadata.car.since: {column: Since, type: date}"
    assert read(lead, Loan="1", Since="2024-02-29").lead.metadata == {"car": {"loan": True, "since": "2024-02-29"}}


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("int", "-12", -12),
        ("float", "1.5", 1.5),
        ("float", "2e3", 2000.0),
        ("bool", "Yes", True),
        ("bool", "0", False),
        ("time", "09:05", "09:05:00"),
        ("str", "007", "007"),
    ],
)
def test_types(kind: str, text: str, value: object) -> None:
    assert read(f"metadata.x: {{column: X, type: {kind}}}", X=text).lead.metadata == {"x": value}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("int", "1_000"),
        ("int", "1.0"),
        ("int", "٣"),
        ("float", "1,5"),
        ("float", "nan"),
        ("float", "1e999"),
        ("bool", "2"),
    ],
)
def test_a_text_of_another_type_is_refused_with_the_column(kind: str, text: str) -> None:
    with pytest.raises(InvalidInputError, match=r"^metadata\.x: X: .*; ") as caught:
        read(f"metadata.x: {{column: X, type: {kind}}}", X=text)
    assert caught.value.field == "metadata.x"


@given(st.integers(-(10**17), 10**17))
def test_whole_numbers_survive(number: int) -> None:
    assert read("metadata.x: {column: X, type: int}", X=str(number)).lead.metadata["x"] == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_survive(number: float) -> None:
    assert read("metadata.x: {column: X, type: float}", X=repr(number)).lead.metadata["x"] == number


@given(st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_instants_survive(instant: datetime) -> None:
    assert read("created_at: At", At=instant.isoformat()).lead.created_at == instant


def test_text_fields_take_numbers_as_text() -> None:
    row = read("zip: Zip\nemployee_count: Staff", top="types: {Zip: int}", Zip="02108", Staff="12")
    assert (row.lead.zip, row.lead.employee_count) == ("02108", 12)


def test_missing_leaves_a_target_out() -> None:
    top = 'missing: ["", NA]'
    lead = "metadata.job: Job\nmetadata.age: {column: Age, type: int, missing: ['-1']}\nlanguage: Lang"
    assert read(lead, top=top, Job="NA", Age="-1", Lang="").lead.metadata == {}


def test_default_stands_for_missing() -> None:
    assert read("language: {column: Lang, default: en}", Lang="").lead.language == "en"


def test_a_map_translates_and_keys_are_taken_as_written() -> None:
    lead = "metadata.x: {column: X, map: {01: first, no: second, 1.0: third, NA: fourth}}"
    values = [read(lead, X=text).lead.metadata["x"] for text in ("01", "no", "1.0", "NA")]
    assert values == ["first", "second", "third", "fourth"]


def test_a_value_outside_the_map_is_a_reject() -> None:
    with pytest.raises(InvalidInputError, match="'boat' is not in the map; add it there, or set a default"):
        read("insurance_type: {column: X, map: {car: Auto}}", X="boat")


@pytest.mark.parametrize(("default", "value"), [("other", {"x": "other"}), ("null", {})])
def test_a_default_takes_what_is_outside_the_map(default: str, value: dict[str, str]) -> None:
    assert read(f"metadata.x: {{column: X, map: {{car: Auto}}, default: {default}}}", X="b").lead.metadata == value


def test_a_fingerprint_tells_rows_apart() -> None:
    text = "lead: {source: {constant: website}, external_id: {fingerprint: [Name, Phone]}}"
    bound = parse_mapping(text).bind(["Name", "Phone"])

    def identity(*cells: str) -> str | None:
        return bound.read(cells).lead.external_id

    ids = {identity(*row) for row in [("a", "b"), ("ab", ""), ("", "ab"), ("a", "b")]}
    assert len(ids) == 3
    with pytest.raises(InvalidInputError, match="external_id: missing; fill in Name, Phone"):
        identity("", "")


def test_composed_dates_with_a_format_and_a_zone() -> None:
    history = OVER + (
        "closed_at: {template: '2025-{Month}-{Day:02d} {End}', format: '%Y-%b-%d %H:%M:%S'}\n"
        "handling_minutes: {minutes_between: [Start, End]}\ncontact_attempts: Calls"
    )
    cells = {"Month": "jul", "Day": "4", "Start": "13:45:20", "End": "13:46:30", "Calls": "2"}
    life = read("", top="timezone: America/New_York\ntypes: {Day: int}", history=history, **cells).life
    assert life is not None
    assert life.closed_at == datetime(2025, 7, 4, 17, 46, 30, tzinfo=UTC)
    assert (life.result, life.contact_attempts) == (CloseReason.WON, 2)
    assert life.handling_minutes == pytest.approx(70 / 60, abs=1e-4)


@pytest.mark.parametrize("day", ["30", "31", "0", "x"])
def test_a_date_that_does_not_exist_is_a_reject(day: str) -> None:
    history = OVER + "closed_at: {template: '2025-feb-{Day}', format: '%Y-%b-%d'}"
    with pytest.raises(InvalidInputError, match=r"^closed_at: Day: '2025-feb-.*' is not a date and time that exists"):
        read("", history=history, Day=day)


def test_minutes_follow_the_clock_change() -> None:
    history = OVER + "closed_at: End\nhandling_minutes: {minutes_between: [Start, End]}"
    cells = {"Start": "2025-03-30T01:30", "End": "2025-03-30T03:30"}
    life = read("", top="timezone: Europe/Berlin", history=history, **cells).life
    assert life is not None
    assert life.handling_minutes == 60


def test_an_end_before_the_start_is_a_reject() -> None:
    history = OVER + "closed_at: {constant: 2025-01-01}\nhandling_minutes: {minutes_between: [A, B]}"
    with pytest.raises(InvalidInputError, match="handling_minutes: A and B: '09:00' is before '10:00'"):
        read("", history=history, A="10:00", B="09:00")


def test_closing_before_creation_is_a_reject() -> None:
    with pytest.raises(InvalidInputError, match="closed_at: before created_at"):
        read("created_at: {constant: 2025-01-02}", history=OVER + "closed_at: {constant: 2025-01-01}")


def test_history_replaces_the_target_of_the_lead() -> None:
    history = OVER + "closed_at: {constant: 2025-01-01}\nmetadata.kind: {constant: past}"
    assert read("metadata.kind: {constant: new}", history=history).lead.metadata == {"kind": "past"}


def test_without_its_id_a_row_is_a_reject() -> None:
    with pytest.raises(InvalidInputError, match="external_id: missing; fill in Id"):
        read("", Id=" ")


@pytest.mark.parametrize(
    ("lead", "cell", "field"),
    [
        ("phone: X", "12", "phone"),
        ("email: X", "nobody", "email"),
        ("first_name: X", "x" * 201, "first_name"),
        ("country: X", "Germany", "country"),
        ("quality_score: X", "101", "quality_score"),
        ("preferred_agent_id: X", "me", "preferred_agent_id"),
    ],
)
def test_a_value_that_no_lead_can_have_names_the_field(lead: str, cell: str, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read(lead, X=cell)
    assert caught.value.field == field
