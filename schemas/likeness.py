"""Whether two items are called alike: names without what says nothing, and the pairs of characters that they share.

No dictionary and no model. What the threshold misses and what it takes for alike wrongly was counted on the field lists
of 27 real catalogue entries; tests/real/test_likeness.py counts it again, docs/collected-once.md tells it.
"""

import re
from functools import lru_cache
from math import ceil

from schemas.standards.elements import plain

THRESHOLD = 0.7
"""Names whose likeness is at least this are looked at as one item."""
_SAYS_NOTHING = """
时间 日期 名称 编号 序号 代码 类型 类别 状态 区域 数量 重量 金额 单位 内容
备注 说明 描述 结果 来源 地址 位置 标识 主键 信息 其他 项目 情况
更新时间 创建时间 入库时间 修改时间 采集时间 数据来源
id no name code type status time date value remark
"""
GENERIC = frozenset(_SAYS_NOTHING.split())
"""Names that say nothing by themselves: in real catalogues unrelated tables share them."""
_SAME = (("编号", "号"), ("号码", "号"), ("编码", "代码"), ("类型", "类别"), ("种类", "类别"), ("详细", ""), ("的", ""))
"""Spellings of one thing, and words that add nothing."""
_LATIN = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=65_536)
def told(name: str) -> str:
    """A name as names are compared: without width, case, blanks, punctuation, and with one spelling for one thing."""
    short = plain(name).removesuffix("等")
    for one, other in _SAME:
        short = short.replace(one, other)
    return short or plain(name)


def says_something(name: str) -> bool:
    """Whether a compared name means an item by itself."""
    return bool(name) and name not in GENERIC and not name.isdecimal()


@lru_cache(maxsize=65_536)
def pairs(name: str) -> frozenset[str]:
    """Every pair of neighbouring characters of a compared name; of a single character that one."""
    return frozenset(name[at : at + 2] for at in range(len(name) - 1)) or frozenset((name,))


def likeness(one: str, other: str) -> float:
    """Dice's share of common pairs, 0 to 1, of two compared names; 0 where their Latin letters and digits differ.

    NO2指数 and SO2指数, PM2.5 and PM10, field1 and field2 are never one item.
    """
    if _LATIN.findall(one) != _LATIN.findall(other):
        return 0.0
    mine, theirs = pairs(one), pairs(other)
    return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def alike(one: str, other: str) -> float:
    """Their likeness where it reaches the threshold, else 0; quicker where most are not alike."""
    mine, theirs = pairs(one), pairs(other)
    enough = 2 * len(mine & theirs) >= THRESHOLD * (len(mine) + len(theirs))
    return likeness(one, other) if enough else 0.0


def rare_first(name: str) -> tuple[str, ...]:
    """The pairs of a compared name of which it shares at least one with every name that is alike, rarest first.

    Two names of m and n pairs that are alike share c >= THRESHOLD (m + n) / 2 of them, and n >= THRESHOLD m / (2 -
    THRESHOLD), so that c >= THRESHOLD m / (2 - THRESHOLD). In one order of all pairs the first m - c + 1 of both must
    meet. The order has to be the same everywhere and for ever, so it is one of the characters, common words last.
    """
    mine = sorted(pairs(name), key=_rank)
    least = ceil(THRESHOLD * len(mine) / (2 - THRESHOLD) - 1e-9)
    return tuple(mine[: len(mine) - least + 1])


_EVERYWHERE = """
名称 日期 时间 编号 代码 类别 类型 号码 情况 信息 结果 单位 机关 地址 金额 数量 企业 处罚 行政 许可 证号
人员 部门 项目 登记 记录 标识 状态 内容 方式 机构 申请 办理 业务 联系 电话 姓名 身份 份证 统一 社会 信用 用代 区划 所在
是否
"""
_COMMON = frozenset(_EVERYWHERE.split())
"""Pairs that end and begin names everywhere; looked up last."""


def _rank(pair: str) -> tuple[bool, str]:
    return pair in _COMMON, pair[::-1]
