"""The United States: states, three-digit ZIP prefixes and the time zones that official time gives them.

A zone line seldom follows a ZIP line. Where a prefix lies on both sides the post offices that are known to lie on one
side are listed in full and the rest keeps both zones.
"""

from __future__ import annotations

import re

_EASTERN = "America/New_York"
_DETROIT = "America/Detroit"
_INDIANAPOLIS = "America/Indiana/Indianapolis"
_LOUISVILLE = "America/Kentucky/Louisville"
_CENTRAL = "America/Chicago"
_MOUNTAIN = "America/Denver"
_BOISE = "America/Boise"
_PHOENIX = "America/Phoenix"
_PACIFIC = "America/Los_Angeles"
_ANCHORAGE = "America/Anchorage"
_ADAK = "America/Adak"

US_STATES: dict[str, tuple[str, tuple[str, ...]]] = {
    "AK": ("Alaska", (_ANCHORAGE, _ADAK)),
    "AL": ("Alabama", (_CENTRAL,)),
    "AR": ("Arkansas", (_CENTRAL,)),
    "AS": ("American Samoa", ("Pacific/Pago_Pago",)),
    "AZ": ("Arizona", (_PHOENIX, _MOUNTAIN)),
    "CA": ("California", (_PACIFIC,)),
    "CO": ("Colorado", (_MOUNTAIN,)),
    "CT": ("Connecticut", (_EASTERN,)),
    "DC": ("District of Columbia", (_EASTERN,)),
    "DE": ("Delaware", (_EASTERN,)),
    "FL": ("Florida", (_EASTERN, _CENTRAL)),
    "GA": ("Georgia", (_EASTERN,)),
    "GU": ("Guam", ("Pacific/Guam",)),
    "HI": ("Hawaii", ("Pacific/Honolulu",)),
    "IA": ("Iowa", (_CENTRAL,)),
    "ID": ("Idaho", (_BOISE, _PACIFIC)),
    "IL": ("Illinois", (_CENTRAL,)),
    "IN": ("Indiana", (_INDIANAPOLIS, _CENTRAL)),
    "KS": ("Kansas", (_CENTRAL, _MOUNTAIN)),
    "KY": ("Kentucky", (_LOUISVILLE, _CENTRAL)),
    "LA": ("Louisiana", (_CENTRAL,)),
    "MA": ("Massachusetts", (_EASTERN,)),
    "MD": ("Maryland", (_EASTERN,)),
    "ME": ("Maine", (_EASTERN,)),
    "MI": ("Michigan", (_DETROIT, _CENTRAL)),
    "MN": ("Minnesota", (_CENTRAL,)),
    "MO": ("Missouri", (_CENTRAL,)),
    "MP": ("Northern Mariana Islands", ("Pacific/Saipan",)),
    "MS": ("Mississippi", (_CENTRAL,)),
    "MT": ("Montana", (_MOUNTAIN,)),
    "NC": ("North Carolina", (_EASTERN,)),
    "ND": ("North Dakota", (_CENTRAL, _MOUNTAIN)),
    "NE": ("Nebraska", (_CENTRAL, _MOUNTAIN)),
    "NH": ("New Hampshire", (_EASTERN,)),
    "NJ": ("New Jersey", (_EASTERN,)),
    "NM": ("New Mexico", (_MOUNTAIN,)),
    "NV": ("Nevada", (_PACIFIC, _MOUNTAIN)),
    "NY": ("New York", (_EASTERN,)),
    "OH": ("Ohio", (_EASTERN,)),
    "OK": ("Oklahoma", (_CENTRAL,)),
    "OR": ("Oregon", (_PACIFIC, _BOISE)),
    "PA": ("Pennsylvania", (_EASTERN,)),
    "PR": ("Puerto Rico", ("America/Puerto_Rico",)),
    "RI": ("Rhode Island", (_EASTERN,)),
    "SC": ("South Carolina", (_EASTERN,)),
    "SD": ("South Dakota", (_CENTRAL, _MOUNTAIN)),
    "TN": ("Tennessee", (_CENTRAL, _EASTERN)),
    "TX": ("Texas", (_CENTRAL, _MOUNTAIN)),
    "UT": ("Utah", (_MOUNTAIN,)),
    "VA": ("Virginia", (_EASTERN,)),
    "VI": ("Virgin Islands", ("America/St_Thomas",)),
    "VT": ("Vermont", (_EASTERN,)),
    "WA": ("Washington", (_PACIFIC,)),
    "WI": ("Wisconsin", (_CENTRAL,)),
    "WV": ("West Virginia", (_EASTERN,)),
    "WY": ("Wyoming", (_MOUNTAIN,)),
}
"""Code → name and official zones. The first zone is that of every prefix that `_ZONES` does not list."""

