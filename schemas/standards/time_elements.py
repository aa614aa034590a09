"""Data elements of days, months and moments that a department writes as text; a field of type date needs none."""

from schemas.dataset import Grade, Identifying, Transform
from schemas.standards.date_forms import MOMENT, MONTH, day_form
from schemas.standards.element import TEXT, Element, Promise, formed


def _element(id: str, titles: tuple[str, str], aliases: tuple[str, ...], definition: str, promise: Promise) -> Element:
    return Element(
        id, *titles, aliases, definition, TEXT, (promise,), Identifying.NONE, Grade.GENERAL_1, Transform.CLEAR
    )


TIME_ELEMENTS: tuple[Element, ...] = (
    _element(
        "date_8",
        ("8 位日期", "Day of 8 digits"),
        ("日期", "年月日", "8位数字日期", "rq", "rq8"),
        "YYYYMMDD，GB/T 7408 基本格式，须为真实存在的日期，年份 1000 至 2999",
        formed("date", day_form(), "须为真实日期，格式 YYYYMMDD", "must be a real day, YYYYMMDD"),
    ),
    _element(
        "date_10",
        ("10 位日期", "Day of 10 characters"),
        ("连字符日期", "带连字符的日期", "rq10"),
        "YYYY-MM-DD，GB/T 7408 扩展格式，须为真实存在的日期，年份 1000 至 2999",
        formed("date", day_form("-"), "须为真实日期，格式 YYYY-MM-DD", "must be a real day, YYYY-MM-DD"),
    ),
    _element(
        "month_6",
        ("6 位年月", "Month of 6 digits"),
        ("年月", "月份", "所属月份", "费款所属期", "ny", "yf"),
        "YYYYMM，GB/T 7408 基本格式，年份 1000 至 2999",
        formed("month", MONTH, "须为年月，格式 YYYYMM", "must be a month, YYYYMM"),
    ),
    _element(
        "moment_14",
        ("14 位日期时间", "Moment of 14 digits"),
        ("日期时间", "时间戳", "年月日时分秒", "rqsj", "sjc"),
        "YYYYMMDDhhmmss，GB/T 7408 基本格式（省略 T），须为真实存在的日期与时刻，年份 1000 至 2999",
        formed("moment", MOMENT, "须为真实日期时间，格式 YYYYMMDDhhmmss", "must be a real moment, YYYYMMDDhhmmss"),
    ),
)
"""In the order in which they are shown."""
