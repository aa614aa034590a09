"""One entry of the catalogue 目录条目: what a department has, with the fields of 政务信息资源目录编制指南."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schemas.catalogued import UNCLASSED, Category, ClassPath
from schemas.dataset import Grade, Opening, Sharing


class Cycle(StrEnum):
    """Update cycle 更新周期."""

    REALTIME = "realtime"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF_YEAR = "half_year"
    YEAR = "year"
    IRREGULAR = "irregular"
    ONCE = "once"


__all__ = ["CATEGORIES", "CYCLES", "MODES", "NOT_HERE", "TYPES", "Category", "ClassPath", "Cycle", "Entry", "Item"]

CATEGORIES: Mapping[Category, tuple[str, str, str]] = {
    Category.BASIC: ("1", "基础信息资源", "Basic"),
    Category.THEME: ("2", "主题信息资源", "Theme"),
    Category.DEPARTMENT: ("3", "部门信息资源", "Department"),
}
"""Category -> (first digit of the code, Chinese, English)."""

CYCLES: Mapping[Cycle, tuple[str, str]] = {
    Cycle.REALTIME: ("实时", "Real time"),
    Cycle.DAY: ("每日", "Daily"),
    Cycle.WEEK: ("每周", "Weekly"),
    Cycle.MONTH: ("每月", "Monthly"),
    Cycle.QUARTER: ("每季度", "Quarterly"),
    Cycle.HALF_YEAR: ("每半年", "Half-yearly"),
    Cycle.YEAR: ("每年", "Yearly"),
    Cycle.IRREGULAR: ("不定期", "Irregular"),
    Cycle.ONCE: ("一次性", "Once"),
}

TYPES: Mapping[str, tuple[str, str]] = {
    "C": ("字符型", "Text"),
    "N": ("数值型", "Number"),
    "Y": ("货币型", "Money"),
    "D": ("日期型", "Date"),
    "T": ("日期时间型", "Date and time"),
    "L": ("逻辑型", "Yes or no"),
    "M": ("备注型", "Long text"),
    "G": ("通用型", "Any"),
    "B": ("双精度型", "Double"),
    "I": ("整型", "Integer"),
    "F": ("浮点型", "Float"),
}
"""Types of items 数据类型: letter -> (Chinese, English). The dictionary of the guide, as it is known here."""

MODES: Mapping[str, tuple[str, str]] = {
    "bulk": ("批量", "Bulk"),
    "delta": ("增量", "Changes"),
    "query": ("查询", "Query"),
    "verify": ("核验", "Verify"),
    "file": ("文件", "File"),
    "offline": ("线下交换", "Offline"),
}
"""How it may be had 共享方式: those of this platform, and what is exchanged outside of it."""


@dataclass(frozen=True, slots=True)
class Item:
    """One item 信息项. What it leaves unsaid about sharing and opening is as the entry says."""

    name: str
    name_en: str = ""
    type: str = ""
    """A letter of `TYPES`; empty while it is not filled in."""
    length: int | None = None
    required: bool = False
    element: str = ""
    """Data element 数据元 that it is, by our id."""
    sharing: Sharing | None = None
    condition: str = ""
    withheld_basis: str = ""
    """Law and article, where the item is withheld 不予共享."""
    opening: Opening | None = None
    grade: Grade | None = None
    source: str = ""
    """Who is right about it 数源: an organisation's name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry says. A draft may leave anything empty; what is still missing is found by the self-check."""

    title: str
    code: str = ""
    """信息资源代码: class digits, a stroke, a sequence number (306005/000123)."""
    title_en: str = ""
    path: ClassPath = UNCLASSED
    provider: str = ""
    """Unified social credit code of the providing organisation."""
    provider_name: str = ""
    division: str = ""
    """Of the provider, 12 digits."""
    abstract: str = ""
    abstract_en: str = ""
    formats: tuple[str, ...] = ()
    items: tuple[Item, ...] = ()
    sharing: Sharing | None = None
    condition: str = ""
    withheld_basis: str = ""
    modes: tuple[str, ...] = ()
    opening: Opening | None = None
    opening_condition: str = ""
    cycle: Cycle | None = None
    published_on: date | None = None
    related: tuple[str, ...] = ()
    """Codes of related resources."""
    grade: Grade | None = None
    lead: str = ""
    """Credit code of the department that is the source 数源部门."""
    lead_name: str = ""
    collecting_basis: str = ""
    """Law or duty on which it is collected."""
    system: str = ""
    """Name of the system that holds it."""
    contacts: tuple[str, ...] = ()
    """Posts, never persons."""
    dataset: str = ""
    """Key of the dataset whose contract fulfils the entry; empty while there is none."""

    def item(self, name: str) -> Item | None:
        """The item of that name."""
        return next((one for one in self.items if one.name == name), None)


NOT_HERE = (
    "涉密数据不得进入本目录：标为涉密的条目一律不收，也不留存其内容；请按保密规定另行处理 "
    "· secret data must never enter: an entry that is marked secret is refused and nothing of it is kept"
)
"""What whoever brings a secret entry is told."""
