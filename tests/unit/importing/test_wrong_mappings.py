"""A wrong mapping fails before any row is read, and says which key, what, and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.mapping import MappingError, load_mapping
from services.mapping.definition import parse_mapping
from tests.unit.importing.mappings import BASE, problems

LEAD = f"lead:\n{BASE}"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("fistname: Name", "lead.fistname: not a field of a lead; did you mean first_name?"),
        ("wishes: Name", "lead.wishes: not a field of a lead; use metadata.wishes"),
        ("city: Cty", "lead.city: the file has no column 'Cty'; did you mean 'City'?"),
        ("city: Berlin", "(for a fixed value write {constant: …})"),
        ("phone: '{Id:04d}'", "lead.phone: {Id:04d} does not suit column 'Id', which is str"),
        ("phone: '{Id.__class__}'", "lead.phone: the file has no column 'Id.__class__'"),
        ("phone: '{Id[0]}'", "lead.phone: the file has no column 'Id[0]'"),
        ("phone: '{Id!r}'", "lead.phone: '{Id!r}': !r is not possible"),
        ("phone: '{}{Id}'", "empty braces; name a column"),
        ("phone: '{Id'", "write {Column}"),
        ("phone: '{Id:{Name}}'", "is not possible; use a fixed width below 1000"),
        ("phone: '{Id:099999d}'", "is not possible; use a fixed width below 1000"),
        ("phone: {template: fixed}", "names no column; use {constant: …}"),
        ("country: {constant: us}", "lead.country: 'us' does not suit it"),
        ("insurance_type: {column: City, map: {x: Auot}}", "lead.insurance_type: 'Auot' does not suit it"),
        ("language: {column: City, default: '?'}", "lead.language: '?' does not suit it"),
        ("created_at: {constant: someday}", "lead.created_at: 'someday' does not suit it"),
        ("created_at: {column: City, format: '%d.%m.'}", "has no year"),
        ("created_at: {column: City, format: '%Y %Q'}", "'%Y %Q' is not a strptime format"),
        ("city: {column: City, format: '%Y'}", "only dates and times have a format"),
        ("metadata.x: {template: '{City}', format: '%Y'}", "only dates and times have a format"),
        ("metadata.x: City\n  metadata.x.y: City", "metadata.x.y: lies inside metadata.x"),
        ("metadata.: City", "lead.metadata.: not a field of a lead"),
        ("city: {colum: City}", "lead.city: names no source, or several"),
        ("city: {column: City, constant: x}", "lead.city: names no source, or several"),
        ("city: On", "put templates, and words like On or No, in quotes"),
        ("city: [City]", "lead.city: names no source, or several"),
        ("city: {column: City, typ: int}", "lead.city.typ: unknown key; did you mean type?"),
        ("city: {column: City, whatever: 1}", "possible are column, type, format, missing, map, default"),
        ("city: {column: City, type: number}", "lead.city.type: input should be 'str', 'int'"),
        ("city: {column: City, map: {a: b}, type: int}", "remove type and format, or the map"),
        ("city: {column: City, missing: [no]}", "put it in quotes"),
        ("city: {constant: [a]}", "lead.city.constant: write one value"),
        ("city: {fingerprint: []}", "lead.city.fingerprint"),
        ("metadata.m: {minutes_between: [City]}", "lead.metadata.m.minutes_between"),
        ("city: City\n  city: Id", "'city' comes twice; remove one"),
        ("? [a, b]\n  : x", "a key must be a plain text"),
        ("city: {City} x", "put texts with braces, colons or # in quotes"),
    ],
)
def test_wrong_targets_and_sources(line: str, expected: str) -> None:
    assert expected in problems(f"{LEAD}  {line}\n", "Id", "City")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a", "is not a mapping; it needs at least the section `lead:`"),
        ("{}", "lead: missing; add it"),
        (LEAD + "timezon: UTC", "timezon: unknown key; did you mean timezone?"),
        (LEAD + "timezone: Mars", "'Mars' is not a time zone"),
        (LEAD + "timezone: ../etc", "is not a time zone"),
        (LEAD + "types: {Id: integer}", "types.Id: 'integer' is not a type; use one of str, int"),
        (LEAD + "types: {Ids: int}", "types.Ids: the file has no column 'Ids'; did you mean 'Id'?"),
        (LEAD + "file: {encoding: utf-9}", "'utf-9' is not an encoding"),
        (LEAD + "file: {encoding: rot13}", "'rot13' is not an encoding"),
        (LEAD + "file: {delimiter: '::'}", "file.delimiter"),
        (LEAD + "file: {separator: ';'}", "file.separator: unknown key; possible are encoding, delimiter"),
        (LEAD + "history: {reslt: Id}", "history.reslt: not a field of a lead; did you mean result?"),
        ("lead: {external_id: Id}", "source: has no source; add it"),
        ("lead: {source: {constant: a}}", "external_id: has no source; name the column with the row's own id"),
    ],
)
def test_wrong_sections(text: str, expected: str) -> None:
    assert expected in problems(text, "Id")


def test_history_needs_its_section_and_its_targets() -> None:
    assert "history: the mapping has no such section" in problems(LEAD, "Id", history=True)
    told = problems(LEAD + "history: {closed_at: {constant: 2025-01-01}}", "Id", history=True)
    assert "result: has no source; add it to history" in told
    told = problems(LEAD + "history: {result: {column: Id, map: {1: wonn}}}", "Id", history=True)
    assert "history.result: 'wonn' does not suit it" in told


def test_every_problem_is_told_at_once() -> None:
    told = problems(f"{LEAD}  city: Cty\n  zip: Zp\n  nam: Id\n", "Id").splitlines()
    assert len(told) == 3


def test_columns_of_history_are_not_needed_for_new_leads() -> None:
    mapping = parse_mapping(LEAD + "history: {result: Sold, closed_at: Day}")
    mapping.bind(["Id"])
    assert mapping.columns(history=True) == {"Id", "Sold", "Day"}


def test_a_mapping_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="No such file"):
        load_mapping(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"lead: {city: \xe4}")
    with pytest.raises(MappingError, match="save it as UTF-8"):
        load_mapping(tmp_path / "latin.yaml")


def test_the_file_format_can_be_replaced() -> None:
    mapping = parse_mapping(LEAD).read_as(encoding="cp1252", delimiter=";")
    assert (mapping.file.encoding, mapping.file.delimiter) == ("cp1252", ";")
    with pytest.raises(MappingError, match="delimiter"):
        mapping.read_as(delimiter="ab")
