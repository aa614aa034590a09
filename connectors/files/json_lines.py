"""Reads JSON Lines that a department drops into a folder: a record on each line."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import ClassVar

from connectors.files.about import Files
from connectors.files.content import Content, Raw
from connectors.files.drop import drop
from connectors.files.encoding import codec
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.folder_options import PatternOptions
from connectors.files.json_text import JsonText, NotJson
from connectors.files.lines import LineEncoding, lines
from connectors.files.records import SAMPLE, Paths, Record, paths_of
from connectors.headers import Layout
from connectors.options import read_options
from connectors.protocol import Batch, Column, Connector, Inputs, Problem
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import SourceChanged


class JsonLinesOptions(PatternOptions):
    """How the lines are written. Fields name their place by a dotted path: `person.name`, `phones.0`."""

    encoding: LineEncoding = "utf-8"


@dataclass(frozen=True, slots=True)
class JsonLines:
    """Lines that are JSON objects."""

    paths: Paths
    options: JsonLinesOptions
    tells: ClassVar[bool] = False

    def open(self, content: Content) -> "LinesContent":
        """Nothing is read yet."""
        return LinesContent(content, self.paths, self.options)

    def suspicions(self, _content: Content) -> tuple[Problem, ...]:
        """None: a line that cannot be read is told with its number."""
        return ()


@dataclass(frozen=True, slots=True)
class LinesContent:
    """One file."""

    content: Content
    paths: Paths
    options: JsonLinesOptions

    def parts(self) -> tuple[str, ...]:
        """It is all one."""
        return ("",)

    def columns(self, _part: str) -> tuple[Column, ...]:
        """The names in the first records; SourceChanged where none of the first lines is a JSON object."""
        with self.content.open() as opened:
            some = list(islice(self._records(opened), SAMPLE))
        if some and not any(isinstance(record.value, dict) for record in some):
            said = f"{self.content.where}: none of the first {len(some)} lines is a JSON object; line {some[0].place}: "
            raise SourceChanged(f"{said}{some[0].wrong}; is it a JSON document, or of another encoding?")
        return self.paths.columns(iter(some))

    def batches(self, _part: str, _shape: Layout) -> Iterator[Batch]:
        """All records, placed by the numbers of their lines; a line that is none is a misfit."""
        yield from self.paths.batches(self.content.name, self._records(self.content.once()))

    def _records(self, opened: Raw) -> Iterator[Record]:
        text, decode = JsonText(), partial(_decoded, encoding=codec(self.options.encoding))
        for place, line in enumerate(lines(opened, self.content.where), 1):
            try:
                words = decode(line).removeprefix("\ufeff") if place == 1 else decode(line)
                if words.strip():
                    yield _record(text, place, words.strip())
            except UnicodeDecodeError as wrong:
                found = line[wrong.start : wrong.start + 4].hex(" ")
                why = f"byte {wrong.start + 1} of the line: found {found}, which is no {self.options.encoding.upper()}"
                yield Record(place, None, line.decode("ascii", "backslashreplace"), wrong=why)


def _record(text: JsonText, place: int, words: str) -> Record:
    try:
        value, end = text.value(words)
    except NotJson as wrong:
        return Record(place, None, words, wrong=f"the line is no JSON: character {wrong.at + 1}: {wrong.why}")
    if end < len(words):
        return Record(place, None, words, wrong=f"the line goes on behind its record, from character {end + 1}")
    if not isinstance(value, dict):
        return Record(place, None, words, wrong="the line is no JSON object")
    return Record(place, value, words, wrong=text.wrong)


def _decoded(line: bytes, encoding: str) -> str:
    return line.decode(encoding)


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(JsonLinesOptions, dataset)
    form = JsonLines(paths_of(dataset, options.optional), options)
    return FolderOf(dataset, drop(connection, options, options.pattern), form, options)


_FILES = Files("json_lines", (".jsonl", ".ndjson"))
KIND = folder_kind("json_lines", JsonLinesOptions, build, offers=_FILES.offers)
