"""The answer to the last click, in plain words, until the next one or until it is closed."""

from __future__ import annotations

from dataclasses import dataclass

from nicegui import ui

_GOOD = "bg-green-100 text-green-950"
_BAD = "bg-red-100 text-red-950"


@dataclass(frozen=True, slots=True)
class Said:
    """What to tell the person; `good` is False for a refusal."""

    text: str
    good: bool


class Notice:
    """A strip that stays: an agent who looks away must not miss who won."""

    def __init__(self) -> None:
        self._strip = (
            ui.row()
            .classes("w-full sticky top-14 z-10 shadow items-center no-wrap rounded p-3 gap-2")
            .props("role=status")
        )
        with self._strip:
            self._text = ui.label().classes("grow text-base").mark("notice")
            ui.button(icon="close", on_click=self.clear).props("flat round dense color=grey-8 aria-label=Close")
        self.clear()

    def say(self, said: Said) -> None:
        """Show it, instead of what was there."""
        self._text.set_text(said.text)
        self._strip.classes(add=_GOOD if said.good else _BAD, remove=_BAD if said.good else _GOOD)
        self._strip.set_visibility(True)

    def clear(self) -> None:
        """Show nothing."""
        self._strip.set_visibility(False)
