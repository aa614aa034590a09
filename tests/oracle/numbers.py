"""Check digits and forms of data elements, worked out by hand from the standards' texts; nothing of ours is asked."""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping

_ID_SUM_MODULUS = 11
_CREDIT_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_id(text: str) -> bool:
    """GB 11643: 18 characters, a real day of birth; the ISO 7064 MOD 11-2 sum over all of them is 1."""
    if not re.fullmatch("[0-9]{17}[0-9X]", text) or text[0] == "0":
        return False
    year, month, day = int(text[6:10]), int(text[10:12]), int(text[12:14])
    if not (1800 <= year < 2100 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        return False
    value = 0
    for character in text:
        value = (value * 2 + (10 if character == "X" else int(character))) % _ID_SUM_MODULUS
    return value == 1


def credit_code(text: str) -> bool:
    """GB 32100: 31 characters, six digits of a place, the sum weighted with powers of 3 divides by 31."""
    if not re.fullmatch(f"[{_CREDIT_CHARACTERS}]{{2}}[0-9]{{6}}[{_CREDIT_CHARACTERS}]{{10}}", text):
        return False
    values = [_CREDIT_CHARACTERS.find(character) for character in text]
    total = sum(value * 3**place for place, value in enumerate(values[:17]))
    return (31 - total % 31) % 31 == values[17]


def organisation_code(text: str) -> bool:
    """GB 11714: eight characters valued by 36, weights 3 7 9 10 5 8 4 2, complement to 11 (10 is X, 11 is 0)."""
    if not re.fullmatch("[0-9A-Z]{8}[0-9X]", text):
        return False
    total = sum(int(c, 36) * w for c, w in zip(text, (3, 7, 9, 10, 5, 8, 4, 2), strict=False))
    return text[8] == "0123456789X0"[11 - total % 11]


def luhn(text: str) -> bool:
    """ISO/IEC 7812: every second digit from the right doubled, the digits of it all add up to a multiple of ten."""
    if not re.fullmatch("[0-9]{2,19}", text):
        return False
    doubled = [int(c) * (1 + place % 2) for place, c in enumerate(reversed(text))]
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0


def _day(text: str) -> bool:
    year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    return 1000 <= year <= 2999 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def date_8(text: str) -> bool:
    """`YYYYMMDD`, a real day."""
    return bool(re.fullmatch("[0-9]{8}", text)) and _day(text)


def date_10(text: str) -> bool:
    """`YYYY-MM-DD`, a real day."""
    return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text)) and _day(text.replace("-", ""))


def month_6(text: str) -> bool:
    """`YYYYMM`, a real month."""
    return bool(re.fullmatch("[0-9]{6}", text)) and _day(text + "01")


def moment_14(text: str) -> bool:
    """`YYYYMMDDhhmmss`, a real moment."""
    clock = bool(re.fullmatch("[0-9]{14}", text)) and int(text[8:10]) < 24 and int(text[10:12]) < 60
    return clock and int(text[12:]) < 60 and _day(text[:8])


def mobile(text: str) -> bool:
    """Eleven digits that begin with 13 to 19."""
    return bool(re.fullmatch("[0-9]{11}", text)) and 13 <= int(text[:2]) <= 19


def postcode(text: str) -> bool:
    """Six digits, the first of them not 9."""
    return bool(re.fullmatch("[0-9]{6}", text)) and text[0] != "9"


FORMS: Mapping[str, tuple[tuple[str, Callable[[str], bool]], ...]] = {
    "resident_id": (("resident_id", resident_id),),
    "mobile": (("mobile", mobile),),
    "bank_card": (("length", lambda text: 12 <= len(text) <= 19), ("luhn", luhn)),
    "credit_code": (("credit_code", credit_code),),
    "organisation_code": (("organisation_code", organisation_code),),
    "postcode": (("postcode", postcode),),
    "date_8": (("date", date_8),),
    "date_10": (("date", date_10),),
    "month_6": (("month", month_6),),
    "moment_14": (("moment", moment_14),),
}
"""Data element -> (end of its rule's name, the check); those that look values up are not here."""
