"""The leads of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.phone import normalise_phone
from services.mapping import MappingError
from workers.demo.csv_leads import read_csv
from workers.demo.fate import Fate, fate_of
from workers.demo.new_leads import generated_leads, of_run

_CSV = "Id,Line\n1,Auto\n2,Boat\n3,Home\n4,Life\n"
_MAPPING = """
types: {Id: int}
lead:
  source: {constant: cold_lead}
  external_id: 'row-{Id}'
  phone: '+1202555{Id:04d}'
  insurance_type: Line
"""


def test_the_same_seed_gives_the_same_people() -> None:
    assert list(generated_leads(50, 1)) == list(generated_leads(80, 1))[:50]
    assert list(generated_leads(50, 1)) != list(generated_leads(50, 2))


def test_all_can_be_reached_except_the_incomplete() -> None:
    for index, lead in enumerate(generated_leads(120, 1)):
        if fate_of(index) is Fate.INCOMPLETE:
            assert (lead.phone, lead.email) == (None, None)
        else:
            assert lead.phone is not None
            assert normalise_phone(lead.phone, lead.country) == lead.phone


def test_a_run_has_ids_of_its_own() -> None:
    leads = list(generated_leads(3, 1))
    assert [lead.external_id for lead in of_run(leads, "demo-a-")] == ["demo-a-1", "demo-a-2", "demo-a-3"]


def test_rows_of_a_file_are_leads_or_rejects(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(_CSV)
    (tmp_path / "a.yaml").write_text(_MAPPING)
    read = read_csv(tmp_path / "a.csv", tmp_path / "a.yaml", 3)
    assert [lead.external_id for lead in read.leads] == ["row-1", "row-3"]
    assert [number for number, _ in read.rejected] == [3]
    assert "insurance_type" in read.rejected[0][1]


def test_a_mapping_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Other\n1\n")
    (tmp_path / "a.yaml").write_text(_MAPPING)
    with pytest.raises(MappingError, match="Id"):
        read_csv(tmp_path / "a.csv", tmp_path / "a.yaml", 3)
