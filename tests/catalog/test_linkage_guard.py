"""The linkage guard: what a recipient could join out of all its grants, by a table, by properties, on real versions."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.linkage.guard import Piece, joined
from catalog.linkage.join import FOLDER, Part, measure, smallest
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Grant, GrantState, Mode, Subject, Tier
from schemas.dataset import Dataset, FieldType, Identifying, Kind, ScopeRole, Sharing, Transform
from schemas.errors import Refused
from schemas.journey import Snapshot, Window
from tests.builders import (
    HEALTH,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    make_ask,
    make_dataset,
    make_field,
    make_grant,
    make_table,
    make_verdict,
)

QUASI, DIRECT = Identifying.QUASI, Identifying.DIRECT
ID = make_field("person_id", key=1, element="resident_id", identifying=DIRECT)
HOME = make_field("home", element="division", scope=ScopeRole.HOUSEHOLD, identifying=QUASI)
RELIEF = make_dataset(
    "civil_affairs.relief",
    fields=(ID, make_field("sex", identifying=QUASI), make_field("born", identifying=QUASI), HOME),
    default_scope="home",
)
CHECKUP = make_dataset(
    "health.checkup",
    owner=HEALTH,
    fields=(
        replace(ID, name="number"),
        make_field("hospital", identifying=QUASI),
        make_field("day", type=FieldType(Kind.DATE), identifying=QUASI),
        make_field("result", identifying=Identifying.SENSITIVE),
    ),
    default_scope="",
)
CARDS = make_dataset(
    "human_resources.cards",
    fields=(make_field("card", key=1, element="bank_card", identifying=DIRECT), make_field("kind", identifying=QUASI)),
    default_scope="",
)
FIRMS = make_dataset("market_regulation.firms", subject_kind="enterprise", fields=RELIEF.fields, default_scope="home")
KNOWN = {one.key: one for one in (RELIEF, CHECKUP, CARDS, FIRMS)}
ASKER = Subject("tengzhou-civil", TENGZHOU_CIVIL, "滕州市民政局", TENGZHOU, Tier.COUNTY)


def to(dataset: Dataset, number: str = "", *columns: str, **told: Any) -> Grant:
    facts = {"number": number, "columns": columns, "divisions": (), "scope": None}
    return make_grant(dataset=dataset.key, **facts | told)


SEX = to(RELIEF, "YS-2026-000001", "person_id", "sex")
BORN = to(RELIEF, "", "person_id", "born")
DAY = to(CHECKUP, "", "number", "day")
R, C = ("civil_affairs.relief", ("person_id",)), ("health.checkup", ("number",))


@dataclass(frozen=True)
class Case:
    """A new grant, those held, and what they tell together."""

    says: str
    new: Grant
    held: tuple[Grant, ...] = (SEX,)
    told: tuple[Piece, ...] = ()
    known: Mapping[str, Dataset] | None = None


CASES = (
    Case("another dataset about the same persons", DAY, told=(Piece(*R, ("sex",)), Piece(*C, ("day",)))),
    Case("more columns of the same dataset", BORN, told=(Piece(*R, ("sex", "born")),)),
    Case("the first grant has nothing to be joined with", DAY, ()),
    Case("all columns include what is held", to(RELIEF)),
    Case("what is held includes the new", replace(SEX, number=""), (to(RELIEF, "YS-2026-000001"),)),
    Case("no combination of persons in it", to(CHECKUP, "", "number", "result")),
    Case("numbered by something else", to(CARDS)),
    Case("enterprises are named anyway", to(FIRMS)),
    Case("of another recipient", DAY, (replace(SEX, organisation=HEALTH),)),
    Case("suspended", DAY, (replace(SEX, state=GrantState.SUSPENDED),)),
    Case("revoked", DAY, (replace(SEX, state=GrantState.REVOKED),)),
    Case("ended", DAY, (replace(SEX, end=NOW),)),
    Case(
        "about to begin",
        DAY,
        (replace(SEX, start=NOW + timedelta(days=1)),),
        (Piece(*R, ("sex",)), Piece(*C, ("day",))),
    ),
    Case("dropped on the way out", DAY, (replace(SEX, transforms={"sex": Transform.DROP}),)),
    Case(
        "masked on the way out",
        DAY,
        (replace(SEX, transforms={"sex": Transform.MASK}),),
        (Piece(*R, ("sex",)), Piece(*C, ("day",))),
    ),
    Case("for other purposes", DAY, (replace(SEX, purpose="statistics"),), (Piece(*R, ("sex",)), Piece(*C, ("day",)))),
    Case(
        "some places only",
        DAY,
        (replace(SEX, divisions=(TENGZHOU,), scope=ScopeRole.HOUSEHOLD),),
        (Piece(*R, ("sex", "home")), Piece(*C, ("day",))),
    ),
    Case("without a version yet", DAY, known={CHECKUP.key: CHECKUP}),
    Case("made later", replace(DAY, number="YS-2026-000007"), (replace(SEX, number="YS-2026-000008"),)),
    Case(
        "made before",
        replace(DAY, number="YS-2026-000007"),
        told=(Piece(*R, ("sex",)), Piece(*C, ("day",))),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.says)
def test_what_a_recipient_could_join(case: Case) -> None:
    assert joined(case.new, case.held, case.known or KNOWN, NOW) == case.told


def grants() -> st.SearchStrategy[Grant]:
    """Grants of two organisations on all four datasets, close to the rule."""

    def make(dataset: Dataset, number: int, picked: int, told: dict[str, Any]) -> Grant:
        columns = tuple(f.name for place, f in enumerate(dataset.fields) if picked >> place & 1)
        return to(dataset, f"YS-2026-{number:06d}", *columns, start=NOW - timedelta(days=9), **told)

    facts = {
        "organisation": st.sampled_from((TENGZHOU_CIVIL, HEALTH)),
        "state": st.sampled_from(tuple(GrantState)),
        "end": st.sampled_from((NOW - timedelta(days=1), NOW, NOW + timedelta(days=1))),
    }
    return st.builds(
        make,
        st.sampled_from(tuple(KNOWN.values())),
        st.integers(1, 20),
        st.integers(0, 15),
        st.fixed_dictionaries(facts),
    )


@settings(deadline=None)
@given(grants(), st.lists(grants(), max_size=6), st.lists(grants(), max_size=6))
def test_a_later_grant_takes_nothing_away_from_an_earlier_one(
    mine: Grant, held: list[Grant], more: list[Grant]
) -> None:
    later = [replace(one, number=f"YS-2027-{place:06d}") for place, one in enumerate(more)]
    assert joined(mine, held + later, KNOWN, NOW) == joined(mine, held, KNOWN, NOW)


@settings(deadline=None)
@given(grants(), st.lists(grants(), max_size=6))
def test_only_active_grants_of_the_recipient_count(mine: Grant, held: list[Grant]) -> None:
    counting = [g for g in held if g.organisation == mine.organisation and g.state is GrantState.ACTIVE and g.end > NOW]
    assert joined(mine, held, KNOWN, NOW) == joined(mine, counting, KNOWN, NOW)


@settings(deadline=None)
@given(grants(), st.lists(grants(), max_size=6))
def test_a_join_holds_the_grants_own_columns_and_no_direct_one(mine: Grant, held: list[Grant]) -> None:
    pieces = joined(mine, held, KNOWN, NOW)
    if pieces:
        own = next(p for p in pieces if p.dataset == mine.dataset)
        granted = mine.columns or tuple(f.name for f in KNOWN[mine.dataset].fields)
        quasi = {f.name for f in KNOWN[mine.dataset].fields if f.identifying is QUASI}
        assert quasi & set(granted) <= set(own.columns) <= quasi
        assert joined(mine, [mine], KNOWN, NOW) == ()


def relief(number: int, sex: str, born: str = "1950") -> dict[str, Any]:
    return {"person_id": f"p{number}", "sex": sex, "born": born, "home": TENGZHOU}


def checkup(number: int, day: date, hospital: str = "一院") -> dict[str, Any]:
    return {"number": f"p{number}", "hospital": hospital, "day": day, "result": "x"}


def stocked(shelf: Shelf, *rows: tuple[Dataset, list[dict[str, Any]]], day: int = 0) -> Shelf:
    shelf.parties.add_organisation(Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY))
    for dataset, each in rows:
        shelf.publish(dataset, make_verdict(shelf.lake, dataset, each, date(2026, 11, 1 + day)), NOW)
    return shelf


def allowed(shelf: Shelf, number: str, dataset: Dataset) -> tuple[bool, str]:
    ask = make_ask(ASKER, dataset.key, grant=number, mode=Mode.QUERY)
    decision = shelf.decide(ask)
    return decision.allowed, decision.code


MARCH = date(2026, 3, 1)
TEN = [relief(n, "12"[n % 2]) for n in range(10)]


def test_a_grant_that_would_single_persons_out_with_another_needs_a_signature(shelf: Shelf) -> None:
    """Five of each sex, five of each day; but both together only two or three."""
    days = [checkup(n, MARCH + timedelta(days=n // 5)) for n in range(10)]
    stocked(shelf, (RELIEF, TEN), (CHECKUP, days))
    sex = shelf.grant(replace(SEX, number=""), NOW)
    with pytest.raises(Refused, match="smallest group of persons is 2, expected at least 5") as refused:
        shelf.grant(DAY, NOW)
    assert (refused.value.code, refused.value.gate) == ("LINKAGE_NEEDS_SIGNATURE", "G12")
    assert [g.number for g in shelf.grants()] == [sex.number]
    signed = shelf.grant(replace(DAY, signature="枣数〔2026〕7号"), NOW)
    assert allowed(shelf, signed.number, CHECKUP) == (True, "OK")
    assert allowed(shelf, sex.number, RELIEF) == (True, "OK")


def test_a_harmless_join_is_granted(shelf: Shelf) -> None:
    stocked(shelf, (RELIEF, TEN), (CHECKUP, [checkup(n, MARCH) for n in range(10)]))
    shelf.grant(replace(SEX, number=""), NOW)
    assert allowed(shelf, shelf.grant(DAY, NOW).number, CHECKUP) == (True, "OK")


def test_a_new_version_is_looked_at_again_and_only_the_later_grant_pays(shelf: Shelf) -> None:
    stocked(shelf, (RELIEF, TEN), (CHECKUP, [checkup(n, MARCH) for n in range(10)]))
    first, second = shelf.grant(replace(SEX, number=""), NOW), shelf.grant(DAY, NOW)
    stocked(shelf, (CHECKUP, [checkup(n, MARCH + timedelta(days=n)) for n in range(10)]), day=1)
    assert allowed(shelf, second.number, CHECKUP) == (False, "LINKAGE_NEEDS_SIGNATURE")
    assert allowed(shelf, first.number, RELIEF) == (True, "OK")
    shelf.set_grant_state(first.number, GrantState.SUSPENDED)
    assert allowed(shelf, second.number, CHECKUP) == (True, "OK")


def test_who_is_in_one_dataset_alone_is_told_apart_by_that(shelf: Shelf) -> None:
    """Ten of one kind, but three of them were examined: three that stand out."""
    alike = [relief(n, "1") for n in range(10)]
    stocked(shelf, (RELIEF, alike), (CHECKUP, [checkup(n, MARCH) for n in range(3)]))
    shelf.grant(replace(SEX, number=""), NOW)
    with pytest.raises(Refused, match="is 3, expected"):
        shelf.grant(DAY, NOW)


def test_two_grants_on_one_dataset_are_joined_too(shelf: Shelf) -> None:
    rows = [relief(n, "12"[n % 2], ("1950", "1951")[n // 5]) for n in range(10)]
    stocked(shelf, (RELIEF, rows))
    shelf.grant(replace(SEX, number=""), NOW)
    with pytest.raises(Refused, match="is 2, expected"):
        shelf.grant(replace(BORN, purpose="statistics"), NOW)
    assert shelf.grant(replace(SEX, number="", purpose="statistics"), NOW).purpose == "statistics"


def test_an_automatic_grant_does_not_pass_the_guard_by(shelf: Shelf) -> None:
    free = replace(CHECKUP, sharing=Sharing.UNCONDITIONAL)
    stocked(shelf, (RELIEF, TEN), (free, [checkup(n, MARCH + timedelta(days=n)) for n in range(10)]))
    shelf.grant(replace(SEX, number=""), NOW)
    decision = shelf.decide(make_ask(ASKER, free.key))
    assert (decision.gate, decision.code) == ("G12", "LINKAGE_NEEDS_SIGNATURE")
    assert decision.columns == ()


def test_several_asks_at_once_that_are_the_first_of_a_join_all_learn_its_k(tmp_path: Path) -> None:
    """Without rows there is nothing to compute, so that they meet where what was found is written."""
    window = Window.of_day(MARCH)
    nothing = Snapshot(RELIEF.key, 1, "", window, files=(), rows=0, schema_hash="", digest="", published_at=NOW)
    part = Part(Piece(RELIEF.key, RELIEF.key_fields, ("sex",)), nothing)
    with ThreadPoolExecutor(8) as pool:
        for number in range(12):
            lake, together = tmp_path / str(number), Barrier(8)
            asked = [pool.submit(lambda: (together.wait(60), smallest(lake, [part]))[1]) for _ in range(8)]  # noqa: B023
            assert {each.result() for each in asked} == {None}
            assert len(list((lake / FOLDER).iterdir())) == 1


PERSONS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(("1", "2", None)), st.integers(0, 2)), min_size=1, max_size=25
)


@settings(deadline=None)
@given(PERSONS, PERSONS)
def test_the_join_is_counted_as_by_hand(left: Any, right: Any) -> None:
    relieved = [relief(n, sex, str(born)) for n, sex, born in left]
    examined = [checkup(n, MARCH + timedelta(days=day), place) for n, place, day in right]
    columns = ((RELIEF, ("sex", "born"), relieved), (CHECKUP, ("hospital", "day"), examined))
    tables = [(Piece(d.key, d.key_fields, names), make_table(d, rows)) for d, names, rows in columns]
    assert measure(tables) == by_hand(columns)


def by_hand(columns: Any) -> int:
    known = [defaultdict(set) for _ in columns]
    for told, (dataset, names, rows) in zip(known, columns, strict=True):
        for row in rows:
            told[row[dataset.key_fields[0]]].add(tuple(row[n] for n in names))
    everybody = {person for told in known for person in told}
    groups = Counter(
        (a, b) for person in everybody for a in known[0][person] or {None} for b in known[1][person] or {None}
    )
    return min(groups.values())
