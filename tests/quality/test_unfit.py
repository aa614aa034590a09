"""Values that fail a check digit, found by steps over a whole table, against the standards in plain Python."""

import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from quality.check import check
from quality.macros import macros
from quality.unfit import unfit_credit_codes, unfit_resident_ids
from schemas.standards.credit_code import ALPHABET, is_credit_code
from schemas.standards.resident_id import is_resident_id
from tests.quality.landings import NOW, dataset, failures, field, land, quarantined, rule
from tests.quality.test_macros import SEED, codes, ids

PERSON, FIRM = "370402199001010017", "91370402MA3C00000X"
HOSTILE = (
    *("", " ", "\n", "\t" * 18, "0" * 18, "9" * 18, "-1" * 9, "+" + "1" * 17, "1e1", "1_000_000_000_000_0", "NaN"),
    *(
        "１" * 18,
        "٣" * 18,
        "三" * 18,
        "𝟙" * 18,
        "😀" * 18,
        "é" * 18,
        "e\u0301" * 9,
        "\u200b" * 18,
        "\x00" * 18,
        "\\x41" * 4,
    ),
    *(PERSON[:-1], PERSON + "0", PERSON + " ", " " + PERSON, PERSON[:17] + "x", PERSON[:17] + "Ｘ", PERSON[:17] + "😀"),
    *(PERSON[:6] + "１" + PERSON[7:], PERSON + "\x00", PERSON[:9] + "\x00" + PERSON[10:], PERSON.replace("0", "O")),
    *(FIRM[:-1], FIRM + "0", FIRM.lower(), FIRM[:8] + "😀" + FIRM[9:], FIRM[:17] + "Ｘ", FIRM[:17] + "\x00", "Z" * 18),
    *(letter * 18 for letter in "/:@[`{IOSVZ~\x7f\x80ÿ"),
    *(FIRM[:place] + letter + FIRM[place + 1 :] for place in range(18) for letter in "/:@[I`\x7f\x80"),
)


@pytest.mark.parametrize(
    ("unfit", "plain", "values"),
    [(unfit_resident_ids, is_resident_id, ids), (unfit_credit_codes, is_credit_code, codes)],
)
def test_unfit_is_what_the_standard_refuses(
    unfit: Callable[[str], str], plain: Callable[[str], bool], values: Callable[[random.Random], list[str]]
) -> None:
    given = {*values(random.Random(SEED)), *HOSTILE}
    with duckdb.connect() as database:
        for statement in macros():
            database.execute(statement)
        database.execute("CREATE TABLE given AS SELECT unnest(?) AS v", [sorted(given)])
        told = database.execute(unfit("SELECT v FROM given")).fetchall()
    assert {value for (value,) in told} == {value for value in given if not plain(value)}
    assert len(told) < len(given)


def test_every_place_of_a_credit_code_counts() -> None:
    """One check character fits; the other thirty do not, wherever the code differs."""
    with duckdb.connect() as database:
        for place in range(18):
            given = [FIRM[:place] + letter + FIRM[place + 1 :] for letter in ALPHABET]
            told = database.execute(unfit_credit_codes("SELECT unnest(?) AS v"), [given]).fetchall()
            assert {value for (value,) in told} == {value for value in given if not is_credit_code(value)}


def test_the_checks_are_worked_out_once_for_judging_and_quarantine(tmp_path: Path) -> None:
    of = dataset(
        [field("n", key=1), field("person"), field("firm")],
        [
            rule("person.resident_id", "column_values_to_be_resident_id", column="person"),
            rule("firm.credit_code", "column_values_to_be_credit_code", column="firm"),
        ],
    )
    rows = [{"n": f"{n:04}", "person": text, "firm": text} for n, text in enumerate((None, PERSON, *HOSTILE))]
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        verdict = check(of, land(of, rows, tmp_path), tmp_path, {}, NOW)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    people = {row["n"] for row in rows if row["person"] is not None and not is_resident_id(str(row["person"]))}
    firms = {row["n"] for row in rows if row["firm"] is not None and not is_credit_code(str(row["firm"]))}
    assert failures(verdict) == {"person.resident_id": len(people), "firm.credit_code": len(firms)}
    found = quarantined(verdict, tmp_path)
    assert {row["n"] for row in found if "person.resident_id" in row["_rules"]} == people
    assert {row["n"] for row in found if "firm.credit_code" in row["_rules"]} == firms
    assert sum("yishu_resident_id(v)" in one for one in asked) <= 2
