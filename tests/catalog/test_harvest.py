"""The book of foreign catalogues: idempotent, removals told, never among our own, on each kind of database."""

from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.database import writing
from catalog.harvest import book
from catalog.harvest.find import find
from catalog.shelf import Shelf
from schemas.errors import BadInput, Unknown
from schemas.foreign import ForeignCatalogue, ForeignEntry, Speaks, address, short
from tests.builders import NOW, make_dataset, make_subject

PORTAL = ForeignCatalogue("portal", Speaks.CKAN, "https://data.example/")
BUS = ForeignEntry("civil_affairs.low_income", "公交站点", "Bus stops", "全市公交站点", "某市交通局", licence="CC-BY")
TREES = ForeignEntry("2", "行道树", "Trees", keywords=("园林",))


@pytest.fixture
def portal(shelf: Shelf) -> Shelf:
    with writing(shelf.engine) as connection:
        book.add(connection, PORTAL, NOW)
    return shelf


def enter(shelf: Shelf, *found: ForeignEntry, days: int = 0) -> book.Outcome:
    with writing(shelf.engine) as connection:
        return book.enter(connection, PORTAL.name, found, NOW + timedelta(days=days))


def titles(shelf: Shelf, text: str) -> list[str]:
    with shelf.engine.connect() as connection:
        return [hit.entry.title for hit in find(connection, text, 10)]


def test_the_same_again_changes_nothing_and_what_is_gone_is_told_and_found_no_more(portal: Shelf) -> None:
    assert enter(portal, BUS, TREES) == book.Outcome(2, 2, 0, ())
    assert enter(portal, TREES, BUS, days=1) == book.Outcome(2, 0, 0, ())
    assert enter(portal, replace(BUS, description="新"), days=2) == book.Outcome(1, 0, 1, ("行道树",))
    assert titles(portal, "公交") == ["公交站点"]
    assert titles(portal, "园林") == []
    assert enter(portal, BUS, TREES, days=3) == book.Outcome(2, 1, 1, ())
    assert titles(portal, "园林") == ["行道树"]
    with portal.engine.connect() as connection:
        (hit,) = find(connection, "园林", 10)
        assert hit.harvested_at == NOW + timedelta(days=3)
        (shown,) = book.listed(connection)
    assert (shown.entries, shown.error, shown.harvested_at) == (2, "", NOW + timedelta(days=3))


def test_an_entry_never_takes_the_place_of_one_of_ours_whatever_it_is_called(portal: Shelf) -> None:
    portal.register(make_dataset(), NOW)
    enter(portal, BUS)
    assert portal.dataset("civil_affairs.low_income").title == "城乡低保对象"
    assert [one.dataset.key for one in portal.catalogue.page(make_subject(), "", 10).entries] == [
        "civil_affairs.low_income"
    ]


def test_a_harvest_that_failed_keeps_what_was_found_and_says_why(portal: Shelf) -> None:
    enter(portal, BUS)
    with writing(portal.engine) as connection:
        book.failed(connection, PORTAL.name, "nobody answers", NOW + timedelta(days=1))
    with portal.engine.connect() as connection:
        (shown,) = book.listed(connection, PORTAL.name)
    assert (shown.error, shown.entries, shown.harvested_at) == ("nobody answers", 1, NOW)
    assert titles(portal, "bus") == ["公交站点"]


def test_words_are_found_whatever_signs_they_hold(portal: Shelf) -> None:
    enter(portal, BUS, TREES, replace(TREES, id="3", title="100%_树"))
    assert titles(portal, "某市 公交") == ["公交站点"]
    assert titles(portal, "%") == titles(portal, "100%") == ["100%_树"]
    for nothing in ("", "  ", "公交 行道树", "x\x00", "'"):
        assert titles(portal, nothing) == []


@pytest.mark.parametrize("told", [{"name": "A B"}, {"name": ""}, {"url": "file:///etc"}, {"url": "http://u:p@x/"}])
def test_a_catalogue_that_has_no_plain_name_or_address_is_refused(shelf: Shelf, told: dict[str, str]) -> None:
    with writing(shelf.engine) as connection, pytest.raises(BadInput):
        book.add(connection, replace(PORTAL, **told), NOW)  # type: ignore[arg-type]
    with shelf.engine.connect() as connection, pytest.raises(Unknown):
        book.listed(connection, "portal")


@pytest.mark.parametrize("told", ["javascript:alert(1)", "data:text/html,x", "//x", "http://", "http://[x", "a\nb"])
def test_only_addresses_of_the_web_are_linked_to(told: str) -> None:
    assert address(told) == ""
    assert address("https://data.example/x?y=1") == "https://data.example/x?y=1"


def test_texts_are_kept_on_one_line_and_not_without_end() -> None:
    assert short("a\n\x00 b\ud800") == "a b?"
    assert len(short("x" * 1000)) == 500
