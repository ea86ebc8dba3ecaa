"""Languages: names and tags become BCP-47, and people who understand each other match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.routing.language import language_tag, speaks


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("English", "en"),
        (" spanish ", "es"),
        ("VIETNAMESE", "vi"),
        ("Haitian  Creole", "ht"),
        ("Mandarin", "zh"),
        ("Cantonese", "yue"),
        ("Tagalog", "fil"),
        ("American Sign Language", "ase"),
        ("Brazilian Portuguese", "pt-BR"),
        ("Lao", "lo"),
        ("en", "en"),
        ("EN-us", "en-US"),
        ("es_mx", "es-MX"),
        ("es-419", "es-419"),
        ("zh-hant-tw", "zh-Hant-TW"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("de-1996", "de-1996"),
        ("spa", "es"),
        ("cmn-Hans", "zh-Hans"),
        ("iw", "he"),
        ("nb-NO", "no-NO"),
        ("quc", "quc"),
    ],
)
def test_names_and_tags_are_mapped(written: str, tag: str) -> None:
    assert language_tag(written) == tag


@pytest.mark.parametrize("text", ["", " ", "Klingon", "xx", "e", "en-", "en--US", "en US", "12", "español"])
def test_the_unknown_is_refused_with_the_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"unknown; give a BCP-47 tag .* or an English name"):
        language_tag(text)


@given(st.from_regex(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?", fullmatch=True))
def test_a_tag_is_its_own_tag(text: str) -> None:
    try:
        tag = language_tag(text)
    except ValueError:
        return
    assert language_tag(tag) == tag


@pytest.mark.parametrize(
    ("spoken", "wanted", "expected"),
    [
        ({"en"}, "en-US", True),
        ({"en-GB"}, "en-US", True),
        ({"English"}, "en", True),
        ({"en"}, "Spanish", False),
        ({"en", "Spanish"}, "es-MX", True),
        ({"zh-Hans"}, "zh-Hant", False),
        ({"zh-Hans-CN"}, "zh-Hant-TW", False),
        ({"zh-Hans", "zh-Hant"}, "zh-Hant", True),
        ({"zh"}, "zh-Hant", True),
        ({"zh"}, "yue", False),
        ({"de-1996"}, "de-Latn", True),
        ({"Tagalog"}, "fil", True),
        ({"Klingon"}, "klingon ", True),
        ({"Klingon"}, "en", False),
        ({"en"}, "Klingon", False),
        (set(), "en", True),
    ],
)
def test_who_serves_whom(spoken: set[str], wanted: str, expected: bool) -> None:
    assert speaks(frozenset(spoken), wanted) is expected
