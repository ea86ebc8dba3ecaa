"""Leads that show what the profiles do: the expectation of the profiles' tests, and docs/reference/scoring.md.

Run as a module to write the document anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain.scoring.adjustments import ScoringAdjustments
from domain.scoring.profile import ScoringProfile
from domain.scoring.profiles import PROFILES
from domain.scoring.score import ScoreFacts, age_bonus, score_lead
from domain.tier import TIER_FLOORS, TIER_HOURS, Tier
from domain.tier_sla import SLA_SHARES, SlaStatus

DOCUMENT = Path(__file__).parents[3] / "docs" / "reference" / "scoring.md"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTACT = ("email", "phone", "name", "place", "line")


def lead(
    *,
    quality: int | None,
    source: str,
    contact: Sequence[str] = CONTACT,
    status: str = "RECEIVED",
    hours: float = 0,
    enqueued_at: datetime | None = None,
    line: str | None = None,
    has_previous_policies: bool = False,
) -> ScoreFacts:
    """A lead that came `hours` ago, with every contact field unless some are named."""
    return ScoreFacts(
        status=status,
        source=source,
        quality=quality,
        has_email="email" in contact,
        has_phone="phone" in contact,
        has_name="name" in contact,
        has_place="place" in contact,
        has_line="line" in contact,
        created_at=NOW - timedelta(hours=hours),
        enqueued_at=enqueued_at,
        line=line,
        has_previous_policies=has_previous_policies,
    )


NEW_LEADS: Mapping[str, tuple[ScoreFacts, Tier]] = {
    "quality 100, referral, everything known": (lead(quality=100, source="referral"), Tier.TIER1),
    "quality 90, referral, everything known": (lead(quality=90, source="referral"), Tier.TIER1),
    "quality 75, website, e-mail, phone, name": (
        lead(quality=75, source="website", contact=("email", "phone", "name")),
        Tier.TIER2,
    ),
    "quality 55, social media, phone, name": (
        lead(quality=55, source="social_media", contact=("phone", "name")),
        Tier.TIER3,
    ),
    "quality 20, cold lead, phone": (lead(quality=20, source="cold_lead", contact=("phone",)), Tier.TIER4),
    "no quality, referral, everything known": (lead(quality=None, source="referral"), Tier.TIER1),
    "no quality, website, e-mail, phone, name": (
        lead(quality=None, source="website", contact=("email", "phone", "name")),
        Tier.TIER2,
    ),
    "no quality, website, phone, name": (
        lead(quality=None, source="website", contact=("phone", "name")),
        Tier.TIER3,
    ),
    "no quality, cold lead, phone": (lead(quality=None, source="cold_lead", contact=("phone",)), Tier.TIER4),
}
"""Leads that have just arrived, and their tiers in the balanced profile."""

GOLDEN: Mapping[str, tuple[ScoreFacts, float, Tier]] = {
    "quality 80, `QUALIFIED`, referral, everything known, 30 h old": (
        lead(quality=80, status="QUALIFIED", source="referral", hours=30),
        69.5,
        Tier.TIER3,
    ),
    "quality 100, `QUALIFIED`, referral, everything known, fresh": (
        lead(quality=100, status="QUALIFIED", source="referral"),
        75.0,
        Tier.TIER2,
    ),
}
"""Leads with the scores and tiers that the documented profile is held to."""


TRAVELLING: Mapping[str, ScoreFacts] = {
    **{words: facts for words, (facts, _, _) in GOLDEN.items()},
    "no quality, `REJECTED`, website, phone": lead(
        quality=None, status="REJECTED", source="website", contact=("phone",)
    ),
}

_PAGE = """\
# Scores, tiers and profiles

Written by `python -m tests.unit.domain.scoring_page` from the profiles themselves, and compared with them by the
tests; do not edit it by hand.

A score is 0 to 100: the sum of value times weight over the factors, each value 0 to 100 itself. A profile is data
of the configuration: another profile is another version, and leads keep the version they started with.

## Tiers

A score on a threshold is in the better tier, and 100 is in Tier1. The limit runs from the lead's creation.

{tiers}

How much of the limit is gone makes the status; the limit's end is the same instant before and after it is past.

{statuses}

## Weights

{weights}

`documented` gives the values of the routing schema's own scoring, for whoever compares. Its weights sum to
{documented_sum:.0%}. A quality that nobody knows counts as nothing, and so does a quality of 0, which is taken for
unknown. A lead that has just arrived has the status `RECEIVED`, worth {received:g}, so that even the best one gets
{best_documented:g} points: {best_documented_tier}, never the hot queue.

`balanced` is for new configurations. Its weights are the documented ones divided by the sum of those of the
factors present, so that the best new lead gets {best_balanced:g} and a quality that nobody knows holds no lead
back: without it, source is {source_share:.1%} and contact {contact_share:.1%}. A quality of 0 is known, and worth
nothing. Left out are

- the status: it says how far the work on a lead is, not what the lead is worth, and a score that fell because
  routing set `ROUTED` would be routing's own echo;
- the age: a fresh lead has 0 there, an old one at most {oldest:g} of 100, so that every score would be pressed down.
  Waiting is the business of the limits above and of the queues.

A better quality, source or contact never lowers a score in either profile. To learn the quality of a lead may,
under `balanced`: until then the other factors speak for it.

## Values

Quality is the lead's own `quality_score`. Sources are compared in lower case. Contact is the sum of the parts that
are known: `name` is first and last name, `place` state and city, `line` the line of business. Age is
{ages}.

