"""Code tables 代码表 of national standards: which codes there are, what they mean, which code is above which."""

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FOLDER = Path(__file__).parent / "codes"
REFERENCES = "codes"
"""Rules look a table up under the reference `codes/<id>`, in the column `code`."""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """One table; its codes are read from `codes/<id>.csv` when they are asked for."""

    id: str
    title: str
    title_en: str
    standard: str


@dataclass(frozen=True, slots=True)
class Code:
    """One line of a table. Codes are text: `01` is not `1`."""

    code: str
    name: str
    parent: str
    """The code above it; empty at the top."""


TABLES = {
    table.id: table
    for table in (
        CodeTable("sex", "性别代码", "Sex", "GB/T 2261.1-2003"),
        CodeTable("marital_status", "婚姻状况代码", "Marital status", "GB/T 2261.2-2003"),
        CodeTable("nationality", "民族代码", "Nationality", "GB/T 3304-1991"),
        CodeTable("political_status", "政治面貌代码", "Political status", "GB/T 4762-1984"),
        CodeTable("party", "党、派代码", "Parties and groups", "GB/T 4763-2008"),
        CodeTable("degree", "学位代码", "Academic degrees", "GB/T 6864-2003"),
        CodeTable("industry", "国民经济行业分类", "Industries", "GB/T 4754-2017"),
    )
}


@lru_cache(maxsize=len(TABLES))
def codes(table: str) -> tuple[Code, ...]:
    """All codes of a table in their order; KeyError lists the tables there are."""
    if table not in TABLES:
        raise KeyError(f"no code table {table!r}; there are {', '.join(TABLES)}")
    with (FOLDER / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Code(row["code"], row["name"], row["parent"]) for row in csv.DictReader(file))
