"""Zones outside the United States: provinces, postal codes, and countries of one zone or a few."""

from __future__ import annotations

_ATLANTIC = "America/Halifax"
_TORONTO = "America/Toronto"
_WINNIPEG = "America/Winnipeg"
_EDMONTON = "America/Edmonton"
_VANCOUVER = "America/Vancouver"
_NUNAVUT = ("America/Iqaluit", "America/Rankin_Inlet", "America/Cambridge_Bay")
_SYDNEY = "Australia/Sydney"
_ADELAIDE = "Australia/Adelaide"

PROVINCES: dict[str, dict[str, tuple[str, tuple[str, ...]]]] = {
    "CA": {
        "AB": ("Alberta", (_EDMONTON,)),
        "BC": ("British Columbia", (_VANCOUVER, _EDMONTON)),
        "MB": ("Manitoba", (_WINNIPEG,)),
        "NB": ("New Brunswick", (_ATLANTIC,)),
        "NL": ("Newfoundland and Labrador", ("America/St_Johns", _ATLANTIC)),
        "NS": ("Nova Scotia", (_ATLANTIC,)),
        "NT": ("Northwest Territories", (_EDMONTON,)),
        "NU": ("Nunavut", _NUNAVUT),
        "ON": ("Ontario", (_TORONTO, _WINNIPEG)),
        "PE": ("Prince Edward Island", (_ATLANTIC,)),
        "QC": ("Quebec", (_TORONTO, _ATLANTIC)),
        "SK": ("Saskatchewan", ("America/Regina", _EDMONTON)),
        "YT": ("Yukon", ("America/Whitehorse",)),
    },
    "AU": {
        "ACT": ("Australian Capital Territory", (_SYDNEY,)),
        "NSW": ("New South Wales", (_SYDNEY, _ADELAIDE)),
        "NT": ("Northern Territory", ("Australia/Darwin",)),
        "QLD": ("Queensland", ("Australia/Brisbane",)),
        "SA": ("South Australia", (_ADELAIDE,)),
        "TAS": ("Tasmania", ("Australia/Hobart",)),
        "VIC": ("Victoria", ("Australia/Melbourne",)),
        "WA": ("Western Australia", ("Australia/Perth",)),
    },
}
"""Country → code of the province or state → its name and official zones."""

_POSTAL: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("CA", "A", ("America/St_Johns",)),
    ("CA", "A0P A0R A2V", (_ATLANTIC,)),
    ("CA", "B C E G4T", (_ATLANTIC,)),
    ("CA", "G0G", (_TORONTO, _ATLANTIC)),
    ("CA", "G H J K L M N", (_TORONTO,)),
    ("CA", "P", (_TORONTO, _WINNIPEG)),
    ("CA", "P1 P2 P3 P4 P5 P6 P7", (_TORONTO,)),
    ("CA", "P8 P9 R", (_WINNIPEG,)),
    ("CA", "S", ("America/Regina",)),
    ("CA", "S9V", (_EDMONTON,)),
    ("CA", "T", (_EDMONTON,)),
    ("CA", "V", (_VANCOUVER,)),
    ("CA", "V0A V0B V0C V1A V1C V1G V1J", (_VANCOUVER, _EDMONTON)),
    ("CA", "X", (_EDMONTON,)),
    ("CA", "X0A X0B X0C", _NUNAVUT),
    ("CA", "Y", ("America/Whitehorse",)),
    ("AU", "08 09", ("Australia/Darwin",)),
    ("AU", "02 1 2", (_SYDNEY,)),
    ("AU", "2880", (_ADELAIDE,)),
    ("AU", "3 8", ("Australia/Melbourne",)),
    ("AU", "4 9", ("Australia/Brisbane",)),
    ("AU", "5", (_ADELAIDE,)),
    ("AU", "6", ("Australia/Perth",)),
    ("AU", "7", ("Australia/Hobart",)),
    ("ES", "0 1 2 3 4 5", ("Europe/Madrid",)),
    ("ES", "35 38", ("Atlantic/Canary",)),
)

POSTAL_ZONES: dict[str, dict[str, tuple[str, ...]]] = {
    country: {prefix: zones for owner, prefixes, zones in _POSTAL if owner == country for prefix in prefixes.split()}
    for country in ("CA", "AU", "ES")
}
"""Country → prefix of the postal code, without spaces → zones; the longest prefix counts."""

