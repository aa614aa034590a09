"""Resources of a real dlt, in an environment of its own, land exactly as the contract declares; ours has no dlt."""

import importlib.util
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Source
from schemas.errors import SourceChanged
from tests.builders import make_field
from tests.clients.conftest import skipped_unless_made
from tests.clients.environment import environment
from tests.connectors.conformance import dataset_of, landed, rows_of, typed

HERE = Path(__file__).parent
FIELDS = (make_field("id"), make_field("n", type=FieldType(Kind.DECIMAL, 18, 2)), make_field("span"))
SECRET = "hush-4711"
pytestmark = pytest.mark.clients


@pytest.fixture(scope="session")
def python() -> Path:
    return skipped_unless_made("dlt", lambda: environment(HERE / "dlt.lock") / "python")


def made(python: Path, resource: str, **told: Any) -> tuple[Dataset, Any]:
    options = {"resource": f"population:{resource}", "window_format": "%Y%m%d"} | told
    dataset = dataset_of(Source("dlt", "code", options), FIELDS)
    extra = {"python": str(python), "environment": {"SOURCES__POPULATION__TOKEN": SECRET}}
    return dataset, connector_for(dataset, Connection("code", "fs", host=str(HERE / "dlt_resources"), extra=extra))


def test_mappings_of_a_resource_land_with_their_window(python: Path, tmp_path: Path) -> None:
    assert importlib.util.find_spec("dlt") is None
    dataset, connector = made(python, "people", arguments={"low": "{low}", "high": "{high}", "count": 5})
    assert connector.check() == ()
    rows = rows_of(tmp_path, landed(dataset, connector, tmp_path))
    assert [row["id"] for row in rows] == [f"37040219900101123{n}" for n in range(5)]
    assert [row["n"] for row in rows] == [Decimal(f"{n}.50") for n in range(5)]
    assert {row["span"] for row in rows} == {"20261120/20261121"}


def test_arrow_is_taken_as_it_is_and_floats_are_refused(python: Path) -> None:
    dataset, connector = made(python, "arrow")
    assert typed(dataset, connector).column("n").to_pylist() == [Decimal("1.50"), None]
    dataset, connector = made(python, "double")
    with pytest.raises(SourceChanged, match="the column 'n' is double"):
        typed(dataset, connector)


def test_an_incremental_resource_begins_at_its_initial_value_since_its_state_is_not_kept(python: Path) -> None:
    dataset, connector = made(python, "newest")
    for _ in range(2):
        assert typed(dataset, connector).column("id").to_pylist() == ["1", "2", "3"]


def test_a_transformer_of_a_source_gets_its_secret_from_the_connection(python: Path) -> None:
    dataset, connector = made(python, "office/details")
    table = typed(dataset, connector)
    assert table.column("id").to_pylist() == ["1", "2"]
    assert table.column("n").to_pylist() == [Decimal(len(SECRET))] * 2
    assert SECRET not in repr(connector)
