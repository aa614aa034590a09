"""Yearly tables, the land of zones and who is right, as stored: whole or not at all, on both databases."""

from datetime import date, timedelta

import pytest

from catalog.shelf import Shelf
from catalog.territory import desk
from catalog.territory.records import Year
from schemas.division import Custody
from schemas.division_authority import DEFAULTS, Fact, Named
from schemas.division_forms import listed
from schemas.division_year import Fate, YearTable, plan
from schemas.errors import BadInput
from tests.builders import NOW

TOWNS = "code,name\n370481001,荆河街道\n370481101,东沙河镇\n"
ZONES = "code,name\n370176,济南高新技术产业开发区\n"


def bring(shelf: Shelf, text: str, year: int, *fates: Fate, zones: bool = False) -> int:
    places = listed(text, "towns.csv", zones=zones)
    found = plan(shelf.tree(), YearTable(places, year), fates)
    return desk.apply(shelf, found, desk.year_of(found, "nbs", text.encode(), len(places), NOW))


def test_a_year_is_stored_once_and_goes_on_record(shelf: Shelf) -> None:
    assert bring(shelf, TOWNS, 2024) == 2
    assert bring(shelf, TOWNS, 2024) == 0
    assert bring(shelf, TOWNS.replace("东沙河镇", "东沙河街道"), 2025) == 2
    newest, first = desk.years(shelf)
    assert (first.year, first.added, first.source) == (2024, 2, "nbs")
    assert (newest.year, newest.renamed, newest.added, newest.at) == (2025, 1, 0, NOW)
    assert shelf.tree().name("370481101", date(2025, 1, 1)) == "东沙河镇"
    assert shelf.tree().name("370481101", date(2026, 1, 1)) == "东沙河街道"


def test_nothing_is_stored_while_a_question_is_open(shelf: Shelf) -> None:
    bring(shelf, TOWNS, 2024)
    without = "code,name\n370481001,荆河街道\n370481102,新镇\n"
    with pytest.raises(BadInput, match=r"1 codes .* \(370481101000…\): say what became of each"):
        bring(shelf, without, 2025)
    assert not shelf.tree().known("370481102")
    assert [one.year for one in desk.years(shelf)] == [2024]
    assert bring(shelf, without, 2025, Fate("370481101000", "370481102000", "rename")) == 3
    assert shelf.tree().within("370481101", "370481102", date(2026, 1, 1))
    assert bring(shelf, without, 2025) == 0


def test_who_is_right_is_the_default_until_something_else_is_recorded(shelf: Shelf) -> None:
    assert desk.authorities(shelf) == DEFAULTS
    desk.name_authority(shelf, Named(Fact.TOWN, "mca", "本市决定"), "root", NOW)
    desk.name_authority(shelf, Named(Fact.TOWN, "local", "另行决定"), "root", NOW + timedelta(days=1))
    assert {receipt.body["account"] for receipt in shelf.ledger.receipts()} == {"root"}
    named = desk.authorities(shelf)
    assert (named[Fact.TOWN].source, named[Fact.TOWN].at) == ("local", NOW + timedelta(days=1))
    assert named[Fact.COUNTY] == DEFAULTS[Fact.COUNTY]


def test_land_is_recorded_of_zones_only_and_opens_nothing(shelf: Shelf) -> None:
    bring(shelf, ZONES, 2024, zones=True)
    zone, place = "370176000000", "370112000000"
    assert desk.set_custody(shelf, [Custody(zone, place, "文号"), Custody(zone, "370102000000", "文号")]) == 2
    assert desk.set_custody(shelf, [Custody(zone, place, "文号")]) == 1
    assert desk.custody(shelf, zone) == desk.custody(shelf, place) == (Custody(zone, place, "文号"),)
    assert not shelf.tree().within(zone, place)
    assert shelf.tree().within(zone, "370100")
    for wrong in (Custody(place, zone, "x"), Custody(zone, "370199000000", "x"), Custody("370199000000", place, "x")):
        with pytest.raises(BadInput, match="nothing was changed"):
            desk.set_custody(shelf, [wrong])


def test_records_tell_when_and_what(shelf: Shelf) -> None:
    bring(shelf, TOWNS, 2024)
    (one,) = desk.years(shelf)
    assert one == Year(2024, "nbs", one.digest, 2, 2, 0, 0, 0, NOW)
    assert len(one.digest) == 64
