"""How records of fixed width are laid out, and their columns as texts."""

import codecs
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, Field

from connectors.files.encoding import Encoding, codec, decodes
from connectors.files.folder_options import PatternOptions, folder_mistakes
from connectors.files.lines import LineEncoding
from connectors.options import Options, unknown_fields
from schemas.dataset import Dataset

Trim = Literal["none", "left", "right", "both"]


class Cut(Options):
    """Where one field stands in a record."""

    start: int = Field(ge=1)
    """First byte, from 1."""
    width: int = Field(ge=1)
    """Bytes, not characters: a Chinese character has two in GBK, three in UTF-8."""
    trim: Trim | None = None
    """Where this field is filled up; None: as all are."""
    fill: str | None = Field(default=None, min_length=1)
    """With which characters; None: as all are."""

    @property
    def end(self) -> int:
        """Last byte, from 1."""
        return self.start + self.width - 1


class FixedWidthOptions(PatternOptions):
    """How records are laid out. The fields stand where `columns` says; what no column covers is not read."""

    encoding: LineEncoding
    """GBK and GB2312 are read as GB18030."""
    columns: dict[str, Cut] = Field(min_length=1)
    """Field -> its place."""
    length: int = Field(default=0, ge=0)
    """Bytes of a record; 0: up to the end of the last column."""
    line_end: Literal["lf", "crlf", "none"] = "lf"
    """What ends a record. `lf` takes a carriage return before it along; `none`: records follow each other at once."""
    short_lines: bool = False
    """Blanks at the end of a line may have been cut off."""
    skip_lines: int = Field(default=0, ge=0)
    """Lines above the data."""
    trim: Trim = "none"
    """Where fields are filled up with blanks that are no part of them."""
    fill: str = Field(default=" ", min_length=1)
    """The characters that fields are filled up with."""

    @property
    def written(self) -> tuple[Encoding, str]:
        """Encoding and delimiter of the control file."""
        return self.encoding, ","

    @property
    def bytes(self) -> int:
        """Length of a record."""
        return self.length or max(cut.end for cut in self.columns.values())


@dataclass(slots=True)
class Cells:
    """The columns of some records."""

    options: FixedWidthOptions
    lines: list[bytes]
    broken: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Row -> first field that cannot be decoded, and why."""

    def column(self, name: str) -> list[str]:
        """The texts of one field, without what it is filled up with."""
        cut, encoding = self.options.columns[name], codec(self.options.encoding)
        low, high = cut.start - 1, cut.end
        pieces = [line[low:high] for line in self.lines]
        texts = self._decoded(name, pieces, encoding)
        self._begins(name, cut, encoding)
        fill = self.options.fill if cut.fill is None else cut.fill
        match self.options.trim if cut.trim is None else cut.trim:
            case "left":
                return [text.lstrip(fill) for text in texts]
            case "right":
                return [text.rstrip(fill) for text in texts]
            case "both":
                return [text.strip(fill) for text in texts]
        return texts

    def _decoded(self, name: str, pieces: list[bytes], encoding: str) -> list[str]:
        """All at once where that works: a line break is one byte in all of these encodings, and in no character."""
        try:
            texts = b"\n".join(pieces).decode(encoding).split("\n")
            if len(texts) == max(len(pieces), 1):
                return texts if pieces else []
        except UnicodeDecodeError:
            pass
        return [self._alone(name, row, piece, encoding) for row, piece in enumerate(pieces)]

    def _alone(self, name: str, row: int, piece: bytes, encoding: str) -> str:
        try:
            return piece.decode(encoding)
        except UnicodeDecodeError:
            cut = self.options.columns[name]
            why = f"bytes {cut.start} to {cut.end}: found {piece.hex(' ')}, which is no {self.options.encoding.upper()}"
            self.broken.setdefault(row, (name, f"{why}: is a character cut in two? widths count bytes"))
            return ""

    def _begins(self, name: str, cut: Cut, encoding: str) -> None:
        """Notes rows in which a character before this field reaches into it: what is left of it decodes as another.

        Where the field before ends just there it would not have been decoded. So only bytes that none covers matter.
        """
        low = max((c.end for c in self.options.columns.values() if c.end < cut.start), default=0)
        high = cut.start - 1
        if low == high or b"".join([line[low:high] for line in self.lines]).isascii():
            return
        for row, line in enumerate(self.lines):
            if begun := _reaching(line[low:high], line[high : high + 3], encoding):
                why = f"byte {cut.start}: found the rest of a character that begins before the field, with "
                self.broken.setdefault(row, (name, f"{why}{begun.hex(' ')}: starts and widths count bytes"))


def _reaching(before: bytes, behind: bytes, encoding: str) -> bytes:
    """The first bytes of a character that the bytes behind go on with; none where no text stands before."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        decoder.decode(before)
    except UnicodeDecodeError:
        return b""
    begun = decoder.getstate()[0]
    return begun if begun and any(decodes(begun + behind[:more], encoding, whole=True) for more in (1, 2, 3)) else b""


def fixed_mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    """What is wrong with the layout when it is held against the fields."""
    wrong = list(folder_mistakes(dataset, options))
    if not isinstance(options, FixedWidthOptions):
        return tuple(wrong)
    absent = [f.name for f in dataset.fields if f.name not in options.columns]
    wrong += [f"options.columns: found nothing for {name!r}, expected its place" for name in absent]
    wrong += unknown_fields(dataset, "columns", tuple(options.columns))
    for name, cut in options.columns.items():
        if cut.end > options.bytes:
            wrong.append(f"options.columns.{name}: ends beyond the length of a record, which is {options.bytes} bytes")
    if options.line_end == "none" and (options.skip_lines or options.short_lines):
        wrong.append("options.line_end: found 'none' with skip_lines or short_lines, which need lines")
    return tuple(wrong)
