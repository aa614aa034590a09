"""A catalogue entry for tests, complete, of which anything may be told otherwise."""

from typing import Any

from schemas.dataset import Grade, Opening, Sharing
from schemas.entry import Category, ClassPath, Cycle, Entry, Item
from tests.builders import ZAOZHUANG

CIVIL = "11370400004305679B"
COUNTY_CIVIL = "113704810043123457"
BUREAU = "11370400DEM000063K"
"""Credit codes whose check characters are right, as the self-check asks for."""

ITEMS = (
    Item("公民身份号码", "Resident id", "C", 18, True, "resident_id", grade=Grade.GENERAL_3),
    Item("姓名", "Name", "C", 50, True),
    Item("月保障金额", "Monthly amount", "N", 18, source="枣庄市民政局"),
    Item(
        "家庭住址",
        "Address",
        "C",
        200,
        sharing=Sharing.WITHHELD,
        withheld_basis="《个人信息保护法》第二十八条：敏感个人信息",
    ),
)


def make_entry(**told: Any) -> Entry:
    """困难群众救助发放信息 of Zaozhuang's civil affairs."""
    facts: dict[str, Any] = {
        "title": "困难群众救助发放信息",
        "code": "306005/000123",
        "title_en": "Payments to people in need",
        "path": ClassPath(Category.DEPARTMENT, "民政", "社会救助", "救助发放"),
        "provider": CIVIL,
        "provider_name": "枣庄市民政局",
        "division": ZAOZHUANG,
        "abstract": "每月发放给困难群众的救助金，按人按月一条，由镇街核实。",
        "abstract_en": "Monthly payments, one record a person and month",
        "formats": ("postgresql", "csv"),
        "items": ITEMS,
        "sharing": Sharing.CONDITIONAL,
        "condition": "用于社会救助对象认定",
        "modes": ("query", "verify", "bulk"),
        "opening": Opening.CLOSED,
        "cycle": Cycle.MONTH,
        "related": ("306005/000124",),
        "grade": Grade.GENERAL_3,
        "lead": CIVIL,
        "lead_name": "枣庄市民政局",
        "collecting_basis": "《社会救助暂行办法》第十条",
        "system": "社会救助业务系统",
        "contacts": ("救助科数据岗 0632-0000000",),
    }
    return Entry(**facts | told)
