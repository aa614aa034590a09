"""One column of a source as it goes into a draft: its name and title there, its type, what it likely is."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.protocol import Column, Stream
from schemas.contract_fields import NAME
from schemas.dataset import Kind, ScopeRole
from schemas.declared import Declared, declared
from schemas.likely import Meant, Shown, meant, place_of, protecting, shown, usual_title
from schemas.sampled import Sampled, sampled
from schemas.standards.element import TEXT, Element

Rows = Sequence[Mapping[str, str | None]]

LONGEST = 30
"""Characters of a comment that may be a title as it stands."""
_HAN = re.compile("[\u3400-\u9fff]")
_HEAD = re.compile(r"[^\s（(：:，,；;。|/]+")


@dataclass(frozen=True, slots=True)
class Item:
    """What a draft says of one column."""

    column: Column
    place: int
    """From 1, in the source's order."""
    name: str
    named: str
    """Why it is called so, where the source's own name could not stay."""
    title: str
    """Empty where only a person knows it."""
    titled: str
    """Why that is its title, where the source does not simply say so."""
    key: int
    declared: Declared
    meant: Meant | None
    shown: Shown
    sampled: Sampled

    @property
    def element(self) -> Element | None:
        """The element that the draft declares; None where there is none, or where it is only worth a thought."""
        fits = self.meant is not None and self.meant.firm and self.declared.type == TEXT
        return self.meant.element if fits and self.meant else None

    @property
    def made_up(self) -> bool:
        """Whether its name in the contract says nothing, so that a person must name it."""
        return self.name == f"column_{self.place}"

    @property
    def is_code(self) -> bool:
        """Whether it is called a code or a number of something, which nobody adds up."""
        return re.search(r"代码|编码|编号|号码|code|(^|_)(id|no|number)$", f"{self.name} {self.title}") is not None

    @property
    def role(self) -> ScopeRole | None:
        """What it means as a place."""
        return place_of(self.column.name, f"{self.title} {self.column.comment}")

    @property
    def is_place(self) -> bool:
        """Whether it is a division column of the draft."""
        return self.element is not None and self.element.id == "division"

    @property
    def is_moment(self) -> bool:
        """Whether a window could be told by it."""
        return self.declared.type.kind in (Kind.DATE, Kind.TIMESTAMP)


def items(stream: Stream, rows: Rows) -> tuple[Item, ...]:
    """Every column in the source's order; those that hold bytes too, so that they are told of."""
    return tuple(_items(stream, rows))


def _items(stream: Stream, rows: Rows) -> Iterator[Item]:
    taken: set[str] = set()
    for place, column in enumerate(stream.columns, 1):
        values = sampled([row.get(column.name) for row in rows])
        stripped = [value.strip() for value in values.values]
        title, titled = _title(column)
        type_of = declared(column.type)
        likely = None if type_of.left_out else meant(column.name, title, stripped)
        if likely and not title:
            title, titled = likely.element.title, likely.why
        elif not title and (title := usual_title(column.name)):
            titled = f"what {column.name} usually is"
        name, named = _name(column.name, likely, place, taken)
        taken.add(name)
        key = stream.key.index(column.name) + 1 if column.name in stream.key else 0
        gives = shown(column.name, f"{title} {column.comment}", protecting(likely))
        yield Item(column, place, name, named, title, titled, key, type_of, likely, gives, values)


def _title(column: Column) -> tuple[str, str]:
    """The comment where it is short, else how it begins; a Chinese name of the column itself."""
    comment = " ".join(column.comment.split())
    if comment and len(comment) <= LONGEST and not re.search("[：:；;]", comment):
        return comment, ""
    if comment and (head := _HEAD.match(comment)):
        return head[0], "how the column's comment begins"
    return (column.name, "") if _HAN.search(column.name) else ("", "")


def _name(told: str, likely: Meant | None, place: int, taken: set[str]) -> tuple[str, str]:
    """The source's own name in small letters where it can be one, else that of its element, else a number."""
    small = re.sub(r"[^a-z0-9_]", "_", told.casefold()) if told.isascii() else ""
    if NAME.fullmatch(small):
        name, why = small, "" if small == told.casefold() else f"from {told!r}"
    elif likely and likely.firm:
        name, why = likely.element.id, f"{told!r} is no name in small letters"
    else:
        name, why = f"column_{place}", f"{told!r} is no name in small letters; give it one"
    number = 2
    while name in taken:
        name, why, number = f"{name.rstrip('0123456789').rstrip('_')}_{number}", "the name was taken", number + 1
    return name, why