# Military mail is missing on purpose: it is addressed to a fleet or base abroad.
_STATES = """
005 NY, 006-007 PR, 008 VI, 009 PR, 010-027 MA, 028-029 RI, 030-038 NH, 039-049 ME, 050-054 VT, 055 MA, 056-059 VT,
060-069 CT, 070-089 NJ, 100-149 NY, 150-196 PA, 197-199 DE, 200 DC, 201 VA, 202-205 DC, 206-212 MD, 214-219 MD,
220-246 VA, 247-268 WV, 270-289 NC, 290-299 SC, 300-319 GA, 320-339 FL, 341-342 FL, 344 FL, 346-347 FL, 349 FL,
350-352 AL, 354-369 AL, 370-385 TN, 386-397 MS, 398-399 GA, 400-418 KY, 420-427 KY, 430-459 OH, 460-479 IN, 480-499 MI,
500-516 IA, 520-528 IA, 530-532 WI, 534-535 WI, 537-549 WI, 550-551 MN, 553-567 MN, 569 DC, 570-577 SD, 580-588 ND,
590-599 MT, 600-620 IL, 622-629 IL, 630-631 MO, 633-641 MO, 644-658 MO, 660-662 KS, 664-679 KS, 680-681 NE, 683-693 NE,
700-701 LA, 703-708 LA, 710-714 LA, 716-729 AR, 730-731 OK, 733 TX, 734-741 OK, 743-749 OK, 750-799 TX, 800-816 CO,
820-831 WY, 832-838 ID, 840-847 UT, 850-853 AZ, 855-857 AZ, 859-860 AZ, 863-865 AZ, 870-875 NM, 877-884 NM, 885 TX,
889-891 NV, 893-895 NV, 897-898 NV, 900-908 CA, 910-928 CA, 930-961 CA, 967-968 HI, 969 GU, 970-979 OR, 980-986 WA,
988-994 WA, 995-999 AK
"""

_ZONES: tuple[tuple[tuple[str, ...], str], ...] = (
    # Florida's panhandle; Gulf County on both sides
    ((_CENTRAL,), "324 325"),
    ((_EASTERN, _CENTRAL), "32456 32457"),
    # Alabama's border towns live by the clock of Columbus, Georgia
    ((_EASTERN, _CENTRAL), "36854 36863 36867 36868 36869 36870 36872 36874 36877"),
    # Tennessee: the east; the plateau west of Chattanooga is Central
    ((_EASTERN,), "374 376 377 378 379 37302 37303 37311 37312 37323 37341 37343 37363 37377 37379"),
    ((_EASTERN, _CENTRAL), "373"),
    ((_CENTRAL,), "37355 37388 37398 37723"),
    # Kentucky: the west; Breckinridge County among Eastern neighbours
    ((_CENTRAL,), "420 421 422 423 424 42602 42629 42642 42728 42743 42754 42765"),
    ((_CENTRAL,), "40111 40140 40143 40144 40145 40146 40152 40153 40164 40170 40171 40176 40178"),
    ((_LOUISVILLE, _CENTRAL), "426 427"),
    ((_LOUISVILLE,), "42633 42701 42702 42718"),
    # Indiana: the corners by Chicago and Evansville, Starke and Perry counties
    ((_CENTRAL,), "463 464 476 477 46531 46532 46534 47586 47951 47978"),
    ((_INDIANAPOLIS, _CENTRAL), "475 479"),
    ((_INDIANAPOLIS,), "4790 47501 47542 47546 47591 47933"),
    # Michigan: four counties of the Upper Peninsula beside Wisconsin
    ((_DETROIT, _CENTRAL), "498 499"),
    ((_CENTRAL,), "49801 49802 49858 49935 49938"),
    ((_DETROIT,), "49829 49855 49931"),
    # The Dakotas
    ((_MOUNTAIN,), "577 586"),
    ((_CENTRAL, _MOUNTAIN), "575 576 585"),
    ((_CENTRAL,), "57501 57580 57601 5850 58523 58545 58554"),
    # Nebraska's west
    ((_MOUNTAIN,), "693 69153 69162"),
    ((_CENTRAL, _MOUNTAIN), "690 691 692"),
    ((_CENTRAL,), "69001 69101 69103"),
    # Four counties of Kansas beside Colorado
    ((_MOUNTAIN,), "67733 67735 67741 67758 67761 67762 67836 67857 67878 67879"),
    # Texas: El Paso and Hudspeth counties; the Big Bend shares their prefix
    ((_MOUNTAIN,), "798 799 885"),
    ((_CENTRAL,), "79830 79831 79832 79834 79842 79843 79845 79846 79848 79852 79854 79855"),
    # Arizona: the Navajo Nation changes its clocks, the state does not
    ((_PHOENIX, _MOUNTAIN), "865 86020 86033 86035 86044 86045 86053 86054"),
    # Nevada's towns on the line of Utah and Idaho
    ((_MOUNTAIN,), "89883"),
    ((_PACIFIC, _MOUNTAIN), "89825"),
    # Idaho north of the Salmon River; the canyon on both sides
    ((_PACIFIC,), "835 838"),
    ((_BOISE, _PACIFIC), "83547 83549"),
    # Oregon: Malheur County; its prefix has Pacific neighbours
    ((_BOISE, _PACIFIC), "979"),
    ((_BOISE,), "97901 97913 97914 97918"),
    # The islands
    ((_ADAK,), "99546 99547"),
    (("Pacific/Pago_Pago",), "96799"),
    (("Pacific/Saipan",), "9695"),
    (("Pacific/Palau",), "96939 96940"),
    (("Pacific/Chuuk",), "96942 96943"),
    (("Pacific/Pohnpei",), "96941 96944"),
    (("Pacific/Majuro",), "96960 96970"),
)

