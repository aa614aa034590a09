"""The figures by which sharing is evaluated 评价: for each provider timeliness, quality, reuse and satisfaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, distinct, func, select

from catalog import tables
from catalog.lists.desk import Look, seen
from catalog.lists.tables import rating
from schemas.access import GrantState
from schemas.lists import OVERDUE_STATES, ListName, OpenState

FEW = 3
"""Ratings below which none of them is told: one alone would be its recipient's word."""
COLUMNS: Mapping[str, tuple[str, str]] = {
    "provider": ("提供单位", "Provider"),
    "datasets": ("共享数据集", "Datasets shared"),
    "published": ("已发布", "Published"),
    "in_time": ("更新及时率", "Share in time"),
    "quality": ("质量", "Quality"),
    "incidents_overdue": ("逾期问题", "Incidents overdue"),
    "recipients": ("使用单位", "Recipients"),
    "reuse": ("平均复用", "Recipients for each dataset"),
    "satisfaction": ("满意度", "Satisfaction (1–5)"),
    "ratings": ("评价数", "Ratings"),
    "open": ("已开放", "Open"),
    "open_overdue": ("开放评估逾期", "Assessments overdue"),
}
"""Column -> (Chinese, English)."""


@dataclass(slots=True)
class _Sum:
    name: str = ""
    datasets: int = 0
    published: int = 0
    promised: int = 0
    late: int = 0
    scores: list[float] = field(default_factory=list)
    incidents: int = 0
    keys: list[str] = field(default_factory=list)
    opened: int = 0
    overdue: int = 0


def evaluated(look: Look) -> Sequence[Mapping[str, str]]:
    """One row for each provider with a dataset that the asker may see; a figure that nothing is known of is empty."""
    found: dict[str, _Sum] = defaultdict(_Sum)
    for line in seen(look, ListName.SUPPLY):
        _supply(found[line.values["owner_code"]], line.key, line.values)
    for line in seen(look, ListName.DUTY):
        _duty(found[line.values["owner_code"]], line.values)
    for line in seen(look, ListName.OPEN):
        _open(found[line.values["owner_code"]], line.values)
    with look.shelf.engine.connect() as connection:
        users, said = _recipients(connection), _ratings(connection)
    return [_row(one, users, said) for _, one in sorted(found.items()) if one.name]


def _supply(one: _Sum, key: str, values: Mapping[str, str]) -> None:
    one.name = values["owner"]
    one.datasets += 1
    one.published += bool(values["version"])
    one.keys.append(key)
    if values["quality"]:
        one.scores.append(float(values["quality"]))


def _duty(one: _Sum, values: Mapping[str, str]) -> None:
    one.promised += bool(values["due"])
    one.late += values["overdue"] == "1"
    one.incidents += int(values["incidents_overdue"])


def _open(one: _Sum, values: Mapping[str, str]) -> None:
    one.opened += values["state"] == OpenState.OPEN
    one.overdue += values["state"] in OVERDUE_STATES


def _row(one: _Sum, users: Mapping[str, int], said: Mapping[str, tuple[int, int]]) -> Mapping[str, str]:
    used, rated = sum(users.get(key, 0) for key in one.keys), [said[key] for key in one.keys if key in said]
    ratings, total = sum(number for number, _ in rated), sum(score for _, score in rated)
    return {
        "provider": one.name,
        "datasets": str(one.datasets),
        "published": str(one.published),
        "in_time": _share(one.promised - one.late, one.promised),
        "quality": _share(sum(one.scores), len(one.scores)),
        "incidents_overdue": str(one.incidents),
        "recipients": str(used),
        "reuse": _share(used, one.datasets),
        "satisfaction": _share(total, ratings) if ratings >= FEW else "",
        "ratings": str(ratings),
        "open": str(one.opened),
        "open_overdue": str(one.overdue),
    }


def _share(part: float, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else ""


def _recipients(connection: Connection) -> Mapping[str, int]:
    table = tables.grant
    number = func.count(distinct(table.c.organisation)).label("number")
    wanted = select(table.c.dataset, number).where(table.c.state == GrantState.ACTIVE.value).group_by(table.c.dataset)
    return {row.dataset: row.number for row in connection.execute(wanted)}


def _ratings(connection: Connection) -> Mapping[str, tuple[int, int]]:
    wanted = select(rating.c.dataset, func.count().label("number"), func.sum(rating.c.score).label("total"))
    return {row.dataset: (row.number, int(row.total)) for row in connection.execute(wanted.group_by(rating.c.dataset))}
