"""What every page has: colours, the header, the strip for trouble."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from console.bell import Bell
from console.countdown import start_clock
from console.visit import Visit

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#14532d"/>'
    '<rect x="6" y="13" width="20" height="6" rx="3" fill="#facc15" transform="rotate(-35 16 16)"/></svg>'
)


def paint() -> None:
    """Colours and background of a page."""
    ui.colors(primary="#14532d", secondary="#4d7c0f", accent="#ca8a04", positive="#15803d", negative="#b91c1c")
    ui.query("body").classes("bg-grey-2")


@contextmanager
def frame(visit: Visit, *, wide: bool = False) -> Iterator[None]:
    """The header and, inside the block, the page's content in one column."""
    paint()
    start_clock()
    with ui.header().classes("items-center gap-2 sm:gap-4 px-3 py-2"):
        ui.label("Baton").classes("text-lg font-bold")
        if visit.session.supervises:
            _link("Board", "/board")
        _link("My leads", "/mine")
        ui.space()
        Bell(visit)
        ui.label(visit.session.name).classes("max-sm:hidden opacity-80")
        ui.button("Sign out", on_click=lambda: _leave(visit)).props("flat dense no-caps color=white")
    trouble = ui.label().classes("w-full bg-amber-200 text-amber-950 px-4 py-2 text-sm").props("role=alert")
    visit.show_trouble_in(trouble)
    ui.query(".nicegui-content").classes("p-0 gap-0")
    width = "max-w-screen-xl" if wide else "max-w-2xl"
    with ui.column().classes(f"w-full {width} mx-auto p-3 sm:p-4 gap-4 items-stretch"):
        yield


def _link(text: str, path: str) -> None:
    ui.link(text, path).classes("text-white no-underline hover:underline whitespace-nowrap")


def _leave(visit: Visit) -> None:
    visit.sign_out()
    ui.navigate.to("/sign-in")
