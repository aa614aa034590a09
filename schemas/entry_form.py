"""The guide's form as a table: a line for each item, the entry's own words on its first line; and back, by lines."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.entry import NOT_HERE, Entry
from schemas.entry_json import entry_json, read_entry
from schemas.entry_words import CELLS, TEXT
from schemas.errors import BadInput, Mistake, SecretData

ENTRY: Mapping[str, str] = {
    "code": "信息资源代码",
    "title": "信息资源名称",
    "title_en": "英文名称",
    "category": "类",
    "project": "项",
    "subject": "目",
    "detail": "细目",
    "provider_name": "信息资源提供方",
    "provider": "提供方代码",
    "division": "行政区划代码",
    "abstract": "信息资源摘要",
    "abstract_en": "英文摘要",
    "formats": "信息资源格式",
    "sharing": "共享类型",
    "condition": "共享条件",
    "withheld_basis": "不予共享依据",
    "modes": "共享方式",
    "opening": "开放类型",
    "opening_condition": "开放条件",
    "cycle": "更新周期",
    "published_on": "发布日期",
    "related": "关联资源代码",
    "grade": "数据分级",
    "lead_name": "数源部门",
    "lead": "数源部门代码",
    "collecting_basis": "采集依据",
    "system": "所属系统",
    "contacts": "联系岗位",
    "secret": "是否涉密",
}
ITEM: Mapping[str, str] = {
    "name": "信息项名称",
    "name_en": "信息项英文名",
    "type": "数据类型",
    "length": "数据长度",
    "required": "是否必填",
    "element": "数据元",
    "sharing": "信息项共享类型",
    "condition": "信息项共享条件",
    "withheld_basis": "信息项不予共享依据",
    "opening": "信息项开放类型",
    "grade": "信息项分级",
    "source": "信息项数源",
}
"""Word -> heading, in the form's order."""
HEADER = (*ENTRY.values(), *ITEM.values())
PATH = ("category", "project", "subject", "detail")
HEAD_WITHIN = 10
"""Lines within which the headings stand: forms have a title above them."""
_WORDS = {heading: (True, word) for word, heading in ENTRY.items()} | {
    heading: (False, word) for word, heading in ITEM.items()
}


@dataclass(frozen=True, slots=True)
class Brought:
    """One entry of a file, and where it begins there."""

    line: int
    entry: Entry


@dataclass(frozen=True, slots=True)
class File:
    """What a file holds: its entries, and every mistake, by lines."""

    entries: tuple[Brought, ...]
    mistakes: tuple[Mistake, ...]


def lines(entries: Iterable[Entry]) -> Iterator[list[str]]:
    """The form, headings first."""
    yield list(HEADER)
    for entry in entries:
        told = entry_json(entry)
        words = told | told["path"] | {"secret": "否"}
        own = [_cell(word, words[word]) for word in ENTRY]
        items = [[_cell(word, item[word]) for word in ITEM] for item in told["items"]] or [[""] * len(ITEM)]
        yield own + items[0]
        yield from ([""] * len(ENTRY) + item for item in items[1:])


def read_lines(rows: Sequence[Sequence[str]], file: str) -> File:
    """The entries of a form; SecretData where one is marked secret, and nothing of the file is kept."""
    found = _headings(rows, file)
    if isinstance(found, Mistake):
        return File((), (found,))
    start, words, mistakes = found
    groups = _groups(rows, start, words)
    brought = [one for group in groups if (one := _entry(group, file, mistakes)) is not None]
    return File(tuple(brought), tuple(sorted(mistakes, key=lambda one: one.line)))


@dataclass(slots=True)
class _Group:
    """The lines of one entry: its own cells, and those of its items."""

    line: int
    own: dict[str, str]
    items: list[tuple[int, dict[str, str]]]


def _cell(word: str, value: object) -> str:
    return CELLS.get(word, TEXT)[0](value)


def _headings(
    rows: Sequence[Sequence[str]], file: str
) -> tuple[int, dict[int, tuple[bool, str]], list[Mistake]] | Mistake:
    """First line below them, place -> (whether of the entry, word), and mistakes about strange ones."""
    for number, row in enumerate(rows[:HEAD_WITHIN]):
        told = [text.strip() for text in row]
        if ENTRY["title"] in told:
            strange = [text for text in told if text and text not in _WORDS]
            twice = sorted({text for text in told if text and told.count(text) > 1})
            mistakes = [
                Mistake(file, number + 1, "表头", "、".join(some), said)
                for some, said in ((strange, f"{'、'.join(HEADER)} 中的列"), (twice, "每列一次 each column once"))
                if some
            ]
            return number + 1, {place: _WORDS[text] for place, text in enumerate(told) if text in _WORDS}, mistakes
    return Mistake(file, 1, "表头", "无", f"前 {HEAD_WITHIN} 行内有表头“{ENTRY['title']}” the form's headings")


def _groups(rows: Sequence[Sequence[str]], start: int, words: Mapping[int, tuple[bool, str]]) -> list[_Group]:
    """Lines without words of their own, or with the same ones again, go on with the items of the entry above."""
    found: list[_Group] = []
    for number, row in enumerate(rows[start:], start + 1):
        cells = {words[place]: text for place, text in enumerate(row) if place in words and text.strip()}
        own = {word: text for (of_entry, word), text in cells.items() if of_entry}
        item = {word: text for (of_entry, word), text in cells.items() if not of_entry}
        if not cells:
            continue
        again = bool(found) and bool(item) and (not own or (own == found[-1].own and bool(found[-1].items)))
        if not again:
            found.append(_Group(number, own, []))
        if item:
            found[-1].items.append((number, item))
    return found


def _entry(group: _Group, file: str, mistakes: list[Mistake]) -> Brought | None:
    if group.own.get("secret", "否").strip() not in ("否", "不涉密", "N", "n", "0", "false"):
        raise SecretData(f"{file}:{group.line}: {NOT_HERE}")
    before = len(mistakes)
    own = _words(group.own, ENTRY, group.line, file, mistakes)
    items = [_words(item, ITEM, line, file, mistakes) for line, item in group.items]
    told = {word: value for word, value in own.items() if word not in (*PATH, "secret")}
    told |= {"path": {word: own[word] for word in PATH if word in own}, "items": items}
    if not str(own.get("title", "")).strip():
        mistakes.append(Mistake(file, group.line, ENTRY["title"], "无", "信息资源名称 the name of the data"))
    if len(mistakes) > before:
        return None
    try:
        return Brought(group.line, read_entry(told))
    except BadInput as wrong:
        mistakes.append(Mistake(file, group.line, "条目", str(wrong)[:300], "符合要求的内容 words that fit"))
        return None


def _words(
    cells: Mapping[str, str], headings: Mapping[str, str], line: int, file: str, mistakes: list[Mistake]
) -> dict[str, Any]:
    told = {}
    for word, text in cells.items():
        try:
            told[word] = CELLS.get(word, TEXT)[1](text)
        except ValueError as wrong:
            mistakes.append(Mistake(file, line, headings[word], repr(text[:60]), str(wrong)))
    return told
