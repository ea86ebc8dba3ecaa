"""`baton leads import` and `baton leads preview` as they are called."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from cli.main import run
from tests.db.databases import Database, fetch_one

EXAMPLES = Path(__file__).parents[2] / "examples"
MAPPING = str(EXAMPLES / "web_leads.yaml")


@pytest.fixture
def sample(tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the sample, and the database's address in the environment."""
    monkeypatch.setenv("DATABASE_URL", database.application)
    return Path(shutil.copy(EXAMPLES / "web_leads.csv", tmp_path / "leads.csv"))


def count(database: Database, condition: str = "true") -> int:
    return int(asyncio.run(fetch_one(database.superuser, f"SELECT count(*) FROM crm_leads WHERE {condition}")))


def test_import_correct_the_rejects_import_again(
    sample: Path, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    rejects = sample.with_name("leads.rejects.csv")
    assert run(["leads", "import", str(sample), "--mapping", MAPPING, "--json"]) == 2
    out, told = capsys.readouterr()
    assert json.loads(out) == {
        "imported": 38,
        "joined": 0,
        "existing": 0,
        "rejected": 2,
        "rejects_file": str(rejects),
    }
    assert "phone (1), email (1)" in told
    text = rejects.read_text("utf-8-sig")
    assert text.startswith("rejected_row;rejected_because;Ref;First name")
    assert '\n13;"phone: too short' in text
    rejects.write_text(text.replace(";12;", ";(202) 555-0112;").replace(";nobody;", ";nobody@example.com;"))
    assert run(["leads", "import", str(rejects), "-m", MAPPING, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["imported"] == 2
    assert count(database) == 40
    assert not rejects.with_name("leads.rejects.rejects.csv").exists()


def test_a_second_import_adds_nothing_and_clears_nothing(sample: Path, database: Database) -> None:
    arguments = ["leads", "import", str(sample), "-m", MAPPING, "--limit", "10"]
    assert [run(arguments), run(arguments)] == [0, 0]
    assert count(database) == 10


def test_history(sample: Path, database: Database) -> None:
    assert run(["leads", "import", str(sample), "-m", MAPPING, "--history"]) == 2
    assert count(database, "lifecycle_state = 'closed' AND wake_at IS NULL") == 38


def test_what_is_wrong_is_said_with_exit_code_1(
    sample: Path, database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["leads", "import", str(sample), "-m", MAPPING]

    def told(*arguments: str) -> str:
        assert run(list(arguments)) == 1
        return " ".join(capsys.readouterr().err.split())

    assert "No such file" in told("leads", "import", "none.csv", "-m", MAPPING)
    assert "none.yaml: No such file" in told("leads", "import", str(sample), "-m", "none.yaml")
    assert "the file has no column 'Ref'" in told(*base, "--delimiter", "tab")
    assert "'utf-9' is not an encoding" in told(*base, "--encoding", "utf-9")
    assert "is the file to import" in told(*base, "--rejects", str(sample))
    monkeypatch.setenv("DATABASE_URL", database.superuser)
    assert "superuser" in told(*base)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:x@127.0.0.1:1/none")
    assert "no connection to the database" in told(*base)
    monkeypatch.delenv("DATABASE_URL")
    assert "DATABASE_URL is not set" in told(*base, "--data-dir", str(sample.parent))
    assert count(database) == 0


def test_preview_writes_nothing(sample: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["leads", "preview", str(sample), "-m", MAPPING, "--history", "--rows", "1"]) == 2
    told = capsys.readouterr().err
    assert "38 rows can be imported, 2 cannot." in told
    assert "row 13: phone: " in told
    assert "not_interested" in told
    assert [path.name for path in sample.parent.iterdir()] == ["leads.csv"]
