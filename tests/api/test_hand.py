"""Row groups at hand: each caller's own, bounded, and never in the way of a decision."""

from dataclasses import replace

import pyarrow as pa
import pytest

from api.hand import BESIDES, Hand, weight
from api.pages_of_rows import Book, Place, cut
from schemas.access import GrantState, Tier
from tests.api.conftest import City
from tests.builders import CIVIL_AFFAIRS, ZAOZHUANG, make_ask, make_subject

ROWS = "/datasets/civil_affairs.low_income/rows"


def table(size: int) -> pa.Table:
    return pa.table({"n": pa.array(range(size), pa.int64())})


def unmade() -> pa.Table:
    pytest.fail("made although it was at hand")


def test_a_table_is_made_once_for_each_key() -> None:
    hand = Hand()
    assert hand.table(("a", 0), lambda: table(3)).num_rows == 3
    assert hand.table(("a", 0), unmade).num_rows == 3
    assert hand.table(("b", 0), lambda: table(4)).num_rows == 4


def test_what_was_not_used_for_longest_goes_first_and_the_bytes_are_bounded() -> None:
    hand = Hand(most=8 * weight(table(100)))
    for n in range(8):
        hand.table(n, lambda: table(100))
    hand.table(0, unmade)
    hand.table(8, lambda: table(100))
    hand.table(0, unmade)
    assert hand.table(1, lambda: table(7)).num_rows == 7


def test_what_stands_around_a_row_counts_too() -> None:
    hand = Hand(most=10 * BESIDES)
    for n in range(20):
        hand.table(n, lambda: table(1))
    assert hand.table(0, lambda: table(7)).num_rows == 7
    hand.table(19, unmade)


def test_a_table_that_would_push_out_the_others_is_not_kept() -> None:
    hand = Hand(most=8000)
    assert hand.table("large", lambda: table(1000)).num_rows == 1000
    assert hand.table("large", lambda: table(2)).num_rows == 2


def test_a_page_of_few_rows_ends_after_so_many_were_looked_at_and_goes_on_from_there(city: City) -> None:
    ask = make_ask(make_subject(ZAOZHUANG, Tier.CITY, system="civil", organisation=CIVIL_AFFAIRS), purpose="own_duty")
    rare = {"column": "amount", "op": "in", "value": ["600", "639"]}
    reader = city.shelf.open_rows(city.shelf.decide(replace(ask, filter=rare)))
    book, place, pages = Book(reader, Hand(), "x"), Place(1), []
    while place is not None:
        kept, place = cut(book, place, 1000, most=1)
        pages.append(sum(batch.num_rows for batch in kept))
    assert sorted(pages) == [0, 1, 1]  # three places, three row groups
    assert len(cut(book, Place(1), 1000)[0]) == 2


def test_two_callers_never_share_and_a_permission_that_ended_gets_nothing(city: City) -> None:
    mine = {"purpose": "social_assistance", "limit": "5"}
    theirs = {row["name"] for row in city.get(ROWS, "civil", params={"purpose": "own_duty"}).json()["rows"]}
    own = {row["name"] for row in city.get(ROWS, "tengzhou", params=mine).json()["rows"]}
    assert not theirs & own  # masked for one, clear for the other
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    assert city.get(ROWS, "tengzhou", params=mine).status_code == 403
