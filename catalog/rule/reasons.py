"""Makes the gates' answers: fills the words of `access_words.py` with what was found, and says what to do next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from catalog.rule.basis import Matter, mode_open, possible_purposes
from catalog.rule.ceilings import SMALLEST_GROUP
from catalog.rule.columns import highest_grade, permitted
from catalog.rule.words import BASES, MODES, OK, PASSES, REFUSALS, SHARING, STATES
from schemas.access import PURPOSES, Gate, Mode
from schemas.dataset import Sharing, Transform

NOBODY = "—"


class Following(NamedTuple):
    """What a refused asker can do next, in Chinese and English."""

    chinese: str
    english: str


@lru_cache(maxsize=4096)
def passed(gate: str, variant: str = "", clause: str = "") -> Gate:
    """A gate that lets the ask through; `variant` picks its words, `clause` names what decided."""
    said, said_en = PASSES[f"{gate}.{variant}" if variant else gate]
    return Gate(gate, True, OK, said, said_en, clause)


def refused(matter: Matter, gate: str, code: str, clause: str = "") -> Gate:
    """A gate that refuses with a code of the table."""
    words, found = REFUSALS[code], Facts(matter)
    return Gate(gate, False, code, words.said.format_map(found), words.said_en.format_map(found), clause)


def following(matter: Matter, code: str) -> Following:
    """The next step that the table names for a refusal code."""
    words, found = REFUSALS[code], Facts(matter)
    return Following(words.following.format_map(found), words.following_en.format_map(found))


@dataclass(frozen=True, slots=True)
class Facts:
    """What the words may mention, looked up only when they do; each fact is the asker's own or the catalogue's."""

    matter: Matter

    def __getitem__(self, name: str) -> str:
        return FACTS[name](self.matter)


def _listed(words: Iterable[str]) -> str:
    return "、".join(words) or NOBODY


def _clear(matter: Matter) -> str:
    return _listed(c.name for c in permitted(matter) if c.transform is Transform.CLEAR)


def _k(matter: Matter) -> str:
    k = smallest_group(matter)
    return NOBODY if k is None else str(k)


def smallest_group(matter: Matter) -> int | None:
    """k that the linkage guard goes by: of the grant's join with earlier ones, else of the version; None if unknown."""
    own = matter.grant.number if matter.grant else ""
    return matter.standing.together.get(own, matter.standing.smallest_group)


def _numbers(matter: Matter) -> str:
    return _listed(sorted(g.number for g in (matter.own if matter.ask.grant else matter.fitting)))


def _term(matter: Matter) -> str:
    return f"[{matter.grant.start.isoformat()}, {matter.grant.end.isoformat()})" if matter.grant else NOBODY


def _possible(matter: Matter) -> str:
    return _listed(f"{PURPOSES[p][0]} {p}" for p in possible_purposes(matter))


def _possible_en(matter: Matter) -> str:
    return ", ".join(possible_purposes(matter)) or "none"


def _class_next(matter: Matter) -> str:
    if matter.dataset.sharing is Sharing.WITHHELD:
        return "只供数源部门自用；如认为应当共享，请通过目录流程提请调整共享属性"
    if matter.ask.subject.public:
        return "公众只能获取开放数据；政务部门请使用本系统的凭证"
    return f"在目录中对该数据资源提出共享申请。可用的用途：{_possible(matter)}"


def _class_next_en(matter: Matter) -> str:
    if matter.dataset.sharing is Sharing.WITHHELD:
        return "only its provider uses it; ask through the catalogue workflow to have it reclassified"
    if matter.ask.subject.public:
        return "the public gets open data only; a government system asks with its credential"
    return f"apply for a grant in the catalogue. Possible purposes for you: {_possible_en(matter)}"


def _land_next(matter: Matter) -> str:
    if not matter.dataset.scopes() and not matter.dataset.default_scope:
        return "该数据资源没有区划项：去掉区划条件，或改用查询、核验方式"
    return "在授权区划和本辖区之内提出请求，或申请扩大授权区划；个案可用核验方式"


def _land_next_en(matter: Matter) -> str:
    if not matter.dataset.scopes() and not matter.dataset.default_scope:
        return "this dataset has no column of place: leave the division out, or use mode query or verify"
    return "ask within your grant's divisions and your own, or apply for wider ones; single cases go by verify"


def _named(code: str, names: Mapping[str, str]) -> str:
    """The Chinese name with the code that the API knows."""
    return f"{names[code]} {code}" if code in names else code


FACTS: Mapping[str, Callable[[Matter], str]] = {
    "basis": lambda m: m.ask.basis.value if m.ask.basis else "",
    "basis_zh": lambda m: BASES[m.ask.basis.value] if m.ask.basis else "",
    "class_next": _class_next,
    "class_next_en": _class_next_en,
    "clear": _clear,
    "division": lambda m: m.ask.division,
    "grade": lambda m: highest_grade(m).word,
    "grant": lambda m: m.grant.number if m.grant else NOBODY,
    "k": _k,
    "key": lambda m: _listed(m.dataset.subject_fields),
    "land_next": _land_next,
    "land_next_en": _land_next_en,
    "least": lambda _: str(SMALLEST_GROUP),
    "mode": lambda m: m.ask.mode.value,
    "mode_zh": lambda m: _named(m.ask.mode.value, MODES),
    "modes_zh": lambda m: "、".join(_named(one.value, MODES) for one in Mode if mode_open(m, one)) or NOBODY,
    "modes": lambda m: ", ".join(one.value for one in Mode if mode_open(m, one)) or NOBODY,
    "numbers": _numbers,
    "possible": _possible,
    "possible_en": _possible_en,
    "purpose": lambda m: m.ask.purpose or NOBODY,
    "purpose_zh": lambda m: _named(m.ask.purpose, {code: both[0] for code, both in PURPOSES.items()}) or NOBODY,
    "sharing": lambda m: SHARING[m.dataset.sharing][0],
    "sharing_en": lambda m: SHARING[m.dataset.sharing][1],
    "state": lambda m: m.grant.state.value if m.grant else NOBODY,
    "state_zh": lambda m: STATES[m.grant.state.value] if m.grant else NOBODY,
    "term": _term,
}
"""Every name that may stand in braces in `access_words.py`."""
