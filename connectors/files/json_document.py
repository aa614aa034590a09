"""Reads the list of records that stands somewhere in a JSON document, one record at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from connectors.dotted import steps
from connectors.files.content import Content, Raw
from connectors.files.drop import drop
from connectors.files.encoding import codec
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.folder_options import PatternOptions
from connectors.files.json_guess import offers
from connectors.files.json_list import JsonList
from connectors.files.lines import LineEncoding
from connectors.files.records import Paths, Record, paths_of
from connectors.headers import Layout
from connectors.options import read_options
from connectors.protocol import Batch, Column, Connector, Inputs, Problem
from connectors.success import Success
from schemas.connection import Connection
from schemas.dataset import Dataset, Json
from schemas.errors import SourceChanged

EACH = "*"
"""A step of the records' path: every element of a list."""


class JsonOptions(PatternOptions):
    """Where the records stand. Fields name their place by a dotted path: `person.name`, `phones.0`, `^code`."""

    encoding: LineEncoding = "utf-8"
    records: str = ""
    """Dotted path of the list, e.g. `data.rows`; empty: the document is the list. `*.children` is the list in every
    element of a list; `^name` then is a field of the record around."""
    success: Success | None = None
    """None: a document says nothing of how it went."""


@dataclass(frozen=True, slots=True)
class JsonDocument:
    """Documents that hold a list of objects."""

    paths: Paths
    options: JsonOptions
    tells: ClassVar[bool] = False

    def open(self, content: Content) -> "DocumentContent":
        """Nothing is read yet."""
        return DocumentContent(content, self.paths, self.options)

    def suspicions(self, _content: Content) -> tuple[Problem, ...]:
        """None."""
        return ()


@dataclass(frozen=True, slots=True)
class DocumentContent:
    """One document."""

    content: Content
    paths: Paths
    options: JsonOptions

    def parts(self) -> tuple[str, ...]:
        """It is all one."""
        return ("",)

    def columns(self, _part: str) -> tuple[Column, ...]:
        """The names in the first records."""
        with self.content.open() as opened:
            return self.paths.columns(self._records(self._list(opened)))

    def batches(self, _part: str, _shape: Layout) -> Iterator[Batch]:
        """All records, placed by their number; SourceChanged where the document cannot be read to its end."""
        yield from self.paths.batches(self.content.name, self._records(self._list(self.content.once())))

    def _list(self, opened: Raw) -> JsonList:
        return JsonList(opened, self.content.where, codec(self.options.encoding), self.options.success)

    def _records(self, of: JsonList) -> Iterator[Record]:
        path = steps(self.options.records)
        outer = path.index(EACH) if EACH in path else len(path)
        inner, place = Inner(path[outer + 1 :]), 0
        for element in of.elements(path[:outer]):
            for found, above in inner.records(element.value, inner.path, ()):
                place += 1
                wrong = element.wrong or ("" if isinstance(found, dict) else "found no object, expected a record")
                yield Record(place, found, "" if above else element.raw, above, wrong)
        if of.count and not inner.led:
            where = f"{self.content.where}: {self.options.records}"
            raise SourceChanged(f"{where}: leads to a list in none of {of.count} elements; expected the records there")


@dataclass(slots=True)
class Inner:
    """The lists within the elements of a list."""

    path: tuple[str, ...]
    led: bool = False
    """Whether the path led to a list anywhere."""

    def records(
        self, value: Json, path: tuple[str, ...], above: tuple[Json, ...]
    ) -> Iterator[tuple[Json, tuple[Json, ...]]]:
        """The records that a path leads to from one element, and what is around each; there may be none."""
        if not path:
            self.led = True
            yield value, above
            return
        found, left = value, path
        while left and left[0] != EACH:
            found, left = found.get(left[0]) if isinstance(found, dict) else None, left[1:]
        if isinstance(found, list):
            self.led = True
            for element in found:
                yield from self.records(element, left[1:], (*above, value))


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(JsonOptions, dataset)
    form = JsonDocument(paths_of(dataset, options.optional), options)
    return FolderOf(dataset, drop(connection, options, options.pattern), form, options)


KIND = folder_kind("json", JsonOptions, build, offers=offers)