# The directory of number prefixes knows one side only, or tells the sides apart by exchanges that numbers have left.
_AREA_CODES: tuple[tuple[tuple[str, ...], str], ...] = (
    ((_EASTERN, _CENTRAL), "270 364 423 574 606 812 850 906 930"),
    ((_CENTRAL, _MOUNTAIN), "308 605 620 701 785"),
    ((_PACIFIC, _BOISE), "208 458 541 986"),
    ((_PHOENIX, _MOUNTAIN), "928"),
    ((_PACIFIC, _MOUNTAIN), "775"),
    ((_ANCHORAGE, _ADAK), "907"),
    ((_EASTERN, _CENTRAL), "807"),
    ((_PACIFIC, _MOUNTAIN), "236 250 672 778"),
)


def _states_by_prefix() -> dict[str, str]:
    states: dict[str, str] = {}
    for entry in _STATES.replace("\n", " ").split(","):
        span, state = entry.split()
        first, _, last = span.partition("-")
        for prefix in range(int(first), int(last or first) + 1):
            states[f"{prefix:03}"] = state
    return states


_STATE_OF_PREFIX = _states_by_prefix()
_ZONES_OF_PREFIX = {prefix: zones for zones, prefixes in _ZONES for prefix in prefixes.split()}
_FORCES = frozenset({"340", "962", "963", "964", "965", "966"})
_FORCES_STATES = frozenset({"AA", "AE", "AP"})
SPLIT_AREA_CODES = {code: zones for zones, codes in _AREA_CODES for code in codes.split()}
"""Area codes of North America that lie in several zones → all of these."""


def _five_digits(zip: str) -> str | None:
    match = re.fullmatch(r"(\d{4,5})(?:-\d{4})?|(\d{5})\d{4}", zip.strip(), flags=re.ASCII)
    # A spreadsheet takes the leading zero from 02139.
    return (match[1] or match[2]).zfill(5) if match else None


def state_of_zip(zip: str) -> str | None:
    """The code of the state that a United States ZIP code belongs to.

    Takes 85001, 85001-1234, 850011234 and 2139 for 02139. None for anything else, for a prefix that is not in use
    and for military mail, which is no place in the United States.
    """
    digits = _five_digits(zip)
    return _STATE_OF_PREFIX.get(digits[:3]) if digits else None


def zones_of_zip(zip: str) -> tuple[str, ...]:
    """The zones in which a United States ZIP code can be, as `state_of_zip` reads it; none when that knows no state."""
    digits = _five_digits(zip)
    state = state_of_zip(zip)
    if digits is None or state is None:
        return ()
    for length in (5, 4, 3):
        if zones := _ZONES_OF_PREFIX.get(digits[:length]):
            return zones
    return US_STATES[state][1][:1]


def is_military(zip: str | None, state: str | None) -> bool:
    """True for mail to the forces abroad (APO, FPO): neither state nor phone number says where that customer is."""
    digits = _five_digits(zip or "")
    by_zip = digits is not None and ("090" <= digits[:3] <= "099" or digits[:3] in _FORCES)
    return by_zip or (state or "").strip().upper() in _FORCES_STATES
