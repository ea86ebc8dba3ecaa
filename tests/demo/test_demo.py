"""`baton demo` as a person runs it: a whole stack, a short run, its report and its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stack.conftest import data_dir
from tests.stack.eventually import eventually

__all__ = ["data_dir"]

BATON = (sys.executable, "-m", "cli.main", "demo")


def start(*arguments: str) -> subprocess.Popen[str]:
    """The command in a process of its own, without the addresses of other servers."""
    replaced = ("DATABASE_URL", "DATABASE_OWNER_URL", "TEMPORAL_ADDRESS")
    environment = {name: value for name, value in os.environ.items() if name not in replaced}
    return subprocess.Popen(
        [*BATON, *arguments], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.timeout(240)
def test_a_run_settles_every_lead_and_a_second_one_reports_only_its_own(data_dir: Path) -> None:
    runs: list[dict[str, Any]] = []
    for seed in ("1", "2"):
        process = start(
            "--leads", "10", "--window", "5", "--seed", seed, "--data-dir", str(data_dir), "--json", "-", "--exit"
        )
        out, words = process.communicate(timeout=110)
        assert process.returncode == 0, words
        runs.append(json.loads(out))
    for run in runs:
        assert run["leads"] == sum(run["states"].values()) == 10
        assert set(run["states"]) <= {"contacted", "closed"}
        assert run["settled_share"] == 1.0
        assert run["invariants"]["violations"] == []
        assert run["lateness_ms"]["early"] == 0
        assert run["lateness_ms"]["n"] <= sum(run["breaches"].values())
        assert run["temporal"] == {"readable": 10, "differing": []}
        assert run["answer_ms"]["n"] >= 10
        assert run["escalations"] == 1
        assert run["transitions"]["receive"] == 10
    assert runs[0]["run"] != runs[1]["run"]
    assert (runs[0]["invariants"]["leads"], runs[1]["invariants"]["leads"]) == (10, 20)


def test_an_interrupted_run_stops_everything_with_exit_code_130(data_dir: Path) -> None:
    process = start("--leads", "500", "--data-dir", str(data_dir), "--exit")
    try:
        eventually((data_dir / "endpoints.json").exists, 60)
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=40)
    finally:
        process.kill()
    assert process.returncode == 130
    assert "Interrupted before the report" in words
    assert not (data_dir / "endpoints.json").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--window", "4"), "5 seconds is the shortest honest window"),
        (("--csv", "leads.csv"), "add --mapping"),
        (("--mapping", "leads.yaml"), "add --csv"),
        (("--csv", "no.csv", "--mapping", "no.yaml"), "no.yaml"),
    ],
)
def test_what_cannot_be_played_is_refused_before_anything_starts(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    process = start(*arguments, "--data-dir", str(tmp_path / "data"))
    _, said = process.communicate(timeout=30)
    assert process.returncode == 1
    assert words in said.replace("\n", " ")
    assert not (tmp_path / "data").exists()
