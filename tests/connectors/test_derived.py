"""Derived datasets keep what every source keeps, and their query reaches nothing but its inputs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from traceback import format_exception
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connectors.protocol import Connector, Inputs
from connectors.registry import connector_for, option_mistakes
from schemas.connection import Connection
from schemas.dataset import Dataset, Field, FieldType, Kind, Source
from schemas.errors import BadInput, SourceChanged, SourceUnreachable
from schemas.journey import SHANGHAI
from tests.builders import make_field
from tests.connectors.conformance import DAY, SECRET, Conformance, Texts, dataset_of, typed

INPUT = "civil_affairs.people"


@dataclass
class DerivedBench:
    folder: Path
    counts = False
    knows_null = True

    @property
    def file(self) -> Path:
        return self.folder / "v=3" / "it's [1].parquet"

    def source(self) -> Source:
        return Source("derived", "", {"sql": f"select * from {{{INPUT}}} -- all\n;"}, inputs=(INPUT,))

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        types = {"amount": pa.decimal128(18, 2), "precise": pa.decimal128(38, 18)}
        columns = {n: pa.array([r[n] for r in rows], pa.string()).cast(types.get(n, pa.string())) for n in names}
        self.file.parent.mkdir(exist_ok=True)
        pq.write_table(pa.table(columns), self.file)

    def connector(self, dataset: Dataset) -> Connector:
        return connector_for(dataset, Connection("", "", password=SECRET), {INPUT: (self.file,)})

    def state(self) -> object:
        return self.file.read_bytes(), sorted(f.name for f in self.folder.rglob("*"))


class TestDerived(Conformance):
    @pytest.fixture
    def bench(self, tmp_path_factory: pytest.TempPathFactory) -> DerivedBench:
        return DerivedBench(tmp_path_factory.mktemp("published"))

    def test_a_column_more_is_warned_of_and_not_read(self, bench: Any, dataset: Dataset) -> None:
        """A query names its columns: one more is simply not read."""
        bench.fill((*dataset.key_fields, "hobby"), [])
        dataset = replace(dataset, fields=(dataset.field("person_id"),))
        assert typed(dataset, bench.connector(dataset)).column_names == ["person_id", "_row", "_piece", "_place"]


def field(name: str, kind: Kind = Kind.STRING, precision: int = 0, scale: int = 0, **told: Any) -> Field:
    return make_field(name, type=FieldType(kind, precision, scale), **told)


def made(inputs: Inputs, sql: str, *fields: Field, **options: Any) -> tuple[Dataset, Connector]:
    source = Source("derived", "", {"sql": sql} | options, inputs=tuple(inputs))
    dataset = dataset_of(source, fields)
    return dataset, connector_for(dataset, None, inputs)


@pytest.fixture
def inputs(tmp_path: Path) -> Inputs:
    people = pa.table({"id": ["b", "a", "c"], "amount": pa.array(["1.10", "2.20", "3.30"]).cast(pa.decimal128(18, 2))})
    fines = pa.table({"id": ["a", "a", None], "on": pa.array([date(2026, 1, 1), date(2026, 2, 1), None])})
    pq.write_table(people.slice(0, 2), tmp_path / "p1.parquet")
    pq.write_table(people.slice(2), tmp_path / "p2.parquet")
    pq.write_table(fines, tmp_path / "f.parquet")
    return {"city.people": (tmp_path / "p1.parquet", tmp_path / "p2.parquet"), "city.fines": (tmp_path / "f.parquet",)}


def test_inputs_of_several_files_are_joined_counted_and_ordered_by_key(inputs: Inputs) -> None:
    sql = (
        "select p.id, sum(p.amount) as total, count(f.id) as fines, max(f.on) as last, sum(2) as two "
        "from {city.people} p left join {city.fines} f on f.id = p.id group by p.id"
    )
    fields = (
        field("id", key=1),
        field("total", Kind.DECIMAL, 18, 2),
        field("fines", Kind.INTEGER),
        field("last", Kind.DATE),
        field("two", Kind.INTEGER),
    )
    dataset, connector = made(inputs, sql, *fields)
    assert connector.check() == ()
    rows = typed(dataset, connector).select([f.name for f in fields]).to_pylist()
    assert rows == [
        {"id": "a", "total": Decimal("4.40"), "fines": 2, "last": date(2026, 2, 1), "two": 4},
        {"id": "b", "total": Decimal("1.10"), "fines": 0, "last": None, "two": 2},
        {"id": "c", "total": Decimal("3.30"), "fines": 0, "last": None, "two": 2},
    ]


def test_moments_are_read_as_everywhere(inputs: Inputs) -> None:
    moments = "timestamptz '2026-11-20 00:00:00+08' as a, timestamp '2026-11-20 08:00:00' as b"
    sql = f"select {moments} from {{city.fines}} limit 1"
    inputs = {"city.fines": inputs["city.fines"]}
    dataset, connector = made(inputs, sql, field("a", Kind.TIMESTAMP), field("b", Kind.TIMESTAMP))
    (row,) = typed(dataset, connector).to_pylist()
    assert row["a"] == datetime(2026, 11, 20, tzinfo=SHANGHAI)
    assert row["b"] == datetime(2026, 11, 20, 8, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "reach",
    [
        "select content as id from read_text('/etc/hostname')",
        "select * from read_csv('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select file as id from glob('/*')",
        "select * from read_parquet('{other}')",
    ],
)
def test_the_query_reaches_no_other_file(inputs: Inputs, tmp_path: Path, reach: str) -> None:
    other = tmp_path / "other.parquet"
    pq.write_table(pa.table({"id": ["secret"]}), other)
    sql = (
        reach.replace("{other}", str(other))
        + " union all select id from {city.people} union all select id from {city.fines}"
    )
    dataset, connector = made(inputs, sql, field("id"))
    with pytest.raises(BadInput, match=r"options\.sql"):
        typed(dataset, connector)


@pytest.mark.parametrize(
    "sql",
    [
        "drop view {city.people}",
        "copy (select * from {city.people}) to '/tmp/out.csv'",
        "select * from {city.people}; select 1",
        "set memory_limit = '64GB'",
        "attach '/tmp/x.db'",
        "select * from {city.people}) ; drop view {city.fines}; select * from (select 1",
        "selekt",
    ],
)
def test_only_one_select_is_let_through(inputs: Inputs, sql: str) -> None:
    source = Source(
        "derived", "", {"sql": sql}, inputs=tuple(k for k in inputs if f"{{{k}}}" in sql) or ("city.people",)
    )
    dataset = dataset_of(source, (field("id"),))
    connector = connector_for(replace(dataset), None, inputs) if not option_mistakes(dataset) else None
    if connector is not None:
        with pytest.raises(BadInput, match=r"options\.sql"):
            typed(dataset, connector)


SECRET_ID = "37040219900101001X"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select id::int as id\nfrom {a.people}", "Conversion Error at line 1, character 10"),
        ("\n  select '城市' as c,\n  id::date as id from {a.people}", "Conversion Error at line 3, character 5"),
        ("select error(id) as id from {a.people}", "Invalid Input Error"),
        ("select strptime(id, '%Y')::varchar as id from {a.people}", "Invalid Input Error"),
        ("select regexp_matches(id, id || '(')::varchar as id from {a.people}", "Invalid Input Error"),
        ("select (9223372036854775807 * length(id))::varchar as id from {a.people}", "Out of Range Error"),
        ("select idd as id from {a.people}", "Binder Error at line 1, character 8: found no idd"),
        ("select id from nowhere, {a.people}", "Catalog Error at line 1, character 16: found no nowhere"),
        ("select id frm {a.people} where", "Parser Error at line 1"),
    ],
)
@pytest.mark.parametrize("place", [0, 99_999], ids=["first", "late"])
def test_a_query_that_fails_tells_kind_and_place_and_no_value(tmp_path: Path, sql: str, told: str, place: int) -> None:
    """A bad row among the first fails when the query is asked, a late one while it is read."""
    ids = ["20261120"] * 100_000 if "date" in sql else ["2026"] * 100_000
    ids[place] = SECRET_ID
    pq.write_table(pa.table({"id": ids}), tmp_path / "p.parquet")
    dataset, connector = made({"a.people": (tmp_path / "p.parquet",)}, sql, field("id"))
    with pytest.raises((BadInput, SourceChanged)) as caught:
        typed(dataset, connector)
    assert told in str(caught.value)
    assert SECRET_ID not in "".join(format_exception(caught.value))


def test_an_input_that_is_not_published_yet_is_worth_another_try(inputs: Inputs) -> None:
    source = Source("derived", "", {"sql": "select * from {city.people}"}, inputs=("city.people",))
    connector = connector_for(dataset_of(source, (field("id"),)), None, {})
    with pytest.raises(SourceUnreachable, match=r"no published version of city\.people yet"):
        connector.plan(DAY)
    (problem,) = connector.check()
    assert problem.code == "SOURCE_UNREACHABLE"


def test_the_planned_files_are_read_even_when_newer_ones_are_published(inputs: Inputs, tmp_path: Path) -> None:
    sql = "select id from {city.people}"
    old = {"city.people": inputs["city.people"]}
    _, connector = made(old, sql, field("id", key=1))
    plan = connector.plan(DAY)
    dataset, newer = made({"city.people": inputs["city.fines"]}, sql, field("id", key=1))
    assert [b.rows.column("id").to_pylist() for b in newer.read(plan)] == [["a", "b", "c"]]
    assert newer.plan(DAY).fingerprint != plan.fingerprint
    pq.write_table(pa.table({"id": ["x"]}), inputs["city.people"][0])
    with pytest.raises(SourceChanged, match=r"not the file of city\.people that was planned"):
        list(newer.read(plan))
    assert dataset.source.inputs == ("city.people",)


def test_placeholders_and_inputs_must_be_the_same() -> None:
    source = Source("derived", "", {"sql": "select * from {a.b}, {c.d}"}, inputs=("a.b", "e.f"))
    mistakes = option_mistakes(dataset_of(source, (field("id"),)))
    assert mistakes == (
        "options.sql: found {c.d}, expected one of the inputs: a.b, e.f",
        "inputs: found 'e.f', which options.sql does not read as {e.f}",
    )


def test_a_query_that_gives_lists_is_refused(inputs: Inputs) -> None:
    dataset, connector = made(
        {"city.people": inputs["city.people"]}, "select list(id) as id from {city.people}", field("id")
    )
    with pytest.raises(SourceChanged, match="expected single values"):
        typed(dataset, connector)
