"""Records of a JSON body, one at a time: numbers keep every digit, a name that stands twice is refused."""

import json
import re
from collections.abc import Iterator, Mapping
from io import TextIOWrapper
from typing import BinaryIO

from catalog.inbox.slices import LONGEST, Texts, names_of, shape, within
from schemas.dataset import Dataset, Field, Json, Kind
from schemas.errors import BadInput
from schemas.push import Fault, told

PIECE = 1 << 16
LONGEST_WORD = 16
"""Characters that have a meaning only together: -Infinity, an escaped pair of halves."""
BLANK = re.compile(r"[ \t\r\n]*")
HALF = re.compile("[\ud800-\udfff]")
"""Half of a character: JSON can write it, no text can hold it."""
EXPECTED = 'expected {"records": [{…}, …]} or a list of objects'


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


class Twice(dict[str, Json]):
    """An object in which a name stands twice."""


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else Twice(found)


DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=Number, parse_int=Number, parse_constant=Number)


def json_records(opened: BinaryIO, dataset: Dataset) -> Iterator[tuple[int, Texts | list[Fault]]]:
    """The records of a document; BadInput where it is none, so that nothing can be told apart."""
    text = _Text(TextIOWrapper(opened, "utf-8-sig"))
    names = names_of(dataset)
    wrapped = text.skip() == "{"
    if wrapped:
        text.take("{")
        if text.value() != "records":
            raise BadInput(f"body: found another name than records; {EXPECTED}")
        text.take(":")
    text.take("[")
    place = 0
    while text.skip() != "]":
        if place:
            text.take(",")
        place += 1
        yield place, texts_of(dataset, names, place, text.value())
    text.take("]")
    if wrapped:
        text.take("}")
    if text.skip():
        raise BadInput(f"body: found more after the end of the records; {EXPECTED}")


def json_lines(opened: BinaryIO, dataset: Dataset) -> Iterator[tuple[int, Texts | list[Fault]]]:
    """The records of JSON Lines; a line that is no JSON is refused by itself. Blank lines count, and hold nothing."""
    names, place = names_of(dataset), 0
    while line := opened.readline(LONGEST + 1):
        place += 1
        within(place)
        if len(line) > LONGEST:
            raise BadInput(f"line {place}: found more than {LONGEST} bytes, expected a record in each line")
        if line.strip():
            yield place, _of_line(dataset, names, place, line)


def _of_line(dataset: Dataset, names: Mapping[str, int], place: int, line: bytes) -> Texts | list[Fault]:
    try:
        return texts_of(dataset, names, place, DECODER.decode(line.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return shape(place, "", "该行不是 UTF-8 编码", "the line in UTF-8")
    except (ValueError, RecursionError):
        return shape(place, "", "该行不是 JSON 对象", "a JSON object in the line")


def texts_of(dataset: Dataset, names: Mapping[str, int], place: int, record: Json) -> Texts | list[Fault]:
    """One record as texts; what is wrong with it where it is none of this dataset."""
    if not isinstance(record, dict):
        return shape(place, _type(record), "应为 JSON 对象", "a JSON object")
    if isinstance(record, Twice):
        return shape(place, "", "同一名称不得出现两次", "each name once")
    strange = [name for name in record if name not in names]
    if strange:
        listed = ", ".join(names)
        return shape(
            place,
            repr(HALF.sub("\ufffd", strange[0])[:40]),
            f"只能有这些名称：{listed}",
            f"these names alone: {listed}",
        )
    texts: Texts = [None] * len(names)
    faults = []
    for name, value in record.items():
        field = dataset.fields[names[name]]
        found = _text(place, field, value)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            texts[names[name]] = found
    return faults or texts


def _text(place: int, field: Field, value: Json) -> str | Fault | None:
    if value is None:
        return None
    if isinstance(value, dict | list):
        return _fault(place, field, _type(value), "应为单个值", "one value")
    if field.type.kind is Kind.STRING and (isinstance(value, Number) or not isinstance(value, str)):
        return _fault(
            place, field, _type(value), "应为带引号的文本：编码与号码不是数", "a text in quotes: codes are no numbers"
        )
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    if HALF.search(text):
        return _fault(
            place,
            field,
            told(field, HALF.sub("\ufffd", text)),
            "不得含半个字符",
            "no half characters (lone surrogates)",
        )
    return text


def _fault(place: int, field: Field, found: str, expected: str, expected_en: str) -> Fault:
    return Fault(place, field.name, f"{field.name}.misfit", found, expected, expected_en)


def _type(value: Json) -> str:
    if isinstance(value, Number):
        return "number"
    names = {dict: "object", Twice: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names[type(value)]


class _Text:
    """A text that comes in pieces, with a place in it: no more than a record is in memory."""

    def __init__(self, opened: TextIOWrapper) -> None:
        self.opened = opened
        self.held = ""
        self.at = 0
        self.ended = False
        self.before = 0
        """Characters that are no longer held."""

    def skip(self) -> str:
        """Past blanks; the next character, empty at the end."""
        while True:
            found = BLANK.match(self.held, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.held) or self.ended:
                return self.held[self.at : self.at + 1]
            self._more()

    def take(self, expected: str) -> None:
        """Past this character; BadInput where another stands."""
        found = self.skip()
        if found != expected:
            raise BadInput(
                f"body: found {found or 'the end'!r} at character {self._place()}, expected {expected!r}; {EXPECTED}"
            )
        self.at += 1

    def value(self) -> Json:
        """The next value, whole."""
        self.skip()
        while True:
            try:
                value, end = DECODER.raw_decode(self.held, self.at)
                if end < len(self.held) or self.ended:
                    self.at = end
                    return value
            except json.JSONDecodeError as wrong:
                if self.ended or self._broken(wrong):
                    raise BadInput(
                        f"body: no JSON at character {self.before + wrong.pos + 1}: {wrong.msg}; {EXPECTED}"
                    ) from None
            except RecursionError:
                raise BadInput(f"body: nested too deeply at character {self._place()}; {EXPECTED}") from None
            if len(self.held) - self.at > LONGEST:
                raise BadInput(f"body: no end of a record within {LONGEST} characters after character {self._place()}")
            self._more()

    def _broken(self, wrong: json.JSONDecodeError) -> bool:
        """Whether more text cannot mend it: all that is read of a record may end in mid-word, or in a long text."""
        return not wrong.msg.startswith("Unterminated string") and wrong.pos < len(self.held) - LONGEST_WORD

    def _place(self) -> int:
        return self.before + self.at + 1

    def _more(self) -> None:
        self.before += self.at
        try:
            piece = self.opened.read(PIECE)
        except UnicodeDecodeError:
            raise BadInput("body: found bytes that are no UTF-8, expected JSON in UTF-8") from None
        self.held, self.at = self.held[self.at :] + piece, 0
        self.ended = not piece
