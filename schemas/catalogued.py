"""What a contract says for the catalogue alone: the words of 政务信息资源目录编制指南 that nothing else needs."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Category(StrEnum):
    """The first level of the classification 类: basic 基础, theme 主题, department 部门."""

    BASIC = "basic"
    THEME = "theme"
    DEPARTMENT = "department"


@dataclass(frozen=True, slots=True)
class ClassPath:
    """Place in the classification: 类, 项, 目, 细目."""

    category: Category | None = None
    project: str = ""
    subject: str = ""
    detail: str = ""


UNCLASSED = ClassPath()
"""No place in the classification yet."""


@dataclass(frozen=True, slots=True)
class Catalogued:
    """Beside title, code, formats, sharing and opening, which the contract has by themselves."""

    path: ClassPath = UNCLASSED
    related: tuple[str, ...] = ()
    """Codes of related resources 关联资源代码."""
    lead: str = ""
    """Credit code of the source department 数源部门."""
    lead_name: str = ""
    collecting_basis: str = ""
    """Law or duty on which it is collected 采集依据."""
    system: str = ""
    """Name of the system that holds it 所属系统."""
    contacts: tuple[str, ...] = ()
    """Posts 联系岗位, never persons."""
    published_on: date | None = None


NOTHING_TOLD = Catalogued()
"""Of a contract that says nothing for the catalogue."""
