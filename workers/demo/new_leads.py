"""The leads of a run: generated, or the rows of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random

from domain.routing.agent import InsuranceLine
from services.new_lead import NewLead
from workers.demo.fate import Fate, fate_of

_FIRST = ("Alex", "Blair", "Casey", "Drew", "Ellis", "Frankie", "Gray", "Harper", "Indy", "Jules", "Kit", "Lane")
_LAST = ("Abbott", "Baker", "Cole", "Dunn", "Ellison", "Frost", "Grant", "Hale", "Irwin", "Jarvis", "Knox", "Lowe")
_PLACES = (("San Diego", "CA"), ("Austin", "TX"), ("Albany", "NY"), ("Denver", "CO"), ("Tampa", "FL"), ("Boise", "ID"))
_SOURCES = ("website", "referral", "facebook", "comparison_site", "phone_campaign")
_COMPANY_SIZES = (None, None, None, None, 40, 900)


def generated_leads(count: int, seed: int) -> Iterator[NewLead]:
    """`count` people who do not exist; the same seed gives the same people. Numbers are from the 555 range."""
    for index in range(count):
        yield _generated(index, Random(f"{seed}/lead/{index}"))


def _generated(index: int, random: Random) -> NewLead:
    fate = fate_of(index)
    first, last = random.choice(_FIRST), random.choice(_LAST)
    city, state = random.choice(_PLACES)
    reachable = fate is not Fate.INCOMPLETE
    misplaced = fate is Fate.MISPLACED
    return NewLead(
        source=random.choice(_SOURCES),
        external_id=str(index + 1),
        first_name=first,
        last_name=last,
        phone=phone_number(index) if reachable else None,
        email=f"{first}.{last}.{index + 1}@example.com".lower() if reachable and random.random() < 0.8 else None,
        city=city,
        state=None if misplaced else state,
        insurance_type=InsuranceLine.AUTO if misplaced else random.choice(list(InsuranceLine)),
        language="es" if misplaced else "en",
        employee_count=random.choice(_COMPANY_SIZES),
        quality_score=random.randint(20, 95),
    )


def phone_number(index: int) -> str:
    """A number that belongs to nobody; ten thousand different ones."""
    return f"+1202555{index % 10_000:04d}"


def of_run(leads: Iterable[NewLead], prefix: str) -> list[NewLead]:
    """The leads with ids of this run: rows of a file that was played before are new leads in a new run."""
    return [
        lead.model_copy(update={"external_id": f"{prefix}{index + 1}", "created_at": None})
        for index, lead in enumerate(leads)
    ]
