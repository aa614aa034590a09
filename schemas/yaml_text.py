"""YAML text to nodes that know their line, refusing what a contract has no need of: tabs, anchors, tags, depth."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from schemas.errors import Mistake

LARGEST = 2**20
"""Bytes a contract file may have."""
DEEPEST = 40
_TAG = "tag:yaml.org,2002:"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters that YAML does not know; the library says which, but not where."""
_WIDE_COLON = re.compile(r" *(- *)?[A-Za-z_.]+：")


@dataclass(frozen=True, slots=True)
class Unreadable(Exception):
    """The text is no YAML, or YAML of a kind that is refused; it has one reason, for nothing after it can be read."""

    mistake: Mistake


@dataclass(frozen=True, slots=True)
class Spot:
    """A node and the path that leads to it, e.g. `schema[0].properties[3].logicalType`."""

    node: yaml.Node
    where: str

    @property
    def line(self) -> int:
        """1-based."""
        return int(self.node.start_mark.line) + 1

    def tagged(self, *kinds: str) -> bool:
        """Whether YAML takes it for one of `kinds` (`str`, `int`, `bool`…)."""
        return self.node.tag.removeprefix(_TAG) in kinds

    @property
    def shown(self) -> str:
        """What stands there, for a message."""
        if isinstance(self.node, yaml.MappingNode):
            return "a table of keys"
        if isinstance(self.node, yaml.SequenceNode):
            return "a list"
        text = str(self.node.value)
        return repr(text if len(text) <= 60 else text[:57] + "...") if text else "nothing"


def joined(where: str, key: str) -> str:
    """The path one step further."""
    return f"{where}.{key}" if where else key


def decode(file: Path) -> tuple[bytes, str]:
    """The bytes of the file and their text (UTF-8, a BOM is dropped); Unreadable otherwise."""
    try:
        raw = file.read_bytes()
    except OSError as wrong:
        raise Unreadable(Mistake(str(file), 0, "file", wrong.strerror or "nothing readable", "a file")) from wrong
    if len(raw) > LARGEST:
        raise Unreadable(Mistake(str(file), 0, "file", f"{len(raw)} bytes", f"at most {LARGEST} bytes"))
    try:
        return raw, raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise Unreadable(Mistake(str(file), line, "file", "bytes that are no UTF-8", "UTF-8 text")) from wrong


def compose(text: str, file: str) -> yaml.MappingNode:
    """The one document of the text, a mapping; Unreadable says at which line it is not."""
    try:
        _refuse_strange(text, file)
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as wrong:
        raise Unreadable(_syntax(wrong, text, file)) from wrong
    except yaml.YAMLError as wrong:
        raise Unreadable(Mistake(file, 1, "file", f"no YAML ({str(wrong).splitlines()[0]})", "valid YAML")) from wrong
    if not isinstance(root, yaml.MappingNode):
        raise Unreadable(Mistake(file, 1, "file", "no keys", "a YAML mapping that starts with apiVersion"))
    return root


def _refuse_strange(text: str, file: str) -> None:
    if strange := _CONTROL.search(text):
        line = len(text[: strange.start()].splitlines()) or 1
        found = f"the control character U+{ord(strange[0]):04X}"
        raise Unreadable(Mistake(file, line, "file", found, "it left out; the file may be damaged"))
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.NodeEvent) and event.anchor:
            raise Unreadable(Mistake(file, line, "file", f"the anchor or alias {event.anchor!r}", "it written out"))
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            raise Unreadable(Mistake(file, line, "file", f"the tag {event.tag!r}", "plain YAML without tags"))
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Unreadable(Mistake(file, line, "file", f"more than {DEEPEST} levels", "less depth"))


def _syntax(wrong: yaml.MarkedYAMLError, text: str, file: str) -> Mistake:
    mark = wrong.problem_mark or wrong.context_mark
    line = mark.line if mark else 0
    lines = text.splitlines()
    wide = [place for place in (line - 1, line) if 0 <= place < len(lines) and _WIDE_COLON.match(lines[place])]
    if wide:
        return Mistake(file, wide[0] + 1, "file", "a full-width colon ：after a key", "a colon and a blank (: )")
    around = lines[line : line + 1]
    if around and "\t" in around[0][: len(around[0]) - len(around[0].lstrip())]:
        return Mistake(file, line + 1, "file", "a tab at the start of the line", "blanks for indentation")
    return Mistake(file, line + 1, "file", f"a mistake in the YAML ({wrong.problem})", "valid YAML")
