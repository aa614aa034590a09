"""Entries from Markdown files with a YAML head, as open-data sites keep them: what they say, and no more."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from schemas.contract_formats import FORMATS
from schemas.dataset import Opening
from schemas.entry import Entry, Item
from schemas.entry_form import Brought, File
from schemas.errors import BadInput, Mistake

_TAIL = re.compile(r"[ \t]+$", re.MULTILINE)
"""Blanks and tabs at the ends of lines, which other readers of YAML pass over."""
OPENED = "已开放数据"
"""Category of what is open to the public already."""


def read_folder(folder: Path) -> File:
    """Every `*.md` of a folder, by name."""
    files = sorted(folder.glob("*.md"))
    if not files:
        raise BadInput(f"{folder}: found no *.md, expected entries as Markdown with a YAML head")
    found, mistakes = [], []
    for file in files:
        told = _entry(file.read_text(encoding="utf-8"), file.name)
        if isinstance(told, Mistake):
            mistakes.append(told)
        else:
            found.append(Brought(1, told))
    return File(tuple(found), tuple(mistakes))


def _entry(text: str, file: str) -> Entry | Mistake:
    head = re.match(r"\ufeff?---\s*\n(.*?)\n---", text, re.DOTALL)
    try:
        told = yaml.safe_load(_TAIL.sub("", head[1])) if head else None
    except yaml.YAMLError as wrong:
        return Mistake(file, 1, "head", str(wrong).replace("\n", " ")[:120], "YAML between two lines of ---")
    if not isinstance(told, Mapping) or not str(told.get("title") or "").strip():
        return Mistake(file, 1, "head", "nothing", "YAML with a title between two lines of ---")
    notes, kinds = str(told.get("notes") or ""), _each(told.get("category"))
    return Entry(
        title=str(told["title"]).strip(),
        provider_name=str(told.get("organization") or "").strip(),
        abstract=notes.strip(),
        formats=tuple(dict.fromkeys(one for one in _formats(told.get("resources")) if one in FORMATS)),
        items=tuple(Item(name) for name in dict.fromkeys(_items(notes))),
        opening=Opening.UNCONDITIONAL if OPENED in kinds else None,
    )


def _items(notes: str) -> list[str]:
    """The notes of such files list the items, with 、 between them."""
    found = [one.strip(" 。.，,") for one in re.split("[、\n]", notes)]
    return [one for one in found if one] if len(found) > 1 else []


def _formats(resources: object) -> list[str]:
    some = resources if isinstance(resources, Sequence) and not isinstance(resources, str) else []
    return [str(one.get("format") or "").strip().lower() for one in some if isinstance(one, Mapping)]


def _each(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else [str(value or "")]
