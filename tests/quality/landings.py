"""Hand-made datasets and landings: rows as they would lie in the lake, without any connector."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas import lake as places
from schemas.arrow import arrow_schema
from schemas.dataset import Dataset, Dimension, Field, FieldType, Kind, Rule, Severity, Sharing, Source
from schemas.journey import PIECE, PLACE, ROW, Landing, Part, Verdict, Window
from schemas.standards.code_tables import codes

DAY = Window.of_day(date(2026, 11, 20))
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
REJECTS = pa.schema(
    [(ROW, pa.int64()), (PIECE, pa.string()), (PLACE, pa.int64())]
    + [(name, pa.string()) for name in ("field", "value", "reason", "raw")]
)


def field(name: str, kind: Kind = Kind.STRING, **more: Any) -> Field:
    """A field whose titles are its name; `precision` and `scale` go into its type."""
    of = FieldType(kind, more.pop("precision", 0), more.pop("scale", 0))
    return Field(name, name, name, of, name, **more)


def money(name: str) -> Field:
    return field(name, Kind.DECIMAL, precision=18, scale=2)


def rule(name: str, expectation: str, severity: Severity = Severity.ERROR, **arguments: Any) -> Rule:
    """A rule named as contracts name it; its dimension follows from what it expects."""
    dimension = Dimension.CONFORMITY
    if "null" in expectation:
        dimension = Dimension.COMPLETENESS
    elif "unique" in expectation or "pair" in expectation:
        dimension = Dimension.CONSISTENCY
    elif "timely" in expectation:
        dimension = Dimension.TIMELINESS
    elif "_id" in expectation or "code" in expectation or "division" in expectation:
        dimension = Dimension.ACCURACY
    return Rule(name, f"expect_{expectation}", arguments, severity, dimension)


def dataset(fields: Sequence[Field], rules: Sequence[Rule] = (), **more: Any) -> Dataset:
    """A dataset of the civil affairs bureau of Zaozhuang."""
    return Dataset(
        key=more.pop("key", "civil_affairs.low_income"),
        version="1.0.0",
        title="城乡低保对象",
        title_en="Recipients of subsistence allowances",
        description="",
        description_en="",
        owner="11370400004217111A",
        owner_name="枣庄市民政局",
        division="370400000000",
        sharing=Sharing.CONDITIONAL,
        sharing_condition="",
        withheld_basis="",
        fields=tuple(fields),
        rules=tuple(rules),
        source=more.pop("source", Source("sql_table", "civil_affairs", {"table": "low_income"})),
        update_cycle="P1D",
        contract_hash="c0ffee",
        **more,
    )


def land(
    of: Dataset,
    rows: Sequence[Mapping[str, Any]] | pa.Table,
    lake: Path,
    *,
    rejects: Sequence[Mapping[str, Any]] = (),
    parts: int = 1,
) -> Landing:
    """Rows as `parts` Parquet files in the lake; rejects take the row numbers after them."""
    table = rows if isinstance(rows, pa.Table) else pa.Table.from_pylist(list(rows), arrow_schema(of))
    table = _numbered(table)
    folder = lake / places.landing(of.key, DAY)
    folder.mkdir(parents=True, exist_ok=True)
    size = max(1, -(-table.num_rows // parts))
    written = tuple(
        _part(table.slice(at, size), folder / f"part-{at // size}.parquet", lake)
        for at in range(0, table.num_rows, size)
    )
    rejected: dict[str, int] = {}
    for one in rejects:
        rejected[f"{one['field']}.misfit"] = rejected.get(f"{one['field']}.misfit", 0) + 1
    kept = _rejects(rejects, table.num_rows, folder, lake) if rejects else None
    return Landing(of.key, of.contract_hash, DAY, table.num_rows + len(rejects), written, kept, rejected, NOW, "f1")


def _numbered(table: pa.Table) -> pa.Table:
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    table = table.append_column(ROW, numbers)
    table = table.append_column(PIECE, pa.repeat(pa.scalar("low_income"), table.num_rows))
    return table.append_column(PLACE, numbers)


def _rejects(rejects: Sequence[Mapping[str, Any]], after: int, folder: Path, lake: Path) -> Part:
    rows = [{ROW: after + n, PIECE: "low_income", PLACE: after + n, **one} for n, one in enumerate(rejects, 1)]
    return _part(pa.Table.from_pylist(rows, REJECTS), folder / "rejects.parquet", lake)


def _part(table: pa.Table, file: Path, lake: Path) -> Part:
    pq.write_table(table, file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return Part(file.relative_to(lake).as_posix(), table.num_rows, file.stat().st_size, digest)


def failures(verdict: Verdict) -> dict[str, int]:
    """Rule -> rows that broke it, for the rules that were broken."""
    return {one.rule: one.failed for one in verdict.findings if one.failed}


def clean(verdict: Verdict, lake: Path) -> pa.Table:
    return pa.concat_tables([pq.read_table(lake / part.path) for part in verdict.clean])


def quarantined(verdict: Verdict, lake: Path) -> list[dict[str, Any]]:
    """Rows that rules refused."""
    parts = [part for part in verdict.quarantine if part.path.endswith("/quarantine.parquet")]
    return [row for part in parts for row in pq.read_table(lake / part.path).to_pylist()]


def known_codes(lake: Path, *tables: str) -> dict[str, tuple[Path, ...]]:
    """The references that `check` looks code tables up in."""
    lake.mkdir(parents=True, exist_ok=True)
    found = {}
    for table in tables:
        file = lake / f"{table}.parquet"
        pq.write_table(pa.table({"code": pa.array([line.code for line in codes(table)], pa.string())}), file)
        found[f"codes/{table}"] = (file,)
    return found


def known_divisions(lake: Path, *codes: str) -> dict[str, tuple[Path, ...]]:
    """The reference that `check` looks divisions up in."""
    file = lake / "divisions.parquet"
    lake.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({"code": pa.array(codes, pa.string())}), file)
    return {"divisions": (file,)}
