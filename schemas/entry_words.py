"""How cells of the guide's form say what JSON says: closed words in Chinese, lists with a stroke, days, yes and no."""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta

from schemas.dataset import Grade, Opening, Sharing
from schemas.entry import CATEGORIES, CYCLES, MODES, TYPES

SHARING: Mapping[str, str] = {
    Sharing.OPEN.value: "向社会开放",
    Sharing.UNCONDITIONAL.value: "无条件共享",
    Sharing.CONDITIONAL.value: "有条件共享",
    Sharing.WITHHELD.value: "不予共享",
}
OPENING: Mapping[str, str] = {
    Opening.UNCONDITIONAL.value: "无条件开放",
    Opening.CONDITIONAL.value: "有条件开放",
    Opening.CLOSED.value: "不予开放",
}
GRADES: Mapping[str, str] = {one.word: f"一般{int(one)}级" for one in Grade if one <= Grade.GENERAL_4} | {
    Grade.IMPORTANT.word: "重要",
    Grade.CORE.word: "核心",
}
_MODES = {code: chinese for code, (chinese, _) in MODES.items()}
_ALSO = {
    "接口": "query",
    "数据库": "bulk",
    "库表": "bulk",
    "共享平台-接口": "query",
    "共享平台-数据库": "bulk",
    "共享平台-文件": "file",
    "邮件": "offline",
    "拷盘": "offline",
    "介质交换": "offline",
}
"""Words of other forms for modes; read, never written."""
BETWEEN = "；"
"""Between the texts of a list."""
_FIRST = date(1899, 12, 30)

Write = Callable[[object], str]
Read = Callable[[str], object]


def _closed(words: Mapping[str, str]) -> tuple[Write, Read]:
    """A word of a closed list; its code is read too."""
    back = {chinese: code for code, chinese in words.items()}

    def read(text: str) -> object:
        found = back.get(text.strip()) or (text.strip() if text.strip() in words else None)
        if text.strip() and found is None:
            raise ValueError(f"{'、'.join(back)} 之一 one of these")
        return found

    return lambda value: words[str(value)] if value else "", read


def _split(text: str) -> list[str]:
    return [one.strip() for one in re.split("[、,，;；/ ]+", text) if one.strip()]


def _modes(text: str) -> object:
    back = {chinese: code for code, chinese in _MODES.items()} | _ALSO | {code: code for code in _MODES}
    words = [one.strip() for one in re.split("[、,，;；]+", text) if one.strip()]
    strange = [one for one in words if one not in back]
    if strange:
        raise ValueError(f"{'、'.join(_MODES.values())} 中若干 some of these (found {', '.join(strange)[:60]})")
    return list(dict.fromkeys(back[one] for one in words))


def _type(text: str) -> object:
    """C, 字符型 or 字符型C."""
    told = text.strip()
    spelt = {said: code for code, (chinese, _) in TYPES.items() for said in (code, chinese, chinese + code)}
    if told and told not in spelt:
        raise ValueError(f"{'、'.join(chinese + code for code, (chinese, _) in TYPES.items())} 之一 one of these")
    return spelt.get(told, "")


def _length(text: str) -> object:
    told = text.strip()
    if told and not (told.isascii() and told.isdigit()):
        raise ValueError("正整数，不写单位 a whole number without a unit")
    return int(told) if told else None


def _truth(text: str) -> object:
    if text.strip() not in ("", "是", "否"):
        raise ValueError("是 或 否 yes or no")
    return text.strip() == "是"


def _day(text: str) -> object:
    """2026-11-20, 2026/11/20, 20261120, or the number of a spreadsheet's day."""
    told = text.strip().replace("/", "-")
    if told.isdigit() and len(told) == 5:
        return (_FIRST + timedelta(days=int(told))).isoformat()
    try:
        return date.fromisoformat(told).isoformat() if told else None
    except ValueError as wrong:
        raise ValueError("日期，如 2026-11-20 a day") from wrong


def _plain(value: object) -> str:
    return "" if value is None else str(value)


def _listed(value: object) -> str:
    return BETWEEN.join(value) if isinstance(value, list) else ""


def _texts(text: str) -> object:
    return [one.strip() for one in text.split(BETWEEN) if one.strip()]


def _joined(words: Mapping[str, str]) -> Write:
    return lambda value: "、".join(words[one] for one in value) if isinstance(value, list) else ""


TEXT: tuple[Write, Read] = (_plain, lambda text: text)
CELLS: Mapping[str, tuple[Write, Read]] = {
    "category": _closed({code.value: chinese for code, (_, chinese, _) in CATEGORIES.items()}),
    "sharing": _closed(SHARING),
    "opening": _closed(OPENING),
    "grade": _closed(GRADES),
    "cycle": _closed({code.value: chinese for code, (chinese, _) in CYCLES.items()}),
    "formats": (lambda value: "、".join(value) if isinstance(value, list) else "", lambda text: _split(text.lower())),
    "modes": (_joined(_MODES), _modes),
    "related": (_listed, _texts),
    "contacts": (_listed, _texts),
    "type": (lambda value: TYPES[str(value)][0] + str(value) if value else "", _type),
    "length": (_plain, _length),
    "required": (lambda value: "是" if value else "否", _truth),
    "published_on": (_plain, _day),
}
"""Word -> how it is written into a cell and read from one; all others are plain texts."""
