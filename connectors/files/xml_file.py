"""Reads the records of XML files, one element at a time, and lets a file neither fetch nor expand anything."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from connectors.drivers import driver
from connectors.files.content import BLOCK, Content, Raw
from connectors.files.drop import drop
from connectors.files.encoding import Encoding, codec
from connectors.files.folder import FolderOf
from connectors.files.folder_kind import folder_kind
from connectors.files.folder_options import PatternOptions, folder_mistakes
from connectors.files.records import Paths, Record
from connectors.files.xml_guess import offers
from connectors.files.xml_head import encoding_of, has_doctype
from connectors.files.xml_paths import Names, record_of, xml_paths
from connectors.files.xml_said import SaidAround
from connectors.files.xml_walk import Instead, Walked, root_of
from connectors.headers import Layout
from connectors.options import read_options
from connectors.protocol import Batch, Column, Connector, Inputs, Problem
from connectors.success import Success
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import SourceChanged


class XmlOptions(PatternOptions):
    """Which elements are records. Fields name their place: `name`, `person/name`, `person/@id`, `.`, `../@day`."""

    records: str
    """Path of the record elements from the root: `/report/rows/row`."""
    namespaces: dict[str, str] = Field(default_factory=dict)
    """Prefix in paths -> namespace; the empty prefix stands for elements that have none in a path."""
    encoding: Encoding | None = None
    """In place of the one that the file declares; None: that one."""
    success: Success | None = None
    """Its paths lead from the root, too: `/report/code`, `/report/@code`; None: a file says nothing of how it went."""


@dataclass(frozen=True, slots=True)
class Xml:
    """XML whose records are elements of one path."""

    paths: Paths
    options: XmlOptions
    tells: ClassVar[bool] = False

    def open(self, content: Content) -> "XmlContent":
        """Nothing is read yet."""
        names = Names(self.options.namespaces)
        return XmlContent(content, self.paths, self.options, names)

    def suspicions(self, _content: Content) -> tuple[Problem, ...]:
        """None: XML says itself how it is encoded."""
        return ()


@dataclass(frozen=True, slots=True)
class XmlContent:
    """One file."""

    content: Content
    paths: Paths
    options: XmlOptions
    names: Names

    def parts(self) -> tuple[str, ...]:
        """It is all one."""
        return ("",)

    def columns(self, _part: str) -> tuple[Column, ...]:
        """The paths in the first records; XML tells no types, only which elements stand several times in a record."""
        with self.content.open() as opened:
            found = self.paths.columns(self._records(opened))
        return tuple(column if column.type == "array" else replace(column, type="") for column in found)

    def batches(self, _part: str, _shape: Layout) -> Iterator[Batch]:
        """All records, placed by their number; SourceChanged where the file is not well-formed up to its end."""
        yield from self.paths.batches(self.content.name, self._records(self.content.once()))

    def _records(self, opened: Raw) -> Iterator[Record]:
        etree = driver("lxml.etree", "xml")
        around = any(path.up for path in self.paths.paths)
        for place, element in enumerate(self._elements(etree, opened), 1):
            yield record_of(element, place, self.names, around=around)

    def _elements(self, etree: Any, opened: Raw) -> Iterator[Any]:
        """The record elements; each is empty when the next is asked for."""
        first = opened.read(BLOCK) or b""
        self._no_doctype(has_doctype(first))
        tags = self.names.tags(self.options.records)
        self._rooted(root_of(etree, first, self._encoding(first)), tags)
        walked = Walked(first, opened, tags)
        said = SaidAround(self.options.success, self.names, self.content.where)
        telling = said.tags
        walk = etree.iterparse(
            walked,
            events=("start", "end"),
            tag={*tags, *telling},
            encoding=self._encoding(first),
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,
            remove_comments=True,
            remove_pis=True,
        )
        found, instead = False, Instead(tags, self.paths.needed, self.names)
        for element in self._ended(etree, walk, walked):
            if element.tag in telling:
                said.look(element)
            if element.tag == tags[-1] and (*(outer.tag for outer in element.iterancestors()),) == tags[-2::-1]:
                self._no_doctype(element.getroottree().docinfo.doctype)
                found = True
                yield element
                element.clear()
            elif not found:
                instead.look(element)
        self._no_doctype(walk.root.getroottree().docinfo.doctype)
        said.judge()
        if not found:
            self._none(walk.root, tags, instead)

    def _none(self, root: Any, tags: tuple[str, ...], instead: Instead) -> None:
        """A file without records may be an empty one; SourceChanged where they stand elsewhere."""
        self._rooted(root.tag, tags)
        if instead.found:
            said = f"what looks like a record at {instead.found}"
            raise SourceChanged(f"{self.content.where}: found {said}, expected records at {self.options.records}")

    def _rooted(self, root: str, tags: tuple[str, ...]) -> None:
        """SourceChanged of another root, before all of the file is read for nothing; "" where it is not known yet."""
        if root and root != tags[0]:
            raise SourceChanged(
                f"{self.content.where}: found the root {self.names.shown(root)!r}, expected records at "
                f"{self.options.records}"
            )

    def _ended(self, etree: Any, walk: Any, walked: Walked) -> Iterator[Any]:
        """The elements as they end; SourceChanged where something is broken."""
        try:
            for event, element in walk:
                if event == "end":
                    yield element
                elif walked.root is None:
                    walked.root = element.getroottree().getroot()
        except etree.XMLSyntaxError as wrong:
            (line, column), said = wrong.position, wrong.msg
            if not line and (first := next(iter(walk.error_log), None)):
                line, column, said = first.line, first.column, first.message
            raise SourceChanged(
                f"{self.content.where}: line {line}, column {column}: {said}; expected well-formed XML up to its end: "
                "the file is broken or only half there"
            ) from wrong
        except LookupError as wrong:
            raise SourceChanged(f"{self.content.where}: {wrong}; declare its encoding in the contract") from wrong

    def _encoding(self, first: bytes) -> str | None:
        if self.options.encoding:
            return codec(self.options.encoding)
        return encoding_of(first)

    def _no_doctype(self, found: object) -> None:
        if found:
            raise SourceChanged(
                f"{self.content.where}: found a DOCTYPE, expected none: it may bring in text from elsewhere, or blow "
                "up a small file; ask for the file without it"
            )


_STEPS = re.compile(r"(?:/[\w{][^/@*\[\]\s]*)+(?:/@[\w{][^/@*\[\]\s]*)?")


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    options = read_options(XmlOptions, dataset)
    form = Xml(xml_paths(dataset, options.optional), options)
    return FolderOf(dataset, drop(connection, options, options.pattern), form, options)


def _leads(path: str, root: str) -> bool:
    """Whether it is names of elements from the root on, the last of which may be an attribute's."""
    return path.startswith(f"{root}/") and _STEPS.fullmatch(path) is not None


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    """Those of all files, and paths of `success` that lead nowhere."""
    wrong = folder_mistakes(dataset, options)
    if not isinstance(options, XmlOptions) or options.success is None:
        return wrong
    root = "/" + options.records.strip("/").split("/")[0]
    told = {"path": options.success.path, "message": options.success.message}
    astray = {name: path for name, path in told.items() if path and not _leads(path, root)}
    said = (f"options.success.{name}: found {path!r}, expected a path below {root}" for name, path in astray.items())
    return (*wrong, *(f"{one}, such as {root}/code or {root}/@code" for one in said))


KIND = folder_kind("xml", XmlOptions, build, _mistakes, offers=offers)
