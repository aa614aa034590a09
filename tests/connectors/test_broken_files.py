"""Whatever is broken in a file, it lands as far as it can be trusted or is refused in words; nothing else happens."""

import gzip
import io
import json
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.landing.fit import fit
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Source
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.connectors.conformance import DAY, dataset_of
from tests.connectors.xls_writer import xls

FIELDS = (make_field("a"), make_field("b"))
ROWS = [{"a": str(n), "b": f"峄城{n}"} for n in range(40)]
CSV = "a,b\n" + "".join(f'{row["a"]},"{row["b"]}"\n' for row in ROWS)
SHEET = [["a", "b"], *[[float(row["a"]), row["b"]] for row in ROWS]]
TIMES = 25


def xlsx() -> bytes:
    book, made = openpyxl.Workbook(), io.BytesIO()
    book.create_sheet("s", 0)
    for row in SHEET:
        book["s"].append(row)
    book.save(made)
    return made.getvalue()


def zipped() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.csv", CSV)
    return made.getvalue()


def parquet() -> bytes:
    made = io.BytesIO()
    pq.write_table(pa.table({name: [row[name] for row in ROWS] for name in ("a", "b")}), made)
    return made.getvalue()


def xml() -> bytes:
    rows = "".join(f"<x><a>{row['a']}</a><b>{row['b']}</b></x>" for row in ROWS)
    return f"<?xml version='1.0' encoding='UTF-8'?><r>{rows}</r>".encode()


WIDTHS = {"a": {"start": 1, "width": 4}, "b": {"start": 5, "width": 5}}
KINDS: dict[str, tuple[str, Callable[[], bytes], dict[str, Any]]] = {
    "GB18030": ("csv_folder", lambda: CSV.encode("gb18030"), {"encoding": "gb18030"}),
    "UTF-8": ("csv_folder", CSV.encode, {"encoding": "utf-8"}),
    "UTF-16": ("csv_folder", lambda: CSV.encode("utf-16"), {"encoding": "utf-16"}),
    "gzip": ("csv_folder", lambda: gzip.compress(CSV.encode()), {"encoding": "utf-8", "gzip": {}}),
    "ZIP": ("csv_folder", zipped, {"encoding": "utf-8", "zip": {}}),
    "JSON": ("json", lambda: json.dumps({"d": ROWS}, ensure_ascii=False).encode(), {"records": "d"}),
    "JSON Lines": ("json_lines", lambda: "\n".join(map(json.dumps, ROWS)).encode(), {}),
    "XML": ("xml", xml, {"records": "/r/x"}),
    "fixed width": (
        "fixed_width",
        lambda: "".join(f"{row['a']:>4}{row['b']}\n" for row in ROWS[:10]).encode("gbk"),
        {"encoding": "gbk", "columns": WIDTHS},
    ),
    "Parquet": ("parquet", parquet, {}),
    "XLSX": ("xlsx", xlsx, {"sheet": "s", "first_row": 2}),
    "XLS": ("xlsx", lambda: xls({"s": SHEET}, 5000), {"sheet": "s", "first_row": 2}),
}


def broken(content: bytes, chance: random.Random) -> bytes:
    """The same, cut off, or with some bytes changed, put in or left out."""
    made, at = bytearray(content), chance.randrange(len(content))
    match chance.randrange(4):
        case 0:
            del made[at:]
        case 1:
            for _ in range(chance.randrange(1, 6)):
                made[chance.randrange(len(made))] = chance.randrange(256)
        case 2:
            made[at:at] = chance.randbytes(chance.randrange(1, 20))
        case 3:
            del made[at : at + chance.randrange(1, 50)]
    return bytes(made)


@pytest.mark.parametrize("what", KINDS)
def test_a_broken_file_lands_or_is_refused_in_words(tmp_path: Path, what: str) -> None:
    kind, make, options = KINDS[what]
    content, chance = make(), random.Random(what)
    names = {"file" if kind == "xlsx" else "pattern": "*.dat", "ready": {"still": 0}}
    dataset = dataset_of(Source(kind, "drop", names | options), FIELDS)
    said = []
    for _ in range(TIMES):
        (tmp_path / "a.dat").write_bytes(broken(content, chance))
        connector = connector_for(dataset, Connection("drop", "fs", host=str(tmp_path)))
        connector.check()
        try:
            for batch in connector.read(connector.plan(DAY)):
                rows, rejects = fit(dataset, batch)
                assert rows.num_rows + rejects.num_rows == batch.rows.num_rows + len(batch.misfits)
        except SourceChanged as refused:
            said.append(str(refused))
    assert all("a.dat" in words for words in said)
