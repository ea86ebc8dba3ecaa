"""Records of a CSV file: numbers as a spreadsheet shows them, and damage that stays where it is."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInputError
from services.csv_file import Record, open_csv

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=12)
PLAIN = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=6)


def records(
    content: str | bytes,
    *,
    encoding: str = "utf-8-sig",
    delimiter: str | None = None,
    wanted: Collection[str] = (),
) -> list[Record]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "leads.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with open_csv(path, encoding=encoding, delimiter=delimiter, wanted=wanted) as file:
            return list(file.records())


@given(st.lists(st.tuples(CELL, CELL, CELL)), st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_a_spreadsheet_writes_is_read_as_it_was(
    rows: list[tuple[str, str, str]], delimiter: str, end: str, quoted: bool
) -> None:
    text = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([("A", "B", "C"), *rows])
    found = records(text.getvalue(), wanted=("A", "B", "C"))
    expected = [(number, row) for number, row in enumerate(rows, 2) if any(cell.strip() for cell in row)]
    assert [(record.number, record.cells) for record in found] == expected
    assert all(record.problem is None for record in found)


@given(st.lists(st.tuples(PLAIN, PLAIN), max_size=20), st.data(), st.booleans())
def test_a_stray_quote_costs_its_own_row_only(rows: list[tuple[str, str]], data: st.DataObject, quoted: bool) -> None:
    text = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(text, lineterminator="\n", quoting=quoting).writerows(rows)
    lines = text.getvalue().splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines)))
    lines.insert(place, data.draw(st.sampled_from(['x,"y\n', '"x,y\n', '"x"y,z\n', 'x,"\n'])))
    found = records("A,B\n" + "".join(lines))
    assert [record.cells for record in found if record.problem is None] == rows
    assert [record.number for record in found if record.problem is not None] == [place + 2]


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    found = records('\nA,B\n1,"two\nlines"\n\n , \n2,x\n')
    assert [(record.number, record.cells) for record in found] == [(3, ("1", "two\nlines")), (6, ("2", "x"))]


@pytest.mark.parametrize(
    ("line", "cells", "said"), [("1", ("1",), "has 1 cells, the header 2"), ("1,2,3", ("1", "2", "3"), "in quotes")]
)
def test_rows_of_another_width_are_refused_whole(line: str, cells: tuple[str, ...], said: str) -> None:
    [record] = records(f"A,B\n{line}\n")
    assert record.cells == cells
    assert record.problem is not None
    assert said in record.problem


def test_the_delimiter_is_the_one_that_finds_the_columns() -> None:
    [record] = records("Name, first;Id\nAda;1\n", wanted=("Id",))
    assert record.cells == ("Ada", "1")
    [record] = records("A,B,C;D\n1,2,3\n", delimiter=";")
    assert record.problem is not None


def test_other_encodings() -> None:
    [record] = records("Näme\nÄda\n".encode("cp1252"), encoding="cp1252")
    assert record.cells == ("Äda",)
    [record] = records("A\nÄda\n".encode("utf-16"), encoding="utf-16")
    assert record.cells == ("Äda",)
    [record] = records(b"\xef\xbb\xbfA\nx\n")
    assert record.cells == ("x",)


def test_undecodable_bytes_cost_their_row_only() -> None:
    bad, good = records(b"A,B\n\xc4da,1\nBo,2\n")
    assert bad.problem is not None
    assert "not utf-8-sig text; give the file's encoding" in bad.problem
    assert good == Record(3, ("Bo", "2"))


def test_a_nul_is_refused() -> None:
    [record] = records("A\nx\0y\n")
    assert record.problem is not None
    assert "NUL" in record.problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n , \n", "is empty"),
        ("A,B, A\n", "the header has A twice"),
        ('A,"B\n', "the header cannot be read"),
        ("Ä\n".encode("cp1252"), "give the file's encoding"),
    ],
)
def test_files_without_a_usable_header(content: str | bytes, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said):
        records(content)


def test_a_file_without_rows_has_none() -> None:
    assert records("A,B\n") == []


def test_unnamed_columns_at_the_end_are_no_duplicates() -> None:
    [record] = records("A,,\n1,,\n")
    assert record.cells == ("1", "", "")


def test_columns_of_a_rejects_file_are_left_out() -> None:
    [record] = records("rejected_row,rejected_because,A\n3,phone: wrong,x\n")
    assert record.cells == ("x",)
