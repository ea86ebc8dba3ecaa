"""States and provinces as people write them."""

from __future__ import annotations

import unicodedata

from domain.customer.us_zones import US_STATES
from domain.customer.world_zones import PROVINCES

_ALSO = {"washington dc": "DC", "us virgin islands": "VI", "newfoundland": "NL"}


def _key(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text.replace(".", ""))
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).casefold().split())


def states_of(country: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Code → name and time zones of the country's states or provinces; known for US, CA and AU, else empty."""
    return US_STATES if country == "US" else PROVINCES.get(country, {})


_CODES: dict[str, dict[str, str]] = {
    country: {_key(spelling): code for code, (name, _) in states_of(country).items() for spelling in (code, name)}
    for country in ("US", *PROVINCES)
}


def state_code(text: str, country: str = "US") -> str | None:
    """The code of a state written as code or name: `ca`, `CA` and `california` give `CA`.

    Case, spaces, full stops and accents do not matter (`D.C.`, `Québec`). `country` is US, CA or AU. None for
    what is no state of that country. Idempotent.
    """
    key = _key(text)
    codes = _CODES.get(country, {})
    code = codes.get(key) or _ALSO.get(key)
    return code if code in states_of(country) else None
