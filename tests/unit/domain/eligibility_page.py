"""docs/reference/eligibility.md, from the reason codes and the presets. Run as a module to write the document anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from domain.routing.eligibility import MEANINGS, DropReason
from domain.routing.violation import TYPE_OF
from domain.routing.weights import PRESETS

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "eligibility.md"

_SOFT = {
    DropReason.SEGMENT: "`segment`",
    DropReason.LICENCE: "`licence`",
    DropReason.TERRITORY: "`territory`",
    DropReason.LANGUAGE: "`language`",
}

_HEAD = """# Eligibility and fitness: who may have a lead, and who fits it best

Written by `python -m tests.unit.domain.eligibility_page` from the codes and presets in `domain/routing`; do not edit
it by hand.

## Reason codes

Every agent who is looked at is either a candidate or dropped with one code: that of the first filter that fails, in
this order. The type is the routing schema's word for it, as a manual assignment is refused with. A requirement that
can be soft drops nobody when the policy (`eligibility` of the configuration) says `soft`; a manual assignment then
shows a warning."""

_FILTERS = """The last four do not depend on the agent alone. `rule` is that of a rule about agents
([rules](rules.md#rules-about-agents)), `drain_rate` the drain's, which spreads waiting leads.
The two before them are last resorts: earlier holders come back when nobody else is eligible; whoever has only an
Individual row comes back when no specialist of the lead's segment meets territory and language. An earlier holder is
only a warning for a manual assignment.

### Specialisations, territories, licences

- One specialisation has to fit as a whole: two that fit by half do not. An empty list of languages or territories
  means all; a lead without a language or state suits everybody.
- `licence` looks at the agent's ledger: state, line (or every line), first and last valid day, both included. An agent
  without a ledger is judged by the territories of the specialisations alone, one with a ledger by both. An empty
  ledger holds no licence. A soft territory leaves licences hard.
- `specialization_cap`: a live lead counts on the agent's specialisation of its line and segment; where there is none,
  on the Individual one, which serves it. Where there is neither (a soft segment), it counts on all of that line.
- `hourly_cap` and `daily_cap`: the agent's own limit goes before that of the policy (`max_per_hour`, `max_per_day`).
  An invitation to a lead that is offered to many counts once it is claimed.
- `team_cap`: a team's `max_live_leads` and `max_held_leads` count the live and the open leads of all its members,
  whatever their role in it; whoever is in two teams counts in both. The lead itself does not count, so that it can go
  from one member to another. An inactive team has no cap.

### Claims

An offer was checked when it was made, and its claim is not checked again. The claim of an invitation needs a free slot
and is checked against the caps 16 to 19; it is refused as `AtCapacity`, and the invitation stays open. An agent who
claims an escalated lead is checked like anybody who is offered a lead, but for presence (2, 3, 4 and 11): `NotEligible`
or, for a cap, `AtCapacity`. Managers and admins are not checked.

### Languages

Languages are BCP-47 tags or English names (`Spanish`, `Mandarin`). The primary language decides: `es` and `es-ES` both
serve `es-MX`. A script divides where both sides name one: `zh-Hans` does not serve `zh-Hant`.

### Shifts and time off

A shift is weekly and in the agent's own time zone; one that ends at or before its start ends on the next day. It runs
from instant to instant, so the night in which the clock is changed is an hour shorter or longer. Without shifts an
agent is always on shift.

### The agent who already serves the customer

`existing_agent` of the policy says what the lead's `metadata.existing_agent_id` means: `excludes` (default, as the
routing schema has it), `prefers` (that agent goes first while eligible) or `ignored`.

## Fitness

fitness = specialization share x specialization + performance share x performance + availability share x availability
+ utilization share x (100 - utilization), from 0 to 100.

- specialization: exact line and segment 100, same line 80, same segment 60, otherwise 30. With proficiency, an exact
  match is 60 + 8 per level: 68, 76, 84, 92, 100. The agent's best match counts, once.
- performance: mean of conversion rate x 100, satisfaction (70 when there is none), 100 - 2 x handling minutes (not
  below 0) and cross-selling rate x 50; 50 without metrics of the last 30 days. With tier rates, Auto is (mean + 30 x
  the conversion rate of tier 1) / 1.3, Home the same with tier 2.
- availability: Available 100, Break 30, Training 20, In_Call, Offline or unknown 0.
- utilization: load / capacity x 100. No capacity is full; above a lowered cap costs no more than full.

Estimated minutes until the agent responds: 15 x (1 + utilization / 100) x (1 - performance / 200), rounded up.
Golden value: 100 / 60 / 100 / utilization 40 is 78 under `documented`, 15 minutes. Equal fitness goes to the lower
utilization, then to the longest idle, then to the lower id.

### Presets

`weights` of the configuration is one of these names, or numbers of one's own that sum to 1. Other numbers for a preset
are another version."""

_TAIL = """`documented` is the matching service of the routing schema. The others are its earlier presets over
specialty, performance, capacity, proximity and experiment: specialty is the share of specialization, capacity that of
utilization; proximity and experiment, which are no factors here, together are the share of availability.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def document() -> str:
    """The reference page, from the codes and presets."""
    reasons = _table(
        ("#", "code", "meaning", "type", "can be soft"),
        (
            (str(number), f"`{reason.value}`", MEANINGS[reason], f"`{TYPE_OF[reason].value}`", _SOFT.get(reason, ""))
            for number, reason in enumerate(DropReason, start=1)
        ),
    )
    presets = _table(
        ("preset", "version", "specialization", "performance", "availability", "utilization", "grades by"),
        (
            (
                f"`{weights.name}`",
                str(weights.version),
                f"{weights.specialization:.2f}",
                f"{weights.performance:.2f}",
                f"{weights.availability:.2f}",
                f"{weights.utilization:.2f}",
                "proficiency" if weights.proficiency else "tier rates" if weights.tier_rates else "",
            )
            for weights in PRESETS.values()
        ),
    )
    return "\n\n".join((_HEAD, reasons, _FILTERS, presets, _TAIL))


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
