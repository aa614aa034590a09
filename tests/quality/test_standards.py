"""Data elements as contracts bring them: on planted faults every rule counts what plain Python counts."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from catalog.code_files import code_table
from quality.check import check
from schemas.contract_rules import field_rules
from schemas.dataset import Severity
from schemas.standards.code_tables import REFERENCES, TABLES, codes
from schemas.standards.elements import ELEMENTS
from schemas.standards.organisation_code import ALPHABET, is_organisation_code, organisation_check
from tests.quality.landings import NOW, dataset, failures, field, known_codes, known_divisions, land, quarantined

OF = [one for one in ELEMENTS if one.id != "division"]
FIELDS = [field("n"), *(field(one.id, element=one.id) for one in OF)]
SURVEY = dataset(FIELDS, [rule for of in FIELDS for rule in field_rules(of, unique=False, options={})])
PLATE = "[京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新]"
HARD = ["", " ", "NULL", "０１", "1e5", "-1", "x" * 40, "0", "00", "999", "一数"]


def real_day(text: str) -> bool:
    try:
        return text.isascii() and text.isdigit() and len(text) == 8 and date.fromisoformat(text).year >= 1000
    except ValueError:
        return False


def real_moment(text: str) -> bool:
    clock = [text[at : at + 2] for at in (8, 10, 12)]
    return len(text) == 14 and real_day(text[:8]) and all(map(real_part, clock, ("23", "59", "59")))


def real_part(part: str, highest: str) -> bool:
    return part.isascii() and part.isdigit() and part <= highest


def plate(text: str) -> bool:
    if not re.match(PLATE, text) or set(text[1:]) - set("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") or text[1:2].isdigit():
        return False
    serial = text[2:]
    small = serial[:1] in set("ABCDEFGHJK") and serial[2:].isdigit()
    large = serial[-1:] in set("ABCDEFGHJK") and serial[:5].isdigit()
    return len(serial) == 5 or (len(serial) == 6 and (small or large))


ORACLE: dict[str, Callable[[str], bool]] = {
    "organisation_code.organisation_code": is_organisation_code,
    "licence_plate.plate": plate,
    "date_8.date": real_day,
    "date_10.date": lambda text: re.fullmatch(".{4}-.{2}-.{2}", text) is not None and real_day(text.replace("-", "")),
    "month_6.month": lambda text: len(text) == 6 and real_day(f"{text}01"),
    "moment_14.moment": real_moment,
    **{f"{table}.code": frozenset(line.code for line in codes(table)).__contains__ for table in TABLES},
}


def made(chance: random.Random, id: str) -> str:
    """A value near the rule of an element: right as often as not."""
    if id in TABLES:
        code = chance.choice(codes(id)).code
        return chance.choice([code, code, code, code.lstrip("0"), f"0{code}", f"{code} ", "14", "57"])
    first = "".join(chance.choices(ALPHABET, k=8))
    day = f"{chance.choice([1900, 1999, 2000, 2024, 2026])}{chance.randint(0, 13):02}{chance.randint(0, 32):02}"
    clock = f"{chance.randint(0, 24):02}{chance.randint(0, 60):02}{chance.randint(0, 60):02}"
    plates = [
        "鲁D12345",
        "鲁DD12345",
        "鲁D12345F",
        "鲁DAB123",
        "鲁I12345",
        "鲁D·1234",
        "鲁DLA2345",
        "D鲁12345",
        "鲁DA1B234",
    ]
    return {
        "organisation_code": chance.choice([first + organisation_check(first), first + "7", f"{first}-X"]),
        "licence_plate": chance.choice(plates),
        "date_8": day,
        "date_10": chance.choice([f"{day[:4]}-{day[4:6]}-{day[6:]}", day]),
        "month_6": day[:6],
        "moment_14": day + clock,
    }.get(id, "")


@pytest.mark.parametrize("seed", range(3))
def test_every_element_counts_what_plain_python_counts(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    columns = sorted({name.partition(".")[0] for name in ORACLE})
    rows: list[dict[str, str | None]] = [
        {
            "n": str(number),
            **{id: chance.choice([made(chance, id)] * 8 + [None, chance.choice(HARD)]) for id in columns},
        }
        for number in range(400)
    ]
    references = known_codes(tmp_path, *TABLES) | known_divisions(tmp_path, "370402000000")
    verdict = check(SURVEY, land(SURVEY, rows, tmp_path), tmp_path, references, NOW)
    expected: Counter[str] = Counter()
    refused: dict[int, set[str]] = {}
    soft = {rule.name for rule in SURVEY.rules if rule.severity is Severity.WARNING}
    for number, row in enumerate(rows, 1):
        told = {name: row[name.partition(".")[0]] for name in ORACLE}
        wrong = {name for name, value in told.items() if value is not None and not ORACLE[name](value)}
        expected.update(wrong)
        refused |= {number: wrong - soft} if wrong - soft else {}
    none_left = {"row.none": len(rows)} if len(refused) == len(rows) else {}
    assert failures(verdict) == expected | none_left
    assert set(expected) == set(ORACLE), "every rule has something to find"
    assert {row["_row"]: set(row["_rules"]) for row in quarantined(verdict, tmp_path)} == refused
    assert soft == {"degree.code", "resident_id.county"}


@pytest.mark.parametrize("table", TABLES)
def test_every_code_of_a_table_passes_with_the_file_that_the_catalogue_gives(tmp_path: Path, table: str) -> None:
    of = dataset([field("n"), field("it", element=table)], field_rules(field("it", element=table), False, {}))
    rows = [{"n": str(number), "it": line.code} for number, line in enumerate(codes(table))]
    references = {f"{REFERENCES}/{table}": (code_table(tmp_path, table),)}
    verdict = check(of, land(of, rows, tmp_path), tmp_path, references, NOW)
    assert (failures(verdict), verdict.passed) == ({}, len(rows))
