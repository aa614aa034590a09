"""The book of consents and its rosters, on each kind of database; rows are held to a roster where they are read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.consents import book
from catalog.consents.book import Terms, Which
from catalog.consents.persons import naming
from catalog.consents.roster import Crowd, Rosters, Wanted, _indexed
from catalog.database import writing
from catalog.ledger import tokens
from catalog.organisations import Organisation
from catalog.rows.reader import open_rows
from catalog.rows.splice import splice
from catalog.shelf import Shelf
from schemas.access import Mode, Roster, Tier
from schemas.dataset import FieldType, Kind
from schemas.errors import BadInput
from tests.builders import (
    CIVIL_AFFAIRS,
    HEALTH,
    NOW,
    TENGZHOU,
    ZAOZHUANG,
    low_income_row,
    make_ask,
    make_dataset,
    make_field,
    make_grant,
    make_subject,
    make_verdict,
)

KEY = "civil_affairs.checkup"
WANTED = Wanted(CIVIL_AFFAIRS, KEY, HEALTH, "public_health")
HOUR = timedelta(hours=1)


def terms(begins: datetime = NOW, ends: datetime = NOW + HOUR, **more: str) -> Terms:
    told = {"owner": CIVIL_AFFAIRS, "dataset": KEY, "recipient": HEALTH, "purpose": "public_health"} | more
    return Terms(begins=begins, ends=ends, evidence="表-1", **told)


def persons(*numbers: int) -> list[bytes]:
    return [n.to_bytes(2, "big") + bytes(13) + bytes([n % 256]) for n in numbers]


def crowd(shelf: Shelf, rosters: Rosters, moment: datetime = NOW, wanted: Wanted = WANTED) -> Crowd:
    with shelf.engine.connect() as connection:
        return rosters.crowd(connection, wanted, moment)


def enter(shelf: Shelf, what: Terms, *numbers: int) -> None:
    with writing(shelf.engine) as connection:
        book.record(connection, what, persons(*numbers), CIVIL_AFFAIRS, NOW)


def seen(found: Crowd, most: int = 9) -> list[int]:
    return [n for n in range(most) if persons(n)[0] in found]


def test_a_roster_holds_those_whose_consent_is_in_force_and_says_until_when(shelf: Shelf) -> None:
    enter(shelf, terms(), 1, 2, 2)
    enter(shelf, terms(NOW + HOUR, NOW + 3 * HOUR), 2, 3)
    enter(shelf, terms(dataset=""), 4)
    for other in ({"dataset": "a.b"}, {"recipient": CIVIL_AFFAIRS}, {"purpose": "statistics"}, {"owner": HEALTH}):
        enter(shelf, terms(**other), 5)
    rosters = Rosters()
    now, later = crowd(shelf, rosters), crowd(shelf, rosters, NOW + HOUR)
    assert (seen(now), now.roster.persons, now.roster.until) == ([1, 2, 4], 3, NOW + HOUR)
    assert (seen(later), later.roster.persons, later.roster.until) == ([2, 3], 2, NOW + 3 * HOUR)
    assert seen(crowd(shelf, rosters, NOW - HOUR)) == []


def test_a_roster_is_kept_until_the_book_changes(shelf: Shelf) -> None:
    rosters = Rosters()
    enter(shelf, terms(), 1, 2)
    first = crowd(shelf, rosters)
    enter(shelf, terms(recipient=CIVIL_AFFAIRS), 7)
    assert crowd(shelf, rosters, NOW + HOUR / 2) is first
    with writing(shelf.engine) as connection:
        taken = book.withdraw(connection, Which(owner=CIVIL_AFFAIRS, person=persons(1)[0]), NOW)
    assert [one.dataset for one in taken] == [KEY]
    second = crowd(shelf, rosters)
    assert (seen(second), second.roster.mark != first.roster.mark) == ([2], True)
    with writing(shelf.engine) as connection:
        assert book.withdraw(connection, Which(person=persons(1)[0]), NOW) == ()


def test_rosters_have_a_bound(shelf: Shelf) -> None:
    enter(shelf, terms(), *range(100))
    enter(shelf, terms(purpose="statistics"), *range(100))
    rosters = Rosters(most=1_200_000)  # two, as each has an index of half a million bytes, however few stand in it
    first, others = crowd(shelf, rosters), [replace(WANTED, purpose=one) for one in ("statistics", "emergency")]
    assert crowd(shelf, rosters) is first
    second = crowd(shelf, rosters, wanted=others[0])
    assert crowd(shelf, rosters) is first
    crowd(shelf, rosters, wanted=others[1])
    assert crowd(shelf, rosters) is first, "the longest unused goes, not the oldest"
    assert crowd(shelf, rosters, wanted=others[0]) is not second


def test_who_comes_and_goes_leaves_another_mark_so_that_nothing_kept_meanwhile_is_found(shelf: Shelf) -> None:
    enter(shelf, terms(), 1)
    rosters = Rosters()
    before = crowd(shelf, rosters)
    enter(shelf, terms(), 2)
    with writing(shelf.engine) as connection:
        book.withdraw(connection, Which(owner=CIVIL_AFFAIRS, person=persons(2)[0]), NOW)
    after = crowd(shelf, rosters)
    assert (seen(before), seen(after), after.roster.mark != before.roster.mark) == ([1], [1], True)


def test_the_book_never_answers_without_saying_whose(shelf: Shelf) -> None:
    with shelf.engine.connect() as connection, pytest.raises(BadInput, match="at least one"):
        book.listed(connection, Which(), None, 1)


@given(st.sets(st.binary(min_size=16, max_size=16), max_size=40), st.binary(min_size=16, max_size=16))
def test_somebody_is_in_a_crowd_exactly_if_they_were_put_there(inside: set[bytes], other: bytes) -> None:
    told = Roster("a.b", "x", "y", len(inside), "mark", NOW)
    found = _indexed(told, b"".join(sorted(inside)))
    assert all(one in found for one in inside)
    assert (other in found) == (other in inside)


def test_a_crowd_is_not_fooled_by_bytes_that_lie_across_two_persons() -> None:
    two = [b"\x01" * 16, b"\x01" * 15 + b"\x02"]
    found = _indexed(Roster("a.b", "x", "y", 2, "mark", NOW), b"".join(two))
    assert all(one in found for one in two)
    assert b"\x01" * 14 + b"\x02\x01" not in found


def test_a_person_has_one_name_over_datasets_and_spellings() -> None:
    one, other = make_dataset(KEY), make_dataset("health.visits")
    names = {naming(b"t" * 32, dataset)(text) for dataset in (one, other) for text in ("37x", " 37X ")}
    assert names == {tokens.about_subject(tokens.of_key(b"t" * 32, one, {"person_id": "37X"}))}
    own = make_dataset("a.b", fields=(make_field("n", key=1), make_field("m", key=2, type=FieldType(Kind.INTEGER))))
    assert naming(b"t" * 32, own)("1\x1f2") == tokens.about_subject(tokens.of_key(b"t" * 32, own, {"n": "1", "m": "2"}))


def test_rows_are_held_to_the_roster_and_nothing_opens_or_is_spliced_without_it(sqlite_shelf: Shelf) -> None:
    shelf = sqlite_shelf
    dataset = make_dataset(KEY, consent=True)
    rows = [low_income_row(n, TENGZHOU) for n in range(20)]
    snapshot = shelf.publish(dataset, make_verdict(shelf.lake, dataset, rows), NOW)
    shelf.parties.add_organisation(Organisation(HEALTH, "h", "h", ZAOZHUANG, Tier.CITY, True, True))
    shelf.grant(make_grant(HEALTH, KEY, purpose="public_health", columns=("name", "amount")), NOW)
    name = naming(shelf.token_key, dataset)
    with writing(shelf.engine) as connection:
        book.record(connection, terms(), [name(str(rows[n]["person_id"])) for n in (3, 11)], CIVIL_AFFAIRS, NOW)
    subject = make_subject(ZAOZHUANG, Tier.CITY, organisation=HEALTH)
    decision = shelf.decide(make_ask(subject, KEY, mode=Mode.BULK, purpose="public_health"))
    reader = shelf.open_rows(decision)
    assert isinstance(splice(reader), str)
    assert pa.Table.from_batches(reader, reader.schema).to_pylist() == [
        {"name": rows[n]["name"], "amount": rows[n]["amount"]} for n in (3, 11)
    ]
    with pytest.raises(BadInput, match="roster"):
        open_rows(shelf.lake, dataset, snapshot, decision, shelf.tree())
