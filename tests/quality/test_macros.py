"""The SQL checks of data elements against their plain forms."""

import random
from collections.abc import Callable, Sequence

import duckdb
import pytest

from quality.macros import macros
from schemas.standards.credit_code import ALPHABET, check_character, is_credit_code
from schemas.standards.luhn import is_bank_card
from schemas.standards.organisation_code import ALPHABET as ORGANISATION_ALPHABET
from schemas.standards.organisation_code import is_organisation_code, organisation_check
from schemas.standards.resident_id import check_digit, is_resident_id

SEED = 370400


@pytest.fixture(scope="module")
def database() -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    for statement in macros():
        database.execute(statement)
    return database


def ids(chance: random.Random) -> list[str]:
    """Right ids, and ids wrong in one way each: a place changed, a day that is none, a small x, too long or short."""
    made = []
    for _ in range(4000):
        year, month, day = chance.randint(1795, 2105), chance.randint(0, 13), chance.randint(0, 32)
        division = chance.choice(["370402", "810000", "830000", "110101", "070402"])
        first = f"{division}{year:04}{month:02}{day:02}{chance.randint(0, 999):03}"
        made.append(first + check_digit(first))
    for leap in ("20000229", "19000229", "20240229", "20230229", "20260430", "20260431"):
        first = f"370402{leap}001"
        made.append(first + check_digit(first))
    return made + mutants(made, chance, "0123456789Xx ０１Ａ")


def codes(chance: random.Random) -> list[str]:
    made = []
    for _ in range(2000):
        first = "91370402" + "".join(chance.choices(ALPHABET, k=9))
        made.append(first + check_character(first))
    return made + mutants(made, chance, ALPHABET + "IOSVZa-")


def organisations(chance: random.Random) -> list[str]:
    made = []
    for _ in range(3000):
        first = "".join(chance.choices(ORGANISATION_ALPHABET, k=8))
        made.append(first + organisation_check(first))
    return made + mutants(made, chance, ORGANISATION_ALPHABET + "a-ｘ ")


def cards(chance: random.Random) -> list[str]:
    made = [str(chance.randint(10**11, 10**19 - 1)) for _ in range(6000)]
    return made + mutants(made[:500], chance, "0123456789a ")


def mutants(texts: Sequence[str], chance: random.Random, letters: str) -> list[str]:
    """Each text with one character changed, dropped or added, and some odd ones."""
    out = ["", " ", "\n", "NULL", "0" * 18, "9" * 18, "X" * 18, "1e10", "+" + "1" * 17]
    for text in texts:
        place = chance.randrange(len(text))
        out.append(text[:place] + chance.choice(letters) + text[place + 1 :])
        out.append(chance.choice([text[:-1], text + "0", " " + text, text.lower(), text + "\n"]))
    return out


@pytest.mark.parametrize(
    ("macro", "plain", "values"),
    [
        ("yishu_resident_id", is_resident_id, ids),
        ("yishu_credit_code", is_credit_code, codes),
        ("yishu_organisation_code", is_organisation_code, organisations),
        ("yishu_luhn", is_bank_card, cards),
    ],
)
def test_a_macro_says_of_every_value_what_the_standard_says(
    database: duckdb.DuckDBPyConnection,
    macro: str,
    plain: Callable[[str], bool],
    values: Callable[[random.Random], list[str]],
) -> None:
    given = values(random.Random(SEED))
    if macro == "yishu_luhn":  # bank cards have 12 to 19 digits, Luhn numbers two and more
        given = [one for one in given if len(one) >= 12]
    told = database.execute(f"SELECT coalesce({macro}(v), false) FROM (SELECT unnest(?) AS v)", [given]).fetchall()
    wrong = [one for one, (said,) in zip(given, told, strict=True) if said != plain(one)]
    assert wrong == []
    assert any(plain(one) for one in given)


def test_a_missing_value_is_neither_right_nor_wrong(database: duckdb.DuckDBPyConnection) -> None:
    macros = ("resident_id", "credit_code", "organisation_code", "luhn")
    row = database.execute(f"SELECT {', '.join(f'yishu_{name}(NULL)' for name in macros)}").fetchone()
    assert row == (None,) * 4
