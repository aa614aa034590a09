"""What a column of a source most likely is: its data element, whom it points at, which place it means. Each with why.

Nothing here decides: whoever drafts a contract writes what is likely down with its reason, and a person agrees or not.
What protects more is proposed first; a value is never repeated.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from schemas.dataset import Grade, Identifying, ScopeRole, Transform
from schemas.fitting.promises import Keeps, judge
from schemas.likeness import alike, told
from schemas.standards.division_code import normalise
from schemas.standards.elements import ELEMENTS, Element, find_element

ENOUGH = 10
"""Values below which nothing is concluded from values."""
SURE = 0.95
"""Share of the values that must keep an element's form."""
_BRACKET = re.compile(r"[（(][^（）()]*[）)]$")


def _is_division(value: str) -> bool:
    try:
        normalise(value)
    except ValueError:
        return False
    return True


_BY_VALUES = ("resident_id", "credit_code", "mobile", "licence_plate")
"""Elements that values alone tell; of the others some pass by chance."""
_PERSONS = (
    ("a name of a person", r"姓名|法定代表人|负责人|户主|监护人|^xm$|_xm$|full_?name|person_?name", "direct", 3),
    ("a number of a person", r"身份证|身份号码|证件号|护照|id_?card|passport|zjhm", "direct", 3),
    ("a way to reach a person", r"手机|电话|联系方式|邮箱|mobile|phone|e_?mail|lxdh|lxfs", "direct", 3),
    ("where a person lives", r"住址|(家庭|居住|户籍|户口|通讯|通信|联系)地址|home_?address|jtzz|hjdz", "direct", 3),
    ("a person's health", r"疾病|病种|病史|病情|诊断|残疾|健康|血型|血压|diagnos|disab|disease|health", "sensitive", 4),
    ("a person's means", r"银行|账号|收入|工资|存款|贷款|bank|income|salary|yhzh", "sensitive", 4),
    ("a person's birth", r"出生|生日|birth|csrq", "quasi", 2),
)
_USUAL = {
    "id": "编号",
    "name": "名称",
    "code": "代码",
    "status": "状态",
    "type": "类型",
    "address": "地址",
    "remark": "备注",
    "amount": "金额",
    "created_at": "创建时间",
    "create_time": "创建时间",
    "cjsj": "创建时间",
    "updated_at": "更新时间",
    "update_time": "更新时间",
    "gxsj": "更新时间",
    "bz": "备注",
}
_ROLES = (
    (ScopeRole.HOUSEHOLD, "户籍|户口|household|hukou"),
    (ScopeRole.RESIDENCE, "居住|现住|常住|residence"),
    (ScopeRole.OCCURRENCE, "发生|事发|案发|所在|occurrence|incident"),
    (ScopeRole.REGISTERED, "注册|登记|registered|registration"),
    (ScopeRole.COLLECTED_BY, "采集|上报|填报|collected"),
)


@dataclass(frozen=True, slots=True)
class Meant:
    """The element that a column likely is."""

    element: Element
    why: str
    firm: bool
    """Whether it may stand in a draft; else it is only worth a thought."""
    called: bool = True
    """Whether it is called so, so that it is protected so whatever its values look like."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How much a column likely gives away."""

    grade: Grade
    identifying: Identifying
    transform: Transform
    why: str


def meant(name: str, title: str, values: Sequence[str]) -> Meant | None:
    """The element that a column likely is, by what it is called, else by its values, else by a name like it."""
    for word in (_BRACKET.sub("", title), name):
        if called := find_element(word):
            return _held_against(called, f"called {word}", values)
    if (ending := _ending(_BRACKET.sub("", title))) is not None:
        return _held_against(ending[1], f"its name ends with {ending[0]}", values)
    for one in ELEMENTS:
        if one.id in _BY_VALUES and _share(one, values) >= SURE:
            why = f"of {len(values)} sampled values {_percent(one, values)} keep its form"
            return Meant(one, why, firm=True, called=False)
    return _like(name, title)


