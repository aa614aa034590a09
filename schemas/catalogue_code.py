"""Codes of resources in the catalogue 信息资源代码: digits of the class, a stroke, digits of the sequence."""

import re

from schemas.entry import CATEGORIES, Category

_CODE = re.compile(r"([1-9])([0-9]{2})([0-9]{3})([0-9]{0,10})/([0-9]{1,20})")
FORM = "类 1 位、项 2 位、目 3 位、细目若干位，“/”，顺序号，如 306005/000123"
FORM_EN = "one digit, two, three and perhaps more for the class, a stroke, a number, e.g. 306005/000123"


def fits(code: str) -> bool:
    """Whether it has the form."""
    return _CODE.fullmatch(code) is not None


def category_of(code: str) -> Category | None:
    """The category that its first digit says; None where it says none."""
    found = _CODE.fullmatch(code)
    return next((one for one, (digit, _, _) in CATEGORIES.items() if found and found[1] == digit), None)
