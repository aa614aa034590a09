"""Walks through a JSON document to one list in it and gives its elements one by one; memory holds only one."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

from connectors.files.content import BLOCK, Raw
from connectors.files.json_text import JsonText, NotJson
from connectors.files.lines import LONGEST
from connectors.success import MESSAGES, Said, Success
from schemas.dataset import Json
from schemas.errors import SourceChanged

_SPACE = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a list."""

    value: Json
    raw: str
    """As it stands in the document."""
    wrong: str
    """What is wrong with it although it is JSON."""


Steps = tuple[str, ...]


class JsonList:
    """One document while it is read, from its first byte to its last."""

    def __init__(self, opened: Raw, where: str, encoding: str, success: Success | None = None) -> None:
        self.count = 0
        """Elements given so far."""
        self._said = Said(success, "", where)
        told = () if success is None else (success.path, success.message)
        self._told: frozenset[Steps] = frozenset(tuple(path.split(".")) for path in told if path)
        self._ways = frozenset(path[:deep] for path in self._told for deep in range(len(path)))
        """The objects on the way to what the document says of itself."""
        self._around: dict[str, Json] = {}
        """What stands where the document may say how it went, as it is nested there."""
        self._opened, self._where, self._encoding = opened, where, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._json = JsonText()
        self._text, self._at, self._lines, self._bytes = "", 0, 0, 0
        self._ended = self._found = False

    def elements(self, path: tuple[str, ...]) -> Iterator[Element]:
        """Each element of the list at `path`; SourceChanged where there is none, or the document's end is missing.

        Where it says of itself that something is wrong, that is known at its end.
        """
        self._more()
        self._text = self._text.removeprefix("\ufeff")
        try:
            yield from self._go(path, path)
            if self._peek():
                raise self._wrong("the document goes on behind its end")
        except RecursionError as wrong:
            raise self._wrong("values are nested too deeply in one another") from wrong
        self._said.sound(self._around)
        if not self._found:
            raise SourceChanged(f"{self._where}: found no list at {'.'.join(path) or 'the top'}, expected the records")

    def _go(self, left: tuple[str, ...], path: tuple[str, ...]) -> Iterator[Element]:
        if left and self._peek() == "{":
            for name in self._members():
                if name == left[0]:
                    yield from self._go(left[1:], path)
                else:
                    self._skip(self._below(path[: len(path) - len(left)], name))
        elif not left and self._peek() == "[":
            if self._found:
                raise self._wrong(f"a second list at {'.'.join(path)}")
            self._found = True
            for _ in self._items():
                self.count += 1
                value, raw = self._value()
                yield Element(value, raw, self._json.wrong)
        else:
            if self._peek() == "n" and self._said.success is not None:  # null, and whether that is well it says itself
                self._found = True
            self._skip()

    def _members(self) -> Iterator[str]:
        """The names in an object; whoever asks for the next has read the value of the last."""
        self._take("{")
        while self._peek() != "}":
            name = self._value()[0]
            if not isinstance(name, str):
                raise self._wrong("expected a name in quotation marks")
            self._take(":")
            yield name
            self._next("}")
        self._take("}")

    def _items(self) -> Iterator[None]:
        self._take("[")
        while self._peek() != "]":
            yield None
            self._next("]")
        self._take("]")

    def _skip(self, at: Steps | None = None) -> None:
        """Past one value; `at` is where it stands, if the document may say there how it went."""
        first = self._peek()
        if first == "{" and at not in self._told:
            for name in self._members():
                self._skip(self._below(at, name))
        elif first == "[" and at not in self._told:
            for _ in self._items():
                self._skip()
                self._note(at, ["…"])
        else:
            self._note(at, self._value()[0])

    def _note(self, at: Steps | None, value: Json) -> None:
        if at is None:
            return
        around = self._around
        for step in at[:-1]:
            inner = around.get(step)
            if not isinstance(inner, dict):
                inner = around[step] = {}
            around = inner
        around[at[-1]] = value

    def _below(self, at: Steps | None, name: str) -> Steps | None:
        if at is None or at not in self._ways:
            return None
        there = (*at, name)
        return there if there in self._ways | self._told or name.casefold() in MESSAGES else None

    def _next(self, end: str) -> None:
        """Past a comma, or up to the end."""
        if self._peek() == ",":
            self._take(",")
            if self._peek() == end:
                raise self._wrong("a comma too many")
        elif self._peek() != end:
            raise self._wrong(f"expected ',' or '{end}'")

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._wrong(f"expected '{sign}'")
        self._at += 1

    def _peek(self) -> str:
        """The next sign that is no blank; empty at the end of the document."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more()

    def _value(self) -> tuple[Json, str]:
        self._peek()
        while True:
            try:
                value, end = self._json.value(self._text, self._at)
                if end + 2 < len(self._text) or self._ended:  # a number may go on: `1.`, `1e-`
                    raw, self._at = self._text[self._at : end], end
                    return value, raw
            except NotJson as wrong:
                if self._ended or not wrong.cut or len(self._text) - self._at > LONGEST:
                    self._at = wrong.at
                    raise self._wrong(wrong.why) from wrong
            self._more()

    def _more(self) -> None:
        """Reads as much again as is held, so that a long value is not parsed too often."""
        self._lines += self._text.count("\n", 0, self._at)
        held = self._text[self._at :]
        found = self._opened.read(max(BLOCK, len(held))) or b""
        self._ended = not found
        try:
            self._text, self._at = held + self._decoder.decode(found, final=self._ended), 0
        except UnicodeDecodeError as wrong:
            at = self._bytes + len(found) - len(wrong.object) + wrong.start
            sign = wrong.object[wrong.start : wrong.start + 4].hex(" ")
            said = f"{self._where}: byte {max(at, 0)}: found {sign}, which is no {self._encoding.upper()}"
            raise SourceChanged(f"{said}; expected the encoding that the contract declares") from wrong
        self._bytes += len(found)

    def _wrong(self, why: str) -> SourceChanged:
        line = self._lines + self._text.count("\n", 0, self._at) + 1
        found = repr(self._text[self._at : self._at + 20]) if self._at < len(self._text) else "the end of the file"
        return SourceChanged(
            f"{self._where}: line {line}: {why}; found {found}; "
            "the document is broken or only half there: ask for it again"
        )
