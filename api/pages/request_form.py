"""The guided form of a request: what it offers, and what was written into it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from api.language import pick
from api.request_bodies import full
from api.visitor import Visitor
from api.words import say
from schemas.access import PURPOSES, ROW_MODES, Mode
from schemas.dataset import Dataset, Field, Identifying, ScopeRole
from schemas.divisions import DivisionTree
from schemas.errors import BadAsk
from schemas.journey import SHANGHAI
from schemas.request_check import RESERVED
from schemas.request_want import Want
from schemas.sharing_condition import condition_of

YEAR = timedelta(days=364)
RETENTION = 180
TEXTS = ("basis", "scenario", "security", "case_system", "demand", "dataset", "purpose")


def least(dataset: Dataset) -> tuple[str, ...]:
    """The fewest items that make sense: the key, and the place that rows are cut by. All others are ticked by hand."""
    place = dataset.default_scope
    return tuple(f.name for f in dataset.fields if f.shareable and (f.key or f.name == place))


def proposed(dataset: Dataset | None, visitor: Visitor, wished: tuple[str, ...] = ()) -> Want:
    """A want to begin with: the least items, the visitor's own division, a year from today."""
    today = visitor.now.astimezone(SHANGHAI).date()
    begun = Want(start=today, end=today + YEAR, retention_days=RETENTION)
    if dataset is None:
        return replace(begun, divisions=(visitor.subject.division,), modes=(Mode.QUERY,))
    purposes = dataset.purposes
    scopes = dataset.scopes()
    role = next((role for role, name in scopes.items() if name == dataset.default_scope), next(iter(scopes), None))
    names = {field.name for field in dataset.fields if field.shareable}
    return replace(
        begun,
        dataset=dataset.key,
        items=tuple(name for name in wished if name in names) or least(dataset),
        purpose=purposes[0] if len(purposes) == 1 else "",
        divisions=(visitor.subject.division,) if role else (),
        scope=role,
        modes=(Mode.QUERY,) if Mode.QUERY.value in dataset.modes else (),
    )


def offered(dataset: Dataset | None, want: Want, tree: DivisionTree, lang: str) -> Mapping[str, Any]:
    """What the form shows: every choice that there is, with what is chosen."""
    purposes = dataset.purposes if dataset and dataset.purposes else tuple(p for p in PURPOSES if p not in RESERVED)
    modes = condition_of(dataset).modes if dataset else ROW_MODES
    scopes = tuple(dataset.scopes()) if dataset else tuple(ScopeRole)
    return {
        "want": want,
        "purposes": [(code, pick(lang, *PURPOSES[code]), code == want.purpose) for code in purposes],
        "modes": [(mode.value, say(lang, f"mode_{mode.value}"), mode in want.modes) for mode in modes],
        "scopes": [(role.value, say(lang, f"scope_{role.value}"), role is want.scope) for role in scopes],
        "fields": [_field(one, want, lang) for one in dataset.fields] if dataset else [],
        "names": "\n".join(want.items) if dataset is None else "",
        "places": "\n".join(want.divisions),
        "placed": [(code, _named(code, tree)) for code in want.divisions],
    }


def _field(field: Field, want: Want, lang: str) -> Mapping[str, Any]:
    return {
        "name": field.name,
        "title": pick(lang, field.title, field.title_en),
        "grade": say(lang, f"grade_{field.grade.word}"),
        "view": field.transform.word,
        "shareable": field.shareable,
        "points": field.identifying is not Identifying.NONE,
        "ticked": field.shareable and field.name in want.items,
    }


def _named(code: str, tree: DivisionTree) -> str:
    try:
        return tree.name(code)
    except ValueError:
        return code


def written(form: Mapping[str, list[str]]) -> Want:
    """What was written into the form; BadAsk for what no browser of ours sends."""
    texts = {name: form.get(name, [""])[0].strip() for name in TEXTS}
    items = form.get("item", []) or form.get("names", [""])[0].splitlines()
    places = form.get("divisions", [""])[0].replace(",", " ").replace("，", " ").replace("、", " ").split()
    return Want(
        **texts,
        items=tuple(dict.fromkeys(item.strip() for item in items if item.strip())),
        divisions=tuple(dict.fromkeys(full(code) for code in places)),
        scope=_scope(form.get("scope", [""])[0]) if places else None,
        modes=tuple(_mode(word) for word in form.get("mode", [])),
        start=_day(form.get("start", [""])[0]),
        end=_day(form.get("end", [""])[0]),
        retention_days=_number(form.get("retention_days", ["0"])[0]),
    )


def _scope(word: str) -> ScopeRole | None:
    if word and word not in [role.value for role in ScopeRole]:
        raise BadAsk(f"scope: found {word[:40]!r}, expected one of {', '.join(ScopeRole)}")
    return ScopeRole(word) if word else None


def _mode(word: str) -> Mode:
    if word not in [mode.value for mode in Mode]:
        raise BadAsk(f"mode: found {word[:40]!r}, expected some of {', '.join(Mode)}")
    return Mode(word)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise BadAsk(f"found {text[:40]!r}, expected a day such as 2026-11-20") from wrong


def _number(text: str) -> int:
    text = text.strip() or "0"
    if not (text.isascii() and text.isdigit() and len(text) <= 5):
        raise BadAsk(f"retention_days: found {text[:40]!r}, expected a number of days")
    return int(text)
