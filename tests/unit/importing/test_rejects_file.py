"""The rejects file: it can be corrected and imported again, and never overwrites anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from services.csv_file import REJECT_COLUMNS, open_csv
from services.lead_rows import Reject
from services.rejects_file import RejectsFile

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(str.strip)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_bytes(b"Id;\xc3\x84lter\n1;2\n")
    return path


def write(source: Path, target: Path, *rejects: Reject) -> None:
    with open_csv(source, delimiter=";") as file, RejectsFile(target, file) as writer:
        writer.write(rejects)


def test_it_holds_row_reason_and_the_row_unchanged(source: Path) -> None:
    target = source.with_name("out.csv")
    write(source, target, Reject(7, (" 1", 'a"b'), "phone", "wrong"))
    assert target.read_bytes().decode("utf-8-sig").splitlines() == [
        "rejected_row;rejected_because;Id;Älter",
        '7;phone: wrong; 1;"a""b"',
    ]
    assert target.stat().st_mode & 0o077 == 0


@given(cells=st.tuples(CELL, CELL))
def test_it_reads_back_as_the_original(tmp_path_factory: pytest.TempPathFactory, cells: tuple[str, str]) -> None:
    folder = tmp_path_factory.mktemp("rejects")
    source, target = folder / "leads.csv", folder / "out.csv"
    source.write_text("Id;A\n", encoding="utf-8")
    write(source, target, Reject(2, cells, "phone", 'has "quotes"; and\nlines'))
    with open_csv(target) as file:
        [record] = file.records()
    assert (file.header, record.cells, record.problem) == (("Id", "A"), cells, None)


def test_bytes_of_another_encoding_stay_what_they_were(source: Path) -> None:
    target = source.with_name("out.csv")
    source.write_bytes(b"Id;A\n1;\xc4da\n")
    with open_csv(source) as file, RejectsFile(target, file) as writer:
        writer.write([Reject(r.number, r.cells, "row", "not text") for r in file.records()])
    assert b";\xc4da\r\n" in target.read_bytes()


def test_without_rejects_there_is_no_file_and_an_old_one_is_removed(source: Path) -> None:
    target = source.with_name("out.csv")
    write(source, target, Reject(2, ("1", "2"), "row", "wrong"))
    write(source, target)
    assert not target.exists()


@pytest.mark.parametrize("content", ["lead: {}\n", "Id;A\n1;2\n"])
def test_a_file_that_is_something_else_is_kept(source: Path, content: str) -> None:
    target = source.with_name("other.csv")
    target.write_text(content)
    with pytest.raises(InvalidInputError, match="is there and is no rejects file; name another one"):
        write(source, target)
    assert target.read_text() == content


def test_the_imported_file_is_never_its_own_rejects_file(source: Path) -> None:
    source.write_text(";".join((*REJECT_COLUMNS, "Id")) + "\n")
    with pytest.raises(InvalidInputError, match="is the file to import"):
        write(source, source)
    assert source.exists()


def test_a_place_that_cannot_be_written_is_found_at_the_start(source: Path) -> None:
    with pytest.raises(InvalidInputError, match="cannot be written to; name another place"):
        write(source, source.parent / "nowhere" / "out.csv")
