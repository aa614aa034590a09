"""Names that nobody bears: surnames with the sixty stems and branches 干支, companies that call themselves examples."""

SURNAMES = tuple("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜")
_STEMS = "甲乙丙丁戊己庚辛壬癸"
_BRANCHES = "子丑寅卯辰巳午未申酉戌亥"
GIVEN = tuple(_STEMS[i % 10] + _BRANCHES[i % 12] for i in range(60))
"""The sixty pairs of the old calendar: 甲子, 乙丑 …"""
RARE = ("䶮", "𠮷")
"""Characters that GBK does not know and GB18030 does; real registers are full of them."""
TRADES = ("商贸", "农业科技", "机械", "建材", "食品", "物流", "纺织", "化工", "餐饮管理", "信息技术")
INDUSTRIES = ("5199", "0190", "3490", "3039", "1499", "5810", "1751", "2619", "6210", "6510")
"""GB/T 4754 class of each trade, in the same order."""


def persons() -> tuple[str, ...]:
    """Every full name of the city; a few carry a rare character."""
    plain = [surname + given for surname in SURNAMES for given in GIVEN]
    rare = [surname + mark for surname in SURNAMES for mark in RARE]
    return tuple(plain + rare)


def company(county: str, number: int) -> str:
    """E.g. 枣庄市市中区甲子商贸示例有限公司第00001号（演示）."""
    given, trade = GIVEN[number % 60], TRADES[number % len(TRADES)]
    return f"枣庄市{county}{given}{trade}示例有限公司第{number:05d}号（演示）"
