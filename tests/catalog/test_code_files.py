"""Code tables as files of the lake: those that rules name, written once."""

import pyarrow.parquet as pq

from catalog.code_files import keep_codes
from catalog.shelf import Shelf
from schemas.contract_rules import field_rules
from schemas.dataset import Field, FieldType, Kind
from schemas.standards.code_tables import codes
from tests.builders import make_dataset

FIELD = Field("hydm", "行业代码", "Industry", FieldType(Kind.STRING), "HYDM", element="industry")
DATASET = make_dataset("market_regulation.shop", rules=field_rules(FIELD, unique=False, options={}))


def test_rules_find_the_code_tables_that_they_name_in_the_lake(shelf: Shelf) -> None:
    found = shelf.references(DATASET)
    assert set(found) == {"divisions", "codes/industry"}
    (file,) = found["codes/industry"]
    assert file == shelf.lake / "reference" / "codes" / "industry.parquet"
    assert pq.read_table(file).column("code").to_pylist() == [line.code for line in codes("industry")]


def test_a_table_is_written_anew_only_where_it_does_not_hold_its_codes(shelf: Shelf) -> None:
    (file,) = shelf.references(DATASET)["codes/industry"]
    first = file.stat().st_mtime_ns
    assert shelf.references(DATASET)["codes/industry"] == (file,)
    assert file.stat().st_mtime_ns == first
    keep_codes(file, ["01", "02"])
    assert pq.read_table(file).num_rows == 2
    shelf.references(DATASET)
    assert pq.read_table(file).num_rows == len(codes("industry"))
