"""Values that fail a check digit, found for a whole column at once, against the standards in plain Python."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa

from quality.check import check
from quality.pairs import Code, credit_codes, resident_ids
from quality.unfit import keep_unfit
from schemas.standards.credit_code import is_credit_code
from schemas.standards.resident_id import check_digit, is_resident_id
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
    ("code", "plain", "values"),
    [(resident_ids(), is_resident_id, ids), (credit_codes(), is_credit_code, codes)],
    ids=["resident_id", "credit_code"],
)
def test_unfit_is_what_the_standard_refuses(
    code: Code, plain: Callable[[str], bool], values: Callable[[random.Random], list[str]]
) -> None:
    given = {*values(random.Random(SEED)), *HOSTILE}
    with duckdb.connect() as database:
        database.execute("CREATE TABLE given AS SELECT unnest(?) AS v", [sorted(given)])
        keep_unfit(database, "SELECT v FROM given", code, "told")
        told = database.execute("FROM told").fetchall()
    assert {value for (value,) in told} == {value for value in given if not plain(value)}
    assert len(told) < len(given)


def test_a_table_that_was_left_half_made_is_made_anew() -> None:
    with duckdb.connect() as database:
        database.execute("CREATE TABLE told AS SELECT 'left' AS v")
        right = PERSON[:17] + check_digit(PERSON[:17])
        keep_unfit(database, f"SELECT unnest(['{right}', '0']) AS v", resident_ids(), "told")
        assert database.execute("FROM told").fetchall() == [("0",)]


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
    looked = [name for one in asked for name in set(re.findall("unfit_[0-9a-f]{16}", one))]
    assert len(set(looked)) == 2
    assert all(looked.count(name) >= 2 for name in looked)