_COUNTRIES = """
AD Europe/Andorra      AE Asia/Dubai          AL Europe/Tirane       AM Asia/Yerevan
AR America/Argentina/Buenos_Aires             AT Europe/Vienna       AZ Asia/Baku
BA Europe/Sarajevo     BB America/Barbados    BD Asia/Dhaka          BE Europe/Brussels
BG Europe/Sofia        BH Asia/Bahrain        BM Atlantic/Bermuda    BO America/La_Paz
BS America/Nassau      BY Europe/Minsk        BZ America/Belize      CH Europe/Zurich
CI Africa/Abidjan      CM Africa/Douala       CN Asia/Shanghai       CO America/Bogota
CR America/Costa_Rica  CU America/Havana      CZ Europe/Prague       DE Europe/Berlin
DK Europe/Copenhagen   DO America/Santo_Domingo                      DZ Africa/Algiers
EE Europe/Tallinn      EG Africa/Cairo        ET Africa/Addis_Ababa  FI Europe/Helsinki
FR Europe/Paris        GB Europe/London       GE Asia/Tbilisi        GG Europe/Guernsey
GH Africa/Accra        GI Europe/Gibraltar    GR Europe/Athens       GT America/Guatemala
GU Pacific/Guam        GY America/Guyana      HK Asia/Hong_Kong      HN America/Tegucigalpa
HR Europe/Zagreb       HT America/Port-au-Prince                     HU Europe/Budapest
IE Europe/Dublin       IL Asia/Jerusalem      IM Europe/Isle_of_Man  IN Asia/Kolkata
IQ Asia/Baghdad        IR Asia/Tehran         IS Atlantic/Reykjavik  IT Europe/Rome
JE Europe/Jersey       JM America/Jamaica     JO Asia/Amman          JP Asia/Tokyo
KE Africa/Nairobi      KR Asia/Seoul          KW Asia/Kuwait         KZ Asia/Almaty
LB Asia/Beirut         LI Europe/Vaduz        LK Asia/Colombo        LT Europe/Vilnius
LU Europe/Luxembourg   LV Europe/Riga         MA Africa/Casablanca   MC Europe/Monaco
MD Europe/Chisinau     ME Europe/Podgorica    MK Europe/Skopje       MT Europe/Malta
MU Indian/Mauritius    MY Asia/Kuala_Lumpur   NG Africa/Lagos        NI America/Managua
NL Europe/Amsterdam    NO Europe/Oslo         NP Asia/Kathmandu      OM Asia/Muscat
PA America/Panama      PE America/Lima        PH Asia/Manila         PK Asia/Karachi
PL Europe/Warsaw       PR America/Puerto_Rico                        PY America/Asuncion
QA Asia/Qatar          RO Europe/Bucharest    RS Europe/Belgrade     SA Asia/Riyadh
SE Europe/Stockholm    SG Asia/Singapore      SI Europe/Ljubljana    SK Europe/Bratislava
SN Africa/Dakar        SV America/El_Salvador                        TH Asia/Bangkok
TN Africa/Tunis        TR Europe/Istanbul     TT America/Port_of_Spain
TW Asia/Taipei         TZ Africa/Dar_es_Salaam                       UA Europe/Kyiv
UG Africa/Kampala      UY America/Montevideo  UZ Asia/Tashkent       VE America/Caracas
VI America/St_Thomas   VN Asia/Ho_Chi_Minh    ZA Africa/Johannesburg
"""
_ONE_ZONE = _COUNTRIES.split()

COUNTRY_ZONES: dict[str, tuple[str, ...]] = {
    **{country: (zone,) for country, zone in zip(_ONE_ZONE[::2], _ONE_ZONE[1::2], strict=True)},
    "AU": (_SYDNEY, "Australia/Brisbane", _ADELAIDE, "Australia/Darwin", "Australia/Perth"),
    "ES": ("Europe/Madrid", "Atlantic/Canary"),
    "NZ": ("Pacific/Auckland",),
    "PT": ("Europe/Lisbon", "Atlantic/Azores"),
}
"""Country → its zones, where these are one or few enough to keep them all; far islands of few people left out."""
