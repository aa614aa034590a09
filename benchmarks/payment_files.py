"""The payments of `benchmarks.payments` as files: CSV in an encoding, and a workbook as a spreadsheet saves one."""

import random
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.csv as pacsv

from benchmarks import payments
from schemas.arrow import arrow_schema

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗𠮷䶮"
SHEET = "发放明细"
_DAY_ZERO = date(1899, 12, 30)
_SOME = 50_000
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_STYLES = f"""{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>
<cellXfs count="3"><xf/><xf numFmtId="14"/><xf numFmtId="22"/></cellXfs></styleSheet>"""
_BOOK = f"""{_HEAD}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>
<sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_RELATIONS = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}">
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>
<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>
<Relationship Id="rId3" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>"""
_ROOT = f"""{_HEAD}<Relationships xmlns="{_PACKAGE}">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
_TYPES = f"""{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/></Types>"""

Value = int | str | Decimal | date | bool | datetime | None


def values(count: int) -> Iterator[tuple[Value, ...]]:
    """Rows in the contract's order, seeded."""
    chance = random.Random(count)
    whole = chance.randrange
    for number in range(1, count + 1):
        county = f"37040{2 + whole(5)}"
        born = date(1940, 1, 1) + timedelta(days=whole(24_000))
        paid = datetime.combine(date(2020, 1, 1), time()) + timedelta(seconds=whole(180_000_000))
        yield (
            number,
            f"{county}{born:%Y%m%d}{number % 1000:03d}{'0123456789X'[whole(11)]}",
            SURNAMES[whole(len(SURNAMES))] + "".join(chr(0x4E00 + whole(5000)) for _ in range(1 + whole(2))),
            f"{county}{1 + whole(20):03d}{1 + whole(90):03d}",
            born,
            whole(40),
            f"枣庄市市中区光明路{whole(900)}号{whole(30)}号楼{whole(2500)}室" if whole(10) else None,
            Decimal(whole(100_000_000)) / 100,
            Decimal(whole(1_000_000)) / 1_000_000 if whole(4) else None,
            whole(3) == 0,
            paid if whole(20) else None,
            paid,
        )


def write_csv(count: int, files: Mapping[str, Path]) -> None:
    """The rows in each encoding, as a department would drop them; moments are the wall clock of Asia/Shanghai."""
    schema, rows, header = arrow_schema(payments.dataset()), values(count), True
    for file in files.values():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
    while some := list(islice(rows, _SOME)):
        arrays = [
            pa.array(column).cast("timestamp[us]") if pa.types.is_timestamp(f.type) else pa.array(column, f.type)
            for f, column in zip(schema, zip(*some, strict=True), strict=True)
        ]
        sink = pa.BufferOutputStream()
        told = pacsv.WriteOptions(include_header=header, quoting_style="needed")
        pacsv.write_csv(pa.table(arrays, schema.names), sink, told)
        header, text = False, sink.getvalue().to_pybytes().decode("utf-8")
        for encoding, file in files.items():
            with file.open("ab") as opened:
                opened.write(text.encode(encoding))


def write_workbook(count: int, file: Path) -> Path:
    """The rows with shared texts, numbers, dates and booleans, under one row of headers."""
    shared: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in (
            ("[Content_Types].xml", _TYPES),
            ("_rels/.rels", _ROOT),
            ("xl/workbook.xml", _BOOK),
            ("xl/_rels/workbook.xml.rels", _RELATIONS),
            ("xl/styles.xml", _STYLES),
        ):
            book.writestr(name, text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            sheet.write(f"{_HEAD}<worksheet {_MAIN}><sheetData>".encode())
            names = tuple(f.name for f in payments.dataset().fields)
            for number, row in enumerate((names, *values(count)), 1):
                cells = "".join(_cell(f"{chr(65 + at)}{number}", value, shared) for at, value in enumerate(row))
                sheet.write(f'<row r="{number}" spans="1:12">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
        texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in shared)
        book.writestr("xl/sharedStrings.xml", f'{_HEAD}<sst {_MAIN} uniqueCount="{len(shared)}">{texts}</sst>')
    return file


def _cell(at: str, value: Value, shared: dict[str, int]) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{at}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{at}" t="s"><v>{shared.setdefault(value, len(shared))}</v></c>'
    if isinstance(value, datetime):
        days = (value - datetime.combine(_DAY_ZERO, time())) / timedelta(days=1)
        return f'<c r="{at}" s="2"><v>{days!r}</v></c>'
    if isinstance(value, date):
        return f'<c r="{at}" s="1"><v>{(value - _DAY_ZERO).days}</v></c>'
    return f'<c r="{at}"><v>{value}</v></c>'
