"""Makes the gates' answers: fills the words of `access_words.py` with what was found, and says what to do next."""

from functools import lru_cache
from typing import NamedTuple

from catalog.access_basis import Matter, possible_purposes
from catalog.access_columns import highest_grade, permitted
from catalog.access_words import OK, PASSES, REFUSALS, SHARING
from catalog.ceilings import SMALLEST_GROUP, TIER_MODES
from schemas.access import PURPOSES, Basis, Gate, Mode
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
    words, found = REFUSALS[code], _found(matter)
    return Gate(gate, False, code, words.said.format_map(found), words.said_en.format_map(found), clause)


def following(matter: Matter, code: str) -> Following:
    """The next step that the table names for a refusal code."""
    words, found = REFUSALS[code], _found(matter)
    return Following(words.following.format_map(found), words.following_en.format_map(found))


def modes_open(matter: Matter) -> tuple[Mode, ...]:
    """Modes that the basis and the asker's tier both allow."""
    if matter.basis is Basis.OPEN:
        return tuple(m for m in Mode if m in matter.dataset.modes)
    of_tier = TIER_MODES[matter.ask.subject.tier]
    granted = matter.grant.modes if matter.grant else tuple(Mode)
    return tuple(m for m in Mode if m in of_tier and m in granted)


def _found(matter: Matter) -> dict[str, str]:
    """Everything that the words may mention; each fact is the asker's own or the catalogue's."""
    ask, dataset = matter.ask, matter.dataset
    return {
        "basis": ask.basis.value if ask.basis else "",
        "clear": _listed([c.name for c in permitted(matter) if c.transform is Transform.CLEAR]),
        "division": ask.division,
        "grade": highest_grade(matter).word,
        "k": NOBODY if matter.standing.smallest_group is None else str(matter.standing.smallest_group),
        "key": _listed(list(dataset.key_fields)),
        "least": str(SMALLEST_GROUP),
        "mode": ask.mode.value,
        "modes": _listed([m.value for m in modes_open(matter)]),
        "numbers": _listed(sorted(g.number for g in (matter.fitting if not ask.grant else matter.own))),
        "purpose": ask.purpose or NOBODY,
        "sharing": SHARING[dataset.sharing][0],
        "sharing_en": SHARING[dataset.sharing][1],
        **_of_grant(matter),
        **_purposes(matter),
        **_class_next(matter),
        **_land_next(matter),
    }


def _listed(words: list[str]) -> str:
    return "、".join(words) if words else NOBODY


def _of_grant(matter: Matter) -> dict[str, str]:
    grant = matter.grant
    if grant is None:
        return {"grant": NOBODY, "term": NOBODY, "state": NOBODY}
    term = f"[{grant.start.isoformat()}, {grant.end.isoformat()})"
    return {"grant": grant.number, "term": term, "state": grant.state.value}


def _purposes(matter: Matter) -> dict[str, str]:
    possible = possible_purposes(matter)
    return {
        "possible": _listed([f"{PURPOSES[p][0]} {p}" for p in possible]),
        "possible_en": ", ".join(possible) or "none",
    }


def _class_next(matter: Matter) -> dict[str, str]:
    if matter.dataset.sharing is Sharing.WITHHELD:
        chinese = "只供数源部门自用；如认为应当共享，请通过目录流程提请调整共享属性"
        english = "only its provider uses it; ask through the catalogue workflow to have it reclassified"
    elif matter.ask.subject.public:
        chinese = "公众只能获取开放数据；政务部门请使用本系统的凭证"
        english = "the public gets open data only; a government system asks with its credential"
    else:
        chinese = f"在目录中对该数据资源提出共享申请。可用的用途：{_purposes(matter)['possible']}"
        english = f"apply for a grant in the catalogue. Possible purposes for you: {_purposes(matter)['possible_en']}"
    return {"class_next": chinese, "class_next_en": english}


def _land_next(matter: Matter) -> dict[str, str]:
    if not matter.dataset.scopes() and not matter.dataset.default_scope:
        chinese = "该数据资源没有区划项：去掉区划条件，或改用查询、核验方式"
        english = "this dataset has no column of place: leave the division out, or use mode query or verify"
    else:
        chinese = "在授权区划和本辖区之内提出请求，或申请扩大授权区划；个案可用核验方式"
        english = "ask within your grant's divisions and your own, or apply for wider ones; single cases go by verify"
    return {"land_next": chinese, "land_next_en": english}