{values}

## Adjustments

Points beside the factors. They are worked out with every score, shown with it, and added to it only in a profile
with `adjustments.enabled`; both profiles leave them off. The score stays within 0 to 100. Once they are on, a
source with points of its own may pass a better one.

{adjustments}

## Examples

Leads that have just arrived (`RECEIVED`):

{new_leads}

Leads on their way, among them the two that `documented` is held to:

{travelling}

## A profile of one's own

`scoring` of the configuration takes `name` (lower case letters, digits and `_`), `normalised`,
`zero_quality_is_missing`, `weights`, `statuses`, `sources`, `unknown_source`, `contact_email` and the other parts, and
`adjustments`. What is left out of it is as in `documented`; the name `documented` itself is kept for the profile that
is so throughout. Refused are weights below 0, above 1 or all 0, values outside 0 to 100, a status that is missing or
does not exist, a source that is not in lower case, contact parts of more than 100 together, a line that does not
exist, and any field not known.
"""


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [" | ".join(head), "|".join("---" for _ in head)]
    lines += [" | ".join(f"{cell:g}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows]
    return "\n".join(f"|{line}|" if line.startswith("-") else f"| {line} |" for line in lines)


def _weights(profiles: Sequence[ScoringProfile]) -> str:
    rows = []
    for name in profiles[0].weights.model_dump():
        row = [name]
        for profile in profiles:
            weights = profile.weights.model_dump()
            whole = sum(weights.values()) if profile.normalised else 1.0
            row.append(f"{weights[name] / whole:.1%}" if weights[name] else "left out")
        rows.append(row)
    return _table(["factor", *(f"`{profile.name}`" for profile in profiles)], rows)


def _values(profiles: Sequence[ScoringProfile]) -> str:
    maps: Mapping[str, Mapping[str, Mapping[str, float]]] = {
        "source": {p.name: {**p.sources, "any other": p.unknown_source} for p in profiles},
        "contact": {p.name: {part: getattr(p, f"contact_{part}") for part in CONTACT} for p in profiles},
        "status": {p.name: p.statuses for p in profiles if p.weights.status},
    }
    tables = []
    for title, columns in maps.items():
        keys = dict.fromkeys(key for values in columns.values() for key in values)
        rows = [[key, *(values.get(key, "-") for values in columns.values())] for key in keys]
        tables.append(_table([title, *(f"`{name}`" for name in columns)], rows))
    return "\n\n".join(tables)


def _adjustments(rules: ScoringAdjustments) -> str:
    waiting = (
        f"{rules.wait_points_per_day:g} a day, by the hour, once more than {rules.wait_after_hours:g} h in the queue; "
        f"at most {rules.wait_limit:g}"
    )
    sources = ", ".join(f"{points:g} for `{source}`" for source, points in rules.sources.items())
    lines = ", ".join(f"{points:g} for {line}" for line, points in rules.commission.items())
    return _table(
        ["adjustment", "points"],
        [
            ["`time_in_queue`", waiting],
            ["`source`", sources],
            ["`market`", f"100 (multiplier - 1); the multiplier is {rules.market_multiplier:g}"],
            ["`commission`", f"{lines}, {rules.other_commission:g} for every other line"],
            ["`previous_policies`", f"{rules.previous_policies:g} when the lead has had policies before"],
        ],
    )


def _scores(leads: Mapping[str, ScoreFacts], profiles: Sequence[ScoringProfile]) -> str:
    rows = []
    for words, facts in leads.items():
        scores = [score_lead(facts, profile, NOW) for profile in profiles]
        rows.append([words, *(f"{score.value:.1f}, {score.tier}" for score in scores)])
    return _table(["lead", *(f"`{profile.name}`" for profile in profiles)], rows)


def document() -> str:
    """The reference page, from the profiles."""
    profiles = list(PROFILES.values())
    documented, balanced = PROFILES["documented"], PROFILES["balanced"]
    best = lead(quality=100, source="referral")
    best_documented = score_lead(best, documented, NOW)
    unknown_quality = score_lead(lead(quality=None, source="referral"), balanced, NOW)
    shares = {factor.name: factor.weight for factor in unknown_quality.factors}
    return _PAGE.format(
        tiers=_table(["tier", "score from", "limit, hours"], [[t, TIER_FLOORS[t], TIER_HOURS[t]] for t in Tier]),
        statuses=_table(
            ["status", "share of the limit"],
            [[status, f"from {SLA_SHARES[status]:.0%}" if status in SLA_SHARES else "less"] for status in SlaStatus],
        ),
        weights=_weights(profiles),
        documented_sum=sum(documented.weights.model_dump().values()),
        received=documented.statuses["RECEIVED"],
        best_documented=best_documented.value,
        best_documented_tier=best_documented.tier,
        best_balanced=score_lead(best, balanced, NOW).value,
        source_share=shares["source"],
        contact_share=shares["contact"],
        oldest=age_bonus(hours=10_000),
        ages=f"{age_bonus(24.1):g} after more than 24 hours, {age_bonus(48):g} from 48, {age_bonus(72):g} from 72",
        values=_values(profiles),
        adjustments=_adjustments(documented.adjustments),
        new_leads=_scores({words: facts for words, (facts, _) in NEW_LEADS.items()}, profiles),
        travelling=_scores(TRAVELLING, profiles),
    )


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
