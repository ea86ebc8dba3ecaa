"""Rows of the examples and of made-up files as leads or rejects."""

from __future__ import annotations

import csv
import runpy
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.lifecycle.state import CloseReason
from services.lead_rows import LeadRow, Reject, open_rows, read_new_leads
from services.mapping import LeadMapping, MappingError, load_mapping
from services.mapping.definition import parse_mapping
from services.new_lead import NewLead

EXAMPLES = Path(__file__).parents[3] / "examples"
CALLS = (
    "Id,Age,Job,Marital,Education,Default,Balance,HHInsurance,CarLoan,Communication,LastContactDay,LastContactMonth,"
    "NoOfContacts,DaysPassed,PrevAttempts,Outcome,CallStart,CallEnd,CarInsurance"
)
SIMPLE = parse_mapping("lead: {source: {constant: website}, external_id: Id, phone: Phone, metadata.n: {column: N}}")


def history(path: Path, mapping: LeadMapping) -> list[LeadRow | Reject]:
    with open_rows(path, mapping, history=True) as (_, rows):
        return list(rows)


def written(folder: Path, *lines: str) -> Path:
    path = folder / "leads.csv"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def reasons(found: Sequence[tuple[int, NewLead | Reject]]) -> dict[int, str]:
    return {number: row.reason for number, row in found if isinstance(row, Reject)}


def test_the_sample_is_what_its_generator_writes(tmp_path: Path) -> None:
    runpy.run_path(str(EXAMPLES / "generate_sample.py"))["write"](tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (EXAMPLES / "web_leads.csv").read_bytes()


def test_the_sample_gives_38_leads_and_two_rejects() -> None:
    mapping = load_mapping(EXAMPLES / "web_leads.yaml")
    found = list(read_new_leads(EXAMPLES / "web_leads.csv", mapping))
    assert {number: reason.split(":")[0] for number, reason in reasons(found).items()} == {13: "phone", 28: "email"}
    assert len(found) == 40
    assert [len(history(EXAMPLES / "web_leads.csv", mapping)), found[0][0]] == [40, 2]


def test_the_car_insurance_mapping_of_a_new_lead_knows_nothing_of_the_call(tmp_path: Path) -> None:
    path = written(
        tmp_path, CALLS, "7,37,admin.,single,tertiary,0,1000,1,0,cellular,17,mar,1,-1,0,NA,13:00:02,13:03:17,1"
    )
    [(number, lead)] = read_new_leads(path, load_mapping(EXAMPLES / "car_insurance.yaml"))
    assert number == 2
    assert isinstance(lead, NewLead)
    assert (lead.phone, lead.email, lead.created_at) == ("+13035550007", "lead-7@example.com", None)
    assert lead.metadata == {
        "age": 37,
        "job": "admin.",
        "marital": "single",
        "education": "tertiary",
        "credit_in_default": False,
        "balance": 1000,
        "household_insured": True,
        "car_loan": False,
        "previous": {"attempts": 0},
    }


def test_the_car_insurance_mapping_of_a_past_life(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        CALLS,
        "7,37,admin.,single,tertiary,0,1000,1,0,cellular,17,mar,3,92,2,success,13:00:02,13:03:17,1",
        "8,37,NA,single,NA,0,-5,1,0,NA,30,feb,1,-1,0,NA,13:00:02,13:03:17,0",
        "9,37,NA,single,NA,0,-5,1,0,NA,28,feb,1,-1,0,NA,13:00:02,13:03:17,0",
    )
    won, impossible, lost = history(path, load_mapping(EXAMPLES / "car_insurance.yaml"))
    assert isinstance(won, LeadRow)
    assert won.life is not None
    assert won.lead.created_at == datetime(2025, 3, 17, 17, 0, 2, tzinfo=UTC)
    assert won.life.closed_at == datetime(2025, 3, 17, 17, 3, 17, tzinfo=UTC)
    assert (won.life.result, won.life.contact_attempts, won.life.handling_minutes) == (CloseReason.WON, 3, 3.25)
    assert won.lead.metadata["previous"] == {"days_since": 92, "attempts": 2, "outcome": "success"}
    assert isinstance(impossible, Reject)
    assert "2025-feb-30" in impossible.reason
    assert isinstance(lost, LeadRow)
    assert lost.life is not None
    assert lost.life.result is CloseReason.NOT_INTERESTED


def test_an_id_that_comes_twice_is_a_reject_that_names_the_first_row(tmp_path: Path) -> None:
    path = written(tmp_path, "Id,Phone,N", "a,12,1", "a,,2", "a,,3", "b,,4")
    found = list(read_new_leads(path, SIMPLE))
    assert list(reasons(found)) == [2, 4]
    assert reasons(found)[4] == "external_id: 'a' is that of row 3; give each row an id of its own"


def test_good_rows_survive_every_kind_of_bad_one(tmp_path: Path) -> None:
    path = written(tmp_path, "Id,Phone,N", "a,,1", "b,12,2", "c", "d,,4,5", 'e,"x,6', ",,7", "f,+12025550123,8")
    found = list(read_new_leads(path, SIMPLE))
    assert [row.external_id for _, row in found if isinstance(row, NewLead)] == ["a", "f"]
    assert {number: reason.split(":")[0] for number, reason in reasons(found).items()} == {
        3: "phone",
        4: "row",
        5: "row",
        6: "row",
        7: "external_id",
    }


def test_the_limit_counts_rows(tmp_path: Path) -> None:
    path = written(tmp_path, "Id,Phone,N", "a,12,1", "", "b,,2", "c,,3")
    assert [number for number, _ in read_new_leads(path, SIMPLE, limit=2)] == [2, 4]


def test_a_large_file_is_not_read_ahead(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("Id", "Phone", "N"))
        writer.writerows((number, "", "x" * 100) for number in range(50_000))
    with open_rows(path, SIMPLE) as (file, rows):
        next(rows)
        assert file.position < file.size / 50


def test_a_wrong_mapping_fails_before_the_first_row(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="has no column 'N'"):
        next(read_new_leads(written(tmp_path, "Id,Phone", "broken"), SIMPLE))
