"""Messages of streams become rows as records of files and services do."""

from connectors.streams.message import Reader
from schemas.dataset import Source
from tests.builders import make_field
from tests.connectors.conformance import dataset_of


def test_fields_of_messages_take_dotted_paths_and_null_on_the_way_is_null() -> None:
    fields = [make_field("a", source_name="x.a"), make_field("first", source_name="list.0")]
    reader = Reader(dataset_of(Source("kafka", "bus", {}), fields), "data", (), {})
    for content in ('{"x": {"a": 1}, "list": ["甲", "乙"]}', '{"x": null, "list": null}', '{"x": {}, "list": []}'):
        reader.take(1, f'{{"data": {content}}}'.encode(), {})
    batch = reader.batch("t/0")
    assert batch.rows.to_pylist() == [{"a": "1", "first": "甲"}, {"a": None, "first": None}]
    assert [one.reason for one in batch.misfits] == ["the record has no 'x.a'"]