def protecting(likely: Meant | None) -> Element | None:
    """The element that says how much a column gives away: what it is, or what is called so and points at a person."""
    if likely is None or likely.firm:
        return likely.element if likely else None
    return likely.element if likely.called and likely.element.identifying is not Identifying.NONE else None


def shown(name: str, title: str, element: Element | None) -> Shown:
    """How much a column gives away: as its element says, else by what it is called, else as any column."""
    if element is not None:
        return Shown(element.grade, element.identifying, element.transform, f"as every {element.id}")
    for what, words, identifying, grade in _PERSONS:
        if re.search(words, f"{name.casefold()} {title}") or re.search(words, name.casefold()):
            kind = Identifying(identifying)
            clear = kind is Identifying.QUASI
            return Shown(Grade(grade), kind, Transform.CLEAR if clear else Transform.MASK, f"called as {what}")
    return Shown(Grade.GENERAL_2, Identifying.NONE, Transform.CLEAR, "nothing in its name points at a person")


def usual_title(name: str) -> str:
    """The Chinese title of a column that systems everywhere have; empty for any other."""
    return _USUAL.get(name.casefold(), "")


def place_of(name: str, title: str) -> ScopeRole | None:
    """What a division column likely means; None where its name does not tell."""
    found = [role for role, words in _ROLES if re.search(words, f"{name.casefold()} {title}")]
    return found[0] if len(found) == 1 else None


def moves(name: str, title: str) -> bool:
    """Whether a column of moments is likely the one that changes with every change of its row."""
    words = r"updat|modif|last_?chang|gxsj|xgsj|更新(时间|日期)|修改(时间|日期)|变更时间"
    return re.search(words, f"{name.casefold()} {title}") is not None


def _ending(title: str) -> tuple[str, Element] | None:
    """户籍地行政区划代码 is a division, 申请人公民身份号码 somebody's number: the longest word that ends the title."""
    words = [(word, one) for one in ELEMENTS for word in (one.title, *one.aliases) if len(word) >= 4]
    fitting = [(word, one) for word, one in words if title.endswith(word) and not word.isascii()]
    return max(fitting, key=lambda found: len(found[0]), default=None)


def _held_against(called: Element, why: str, values: Sequence[str]) -> Meant:
    """Called so; where most of its values say otherwise, that is told and the name alone decides nothing."""
    if len(values) < ENOUGH or not _judges(called):
        return Meant(called, why, firm=True)
    said = f"{why}, and of {len(values)} sampled values {_percent(called, values)} keep its form"
    return Meant(called, said, firm=_share(called, values) >= 0.5)


def _like(name: str, title: str) -> Meant | None:
    """The element whose name is most like what the column is called."""
    asked = [told(word) for word in (_BRACKET.sub("", title), name) if word]
    likes = [(alike(mine, told(word)), one) for one in ELEMENTS for word in (one.title, *one.aliases) for mine in asked]
    most, one = max(likes, key=lambda found: found[0])
    return Meant(one, f"its name is like {one.title}", firm=False, called=False) if most else None


def _share(one: Element, values: Sequence[str]) -> float:
    judges = _judges(one)
    if not judges or len(values) < ENOUGH:
        return 0.0
    kept = zip(*(keeps(pa.array(values, pa.string())) for keeps in judges), strict=True)
    return sum(map(all, kept)) / len(values)


def _judges(one: Element) -> tuple[Keeps, ...]:
    """The element's own checks of a value; of a division its form, since only a home knows which there are."""
    if one.id == "division":
        return (lambda values: [_is_division(value) for value in values.to_pylist()],)
    found = (judge(promise.expectation, dict(promise.arguments), one.type) for promise in one.promises)
    return tuple(keeps for keeps in found if keeps)


def _percent(one: Element, values: Sequence[str]) -> str:
    return f"{_share(one, values):.0%}"
