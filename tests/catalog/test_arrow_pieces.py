"""Arrow streams of any cut: many tiny batches cost little, and views cannot stand for more text than was sent."""

import io
import struct
from collections.abc import Sequence
from tempfile import TemporaryFile

import pyarrow as pa
import pytest

from catalog.inbox.arrow_pieces import VIEWED
from catalog.inbox.arrow_records import arrow_records
from catalog.inbox.slices import CHARACTERS, LONGEST, ROWS, Slice
from schemas.errors import BadInput, TooLarge
from tests.pushed import complaints


def read(*batches: pa.RecordBatch) -> list[Slice]:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batches[0].schema) as writer:
        for one in batches:
            writer.write_batch(one)
    with TemporaryFile() as file:
        file.write(sink.getvalue())
        file.seek(0)
        return list(arrow_records(file, complaints()))


def views(text: bytes, rows: int) -> pa.Array:
    """So many views of one and the same text."""
    one = struct.pack("<i4sii", len(text), text[:4], 0, 0)
    made = pa.Array.from_buffers(pa.string_view(), rows, [None, pa.py_buffer(one * rows), pa.py_buffer(text)])
    made.validate(full=True)
    return made


def with_a_view_astray() -> pa.Array:
    """A text, and a NULL under which a view points far away from any text: valid, as far as Arrow looks."""
    text = b"a text that is too long to stand in a view"
    good = struct.pack("<i4sii", len(text), text[:4], 0, 0)
    astray = struct.pack("<i4sii", -1_308_622_848, b"\0" * 4, 7, 1 << 30)
    buffers = [pa.py_buffer(b"\x01"), pa.py_buffer(good + astray), pa.py_buffer(text)]
    made = pa.Array.from_buffers(pa.string_view(), 2, buffers)
    made.validate(full=True)
    return made


def batch(numbers: Sequence[str | None], said: pa.Array | None = None) -> pa.RecordBatch:
    columns = {"number": pa.array(numbers, pa.string())} | ({} if said is None else {"said": said})
    return pa.record_batch(columns)


def test_views_that_point_to_one_long_text_are_refused_before_they_are_copied() -> None:
    rows = 3000
    with pytest.raises(TooLarge, match="views of more than"):
        read(batch([f"TS{n}" for n in range(rows)], views(b"x" * (1 << 18), rows)))
    assert rows << 18 > VIEWED


def test_views_that_share_a_text_within_bounds_come_in_whole() -> None:
    text = "供热站".encode() * 10
    found = read(
        batch([f"TS{n}" for n in range(10)], views(text, 10)), batch([None], pa.array([None], pa.string_view()))
    )
    (some,) = found
    assert some.rows.column("said").to_pylist() == [text.decode()] * 10 + [None]
    assert some.places == tuple(range(1, 12))


@pytest.mark.parametrize("type", [pa.string(), pa.large_string(), pa.string_view()])
def test_a_record_longer_than_any_may_be_is_named_by_its_number(type: pa.DataType) -> None:
    fits, long = "x" * (LONGEST - 3), "x" * (LONGEST - 2)
    found = read(batch(["TS1"], pa.array([fits], type)))
    assert [one.rows.num_rows for one in found] == [1]
    with pytest.raises(BadInput, match="row 3: found 1048577 bytes"):
        read(batch(["TS1", "TS2"], pa.array(["a", None], type)), batch(["TS3"], pa.array([long], type)))


def test_tiny_batches_become_few_slices_in_their_order() -> None:
    rows = ROWS + 10
    found = read(*(batch([f"TS{n}"]) if n % 3 else batch([f"TS{n}"]).slice(0, 0) for n in range(rows)))
    numbers = [n for one in found for n in one.rows.column("number").to_pylist()]
    assert numbers == [f"TS{n}" for n in range(rows) if n % 3]
    assert [place for one in found for place in one.places] == list(range(1, len(numbers) + 1))
    assert len(found) == 1


def test_long_texts_are_cut_into_slices_of_few_rows() -> None:
    long = "x" * (CHARACTERS // 8)
    found = read(batch([f"TS{n}" for n in range(30)], pa.array([long] * 30)))
    assert [place for one in found for place in one.places] == list(range(1, 31))
    assert max(one.rows.num_rows for one in found) <= 8


def test_a_view_under_null_that_points_anywhere_is_never_followed() -> None:
    (some,) = read(batch(["TS1", "TS2"], with_a_view_astray()))
    assert some.rows.column("said").to_pylist() == ["a text that is too long to stand in a view", None]
    (both,) = read(*[batch(["TS1", "TS2"], with_a_view_astray())] * 2)
    assert both.rows.column("said").null_count == 2


@pytest.mark.parametrize("body", [b"\xff\xff\xff\xff\0\0\0\0", b"\0\0\0\0"])
def test_a_stream_that_ends_before_its_schema_is_none(body: bytes) -> None:
    with TemporaryFile() as file:
        file.write(body)
        file.seek(0)
        with pytest.raises(BadInput, match="found nothing, expected an Arrow stream"):
            list(arrow_records(file, complaints()))


def test_a_stream_without_rows_has_none() -> None:
    assert read(batch([])) == []
