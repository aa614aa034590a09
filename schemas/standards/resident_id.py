"""Resident identity numbers 公民身份号码 (GB 11643-1999): 18 characters, check digit by ISO 7064 MOD 11-2.

Residence permits of people from Hong Kong, Macao and Taiwan (81, 82, 83) follow the same form. Whether the first six
digits are a division that ever existed is another question: numbers outlive tables, so a rule only warns of it.
The last place is an upper-case X: a small x is refused and the message says so, since two spellings of one person
would never meet in a join.
"""

from datetime import date

WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
CHECKS = "10X98765432"
"""Check character by the weighted sum modulo 11."""
CENTURIES = ("18", "19", "20")


def check_digit(first: str) -> str:
    """The 18th character for the first 17 digits."""
    return CHECKS[sum(int(digit) * weight for digit, weight in zip(first, WEIGHTS, strict=True)) % 11]


def check_resident_id(number: str) -> str:
    """The number itself where it is right; ValueError says what is wrong: length, form, date of birth, check digit."""
    _check_form(number)
    _check_birth(number)
    expected = check_digit(number[:17])
    if number[17] != expected:
        raise ValueError(f"resident id: found the check digit {number[17]!r}, expected another one")
    return number


def is_resident_id(number: str) -> bool:
    """Whether `check_resident_id` lets it through."""
    try:
        check_resident_id(number)
    except ValueError:
        return False
    return True


def birth_date(number: str) -> date:
    """Date of birth of a right number."""
    return date.fromisoformat(check_resident_id(number)[6:14])


def division_of(number: str) -> str:
    """The county of first registration, 12 digits, as its first six digits tell; it may be retired since."""
    return check_resident_id(number)[:6] + "000000"


def _check_form(number: str) -> None:
    """Messages never repeat the number: they reach logs."""
    if len(number) != 18:
        hint = " (15 digits are the form used before 1999)" if len(number) == 15 else ""
        raise ValueError(f"resident id: found {len(number)} characters{hint}, expected 18")
    if not (number[:17].isascii() and number[:17].isdigit()) or number[0] == "0":
        raise ValueError("resident id: found other characters among the first 17, expected digits, the first not 0")
    if number[17] == "x":
        raise ValueError("resident id: found a small x at the end, expected an upper-case X")
    if number[17] not in CHECKS:
        raise ValueError("resident id: found another character at the end, expected a digit or X")


def _check_birth(number: str) -> None:
    if number[6:8] not in CENTURIES:
        raise ValueError(f"resident id: found a birth in the year {number[6:10]}, expected 1800 to 2099")
    try:
        date.fromisoformat(number[6:14])
    except ValueError as wrong:
        raise ValueError("resident id: found a date of birth that is no day, expected a real date") from wrong
