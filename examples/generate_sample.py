"""Write web_leads.csv, forty invented leads, next to this file: `python examples/generate_sample.py`.

The same rows every time. Two of them cannot be imported, so that there is a rejects file to look at.
"""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from pathlib import Path

HEADER = (
    "Ref",
    "First name",
    "Last name",
    "Phone",
    "E-mail",
    "State",
    "Zip",
    "Product",
    "Employees",
    "Language",
    "Asked at",
    "Result",
    "Closed at",
    "Minutes",
)
_FIRST = ("Ana", "Bo", "Chloé", "Dev", "Eve", "Finn", "Gita", "Hal")
_LAST = ("Müller", "Ng", "Okafor", "Price", "Quinn", "Rossi", "Sato")
_PLACES = (("CA", "90001"), ("NY", "10001"), ("TX", "75001"), ("MA", "02108"))
_PRODUCTS = ("car", "home", "life", "health", "fleet")
_RESULTS = ("sold", "no", "no answer", "sold", "bought elsewhere")
_MORNING = datetime(2026, 3, 2, 9, 0)  # noqa: DTZ001


def rows(count: int = 40) -> list[tuple[str, ...]]:
    """The first `count` rows; numbers 12 and 27 have a phone and an e-mail that cannot be used."""
    return [_row(number) for number in range(1, count + 1)]


def _row(number: int) -> tuple[str, ...]:
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    state, code = _PLACES[number % len(_PLACES)]
    product = _PRODUCTS[number % len(_PRODUCTS)]
    asked = _MORNING + timedelta(minutes=97 * number)
    closed = asked + timedelta(days=number % 9, minutes=13 * number % 240 + 5)
    return (
        f"W-{number:05d}",
        first,
        last,
        "12" if number == 12 else f"(202) 555-{100 + number:04d}",
        "nobody" if number == 27 else f"lead{number}@example.com",
        state,
        code,
        product,
        str(number * 7 % 90 + 2) if product == "fleet" else "",
        ("en", "es", "")[number % 3],
        f"{asked:%m/%d/%Y %H:%M}",
        _RESULTS[number % len(_RESULTS)],
        f"{closed:%m/%d/%Y %H:%M}",
        str(number * 11 % 40 + 1),
    )


def write(path: Path) -> None:
    """Write header and rows, separated by semicolons."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows())


if __name__ == "__main__":
    write(Path(__file__).with_name("web_leads.csv"))
