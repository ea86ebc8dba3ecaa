"""Two profiles and what they promise; and what a profile is refused for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.scoring.profile import ScoringProfile
from domain.scoring.profiles import PROFILES
from domain.scoring.score import Score, ScoreFacts, score_lead
from domain.tier import Tier
from tests.unit.domain.scoring_page import CONTACT, DOCUMENT, GOLDEN, NEW_LEADS, NOW, document, lead

DOCUMENTED = PROFILES["documented"]
BALANCED = PROFILES["balanced"]
SOURCES = [*BALANCED.sources, "a source nobody named"]

qualities = st.integers(0, 100)
contacts = st.sets(st.sampled_from(CONTACT)).map(sorted)
leads = st.builds(
    lead,
    quality=st.none() | qualities,
    source=st.sampled_from(SOURCES),
    contact=contacts,
    status=st.sampled_from(sorted(DOCUMENTED.statuses)),
    hours=st.floats(0, 10_000),
)
shares = st.sampled_from([0.0, 0.1, 0.15, 1.0]) | st.floats(0, 1)
profiles = (
    st.fixed_dictionaries(dict.fromkeys(DOCUMENTED.weights.model_dump(), shares))
    .filter(lambda weights: any(weights.values()))
    .flatmap(
        lambda weights: st.builds(
            lambda **flags: ScoringProfile.model_validate({"name": "drawn", "weights": weights, **flags}),
            normalised=st.booleans(),
            zero_quality_is_missing=st.booleans(),
            adjustments=st.builds(lambda enabled: {"enabled": enabled}, st.booleans()),
        )
    )
)


def value_of(source: str) -> float:
    return BALANCED.sources.get(source, BALANCED.unknown_source)


def names(score: Score) -> list[str]:
    return [factor.name for factor in score.factors]


def test_profiles_are_found_by_their_names() -> None:
    assert {name: profile.name for name, profile in PROFILES.items()} == {
        "documented": "documented",
        "balanced": "balanced",
    }
    assert ScoringProfile() == DOCUMENTED


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_survives_being_stored(name: str) -> None:
    assert ScoringProfile.model_validate_json(PROFILES[name].model_dump_json()) == PROFILES[name]


@pytest.mark.parametrize("words", GOLDEN)
def test_the_documented_profile_gives_the_golden_values(words: str) -> None:
    facts, value, tier = GOLDEN[words]
    score = score_lead(facts, DOCUMENTED, NOW)
    assert (score.value, score.tier, score.profile) == (value, tier, "documented")


@pytest.mark.parametrize("quality", [None, 0])
def test_the_documented_profile_leaves_out_a_quality_that_is_missing_or_0(quality: int | None) -> None:
    assert names(score_lead(lead(quality=quality, source="website"), DOCUMENTED, NOW)) == [
        "status",
        "source",
        "contact",
        "age",
    ]


@pytest.mark.parametrize("words", NEW_LEADS)
def test_new_leads_reach_their_tier_in_the_balanced_profile(words: str) -> None:
    facts, tier = NEW_LEADS[words]
    assert (facts.status, facts.created_at) == ("RECEIVED", NOW)
    assert score_lead(facts, BALANCED, NOW).tier == tier


def test_new_leads_reach_all_four_tiers_with_and_without_quality() -> None:
    rated = {tier for facts, tier in NEW_LEADS.values() if facts.quality is not None}
    unrated = {tier for facts, tier in NEW_LEADS.values() if facts.quality is None}
    assert rated == unrated == set(Tier)


def test_the_balanced_profile_divides_by_the_weights_of_the_factors_present() -> None:
    rated = score_lead(lead(quality=50, source="website"), BALANCED, NOW)
    unrated = score_lead(lead(quality=None, source="website"), BALANCED, NOW)
    assert rated.value == pytest.approx((0.30 * 50 + 0.15 * 85 + 0.20 * 100) / 0.65, abs=1e-6)
    assert unrated.value == pytest.approx((0.15 * 85 + 0.20 * 100) / 0.35, abs=1e-6)
    assert (names(rated), names(unrated)) == (["quality", "source", "contact"], ["source", "contact"])


def test_the_balanced_profile_knows_a_quality_of_0() -> None:
    nothing = score_lead(lead(quality=0, source="website"), BALANCED, NOW)
    unknown = score_lead(lead(quality=None, source="website"), BALANCED, NOW)
    assert nothing.value == pytest.approx((0.15 * 85 + 0.20 * 100) / 0.65, abs=1e-6)
    assert nothing.value < unknown.value


@given(facts=leads, status=st.sampled_from(sorted(DOCUMENTED.statuses)))
def test_the_balanced_score_does_not_move_with_the_status(facts: ScoreFacts, status: str) -> None:
    assert score_lead(facts, BALANCED, NOW) == score_lead(replace(facts, status=status), BALANCED, NOW)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
class TestMonotone:
    """The better fact never gives the lower score."""

    @given(facts=leads, pair=st.tuples(qualities, qualities))
    def test_in_quality(self, profile: ScoringProfile, facts: ScoreFacts, pair: tuple[int, int]) -> None:
        worse, better = (score_lead(replace(facts, quality=quality), profile, NOW).value for quality in sorted(pair))
        assert 0 <= worse <= better <= 100

    @given(facts=leads, pair=st.tuples(st.sampled_from(SOURCES), st.sampled_from(SOURCES)))
    def test_in_source(self, profile: ScoringProfile, facts: ScoreFacts, pair: tuple[str, str]) -> None:
        ordered = sorted(pair, key=value_of)
        worse, better = (score_lead(replace(facts, source=source), profile, NOW).value for source in ordered)
        assert 0 <= worse <= better <= 100

    @given(facts=leads, part=st.sampled_from(CONTACT))
    def test_in_contact(self, profile: ScoringProfile, facts: ScoreFacts, part: str) -> None:
        field: dict[str, Any] = {f"has_{part}": True}
        assert score_lead(facts, profile, NOW).value <= score_lead(replace(facts, **field), profile, NOW).value


@given(leads, profiles)
def test_any_profile_keeps_scores_between_0_and_100_and_explains_them(
    facts: ScoreFacts, profile: ScoringProfile
) -> None:
    score = score_lead(facts, profile, NOW)
    points = sum(factor.contribution for factor in score.factors)
    points += sum(adjustment.points for adjustment in score.adjustments if adjustment.applied)
    assert score.value == pytest.approx(min(100.0, points), abs=1e-6)
    assert 0 <= score.value <= 100
    if profile.normalised and score.factors:
        assert sum(factor.weight for factor in score.factors) == pytest.approx(1)


@pytest.mark.parametrize("normalised", [True, False])
def test_a_lead_with_none_of_the_profile_s_factors_scores_0(normalised: bool) -> None:
    weights = {"quality": 1, "status": 0, "source": 0, "contact": 0, "age": 0}
    profile = ScoringProfile.model_validate({"name": "quality", "normalised": normalised, "weights": weights})
    score = score_lead(lead(quality=None, source="referral"), profile, NOW)
    assert (score.value, score.tier, score.factors) == (0, Tier.TIER4, ())


def test_sources_are_compared_in_lower_case() -> None:
    shouted = score_lead(lead(quality=50, source="Referral"), BALANCED, NOW)
    assert shouted == score_lead(lead(quality=50, source="referral"), BALANCED, NOW)


def statuses(**changed: float | None) -> dict[str, Any]:
    values = {**DOCUMENTED.statuses, **changed}
    return {"statuses": {status: value for status, value in values.items() if value is not None}}


@pytest.mark.parametrize(
    ("body", "where", "problem"),
    [
        ({"weights": {"quality": -0.1}}, "weights.quality", "greater than or equal to 0"),
        ({"weights": {"quality": 1.1}}, "weights.quality", "less than or equal to 1"),
        ({"weights": {"quality": "nan"}}, "weights.quality", "finite"),
        ({"weights": dict.fromkeys(DOCUMENTED.weights.model_dump(), 0)}, "weights", "at least one factor a weight"),
        ({"weights": {"engagement": 0.25}}, "weights.engagement", "not permitted"),
        ({"sources": {"referral": 101}}, "sources.referral", "less than or equal to 100"),
        ({"sources": {"referral": -1}}, "sources.referral", "greater than or equal to 0"),
        ({"sources": {"Referral": 100}}, "sources.Referral.[key]", "write 'referral'"),
        ({"sources": {" ": 100}}, "sources. .[key]", "has no name"),
        ({"unknown_source": 101}, "unknown_source", "less than or equal to 100"),
        (statuses(QUALIFIED=None), "statuses", "no value for QUALIFIED"),
        (statuses(WON=100), "statuses", "no such status: WON"),
        (statuses(QUALIFIED=101), "statuses.QUALIFIED", "less than or equal to 100"),
        ({"contact_place": 16}, "", "add up to 101"),
        ({"contact_email": -1}, "contact_email", "greater than or equal to 0"),
        ({"name": "My profile"}, "name", "match pattern"),
        ({"name": "documented", "unknown_source": 40}, "", "unknown_source: not as in `documented`"),
        ({"adjustments": {"commission": {"Boat": 9}}}, "adjustments.commission", "no such line: Boat"),
        ({"adjustments": {"market_multiplier": 2.1}}, "adjustments.market_multiplier", "less than or equal to 2"),
        ({"adjustments": {"sources": {"Website": 5}}}, "adjustments.sources.Website.[key]", "write 'website'"),
        ({"adjustments": {"previous_policies": -1}}, "adjustments.previous_policies", "greater than or equal to 0"),
    ],
)
def test_a_profile_that_cannot_be_meant_is_refused(body: dict[str, Any], where: str, problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ScoringProfile.model_validate({"name": "own", **body})
    (error,) = refused.value.errors()
    assert ".".join(map(str, error["loc"])) == where
    assert problem in error["msg"]


def test_a_profile_of_one_s_own_needs_a_name() -> None:
    with pytest.raises(ValidationError, match="weights: not as in `documented`; give the profile a name of its own"):
        ScoringProfile.model_validate({"weights": {"quality": 0.5}})


def test_the_reference_page_is_what_the_profiles_give() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m tests.unit.domain.scoring_page"
