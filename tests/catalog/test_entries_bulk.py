"""Many entries at once: the fate of each is told, nothing changes unless told."""

from dataclasses import replace

import pytest

from catalog.entries import bulk, desk
from catalog.entries.book import Wanted
from catalog.entries.bulk import Fate
from catalog.organisations import Organisation
from schemas.access import Role, Tier
from schemas.entry import Entry
from schemas.entry_file import read_entries, write_entries
from schemas.entry_form import File
from schemas.entry_life import Action, State
from schemas.errors import BadInput, Refused
from tests.builders import HEALTH, NOW, TENGZHOU, ZAOZHUANG
from tests.catalog.test_entries import GOOD, Town, person, town

__all__ = ["town"]

OTHER = replace(GOOD, title="临时救助信息", code="306005/000200")


def bring(town: Town, *entries: Entry, apply: bool = True) -> dict[str, int]:
    raw = write_entries(entries, "xlsx")
    found = bulk.plan(town.shelf, town.keeper, read_entries(raw, "xlsx", "目录.xlsx"), "目录.xlsx", NOW)
    if apply:
        bulk.apply(town.shelf, town.keeper, found, raw, NOW)
    return dict(found.counts)


def test_nothing_changes_unless_it_is_told(town: Town) -> None:
    assert bring(town, GOOD, OTHER, apply=False) == {"new": 2}
    assert desk.listed(town.shelf, town.keeper, Wanted(), NOW) == ()
    assert bring(town, GOOD, OTHER) == {"new": 2}
    listed = desk.listed(town.shelf, town.keeper, Wanted(), NOW)
    assert [(one.entry.title, one.state) for one in listed] == [(OTHER.title, State.DRAFT), (GOOD.title, State.DRAFT)]
    assert bring(town, GOOD, OTHER) == {"same": 2}


def test_each_entry_meets_the_fate_of_where_it_stands(town: Town) -> None:
    number = town.published()
    made = desk.create(town.shelf, town.keeper, OTHER, NOW)
    assert bring(town, replace(GOOD, abstract="另述"), replace(OTHER, abstract="另述")) == {
        "in_force": 1,
        "redrafted": 1,
    }
    assert desk.find(town.shelf, town.keeper, number, NOW).shown.entry.abstract == GOOD.abstract
    assert desk.find(town.shelf, town.keeper, made.id, NOW).shown.entry.abstract == "另述"
    town.act(town.keeper, made.id, Action.CHECK)
    town.act(town.keeper, made.id, Action.SUBMIT)
    assert bring(town, replace(OTHER, abstract="三述")) == {"in_review": 1}
    town.act(town.keeper, number, Action.CHANGE, said="职责调整")
    assert bring(town, replace(GOOD, abstract="另述")) == {"redrafted": 1}
    assert [one.state for one in desk.find(town.shelf, town.keeper, number, NOW).versions] == [
        State.CHANGING,
        State.DRAFT,
    ]


def test_one_mistake_keeps_the_whole_file_out(town: Town) -> None:
    file = read_entries(write_entries([GOOD, OTHER, GOOD], "csv"), "csv", "目录.csv")
    found = bulk.plan(town.shelf, town.keeper, file, "目录.csv", NOW)
    assert [(one.line, one.where) for one in found.mistakes] == [(10, "信息资源代码"), (10, "信息资源名称")]
    with pytest.raises(BadInput, match="nothing was taken in"):
        bulk.apply(town.shelf, town.keeper, found, b"", NOW)
    assert desk.listed(town.shelf, town.keeper, Wanted(), NOW) == ()


def test_a_keeper_brings_in_entries_of_their_own_organisation_only(town: Town) -> None:
    with pytest.raises(Refused, match="catalogue_keeper"):
        bulk.plan(town.shelf, town.reviewer, File((), ()), "x", NOW)
    file = read_entries(write_entries([replace(GOOD, provider=HEALTH)], "csv"), "csv", "目录.csv")
    assert [one.where for one in bulk.plan(town.shelf, town.keeper, file, "x", NOW).mistakes] == ["提供方代码"]
    bureau = bulk.plan(town.shelf, town.others["bureau keeper"], file, "x", NOW)
    assert [one.fate for one in bureau.entries] == [Fate.NEW], "it administers the division"


def test_a_form_without_a_provider_is_of_whoever_brings_it(town: Town) -> None:
    assert bring(town, replace(GOOD, provider="", provider_name="", division="")) == {"new": 1}
    (one,) = desk.listed(town.shelf, town.keeper, Wanted(), NOW)
    assert (one.entry.provider, one.entry.provider_name) == (GOOD.provider, "民政目录岗")


def test_an_import_is_on_record_once_with_the_file_it_was(town: Town) -> None:
    bring(town, GOOD, OTHER)
    receipts = [one for one in town.shelf.ledger.receipts(limit=10) if one.body.get("action") == "imported"]
    (receipt,) = receipts
    assert receipt.body["counts"] == {"new": 2}
    for one in desk.listed(town.shelf, town.keeper, Wanted(), NOW):
        (step,) = desk.history(town.shelf, desk.find(town.shelf, town.keeper, one.id, NOW))
        assert (step.action, step.receipt) == ("imported", receipt.number)


def test_a_file_cannot_take_another_divisions_department_for_ones_own(town: Town) -> None:
    """The county's data administration names the city's civil affairs bureau as a department of the county."""
    county = "11370481004300006C"
    town.shelf.parties.add_organisation(
        Organisation(county, "滕州市大数据局", "", TENGZHOU, Tier.COUNTY, authority=True)
    )
    keeper = person(county, TENGZHOU, "滕州目录岗", Role.CATALOGUE_KEEPER)
    made = desk.create(town.shelf, town.keeper, GOOD, NOW)
    theirs = replace(GOOD, division=TENGZHOU, abstract="改写")
    raw = write_entries([theirs], "jsonl")
    found = bulk.plan(town.shelf, keeper, read_entries(raw, "jsonl", "f"), "f", NOW)
    assert [one.line for one in found.mistakes] == [1]
    assert not found.entries
    with pytest.raises(BadInput, match="nothing was taken in"):
        bulk.apply(town.shelf, keeper, found, raw, NOW)
    with pytest.raises(BadInput, match="expected your own"):
        desk.create(town.shelf, keeper, replace(theirs, title="另一条", code=""), NOW)
    assert desk.find(town.shelf, town.keeper, made.id, NOW).shown.entry.abstract == GOOD.abstract


def test_a_draft_under_another_administration_is_not_rewritten_by_its_code(town: Town) -> None:
    """Not registered, the provider's division is what the entries say: the one that stands there counts too."""
    county = "11370481004300006C"
    town.shelf.parties.add_organisation(
        Organisation(county, "滕州市大数据局", "", TENGZHOU, Tier.COUNTY, authority=True)
    )
    keeper = person(county, TENGZHOU, "滕州目录岗", Role.CATALOGUE_KEEPER)
    unregistered = replace(GOOD, provider="11370400004300009X", provider_name="枣庄市档案馆", division=ZAOZHUANG)
    made = desk.create(town.shelf, town.others["bureau keeper"], unregistered, NOW)
    raw = write_entries([replace(unregistered, division=TENGZHOU, abstract="改写")], "jsonl")
    found = bulk.plan(town.shelf, keeper, read_entries(raw, "jsonl", "f"), "f", NOW)
    assert [one.line for one in found.mistakes] == [1]
    assert not found.entries
    assert desk.find(town.shelf, town.others["bureau keeper"], made.id, NOW).shown.entry == unregistered
