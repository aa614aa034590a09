"""Lineage is walked within bounds, through what its asker may know of and nothing else, on each kind of database."""

from collections.abc import Sequence

import pytest
from sqlalchemy import event

from catalog.lineage.walk import Limits, Walk
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from schemas.access import Role, Subject, Tier
from schemas.dataset import Sharing, Source
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    make_dataset,
    make_grant,
    make_subject,
)

HIDDEN = "health.hidden"


def chain(shelf: Shelf, *keys: str, sharing: Sharing = Sharing.CONDITIONAL, owner: str = CIVIL_AFFAIRS) -> None:
    """Datasets each made of the one before."""
    for before, key in zip(("", *keys), keys, strict=False):
        derive(shelf, key, [before] if before else [], sharing, owner)


def derive(
    shelf: Shelf,
    key: str,
    inputs: Sequence[str],
    sharing: Sharing = Sharing.CONDITIONAL,
    owner: str = CIVIL_AFFAIRS,
) -> None:
    source = Source("derived", "", {}, inputs=tuple(inputs)) if inputs else Source("sql_table", "secret_system", {})
    told = {"sharing": sharing, "owner": owner, "withheld_basis": "x", "title": key, "title_en": key}
    shelf.register(make_dataset(key, source=source, **told), NOW)


def organisations(shelf: Shelf) -> None:
    for code in (CIVIL_AFFAIRS, HEALTH, TENGZHOU_CIVIL):
        shelf.parties.add_organisation(Organisation(code, code, code, ZAOZHUANG, Tier.CITY, True, True))


def keys(walk: Walk, kind: str = "dataset") -> set[str]:
    return {one.name for one in walk.nodes if one.kind == kind}


def pairs(walk: Walk) -> set[tuple[str, str]]:
    return {(one.start[1], one.end[1]) for one in walk.edges}


def test_a_walk_goes_so_many_hops_both_ways_and_says_that_there_is_more(shelf: Shelf) -> None:
    chain(shelf, *(f"a.d{n}" for n in range(7)))
    near = shelf.catalogue.lineage("a.d3", make_subject(), NOW, Limits(hops=2))
    assert keys(near) == {"a.d1", "a.d2", "a.d3", "a.d4", "a.d5"}
    assert {one.name: one.depth for one in near.nodes} == {f"a.d{n}": n - 3 for n in range(1, 6)}
    assert near.cut == {"hops"}
    whole = shelf.catalogue.lineage("a.d3", make_subject(), NOW, Limits(hops=5))
    assert keys(whole) == {f"a.d{n}" for n in range(7)}
    assert whole.cut == frozenset()
    assert ("source:a.d0", "a.d0") in pairs(whole)
    assert "secret_system" not in str(whole)


def test_a_dataset_fed_by_a_crowd_is_cut_to_so_many_nodes_and_that_is_told(shelf: Shelf) -> None:
    for n in range(30):
        derive(shelf, f"a.in_{n:02}", [])
    derive(shelf, "a.hub", [f"a.in_{n:02}" for n in range(30)])
    found = shelf.catalogue.lineage("a.hub", make_subject(), NOW, Limits(hops=1, nodes=10))
    assert len(found.nodes) == 10
    assert "nodes" in found.cut
    assert all({one.start[1], one.end[1]} <= {node.name for node in found.nodes} for one in found.edges)
    assert shelf.catalogue.lineage("a.hub", make_subject(), NOW, Limits(hops=1, nodes=40)).cut == {"hops"}


def test_what_one_may_not_know_of_is_absent_and_no_way_leads_through_it(shelf: Shelf) -> None:
    chain(shelf, "a.first", "a.second")
    derive(shelf, HIDDEN, ["a.second"], Sharing.WITHHELD, HEALTH)
    derive(shelf, "a.beyond", [HIDDEN])
    found = shelf.catalogue.lineage("a.second", make_subject(), NOW, Limits(hops=5))
    assert keys(found) == {"a.first", "a.second"}
    assert found.cut == frozenset()
    assert HIDDEN not in str(found)
    assert shelf.catalogue.lineage("a.second", make_subject(), NOW, Limits(hops=1)).cut == {
        "hops"
    }  # the source of the first
    upward = shelf.catalogue.lineage("a.beyond", make_subject(), NOW, Limits(hops=5))
    assert keys(upward) == {"a.beyond"}
    owner = shelf.catalogue.lineage("a.second", make_subject(organisation=HEALTH), NOW, Limits(hops=5))
    assert keys(owner) == {"a.first", "a.second", HIDDEN, "a.beyond"}


def test_a_hidden_neighbour_is_not_told_by_the_limits_either(shelf: Shelf) -> None:
    chain(shelf, "a.alone")
    derive(shelf, HIDDEN, ["a.alone"], Sharing.WITHHELD, HEALTH)
    for limits in (Limits(hops=1, nodes=2), Limits(hops=2, nodes=2), Limits(hops=2)):
        assert shelf.catalogue.lineage("a.alone", make_subject(), NOW, limits).cut == frozenset()


def test_a_circle_ends(shelf: Shelf) -> None:
    derive(shelf, "a.one", ["a.three"])
    derive(shelf, "a.two", ["a.one"])
    derive(shelf, "a.three", ["a.two"])
    found = shelf.catalogue.lineage("a.one", make_subject(), NOW, Limits(hops=5))
    assert keys(found) == {"a.one", "a.two", "a.three"}
    assert pairs(found) == {("a.one", "a.two"), ("a.two", "a.three"), ("a.three", "a.one")}
    assert found.cut == frozenset()


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        (make_subject(organisation=CIVIL_AFFAIRS), {TENGZHOU_CIVIL, HEALTH}),
        (make_subject(organisation=TENGZHOU_CIVIL), {TENGZHOU_CIVIL}),
        (make_subject(organisation=HEALTH), {HEALTH}),
        (make_subject(organisation="11370000004000002P"), set()),
        (
            make_subject(organisation="11370000004000002P", person="p", roles=frozenset({Role.SECURITY_AUDITOR})),
            {TENGZHOU_CIVIL, HEALTH},
        ),
    ],
    ids=["owner", "recipient", "other recipient", "anybody", "auditor"],
)
def test_grants_and_their_recipients_stand_at_the_end_for_owner_recipient_and_auditor(
    shelf: Shelf, who: Subject, seen: set[str]
) -> None:
    organisations(shelf)
    chain(shelf, "a.first", "a.second")
    for organisation in (TENGZHOU_CIVIL, HEALTH):
        shelf.grant(make_grant(organisation, "a.second"), NOW)
    shelf.grant(make_grant(HEALTH, "a.second", purpose="emergency", end=NOW), NOW)
    found = shelf.catalogue.lineage("a.first", who, NOW)
    assert keys(found, "organisation") == seen
    assert len(keys(found, "grant")) == len(seen)
    assert {end for start, end in pairs(found) if start == "a.second"} == keys(found, "grant")


def test_a_walk_costs_as_many_statements_for_a_crowd_as_for_one(shelf: Shelf) -> None:
    chain(shelf, "a.first", "a.second", "a.third")
    seen: list[str] = []
    event.listen(shelf.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
    shelf.catalogue.lineage("a.second", make_subject(), NOW)
    few = len(seen)
    for n in range(60):
        derive(shelf, f"a.more_{n:02}", ["a.second"])
    seen.clear()
    assert len(shelf.catalogue.lineage("a.second", make_subject(), NOW).nodes) > 60
    assert len(seen) == few <= 10
