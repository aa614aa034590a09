"""Collection forms 采集表 and where their items are collected already: one item, one source, or an exemption."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class How(StrEnum):
    """How an item was found to be collected already."""

    AUTHORITY = "authority"
    """The authority registry names a source of this element."""
    ELEMENT = "element"
    """An item of a dataset is the same data element."""
    NAME = "name"
    """An item of a dataset is called the same, but for spelling."""
    NEAR = "near"
    """An item of a dataset is called nearly the same."""
    VALUES = "values"
    """A column of a dataset holds the same values."""


class Choice(StrEnum):
    """What is done about an item that was found elsewhere."""

    NONE = ""
    REUSE = "reuse"
    """复用: it is not collected but taken from who has it."""
    EXEMPTION = "exemption"
    """豁免: it is collected all the same, for a reason, until a day, if the data administration agrees."""
    DIFFERENT = "different"
    """不是同一项: only the name is alike; said in words, on record."""


class FormState(StrEnum):
    """draft 草拟, waiting 待审 for exemptions, cleared 可采集, withdrawn 撤回."""

    DRAFT = "draft"
    WAITING = "waiting"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


class Act(StrEnum):
    """What is done to a form."""

    SUBMIT = "submit"
    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


MOVES: Mapping[tuple[FormState, Act], tuple[FormState, ...]] = {
    (FormState.DRAFT, Act.SUBMIT): (FormState.CLEARED, FormState.WAITING),
    (FormState.WAITING, Act.APPROVE): (FormState.CLEARED,),
    (FormState.WAITING, Act.REFUSE): (FormState.DRAFT,),
    (FormState.DRAFT, Act.WITHDRAW): (FormState.WITHDRAWN,),
    (FormState.WAITING, Act.WITHDRAW): (FormState.WITHDRAWN,),
    (FormState.CLEARED, Act.WITHDRAW): (FormState.WITHDRAWN,),
}
"""Every move that there is. A form that is submitted waits only where an exemption is asked for."""

REASONS: Mapping[str, tuple[str, str]] = {
    "law_requires": ("法律法规要求本人重新填报", "A law requires the person to declare it anew"),
    "not_covered": ("现有来源未覆盖本地域或本类主体", "The source does not cover these places or persons"),
    "not_timely": ("现有来源更新不能满足时限", "The source is not fresh enough for the purpose"),
    "link_key": ("仅作关联或核验之用，不另行留存", "Only to link or verify, not kept"),
    "source_disputed": ("现有来源正在异议、校核之中", "The source is disputed and being verified"),
    "emergency": ("应急处置", "Emergency response"),
}
"""The closed list of reasons for an exemption: code -> (Chinese, English)."""

LINKING = frozenset({"resident_id", "credit_code", "organisation_code", "division"})
"""Elements that say which subject or place a row is about. That another dataset has them too is no repetition by
itself; that somebody is their authority source is one."""
LONGEST_TERM = 366
"""Days for which an exemption may be given."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a form, or one field of a contract, as the check looks at it."""

    name: str
    """What it is called, mostly in Chinese."""
    element: str = ""
    """Id of its data element; empty where it is none."""
    type: str = "string"
    column: str = ""
    """Name of the field of a contract; empty on a form."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One place where an item was found. Of a hidden one nothing is told but that there is a source."""

    how: How
    dataset: str = ""
    """Key; empty where a source has no dataset, and where it is hidden."""
    dataset_title: str = ""
    dataset_title_en: str = ""
    column: str = ""
    column_title: str = ""
    column_title_en: str = ""
    organisation: str = ""
    """Credit code of who has it."""
    organisation_name: str = ""
    division: str = ""
    basis: str = ""
    """Legal basis of an authority source."""
    share: float = 1.0
    """Likeness of the names, or share of the values that are found there."""
    hidden: bool = False
    own: bool = False
    """The asking organisation has it itself."""
    blocks: bool = True
    """Whether the item may not be collected until something is chosen."""


@dataclass(frozen=True, slots=True)
class FormItem:
    """One item of a form with what was chosen for it."""

    item: Item
    choice: Choice = Choice.NONE
    dataset: str = ""
    """Of reuse: whose item is taken; empty where that is for the data administration to say."""
    reason: str = ""
    """Of an exemption: a code of `REASONS`."""
    said: str = ""
    until: date | None = None
    """Of an exemption: the last day on which it counts."""
    approved: bool = False
    hits: int = 0
    """How many places blocked it when it was submitted."""


@dataclass(frozen=True, slots=True)
class Form:
    """One collection form of an organisation."""

    title: str
    basis: str
    subject_kind: str
    division: str
    """12 digits: where it is to be filled in."""
    items: tuple[FormItem, ...]
    organisation: str = ""
    dataset: str = ""
    """Key of the dataset for whose contract it stands; empty for a form by itself."""
    number: str = ""
    state: FormState = FormState.DRAFT
    made_at: datetime | None = None
    moved_at: datetime | None = None
    decided_by: str = ""
    said: str = ""
    """Words of the decision."""

    @property
    def waits(self) -> bool:
        """Whether an exemption is asked for that nobody has approved yet."""
        return any(one.choice is Choice.EXEMPTION and not one.approved for one in self.items)


def may(state: FormState, act: Act) -> bool:
    """Whether something can be done to a form now."""
    return (state, act) in MOVES


def open_hits(item: FormItem, hits: tuple[Hit, ...], day: date) -> tuple[Hit, ...]:
    """The hits that still block an item after what was chosen for it; an exemption counts until its last day.

    That only the name is alike can be said of names and of nothing else.
    """
    blocking = tuple(one for one in hits if one.blocks)
    match item.choice:
        case Choice.REUSE:
            return ()
        case Choice.EXEMPTION:
            return () if item.until is not None and day <= item.until else blocking
        case Choice.DIFFERENT:
            return tuple(one for one in blocking if one.how not in (How.NAME, How.NEAR))
    return blocking
