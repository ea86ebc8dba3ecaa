"""Languages: from names and tags as people write them to BCP-47, and who understands whom."""

from __future__ import annotations

import re
from functools import lru_cache

# A line per language: the BCP-47 tag, the English names, and after the bar other codes for the same language.
_TABLE = """
    af     Afrikaans | afr
    am     Amharic | amh
    ar     Arabic, Modern Standard Arabic | ara, arb
    ase    American Sign Language, ASL
    bg     Bulgarian | bul
    bn     Bengali, Bangla | ben
    bs     Bosnian | bos
    ca     Catalan, Valencian | cat
    cs     Czech | ces, cze
    da     Danish | dan
    de     German | deu, ger
    el     Greek | ell, gre
    en     English | eng
    es     Spanish, Castilian | spa
    et     Estonian | est
    eu     Basque | eus, baq
    fa     Persian, Farsi, Dari | fas, per, prs, pes
    fi     Finnish | fin
    fil    Filipino, Tagalog | tl, tgl
    fr     French | fra, fre
    ga     Irish | gle
    gl     Galician | glg
    gu     Gujarati | guj
    ha     Hausa | hau
    haw    Hawaiian
    he     Hebrew | heb, iw
    hi     Hindi | hin
    hmn    Hmong
    hr     Croatian | hrv
    ht     Haitian Creole, Haitian | hat
    hu     Hungarian | hun
    hy     Armenian | hye, arm
    id     Indonesian | ind, in
    ig     Igbo | ibo
    is     Icelandic | isl, ice
    it     Italian | ita
    ja     Japanese | jpn
    ka     Georgian | kat, geo
    km     Khmer, Cambodian | khm
    kn     Kannada | kan
    ko     Korean | kor
    ku     Kurdish | kur
    lo     Lao, Laotian | lao
    lt     Lithuanian | lit
    lv     Latvian | lav
    ml     Malayalam | mal
    mr     Marathi | mar
    ms     Malay | msa, may
    my     Burmese | mya, bur
    ne     Nepali | nep
    nl     Dutch, Flemish | nld, dut
    no     Norwegian | nor, nb, nob, nn, nno
    nv     Navajo, Navaho | nav
    pa     Punjabi, Panjabi | pan
    pl     Polish | pol
    ps     Pashto, Pushto | pus
    pt     Portuguese | por
    ro     Romanian, Moldovan | ron, rum, mo
    ru     Russian | rus
    si     Sinhala, Sinhalese | sin
    sk     Slovak | slk, slo
    sl     Slovenian, Slovene | slv
    so     Somali | som
    sq     Albanian | sqi, alb
    sr     Serbian | srp
    sv     Swedish | swe
    sw     Swahili | swa
    ta     Tamil | tam
    te     Telugu | tel
    th     Thai | tha
    ti     Tigrinya | tir
    tr     Turkish | tur
    uk     Ukrainian | ukr
    ur     Urdu | urd
    vi     Vietnamese | vie
    yi     Yiddish | yid, ji
    yo     Yoruba | yor
    yue    Cantonese
    zh     Chinese, Mandarin, Mandarin Chinese | zho, chi, cmn
    zu     Zulu | zul
    pt-BR  Brazilian Portuguese
    zh-Hans  Simplified Chinese
    zh-Hant  Traditional Chinese
"""
# ISO 639-1. Three-letter codes run to thousands and are taken as they are.
_ISO_639_1 = """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es
    et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki
    kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no
    nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te
    tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
"""
_TWO_LETTERS = frozenset(_ISO_639_1.split())

_TAG = re.compile(
    r"(?P<primary>[a-z]{2,3})(?:-(?P<script>[a-z]{4}))?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?(?P<rest>(?:-[a-z0-9]{1,8})*)"
)


def _read_table() -> tuple[dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    codes: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        tag, rest = line.split(maxsplit=1)
        written, _, other = rest.partition("|")
        names.update((name.strip().casefold(), tag) for name in written.split(","))
        codes.update((code.strip(), tag) for code in other.split(",") if code.strip())
    return names, codes


_NAMES, _OTHER_CODES = _read_table()


@lru_cache(maxsize=4096)
def language_tag(text: str) -> str:
    """The BCP-47 tag, in its usual spelling, of a tag or an English name: `es_mx` → `es-MX`, `Spanish` → `es`.

    Codes for the same language become one (`spa` → `es`, `cmn` → `zh`, `tl` → `fil`). Idempotent. Raises ValueError
    when the text is neither a name of the table nor a well-formed tag, or its two letters are no language.
    """
    written = " ".join(text.split()).casefold()
    if written in _NAMES:
        return _NAMES[written]
    found = _TAG.fullmatch(written.replace("_", "-"))
    primary = "" if found is None else _OTHER_CODES.get(found["primary"], found["primary"])
    if found is None or (len(primary) == 2 and primary not in _TWO_LETTERS):
        raise ValueError(f"language: {text!r} is unknown; give a BCP-47 tag (en, es-MX) or an English name (Spanish)")
    script, region = found["script"], found["region"]
    return primary + (f"-{script.title()}" if script else "") + (f"-{region.upper()}" if region else "") + found["rest"]


def _tag_or_word(text: str) -> str:
    """What cannot be read matches itself only: a word that nobody expected must not stop routing."""
    try:
        return language_tag(text)
    except ValueError:
        return text.strip().casefold()


def _script(tag: str) -> str | None:
    return next((part for part in tag.split("-")[1:2] if len(part) == 4 and part.isalpha()), None)


def _understands(spoken: str, wanted: str) -> bool:
    if spoken.partition("-")[0] != wanted.partition("-")[0]:
        return False
    scripts = {_script(spoken), _script(wanted)} - {None}
    return len(scripts) < 2


@lru_cache(maxsize=4096)
def speaks(spoken: frozenset[str], wanted: str) -> bool:
    """True when one of the languages spoken, tags or names, is the language wanted.

    The primary language decides: who speaks `es` or `es-ES` serves `es-MX`, a region never divides people. A script
    does, where both sides name one: `zh-Hans` does not serve `zh-Hant`. An empty set speaks every language.
    """
    tag = _tag_or_word(wanted)
    return not spoken or any(_understands(_tag_or_word(one), tag) for one in spoken)
