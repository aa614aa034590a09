"""A list shows what the rule would show one by one: in SQL, among the cards, and on the page of hits."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select

from catalog import tables
from catalog.access import decide, visible
from catalog.cards.tables import card
from catalog.rule.sight import in_use, sight
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Basis, Grant, GrantState, Mode, Standing, Subject
from schemas.dataset import Dataset, Field, Grade, Sharing
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    TENGZHOU_CIVIL,
    make_ask,
    make_dataset,
    make_field,
    make_grant,
    make_subject,
)

DATASETS = [
    make_dataset(f"{place}_{sharing.value}.data", sharing=sharing, owner=owner)
    for place, owner in (("civil", CIVIL_AFFAIRS), ("health", HEALTH))
    for sharing in Sharing
]


def subjects() -> Iterator[Subject]:
    yield PUBLIC
    flags = ("government", "credential_active", "organisation_active")
    for organisation in ("", CIVIL_AFFAIRS, TENGZHOU_CIVIL):
        for told in product((True, False), repeat=3):
            yield make_subject(organisation=organisation, **dict(zip(flags, told, strict=True)))
    yield make_subject(organisation=CIVIL_AFFAIRS, system="")


def grants() -> Iterator[tuple[Grant, ...]]:
    """None; one of every state, holder, system and dataset; several at once."""
    yield ()
    every = []
    for state, holder, systems in product(GrantState, (TENGZHOU_CIVIL, HEALTH), ((), ("tengzhou-civil",), ("other",))):
        some = tuple(make_grant(holder, one.key, state=state, systems=systems) for one in DATASETS[4:])
        every.append(some)
        yield from ((one,) for one in some)
    yield tuple(one for some in every for one in some)


def test_the_rule_the_clause_and_the_cards_agree_for_every_subject_grant_and_dataset(shelf: Shelf) -> None:
    for dataset in DATASETS:
        shelf.register(dataset, NOW)
    with shelf.engine.connect() as connection:
        drawer = shelf.cards.today(connection, shelf.tree())
        for subject, held in product(subjects(), grants()):
            wanted = {one.key for one in DATASETS if visible(subject, one, held)}
            seen = sight(subject, held)
            assert {drawer.key(one) for one in drawer.by_key(drawer.in_sight(seen))} == wanted, (subject, held)
            if shelf.engine.dialect.name == "sqlite" or len(held) != 1:
                asked = select(tables.dataset.c.key).where(seen.clause(tables.dataset))
                assert set(connection.scalars(asked)) == wanted, (subject, held)
                asked = select(card.c.dataset).where(seen.clause(card))
                assert set(connection.scalars(asked)) == wanted, (subject, held)


def make_fields() -> tuple[Field, ...]:
    return (make_field("id", key=1, required=True, grade=Grade.GENERAL_1), make_field("name", grade=Grade.GENERAL_1))


def could_read(subject: Subject, dataset: Dataset, held: tuple[Grant, ...], shelf: Shelf) -> bool:
    """Whether some ask on it, on a basis of its own, would get rows; unconditional data are granted with the ask."""
    if dataset.sharing is Sharing.UNCONDITIONAL and subject.government and not subject.public:
        held = (*held, make_grant(subject.organisation, dataset.key, divisions=(), scope=None))
    asks = [
        make_ask(subject, dataset.key, mode=mode, purpose=purpose, basis=basis)
        for mode in (Mode.QUERY, Mode.BULK)
        for purpose, basis in (
            ("own_duty", Basis.OWNER), ("open_use", Basis.OPEN), ("social_assistance", Basis.GRANT),
        )
    ]  # fmt: skip
    tree, standing = shelf.tree(), Standing(True, False, 1, 100)
    return any(decide(ask, dataset, held, standing, tree).allowed for ask in asks)


@pytest.mark.parametrize("ended", [False, True])
def test_what_is_mine_to_use_is_what_some_ask_of_mine_would_be_given(sqlite_shelf: Shelf, *, ended: bool) -> None:
    """The make-believe dataset has one kind of column for all classes, so that its rows decide nothing here."""
    plain = [replace(one, fields=make_fields(), default_scope="", subject_kind="") for one in DATASETS]
    for dataset in plain:
        sqlite_shelf.register(dataset, NOW)
    with sqlite_shelf.engine.connect() as connection:
        drawer = sqlite_shelf.cards.today(connection, sqlite_shelf.tree())
    term = {"end": NOW - timedelta(days=1)} if ended else {}
    held = (make_grant(dataset=plain[6].key, divisions=(), scope=None, **term),)
    known = [one for one in subjects() if one.public or (one.organisation and one.credential_active)]
    for subject in (one for one in known if one.organisation_active):
        wanted = {one.key for one in plain if could_read(subject, one, held, sqlite_shelf)}
        found = drawer.in_sight(sight(subject, held)) & drawer.in_sight(in_use(subject, held, NOW))
        assert {drawer.key(one) for one in drawer.by_key(found)} == wanted, subject
