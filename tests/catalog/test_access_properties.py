"""What must hold of the access rule whatever is asked: it agrees with the second decider, and it only ever narrows."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from catalog.access import decide
from schemas.access import Basis, Decision, Grant, GrantState, Mode, Roster, Tier
from schemas.dataset import Grade, ScopeRole, Transform
from schemas.divisions import shipped
from tests.catalog.access_asks import DIVISIONS, every_twist, more_grants, plain_scenes, scenes
from tests.oracle.cells import LIES_IN, SPELLINGS, Scene, cell
from tests.oracle.served import Cells, served
from tests.oracle.world import DATASETS, LOW_INCOME, NOW, PUBLISHED, TREE, ask, grant, rows_of

EXAMPLES = int(os.environ.get("YISHU_EXAMPLES", "100"))
ROWS = {key: rows_of(dataset) for key, dataset in DATASETS.items()}
slow_ok = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=slow_ok)
most = settings(max_examples=EXAMPLES * 4, deadline=None, suppress_health_check=slow_ok)


def answer(scene: Scene) -> Decision:
    return decide(scene.ask, scene.dataset, scene.grants, scene.standing, TREE, scene.consents)


def let_out(scene: Scene) -> Cells:
    return served(answer(scene), ROWS[scene.dataset.key], TREE, scene.crowd)


def by_the_page(scene: Scene) -> Cells:
    rows = ROWS[scene.dataset.key]
    cells = {(n, f.name): cell(scene, row, f.name) for n, row in enumerate(rows) for f in scene.dataset.fields}
    return {place: how for place, how in cells.items() if how is not None}


@most
@given(scenes())
def test_the_rule_and_the_second_decider_let_out_the_same_cells(scene: Scene) -> None:
    assert let_out(scene) == by_the_page(scene)


def test_the_second_decider_agrees_on_every_plain_situation_and_each_single_twist_of_it() -> None:
    for scene in every_twist():
        assert let_out(scene) == by_the_page(scene), scene


@many
@given(scenes())
def test_a_roster_lets_out_what_the_consents_that_it_stands_for_let_out(scene: Scene) -> None:
    wanted = scene.ask
    if isinstance(scene.consents, Roster) or wanted.mode is Mode.VERIFY:
        return
    ours = [c for c in scene.consents if c.organisation == wanted.subject.organisation]
    now = {c.key for c in ours if c.purpose == wanted.purpose and c.until > NOW and c.dataset in ("", wanted.dataset)}
    now -= {c.key for c in ours if c.since is not None and c.since > NOW}
    whose = (wanted.dataset, wanted.subject.organisation, wanted.purpose)
    told = replace(scene, consents=Roster(*whose, len(now), "the mark", NOW), crowd=frozenset(now))
    if answer(scene).basis is not Basis.OPEN:
        assert let_out(told) == let_out(scene)


def test_the_plain_situations_are_all_allowed() -> None:
    assert [answer(scene).code for scene in plain_scenes()] == ["OK"] * len(plain_scenes())


@pytest.mark.parametrize(
    "who", ["city", "county", "shanting", "laiwu", "laiwu old", "foreign", "town", "village", "grid"]
)
@pytest.mark.parametrize("division", ["", *DIVISIONS])
def test_the_second_decider_agrees_on_every_return_and_every_clipped_bulk(who: str, division: str) -> None:
    for dataset in ("civil_affairs.province_wide", "civil_affairs.low_income", "civil_affairs.jinan"):
        for purpose, mode in (
            ("data_return", Mode.QUERY),
            ("data_return", Mode.BULK),
            ("social_assistance", Mode.BULK),
        ):
            wanted = ask(who, dataset, purpose=purpose, mode=mode, division=division)
            held = (grant(to=who, dataset=dataset, divisions=("37", "320300000000")),)
            scene = Scene(wanted, DATASETS[dataset], held, PUBLISHED)
            assert let_out(scene) == by_the_page(scene)


# Narrowing


def narrower_place(division: str) -> list[str]:
    """Places that lie within it, by the hand-written table."""
    root = SPELLINGS[division]
    return sorted(spelling for spelling, place in SPELLINGS.items() if root in LIES_IN[place])


@st.composite
def narrowed_grant(draw: st.DrawFn, old: Grant, fields: tuple[str, ...]) -> Grant:
    """The same grant with one thing less."""
    value = {"column": fields[0], "op": "=", "value": f"{fields[0]}-1"}
    stricter = {n: Transform(min(t + 1, Transform.DROP)) for n, t in old.transforms.items()}
    ways: tuple[dict[str, Any], ...] = (
        {"modes": old.modes[1:]},
        {"columns": draw(some_of(old.columns or fields))},
        {"transforms": {fields[-1]: Transform.DROP} | stricter},
        {"divisions": draw(narrowed_divisions(old.divisions))},
        {"row_filter": {"and": [old.row_filter, value]} if old.row_filter else value},
        {"end": NOW - timedelta(seconds=1)},
        {"quota": 0},
        {"state": GrantState.REVOKED},
        {"systems": ("nobody",)},
    )
    return replace(old, **draw(st.sampled_from(ways)))


def some_of(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), unique=True, min_size=1).map(tuple)


@st.composite
def narrowed_divisions(draw: st.DrawFn, old: tuple[str, ...]) -> tuple[str, ...]:
    if not old:
        return (draw(st.sampled_from(DIVISIONS)),)
    return tuple(draw(st.sampled_from(narrower_place(d))) for d in old[: draw(st.integers(1, len(old)))])


@st.composite
def narrowed_ask(draw: st.DrawFn, scene: Scene, fields: tuple[str, ...]) -> Scene:
    """The same situation, one thing less asked for."""
    asked = scene.ask
    value = {"column": draw(st.sampled_from(fields)), "op": "=", "value": "370402000000"}
    ways: tuple[dict[str, Any], ...] = (
        {"columns": draw(some_of(asked.columns or fields))},
        {"division": draw(st.sampled_from(narrower_place(asked.division) if asked.division else DIVISIONS))},
        {"filter": {"and": [asked.filter, value]} if asked.filter else value},
    )
    return replace(scene, ask=replace(asked, **draw(st.sampled_from(ways))))


@st.composite
def narrowed_asker(draw: st.DrawFn, scene: Scene) -> Scene:
    """The same situation with a lesser asker."""
    subject = scene.ask.subject
    lower = Grade(draw(st.integers(1, subject.clearance)))
    less = draw(st.sampled_from([{"clearance": lower}, {"credential_active": False}, {"organisation_active": False}]))
    return replace(scene, ask=replace(scene.ask, subject=replace(subject, **less)))


@st.composite
def narrowed(draw: st.DrawFn, scene: Scene) -> Scene:
    """The same situation with one thing less: of the ask, the asker, a grant, the consents or the standing."""
    fields = tuple(f.name for f in scene.dataset.fields)
    what = draw(st.sampled_from(["ask", "ask", "asker", "grant", "grant", "consents", "standing"]))
    if what == "ask":
        return draw(narrowed_ask(scene, fields))
    if what == "asker":
        return draw(narrowed_asker(scene))
    if what == "grant" and scene.grants:
        turned = draw(st.integers(0, len(scene.grants) - 1))
        less = draw(narrowed_grant(scene.grants[turned], fields))
        return replace(scene, grants=(*scene.grants[:turned], less, *scene.grants[turned + 1 :]))
    if what == "consents":
        if isinstance(scene.consents, Roster):
            return replace(scene, crowd=frozenset(sorted(scene.crowd)[1:]))
        return replace(scene, consents=scene.consents[1:])
    worse = draw(st.sampled_from([{"held_back": True}, {"published": False}, {"version": 0}, {"smallest_group": 4}]))
    return replace(scene, standing=replace(scene.standing, **worse))


def naming_its_grant(scene: Scene) -> Scene:
    """The same ask with the number of the grant it stands on; of the first one where several fit.

    Only a named grant is narrowed: an ask that is ambiguous may well be answered when one of its grants is revoked.
    """
    found = answer(scene)
    number = scene.grants[0].number if found.code == "AMBIGUOUS_GRANT" else found.grant
    return replace(scene, ask=replace(scene.ask, grant=number)) if number else scene


@most
@given(st.data())
def test_narrowing_any_input_never_widens_the_answer(data: st.DataObject) -> None:
    scene = naming_its_grant(data.draw(scenes()))
    less = data.draw(narrowed(scene))
    before, after = let_out(scene), let_out(less)
    assert set(after) <= set(before)
    assert all(after[place] >= before[place] for place in after)


# One sentence of the page each


@many
@given(scenes())
def test_rows_lie_in_the_grant_and_in_the_asked_division_and_wholesale_in_the_askers_own(scene: Scene) -> None:
    found = answer(scene)
    if not (found.basis is Basis.GRANT and found.allowed and found.rows is not None and found.rows.column):
        return
    limits = [[scene.ask.division]] if scene.ask.division else []
    limits += [list(g.divisions) for g in scene.grants if g.number == found.grant and g.divisions]
    if scene.ask.mode in (Mode.BULK, Mode.DELTA, Mode.FILE) and scene.ask.subject.tier >= Tier.COUNTY:
        limits.append([scene.ask.subject.division])
    for n, _ in served(found, ROWS[scene.dataset.key], TREE):
        place = LIES_IN[SPELLINGS[ROWS[scene.dataset.key][n][found.rows.column]]]
        for roots in limits:
            assert any(SPELLINGS[root] in place for root in roots)


@many
@given(scenes())
def test_no_item_above_the_clearance_leaves_and_core_never_does(scene: Scene) -> None:
    for column in answer(scene).served:
        assert scene.dataset.field(column.name).grade <= min(scene.ask.subject.clearance, Grade.IMPORTANT)


@many
@given(scenes())
def test_a_returned_or_granted_item_that_is_not_shareable_never_leaves_by_grant(scene: Scene) -> None:
    found = answer(scene)
    if found.basis in (Basis.GRANT, Basis.OPEN):
        assert all(scene.dataset.field(c.name).shareable for c in found.served)


@many
@given(scenes())
def test_a_transform_is_never_weaker_than_the_items_own_or_the_grants(scene: Scene) -> None:
    found = answer(scene)
    if not (found.allowed and found.basis in (Basis.GRANT, Basis.OPEN)):
        return
    told = next((g.transforms for g in scene.grants if g.number == found.grant), {})
    for column in found.columns:
        assert column.transform >= scene.dataset.field(column.name).transform
        assert column.transform >= told.get(column.name, Transform.CLEAR)


STALE: list[Callable[[Grant], Grant]] = [
    lambda g: replace(g, state=GrantState.SUSPENDED),
    lambda g: replace(g, state=GrantState.REVOKED),
    lambda g: replace(g, end=NOW),
    lambda g: replace(g, start=NOW + timedelta(microseconds=1)),
    lambda g: replace(g, quota=0),
    lambda g: replace(g, purpose="emergency"),
    lambda g: replace(g, modes=()),
    lambda g: replace(g, organisation="somebody else"),
    lambda g: replace(g, dataset="other.dataset"),
    lambda g: replace(g, systems=("another system",)),
]


@many
@given(scenes(), st.sampled_from(STALE))
def test_a_grant_that_is_stale_or_for_something_else_is_a_refusal(
    scene: Scene, spoil: Callable[[Grant], Grant]
) -> None:
    scene = naming_its_grant(scene)
    if not (answer(scene).allowed and scene.ask.grant):
        return
    grants = tuple(spoil(g) if g.number == scene.ask.grant else g for g in scene.grants)
    assert not answer(replace(scene, grants=grants)).allowed


@many
@given(st.data())
def test_another_grant_never_takes_anything_away_from_an_ask_that_names_its_grant(data: st.DataObject) -> None:
    scene = naming_its_grant(data.draw(scenes()))
    found = answer(scene)
    if not (found.allowed and scene.ask.grant):
        return
    more = data.draw(more_grants(scene, "G-8"))
    assert answer(replace(scene, grants=(more, *scene.grants))) == found


@many
@given(st.data())
def test_nobody_elses_grants_or_consents_change_a_word_of_the_answer(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    other = data.draw(more_grants(scene, data.draw(st.sampled_from(["G-1", "G-2", "G-9"]))))
    foreign = replace(other, organisation="somebody else")
    more = replace(scene, grants=(*scene.grants, foreign))
    if not isinstance(scene.consents, Roster):
        consents = tuple(replace(c, organisation="somebody else") for c in scene.consents)
        more = replace(more, consents=(*scene.consents, *consents))
    assert answer(more) == answer(scene)


@many
@given(st.data())
def test_the_order_of_the_grants_does_not_matter(data: st.DataObject) -> None:
    scene = data.draw(scenes())
    turned = tuple(data.draw(st.permutations(scene.grants)))
    before, after = answer(scene), answer(replace(scene, grants=turned))
    assert (after.code, after.gate, after.grant, after.columns, after.rows) == (
        before.code, before.gate, before.grant, before.columns, before.rows,
    )  # fmt: skip


@many
@given(scenes())
def test_a_refusal_leaks_nothing_and_an_answer_is_never_empty(scene: Scene) -> None:
    found = answer(scene)
    if found.allowed:
        assert (found.code, found.gate, found.following) == ("OK", "", "")
        assert all(g.passed for g in found.gates)
        assert found.served or (found.basis is Basis.SUPERIOR and not scene.ask.columns)
        assert found.rows is not None
        assert bool(found.rows.column) == bool(found.rows.divisions)
    else:
        assert (found.columns, found.rows, found.version) == ((), None, 0)
        first = next(g for g in found.gates if not g.passed)
        assert (first.code, first.name) == (found.code, found.gate)
        assert found.following
        assert found.following_en


@many
@given(scenes())
def test_a_verify_is_about_one_subject_and_has_a_case(scene: Scene) -> None:
    found = answer(replace(scene, ask=replace(scene.ask, mode=Mode.VERIFY)))
    if not (found.allowed and found.rows is not None):
        return
    assert found.rows.keys is not None
    assert len(found.rows.keys) == 1
    assert found.rows.key_columns == scene.dataset.subject_fields
    assert scene.ask.case.strip()


anything = st.recursive(
    st.none() | st.text(max_size=6) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["and", "not", "column", "op"]), inner),
    max_leaves=8,
)


@many
@given(scenes(), st.text(max_size=16), anything)
@example(Scene(ask(), LOW_INCOME, (grant(),), PUBLISHED), "３７０４０２", {"not": None})
def test_no_words_of_an_ask_make_the_rule_stumble(scene: Scene, words: str, expression: object) -> None:
    odd = replace(
        scene.ask, purpose=words, division=words, grant=words, case=words, columns=(words,), filter=expression
    )
    assert not answer(replace(scene, ask=odd)).allowed


def test_a_row_of_laiwu_under_its_retired_code_is_seen_by_the_district_of_jinan() -> None:
    laiwu = ask("laiwu", mode=Mode.BULK)
    held = (grant(to="laiwu", divisions=("370000000000",), scope=ScopeRole.HOUSEHOLD),)
    found = decide(laiwu, LOW_INCOME, held, PUBLISHED, shipped())
    assert found.rows is not None
    assert found.rows.divisions == ("370116000000",)
    within = [code for code in ("371202", "371202000000", "370116", "370102", "371203") if _seen(found, code)]
    assert within == ["371202", "371202000000", "370116"]


def _seen(found: Decision, code: str) -> bool:
    assert found.rows is not None
    return any(shipped().within(code, d, found.rows.at) for d in found.rows.divisions)
