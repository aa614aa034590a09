"""The fact sheet of a dataset: the facts as asked one by one, in as few statements for a large one as for a small."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from catalog import datasets, sheet
from catalog.organisations import Organisation
from catalog.shelf import Shelf
from catalog.subjects import PUBLIC
from schemas.access import Subject, Tier
from schemas.dataset import Dataset, Load, Sharing, Source
from schemas.origin import How, Origin
from tests.builders import (
    CIVIL_AFFAIRS,
    DAY,
    NOW,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_grant,
    make_subject,
    make_verdict,
)

OWNER = make_subject(ZAOZHUANG, Tier.CITY, organisation=CIVIL_AFFAIRS)
OUTSIDER = make_subject(government=False)
SMALL = make_dataset("civil_affairs.small", fields=(make_field("id", key=1),), default_scope="")


def derived(key: str, *inputs: Dataset, **told: object) -> Dataset:
    """A dataset whose first field comes from the first field of each input."""
    source = Source("derived", "", {"sql": "select 1"}, load=Load.SNAPSHOT, inputs=tuple(one.key for one in inputs))
    origins = tuple(Origin("id", one.key, one.fields[0].name, How.DIRECT) for one in inputs)
    fields = (make_field("id", title="编号", key=1),)
    return make_dataset(key, source=source, origins=origins, fields=fields, default_scope="", **told)


def large(shelf: Shelf) -> Dataset:
    """Of 200 fields, 8 inputs, half of them hidden, and 4 versions; 8 datasets are made of it."""
    inputs = [make_dataset(f"inputs.d{n:02d}", sharing=Sharing.OPEN if n % 2 else Sharing.WITHHELD) for n in range(8)]
    whole = derived("civil_affairs.large", *inputs)
    fields = (*whole.fields, *(make_field(f"f{n:03d}") for n in range(200)))
    whole = replace(whole, fields=fields)
    for one in (*inputs, whole):
        shelf.register(one, NOW)
    for number in range(8):
        shelf.register(derived(f"outputs.d{number:02d}", whole), NOW)
    for number in range(4):
        verdict = make_verdict(shelf.lake, whole, [{"id": str(number)}], DAY + timedelta(days=number))
        shelf.publish(whole, verdict, NOW + timedelta(days=number))
    return whole


@pytest.mark.parametrize("asker", [PUBLIC, OWNER, make_subject(), OUTSIDER], ids=["public", "owner", "county", "firm"])
def test_its_facts_cost_at_most_five_statements_whatever_its_size(shelf: Shelf, asker: Subject) -> None:
    shelf.register(SMALL, NOW)
    whole = large(shelf)
    told: list[str] = []
    event.listen(shelf.engine, "before_cursor_execute", lambda _c, _u, statement, *_: told.append(statement))
    counts = []
    for key in (SMALL.key, whole.key):
        told.clear()
        with shelf.engine.connect() as connection:
            sheet.sheet(connection, datasets.get(connection, key), asker)
        counts.append(len([one for one in told if not one.startswith("BEGIN")]))
    assert counts[0] == counts[1] <= 5


def test_it_tells_what_the_single_questions_tell(shelf: Shelf) -> None:
    shelf.parties.add_organisation(
        Organisation(TENGZHOU_CIVIL, "滕州市民政局", "", TENGZHOU, Tier.COUNTY, government=True)
    )
    whole = large(shelf)
    held = shelf.grant(make_grant(dataset=whole.key, divisions=(), scope=None), NOW)
    found = shelf.catalogue.sheet(whole, make_subject())
    assert found.versions == shelf.versions(whole.key)
    assert found.findings == shelf.findings(whole.key) != ()
    assert found.newest == shelf.newest(whole.key)[whole.key]
    assert found.grants == (held,)
    columns = shelf.catalogue.column_lineage(whole.key, make_subject())
    into = {(one.field, one.dataset, one.column, one.how) for one in columns.edges if one.to_dataset == whole.key}
    assert {(one.field, one.dataset, one.column, one.how) for one in found.made} == into
    assert {(one.column_title, one.dataset_title) for one in found.made} == {("公民身份号码", "城乡低保对象")}
    hop = {(one.kind, one.name) for one in found.near}
    assert {("dataset", f"inputs.d{n:02d}") for n in range(1, 8, 2)} <= hop
    assert ("dataset", "outputs.d00") in hop


def test_it_names_no_neighbour_that_the_asker_may_not_know_of(shelf: Shelf) -> None:
    whole = large(shelf)
    for asker in (PUBLIC, OUTSIDER, make_subject()):
        found = shelf.catalogue.sheet(whole, asker)
        named = {one.name for one in found.near} | {one.dataset for one in found.made}
        assert not any(name.startswith("inputs.d") and int(name[-2:]) % 2 == 0 for name in named), asker
    assert not any(one.name.startswith("outputs") for one in shelf.catalogue.sheet(whole, PUBLIC).near)


def test_an_outsider_sees_the_neighbour_that_a_grant_names(shelf: Shelf) -> None:
    firm = Organisation(TENGZHOU_CIVIL, "某企业", "", TENGZHOU, Tier.COUNTY, government=False)
    shelf.parties.add_organisation(firm)
    whole = large(shelf)
    shelf.grant(make_grant(dataset="outputs.d03", divisions=(), scope=None), NOW)
    assert [one.name for one in shelf.catalogue.sheet(whole, OUTSIDER).near if one.depth == 1] == ["outputs.d03"]


def test_data_that_were_published_once_more_are_no_newer(shelf: Shelf) -> None:
    dataset = make_dataset()
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, [low_income_row(1)]), NOW)
    shelf.publish(dataset, make_verdict(shelf.lake, dataset, [low_income_row(2)]), NOW + timedelta(days=3))
    assert shelf.catalogue.sheet(dataset, OWNER).newest == shelf.newest(dataset.key)[dataset.key]
    shelf.withdraw(dataset.key, 2)
    assert shelf.catalogue.sheet(dataset, OWNER).newest == shelf.newest(dataset.key)[dataset.key]
    assert shelf.catalogue.sheet(SMALL, OWNER).newest is None
