"""The lists of government data sharing and of open data: what they are called, and what their lines say."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class ListName(StrEnum):
    """Each is made anew from the catalogue; nobody writes them."""

    SUPPLY = "supply"
    """供给清单: what is shared, by whom, how."""
    DEMAND = "demand"
    """需求清单: what is asked for, and how far it has come."""
    DUTY = "duty"
    """责任清单: what each provider owes, and what is late."""
    WITHHELD = "withheld"
    """负面清单: what is not shared, and on what basis."""
    RETURN = "return"
    """返还清单: what goes back to whom, and what has."""
    OPEN = "open"
    """开放清单: what is open to the public, and what should be looked at."""


NAMES: Mapping[ListName, tuple[str, str]] = {
    ListName.SUPPLY: ("供给清单", "Supply"),
    ListName.DEMAND: ("需求清单", "Demand"),
    ListName.DUTY: ("责任清单", "Duties"),
    ListName.WITHHELD: ("负面清单", "Withheld"),
    ListName.RETURN: ("返还清单", "Data return"),
    ListName.OPEN: ("开放清单", "Open data"),
}
"""List -> (Chinese, English)."""

_DATASET = {"title": ("名称", "Title"), "owner": ("提供单位", "Provider")}
COLUMNS: Mapping[ListName, Mapping[str, tuple[str, str]]] = {
    ListName.SUPPLY: _DATASET
    | {
        "code": ("目录编码", "Catalogue code"),
        "sharing": ("共享属性", "Sharing class"),
        "condition": ("共享条件", "Condition"),
        "modes": ("共享方式", "Modes"),
        "update_cycle": ("更新周期", "Update cycle"),
        "version": ("最新版本", "Newest version"),
        "updated": ("更新日期", "Updated"),
        "quality": ("质量", "Quality"),
        "grants": ("有效授权", "Grants in force"),
    },
    ListName.DEMAND: {
        "title": ("需求", "Wanted"),
        "number": ("申请编号", "Request"),
        "requester": ("需求单位", "Requester"),
        "provider": ("提供单位", "Provider"),
        "path": ("路径", "Path"),
        "state": ("状态", "State"),
        "due": ("期限", "Due"),
    },
    ListName.DUTY: _DATASET
    | {
        "update_cycle": ("更新周期", "Update cycle"),
        "due": ("应更新日期", "Due"),
        "overdue": ("逾期", "Overdue"),
        "incidents": ("待处理问题", "Incidents to answer"),
        "incidents_overdue": ("逾期问题", "Incidents overdue"),
        "corrections": ("待核实疑义", "Corrections to verify"),
        "terms_overdue": ("逾期办理", "Terms overdue"),
    },
    ListName.WITHHELD: _DATASET | {"item": ("信息项", "Item"), "basis": ("不予共享依据", "Basis")},
    ListName.RETURN: _DATASET
    | {
        "recipient": ("采集单位", "Collected by"),
        "rows": ("行数", "Rows"),
        "version": ("最新版本", "Newest version"),
        "way": ("返还方式", "How it comes"),
        "coverage": ("已返还比例", "Come back"),
    },
    ListName.OPEN: _DATASET
    | {
        "opening": ("开放属性", "Open attribute"),
        "basis": ("条件或不开放依据", "Condition, or basis for being closed"),
        "assessed": ("评估日期", "Assessed"),
        "next": ("下次评估", "Next assessment"),
        "state": ("状态", "State"),
    },
}
"""List -> column -> (Chinese, English), in their order."""


class OpenState(StrEnum):
    """Whether it is settled that a dataset is open, or why not."""

    OPEN = "open"
    """It is open data."""
    CLOSED = "closed"
    """A basis for being closed is on record, and its time has not come."""
    DUE = "due"
    """It is neither open nor is there a basis: open by default, so somebody must look."""
    LATE = "late"
    """It was assessed, and the day for the next assessment has passed."""
    PROMISED = "promised"
    """It is to be open, and is not open data yet."""


OPEN_STATES: Mapping[OpenState, tuple[str, str]] = {
    OpenState.OPEN: ("已开放", "Open"),
    OpenState.CLOSED: ("有依据不开放", "Closed with a basis"),
    OpenState.DUE: ("逾期未评估", "Overdue: neither open nor a basis"),
    OpenState.LATE: ("评估到期", "Assessment has run out"),
    OpenState.PROMISED: ("应开放未开放", "Promised, not yet open"),
}
OVERDUE_STATES = (OpenState.DUE, OpenState.LATE, OpenState.PROMISED)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `key` is the same in every edition of the list, values are texts."""

    key: str
    dataset: str
    """Whose rule says who may see the line."""
    values: Mapping[str, str]
    whose: str = ""
    """Credit code of the organisation that the line is about besides the provider; then it is for these two alone."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of the lines between two editions of a list."""

    added: tuple[Line, ...]
    removed: tuple[Line, ...]
    altered: tuple[tuple[Line, Line], ...]
    """Before and after."""


def changed(before: Mapping[str, Line], after: Mapping[str, Line]) -> Changed:
    """Both by key."""
    both = sorted(before.keys() & after.keys())
    return Changed(
        tuple(after[key] for key in sorted(after.keys() - before.keys())),
        tuple(before[key] for key in sorted(before.keys() - after.keys())),
        tuple((before[key], after[key]) for key in both if dict(before[key].values) != dict(after[key].values)),
    )
