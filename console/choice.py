"""Dialogs that ask for one thing with big buttons, to be hit with a thumb."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui import ui

from console.wording import ATTEMPTS


async def choose(title: str, options: Mapping[str, str]) -> str | None:
    """Ask for one of the options (code to label); None when the person changes their mind."""
    dialog = _sheet()
    with dialog, _paper(title):
        _buttons(options, dialog.submit)
        _cancel(dialog)
    return await _answer(dialog)


async def choose_attempt() -> tuple[str, str] | None:
    """Ask how the customer was tried and what came of it: (channel, result)."""
    dialog = _sheet()
    with dialog, _paper("How did it go?"):
        channel = ui.toggle({code: label for code, (label, _) in ATTEMPTS.items()}, value="call")
        channel.props("spread no-caps unelevated dense").classes("w-full")
        results = ui.column().classes("w-full gap-2 items-stretch")

        def show_results() -> None:
            results.clear()
            with results:
                _buttons(ATTEMPTS[channel.value][1], dialog.submit)

        channel.on_value_change(show_results)
        show_results()
        _cancel(dialog)
    result = await _answer(dialog)
    return None if result is None else (str(channel.value), result)


def _sheet() -> ui.dialog:
    return ui.dialog().props("position=bottom")


def _paper(title: str) -> ui.card:
    with ui.card().classes("w-full max-w-md items-stretch gap-2 p-4") as card:
        ui.label(title).classes("text-lg font-medium")
    return card


def _buttons(options: Mapping[str, str], on_choice: Callable[[str], None]) -> None:
    for code, label in options.items():
        button = ui.button(label, on_click=lambda _, code=code: on_choice(code))
        button.props("size=lg no-caps outline").mark(f"choice-{code}")


def _cancel(dialog: ui.dialog) -> None:
    ui.button("Back", on_click=dialog.close).props("size=lg no-caps flat color=grey-8")


async def _answer(dialog: ui.dialog) -> str | None:
    try:
        answer = await dialog
    finally:
        dialog.delete()
    return None if answer is None else str(answer)
