"""Division codes 行政区划代码: one spelling (12 digits, 15 for a grid) for codes of 2, 4, 6, 9, 12 or 15 digits.

GB/T 2260 gives the first six digits (province, city, county), GB/T 10114 three more for the town, the statistical
code 统计用区划代码 three more for the village; a grid 网格 adds three.
"""

import re
import unicodedata
from functools import lru_cache

from schemas.access import Tier

LENGTHS = (2, 4, 6, 9, 12, 15)
NORMAL = (
    "^(0[1-9]|[1-9][0-9])"
    "(0{10}|([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])(0{6}|([1-9][0-9]{2}|0[1-9][0-9]|00[1-9])[0-9]{3}))$"
)
"""Codes of 12 digits that `normalise` leaves as they are; for whole columns."""
_ENDS = ((Tier.GRID, 12, 15), (Tier.VILLAGE, 9, 12), (Tier.TOWN, 6, 9), (Tier.COUNTY, 4, 6), (Tier.CITY, 2, 4))


@lru_cache(maxsize=65_536)
def normalise(code: str) -> str:
    """The code in 12 digits (15 for a grid), padded with zeros; ValueError says what is wrong with it.

    `3704`, `370400` and `370400000000` are the same city. 15 digits that end in 000 are the village itself.
    """
    if not (code.isascii() and code.isdigit()):
        raise ValueError(f"division code {code!r}: {_why_no_digits(code)}")
    if len(code) not in LENGTHS:
        raise ValueError(f"division code {code!r}: found {len(code)} digits, expected 2, 4, 6, 9, 12 or 15")
    full = code.ljust(12, "0")
    if len(full) == 15 and full.endswith("000"):
        full = full[:12]
    _check_shape(code, full)
    return full


def tier_of(code: str) -> Tier:
    """Tier that the shape of a normalised code tells: its last group of digits that is not all zeros."""
    for tier, start, end in _ENDS:
        if code[start:end].strip("0"):
            return tier
    return Tier.PROVINCE


def shorter(code: str) -> str:
    """The normalised code one level up by its digits alone; empty above a province.

    Only for codes that no table knows: real parents are links of the tree.
    """
    for _, start, end in _ENDS:
        if code[start:end].strip("0"):
            return code[:start].ljust(12, "0")
    return ""


def _check_shape(code: str, full: str) -> None:
    if full[:2] == "00":
        raise ValueError(f"division code {code!r}: found province 00, expected 11 to 82")
    if full[2:6] == "0000" and full[6:].strip("0"):
        raise ValueError(
            f"division code {code!r}: found a town right under a province, expected zeros after the province"
        )
    if full[6:9] == "000" and full[9:].strip("0"):
        raise ValueError(
            f"division code {code!r}: found town 000 with a village below it, expected zeros after the county"
        )
    if full[9:12] == "000" and full[12:].strip("0"):
        raise ValueError(
            f"division code {code!r}: found village 000 with a grid below it, expected zeros after the town"
        )


def _why_no_digits(code: str) -> str:
    if not code.strip():
        return "found nothing, expected digits"
    if code != code.strip():
        return "found blanks around it, expected digits only"
    if unicodedata.normalize("NFKC", code) != code:
        return "found full-width characters, expected the digits 0-9"
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+", code):
        return "found scientific notation (a spreadsheet took the code for a number), expected digits"
    if re.fullmatch(r"[0-9]+\.[0-9]*", code):
        return "found a decimal point (a spreadsheet took the code for a number), expected digits"
    return "found characters that are no digits, expected the digits 0-9"
