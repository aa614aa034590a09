"""A published version of many made-up residents, town by town: what serving is measured on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from catalog.rows.shadows import shadows_of
from catalog.rows.writer import Cut, Layout, write_parts
from schemas.arrow import arrow_schema, schema_hash
from schemas.dataset import Dataset, FieldType, Identifying, Kind, ScopeRole, Transform
from schemas.journey import Snapshot, Window
from tests.builders import DAY, NOW, make_dataset, make_field

COUNTIES = (
    "370402", "370403", "370404", "370405", "370406", "370481", "370102", "370103", "370104", "370105", "370112",
    "370113", "370114", "370115", "370116", "370117", "370124",
)  # fmt: skip
TOWNS = 20
"""Towns of each county."""
FIELDS = (
    make_field("number", type=FieldType(Kind.INTEGER), key=1),
    make_field("person_id", element="resident_id", transform=Transform.MASK, identifying=Identifying.DIRECT),
    make_field("name", title="姓名", transform=Transform.MASK, identifying=Identifying.DIRECT),
    make_field("phone", element="mobile", transform=Transform.MASK, identifying=Identifying.DIRECT),
    make_field("household", element="division", scope=ScopeRole.HOUSEHOLD),
    make_field("lives", element="division", scope=ScopeRole.RESIDENCE),
    make_field("credit_code"),
    make_field("born", type=FieldType(Kind.DATE)),
    make_field("joined", type=FieldType(Kind.DATE)),
    make_field("amount", type=FieldType(Kind.DECIMAL, 14, 2)),
    make_field("status"),
    make_field("updated", type=FieldType(Kind.TIMESTAMP)),
)
MASKED = ("person_id", "name", "phone")


@dataclass(frozen=True, slots=True)
class Published:
    """A version in a folder that stands for the lake."""

    lake: Path
    dataset: Dataset
    snapshot: Snapshot


def published(lake: Path, rows: int) -> Published:
    """Write the version: `rows` in all, as many in each of 340 towns, a file for each county from 5 million on."""
    dataset = make_dataset("bench.residents", fields=FIELDS, default_scope="household")
    schema = arrow_schema(dataset)
    layout = Layout(schema, dataset.default_scope, shadows_of(dataset), Cut(by_county=rows >= 5_000_000))
    files = write_parts(_towns(rows, schema), layout, lake)
    count = sum(file.part.rows for file in files)
    window = Window.of_day(DAY)
    snapshot = Snapshot(dataset.key, 1, dataset.contract_hash, window, files, count, schema_hash(schema), "d" * 64, NOW)
    return Published(lake, dataset, snapshot)


def _towns(rows: int, schema: pa.Schema) -> Iterator[pa.Table]:
    towns = [f"{county}{town:03d}000" for county in sorted(COUNTIES) for town in range(1, TOWNS + 1)]
    each = rows // len(towns)
    for order, town in enumerate(towns):
        yield _town(town, pa.array(range(order * each, (order + 1) * each), pa.int64()), schema)


def _town(town: str, numbers: pa.Int64Array, schema: pa.Schema) -> pa.Table:
    mixed = _mixed(numbers)
    count = len(numbers)
    digits = pc.cast(mixed, pa.string())
    days = pc.cast(_modulo(mixed, 25_000), pa.int32())
    columns = {
        "number": numbers,
        "person_id": _text(town[:6], pc.utf8_slice_codeunits(_padded(digits, 12), 0, 12)),
        "name": _text(
            "样", _few(mixed, ("伟", "芳", "娜", "敏", "静", "磊", "洋", "勇")), pc.utf8_slice_codeunits(digits, 0, 2)
        ),
        "phone": _text("1", pc.utf8_slice_codeunits(_padded(digits, 10), 0, 10)),
        "household": pc.cast(_text(town[:9], _few(mixed, ("000", "201", "202", "203", "204", "205"))), pa.string()),
        "lives": _few(pc.shift_right(mixed, 3), tuple(f"{county}001000" for county in COUNTIES)),
        "credit_code": _text("9137", pc.utf8_slice_codeunits(_padded(digits, 14), 0, 14)),
        "born": pc.cast(days, pa.date32()),
        "joined": pc.cast(pc.cast(pc.add(_modulo(days, 3_000), 17_000), pa.int32()), pa.date32()),
        "amount": pc.cast(pc.cast(_modulo(mixed, 1_000_000), pa.decimal128(19, 0)), pa.decimal128(14, 2)),
        "status": _few(pc.shift_right(mixed, 5), ("在册", "注销", "迁出")),
        "updated": pc.cast(
            pc.add(_modulo(mixed, 31_536_000_000_000), 1_760_000_000_000_000), pa.timestamp("us", "UTC")
        ),
    }
    made = pa.table(columns).select(schema.names).cast(schema)
    assert made.num_rows == count
    return made.sort_by([("household", "ascending"), ("number", "ascending")])


def _mixed(numbers: pa.Int64Array) -> pa.Array:
    """A permutation of 39 bits that looks like chance: real ids, phones and sums hardly compress."""
    for shift, by in ((19, 2654435761), (23, 2246822519), (17, 3266489917)):
        spread = pc.multiply(pc.bit_wise_xor(numbers, pc.shift_right(numbers, shift)), by)
        numbers = pc.bit_wise_and(spread, (1 << 39) - 1)
    return numbers


def _modulo(numbers: pa.Array, by: int) -> pa.Array:
    return pc.subtract(numbers, pc.multiply(pc.divide(numbers, by), by))


def _few(numbers: pa.Array, values: tuple[str, ...]) -> pa.Array:
    return pa.array(values).take(_modulo(numbers, len(values)))


def _padded(digits: pa.Array, width: int) -> pa.Array:
    return pc.utf8_lpad(digits, width, "3")


def _text(*parts: str | pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*(pa.scalar(p) if isinstance(p, str) else p for p in parts), "")
