"""Why a lead went to this agent, as the API explains it to this person."""

from __future__ import annotations

from nicegui import ui

from console.answers import Candidate, Explanation
from console.visit import Visit
from console.wording import plain

_COLOURS = {"positive": "text-positive", "negative": "text-negative"}


def show_why(explanation: Explanation, visit: Visit) -> None:
    """The newest decision in words; opened, also the candidates and why the others were dropped."""
    ui.label("Why this agent" if explanation.agent is not None else "Why it went there").classes("text-lg font-medium")
    with ui.card().classes("w-full gap-2 items-stretch").props("flat bordered"):
        for sentence in explanation.sentences:
            ui.label(sentence)
        if explanation.answer is not None:
            ui.label("And you").classes("text-grey-7 pt-2")
            for sentence in explanation.answer.sentences:
                ui.label(sentence)
        if explanation.candidates:
            with ui.expansion("Candidates", icon="groups").classes("w-full"):
                _candidates(explanation, visit)
        if explanation.dropped:
            with ui.expansion("Who could not have it", icon="filter_alt").classes("w-full"):
                for group in explanation.dropped:
                    ui.label(f"{group.count} × {plain(group.reason)}: {group.meaning}")
        ui.label(f"Decided {visit.time(explanation.at)}, recorded then and not changed since.").classes(
            "text-grey-7 text-sm"
        )


def _candidates(explanation: Explanation, visit: Visit) -> None:
    for candidate in explanation.candidates:
        with ui.row().classes("w-full items-baseline gap-x-4 py-1"):
            rank = f"{candidate.rank}. " if candidate.rank is not None else ""
            ui.label(f"{rank}{visit.name(candidate.agent)}").classes("font-medium")
            ui.label(_remarks(explanation, candidate)).classes("text-grey-7")
            ui.space()
            ui.label(f"fitness {candidate.fitness:.1f}").classes("tabular-nums")
            for factor in candidate.factors:
                colour = _COLOURS.get(factor.impact, "text-grey-8")
                ui.label(f"{plain(factor.name)} {factor.value:.0f}").classes(f"tabular-nums {colour}")
            ui.label(f"answers in about {candidate.response_minutes} min").classes("tabular-nums")
            ui.label(f"confidence {candidate.confidence:.2f}").classes("tabular-nums text-grey-7").tooltip(
                "By fitness: above 80 0.9, above 60 0.75, else 0.5. A rule of thumb, not a probability."
            )


def _remarks(explanation: Explanation, candidate: Candidate) -> str:
    remarks = (
        ("got it", candidate.agent == explanation.agent),
        ("no free slot any more", candidate.lost),
        ("preferred", candidate.preferred),
    )
    return ", ".join(word for word, true in remarks if true)
