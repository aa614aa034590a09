"""Generators of asks aimed close to the rule: a situation that is allowed, then none to three twists of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from schemas.access import Basis, GrantState, Mode, Roster, Tier
from schemas.dataset import Dataset, Grade, ScopeRole, Transform
from tests.oracle.cells import Scene
from tests.oracle.world import DATASETS, NOW, PUBLISHED, SUBJECTS, ask, consent, grant

DIVISIONS = (
    "370000000000",
    "37",
    "370400000000",
    "3704",
    "370402000000",
    "370402",
    "370406",
    "370402001",
    "370402001001",
    "370402001001001",
    "370116000000",
    "371202",
    "370499",
    "371200000000",
    "320312000000",
    "320300000000",
)
OPEN = ("credit.penalty", "civil_affairs.people_open")
RETURNED = ("civil_affairs.low_income", "civil_affairs.province_wide", "civil_affairs.jinan", "civil_affairs.checkup")
GRANTED = (
    *RETURNED,
    "market_regulation.enterprise",
    "standards.industries",
    "health.visits",
    "health.records",
    "credit.penalty",
)
OWNED = (*GRANTED, "civil_affairs.inspection", "civil_affairs.people_open")
COUNTED = ("civil_affairs.of_county", "civil_affairs.low_income", "civil_affairs.inspection", "standards.industries")
LOWER = ("city", "county", "shanting", "laiwu", "laiwu old", "foreign", "town", "village", "grid")
ASKERS = ("city", "county", "shanting", "laiwu", "town", "village", "grid", "province", "foreign", "company")
Twist = Callable[[Scene], Scene]


def of_ask(**more: Any) -> Twist:
    return lambda s: replace(s, ask=replace(s.ask, **more))


def of_subject(**more: Any) -> Twist:
    return lambda s: replace(s, ask=replace(s.ask, subject=replace(s.ask.subject, **more)))


def of_grant(**more: Any) -> Twist:
    return lambda s: replace(s, grants=(*(replace(g, **more) for g in s.grants[:1]), *s.grants[1:]))


def of_standing(**more: Any) -> Twist:
    return lambda s: replace(s, standing=replace(s.standing, **more))


def second_grant(**more: Any) -> Twist:
    """The same grant again under another number, a little different."""
    return lambda s: replace(
        s, grants=(*s.grants, *(replace(g, number=f"G-{len(s.grants) + 1}", **more) for g in s.grants[:1]))
    )


def filtered(on: str, place: int) -> Twist:
    def twist(s: Scene) -> Scene:
        name = s.dataset.fields[place % len(s.dataset.fields)].name
        value = {"column": name, "op": "=", "value": "370402000000" if place % 2 else f"{name}-1"}
        return of_ask(filter=value)(s) if on == "ask" else of_grant(row_filter=value)(s)

    return twist


def of_consents(**more: Any) -> Twist:
    """Every consent, or the roster that stands for them, a little different."""

    def twist(s: Scene) -> Scene:
        if isinstance(s.consents, Roster):
            return s
        return replace(s, consents=tuple(replace(c, **more) for c in s.consents))

    return twist


def enrolled(**more: Any) -> Twist:
    """The same persons' consents as a roster of the asker's, a little different."""

    def twist(s: Scene) -> Scene:
        if isinstance(s.consents, Roster):
            return replace(s, consents=replace(s.consents, **more))
        whose, crowd = s.ask.subject.organisation, frozenset(c.key for c in s.consents)
        made = Roster(s.ask.dataset, whose, s.ask.purpose, len(crowd), "the mark", NOW)
        return replace(s, consents=replace(made, **more), crowd=crowd)

    return twist


TWISTS: tuple[Twist, ...] = (
    *(of_ask(purpose=p) for p in ("", "statistics", "own_duty", "data_return", "open_use", "social_assistance", "x")),
    *(of_ask(basis=b) for b in Basis),
    *(of_ask(grant=n) for n in ("G-1", "G-2", "G-9")),
    of_ask(dataset="no.such"),
    of_ask(mode=Mode.AGGREGATE),
    of_ask(mode=Mode.BULK),
    of_ask(case=""),
    of_ask(case=" "),
    of_ask(key=None),
    of_ask(key={"name": "x"}),
    of_ask(key={}),
    *(of_subject(clearance=g) for g in Grade),
    *(of_subject(tier=t) for t in Tier),
    of_subject(credential_active=False),
    of_subject(organisation_active=False),
    of_subject(organisation=""),
    of_subject(system=""),
    of_subject(government=False),
    of_subject(division=""),
    *(of_subject(division=d) for d in ("370402", "371202", "370499", "320312", "3704")),
    *(of_grant(state=s) for s in GrantState),
    *(of_grant(start=NOW + timedelta(seconds=n)) for n in (0, 1)),
    *(of_grant(end=NOW + timedelta(seconds=n)) for n in (0, 1)),
    *(of_grant(quota=n) for n in (0, 1)),
    *(of_grant(purpose=p) for p in ("statistics", "data_return", "own_duty", "open_use", "x", "")),
    *(of_grant(modes=m) for m in ((), (Mode.QUERY,), (Mode.BULK, Mode.DELTA), (Mode.VERIFY,))),
    *(of_grant(scope=r) for r in (None, *ScopeRole)),
    of_grant(divisions=()),
    of_grant(organisation="somebody else"),
    of_grant(dataset="civil_affairs.inspection"),
    of_grant(systems=("another",)),
    lambda s: of_grant(systems=(s.ask.subject.system,))(s),
    lambda s: replace(s, grants=()),
    second_grant(),
    second_grant(purpose="statistics"),
    second_grant(modes=(Mode.BULK,)),
    second_grant(divisions=("370402",), columns=("person_id", "credit_code")),
    second_grant(organisation="somebody else"),
    second_grant(quota=0),
    lambda s: of_ask(grant="G-2")(second_grant(divisions=("370402",))(s)),
    lambda s: of_ask(grant="G-1")(second_grant(columns=("person_id",))(s)),
    lambda s: of_grant(purpose="x")(of_ask(purpose="x")(s)),
    *((lambda s, d=d: of_ask(division=d)(s)) for d in DIVISIONS),
    *((lambda s, d=d: of_grant(divisions=(d,))(s)) for d in DIVISIONS),
    of_grant(divisions=("370402", "3704", "370116")),
    *((lambda s, f=f: of_ask(columns=(s.dataset.fields[f % len(s.dataset.fields)].name,))(s)) for f in range(3)),
    of_grant(columns=("person_id", "credit_code", "code")),
    *(of_grant(transforms={"person_id": t, "phone": t, "credit_code": t}) for t in Transform),
    lambda s: of_ask(key={**(s.ask.key or {}), "name": "x"})(s),
    lambda s: of_ask(key=dict(list((s.ask.key or {}).items())[:1]))(s),
    of_standing(published=False),
    of_standing(held_back=True),
    of_standing(version=0),
    *(of_standing(smallest_group=k) for k in (None, 0, 4, 5, 50)),
    lambda s: replace(s, consents=()),
    of_consents(until=NOW),
    of_consents(purpose="statistics"),
    of_consents(organisation="somebody else"),
    of_consents(since=NOW),
    of_consents(since=NOW + timedelta(seconds=1)),
    of_consents(dataset="civil_affairs.checkup"),
    of_consents(dataset="health.records"),
    *(
        enrolled(**more)
        for more in (
            {},
            {"until": NOW + timedelta(seconds=1)},
            {"until": NOW},
            {"since": NOW + timedelta(seconds=1)},
            {"purpose": "statistics"},
            {"dataset": "no.such"},
            {"organisation": "somebody else"},
            {"persons": 0},
        )
    ),
    *(filtered("ask", n) for n in range(12)),
    *(filtered("grant", n) for n in range(4)),
)


def at_the_counter(who: str, key: str, mode: Mode, **more: Any) -> Scene:
    """An asker with a grant on a dataset, everything in order for any mode."""
    dataset = DATASETS[key]
    roles = tuple(dataset.scopes())
    held = grant(to=who, dataset=key, scope=roles[0] if roles else None, divisions=("37",) if roles else ())
    consents = tuple(consent(f"person_id-{n}", to=who) for n in (0, 2))
    whole = {name: f"{name}-2" for name in dataset.subject_fields}
    asked = replace(ask(who, key, mode=mode, case="2026-1", key=whole), **more)
    return Scene(asked, dataset, (held,), PUBLISHED, consents)


def plain_scenes() -> list[Scene]:
    """One allowed situation of each kind."""
    low, wide, jinan, checkup = RETURNED[0], RETURNED[1], RETURNED[2], RETURNED[3]
    cleared = {who: replace(SUBJECTS[who], clearance=Grade.CORE) for who in ("city", "county")}
    scenes = [
        at_the_counter("city", low, Mode.QUERY),
        at_the_counter("city", low, Mode.FILE, subject=cleared["city"]),
        at_the_counter("city", low, Mode.BULK, subject=cleared["city"], division="3704"),
        at_the_counter("county", low, Mode.BULK),
        at_the_counter("county", low, Mode.QUERY, subject=cleared["county"]),
        at_the_counter("laiwu", wide, Mode.DELTA),
        at_the_counter("town", low, Mode.FILE),
        at_the_counter("village", low, Mode.VERIFY),
        at_the_counter("city", checkup, Mode.QUERY),
        at_the_counter("city", checkup, Mode.VERIFY),
        at_the_counter("city", "health.screenings", Mode.VERIFY),
        at_the_counter("county", "standards.industries", Mode.BULK),
        at_the_counter("county", "health.visits", Mode.QUERY),
        at_the_counter("county", "health.records", Mode.BULK),
        at_the_counter("city", "credit.penalty", Mode.QUERY),
        at_the_counter("company", low, Mode.QUERY),
        at_the_counter("county", low, Mode.QUERY, purpose="data_return"),
        at_the_counter("laiwu old", jinan, Mode.BULK, purpose="data_return"),
        at_the_counter("city", wide, Mode.DELTA, purpose="data_return"),
        at_the_counter("public", "credit.penalty", Mode.BULK, purpose=""),
        at_the_counter("county", "credit.penalty", Mode.BULK, purpose="open_use", division="3704"),
        at_the_counter("owner", low, Mode.QUERY, purpose="own_duty"),
        at_the_counter("owner", "civil_affairs.inspection", Mode.BULK, purpose=""),
        at_the_counter("owner", low, Mode.AGGREGATE, purpose="own_duty"),
        at_the_counter("province", low, Mode.AGGREGATE, purpose="statistics"),
        at_the_counter("province", checkup, Mode.AGGREGATE, columns=("amount",)),
        at_the_counter("city", "civil_affairs.of_county", Mode.AGGREGATE),
        at_the_counter("province", "credit.penalty", Mode.AGGREGATE, purpose="statistics"),
        at_the_counter("province", "market_regulation.enterprise", Mode.AGGREGATE, purpose="emergency"),
    ]
    open_people = at_the_counter("public", "civil_affairs.people_open", Mode.QUERY, purpose="")
    return [*scenes, of_standing(smallest_group=5)(open_people)]


def every_twist() -> list[Scene]:
    """Every plain situation, as it is and with each single twist."""
    return [twist(scene) for scene in plain_scenes() for twist in (lambda s: s, *TWISTS)]


def columns_of(dataset: Dataset) -> st.SearchStrategy[tuple[str, ...]]:
    names = [f.name for f in dataset.fields]
    return st.just(()) | st.lists(st.sampled_from(names), unique=True, max_size=4).map(tuple)


def divisions() -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(("3704",)) | st.just(("37",)) | st.lists(st.sampled_from(DIVISIONS), max_size=3).map(tuple)


@st.composite
def granted(draw: st.DrawFn) -> Scene:
    """An asker with a grant."""
    dataset, who = DATASETS[draw(st.sampled_from(GRANTED))], draw(st.sampled_from(ASKERS))
    roles = tuple(dataset.scopes())
    held = grant(
        to=who,
        dataset=dataset.key,
        columns=draw(columns_of(dataset)),
        transforms=draw(transforms_of(dataset)),
        scope=draw(st.sampled_from(roles)) if roles else None,
        divisions=draw(divisions()) if roles else (),
    )
    return Scene(ask(who, dataset.key), dataset, (held,), PUBLISHED)


def transforms_of(dataset: Dataset) -> st.SearchStrategy[dict[str, Transform]]:
    names = st.sampled_from([f.name for f in dataset.fields])
    return st.just({}) | st.dictionaries(names, st.sampled_from(list(Transform)), max_size=2)


def without_grant(keys: tuple[str, ...], askers: tuple[str, ...], purpose: str) -> st.SearchStrategy[Scene]:
    """An owner, a returned or an asker for open data."""

    def build(key: str, who: str) -> Scene:
        standing = replace(PUBLISHED, smallest_group=8) if key in OPEN else PUBLISHED
        return Scene(ask(who, key, purpose=purpose), DATASETS[key], (), standing)

    return st.builds(build, st.sampled_from(keys), st.sampled_from(askers))


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    """One whole situation."""
    kind = draw(st.integers(0, 8))
    if kind <= 4:
        scene = draw(granted())
    elif kind == 5:
        scene = draw(without_grant(RETURNED, LOWER, "data_return"))
    elif kind == 6:
        scene = draw(without_grant(OPEN, ("public", "county", "village", "owner"), "open_use"))
    elif kind == 8:
        scene = draw(without_grant(COUNTED, ("province", "city", "county", "town", "owner"), "statistics"))
    else:
        scene = draw(without_grant(OWNED, ("owner",), "own_duty"))
    person = f"person_id-{draw(st.integers(0, 3))}"
    consents = tuple(consent(k, purpose=scene.ask.purpose) for k in (person, "person_id-2"))
    consents = tuple(replace(c, organisation=scene.ask.subject.organisation) for c in consents)
    more = {
        "mode": Mode.AGGREGATE if kind == 8 else draw(st.sampled_from(list(Mode))),
        "columns": draw(columns_of(scene.dataset)),
        "division": draw(st.just("") | st.sampled_from(DIVISIONS)),
        "case": "2026-1",
        "key": {name: f"{name}-{person[-1]}" for name in scene.dataset.subject_fields},
    }
    scene = replace(of_ask(**more)(scene), consents=consents)
    for twist in draw(st.lists(st.sampled_from(range(len(TWISTS))), max_size=3)):
        scene = TWISTS[twist](scene)
    return scene


def more_grants(scene: Scene, number: str) -> st.SearchStrategy[Any]:
    """One more grant of the asker's on the same dataset, of any shape."""
    return st.builds(
        lambda base, twists: _twisted(replace(base, number=number), twists),
        st.just(replace(grant(), dataset=scene.dataset.key, organisation=scene.ask.subject.organisation)),
        st.lists(st.sampled_from(range(len(TWISTS))), max_size=2),
    )


def _twisted(base: Any, twists: list[int]) -> Any:
    scene = Scene(ask(), DATASETS["civil_affairs.low_income"], (base,), PUBLISHED)
    for twist in twists:
        scene = TWISTS[twist](scene)
    return scene.grants[0] if scene.grants else base
