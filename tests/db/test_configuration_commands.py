"""`baton config` and `baton rules` as they are called."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest
import yaml

from cli.main import run
from tests.db.databases import Database, run_script
from tests.support.people import People, populate


@pytest.fixture
def people(database: Database, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setenv("DATABASE_URL", database.application)
    people = asyncio.run(populate(database, 1))
    monkeypatch.setenv("BATON_ADMIN", f"{people.admin}@example.com")
    return people


def test_export_plan_apply_versions_rollback(
    people: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["config", "export"]) == 0
    file = tmp_path / "config.yaml"
    file.write_text(capsys.readouterr().out)
    assert run(["config", "plan", str(file)]) == 0
    assert capsys.readouterr().err == ""
    document = yaml.safe_load(file.read_text())
    document["sla"]["claim_seconds"] = 60
    file.write_text(yaml.safe_dump(document))
    assert run(["config", "plan", str(file)]) == 2
    assert "~ sla.claim_seconds: 300 → 60" in capsys.readouterr().err
    assert run(["config", "plan", str(file), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["changes"] == [
        {"kind": "change", "path": ["sla", "claim_seconds"], "old": 300, "new": 60}
    ]
    assert run(["config", "apply", str(file), "--based-on", "3"]) == 1
    assert run(["config", "apply", str(file), "--note", "faster"]) == 0
    assert run(["config", "apply", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["changed"] is False
    assert run(["config", "rollback", "1"]) == 0
    assert run(["config", "versions", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(version["version"], version["note"]) for version in found[:2]] == [
        (3, "back to version 1"),
        (2, "faster"),
    ]
    assert found[0]["published_by"] == f"{people.admin}@example.com"


def test_rules(people: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text("rules: [{name: all, condition: {and: []}, action: {type: move_queue, params: {queue: x}}}]")
    assert run(["rules", "draft", str(file)]) == 0
    assert "unknown_queue" in capsys.readouterr().err
    assert run(["rules", "lint"]) == 1
    assert run(["rules", "publish"]) == 1
    file.write_text("rules: [{name: all, condition: {and: []}, action: escalate}]")
    assert run(["rules", "draft", str(file)]) == 0
    assert run(["rules", "lint"]) == 0
    assert run(["rules", "publish"]) == 0
    capsys.readouterr()
    assert run(["rules", "list", "--json"]) == 0
    assert [known["name"] for known in json.loads(capsys.readouterr().out)] == ["all"]
    assert run(["rules", "rollback", "1"]) == 0
    assert run(["rules", "migrate", "--all-open", "--to", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"version": 2, "moved": 0, "already": 0, "refused": []}
    assert run(["rules", "migrate", "--to", "2"]) == 1
    assert run(["rules", "try", str(people.manager)]) == 1
    assert "there is no lead" in capsys.readouterr().err
    assert run(["rules", "import-origin"]) == 0


def test_try(people: People, database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    lead = UUID(int=99)
    asyncio.run(
        run_script(
            database.owner,
            f"""INSERT INTO crm_leads (id, lifecycle_state, wake_at, last_at, seq, insurance_type, tier)
                VALUES ('{lead}', 'queued', now(), now(), 1, 'Auto', 'Tier3')""",
        )
    )
    assert run(["rules", "try", str(lead), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [candidate["agent"] for candidate in told["candidates"]] == [str(people.agents[0])]
    assert run(["rules", "try", str(lead)]) == 0
    assert f"1. {people.agents[0]}@example.com" in capsys.readouterr().err


def test_what_is_wrong_is_said_with_exit_code_1(
    people: People, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("colour: red")

    def told(*arguments: str) -> str:
        assert run(list(arguments)) == 1
        return " ".join(capsys.readouterr().err.split())

    assert "colour: Extra inputs" in told("config", "plan", str(file))
    assert "No such file" in told("config", "plan", "none.yaml")
    assert "no active admin" in told("config", "apply", str(file), "--as", f"{people.manager}@example.com")
    assert "version 9 is not published" in told("config", "rollback", "9")
    file.write_bytes(b"\xff\xfe")
    assert "not UTF-8" in told("config", "plan", str(file))
