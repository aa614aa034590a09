"""Who used my data: a credential opens one's own trace, asks by key and reads of many rows alike, and nothing else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from catalog.ledger import tokens
from catalog.tracing import bulk, token_file
from catalog.tracing.trace import trace
from schemas.journey import Snapshot
from tests.api.conftest import City, low_income
from tests.builders import NOW, TENGZHOU_CIVIL, make_verdict

KEY = "civil_affairs.low_income"
ROWS = f"/datasets/{KEY}/rows"
IN_TENGZHOU, IN_SHIZHONG, IN_LAIWU = 3, 30, 38


def person(number: int) -> str:
    return str(low_income()[number]["person_id"])


def credential(city: City, number: int, days: int = 1) -> str:
    plain = tokens.of_subject(city.shelf.token_key, "resident_id", f" {person(number).lower()} ")
    return tokens.credential(city.shelf.token_key, plain, NOW + timedelta(days=days))


def traced(city: City, number: int, query: str = "") -> list[tuple[str, str, str]]:
    """Organisation, mode and how, of everything that told of a person; newest first."""
    told = city.get(f"/ledger/subjects/{credential(city, number)}{query}").json()
    assert told["whole"], told
    return [(one["organisation"], one["mode"], one["how"]) for one in told["receipts"]]


def verify(city: City, who: str, *numbers: int) -> str:
    purpose = {"tengzhou": "social_assistance", "health": "public_health"}[who]
    subjects: list[Any] = [{"person_id": person(number)} for number in numbers]
    named = {"subject": subjects[0]} if len(subjects) == 1 else {"subjects": subjects}
    asked = {"purpose": purpose, "case": "案件2026-7", **named}
    answer = city.client.post(f"/api/v1/datasets/{KEY}/verify", json=asked, headers=city.headers(who))
    assert answer.status_code == 200, answer.text
    return str(answer.headers["Yishu-Receipt"])


def read(city: City, who: str, **told: str) -> None:
    purpose = {"tengzhou": "social_assistance", "health": "public_health", "civil": "own_duty"}[who]
    answer = city.get(ROWS, who, params={"purpose": purpose, "format": "csv", **told})
    assert answer.status_code == 200, answer.text


def test_the_subject_sees_who_asked_by_key_and_nobody_is_named_within_the_organisation(city: City) -> None:
    number = verify(city, "tengzhou", IN_TENGZHOU)
    (one,) = city.get(f"/ledger/subjects/{credential(city, IN_TENGZHOU)}").json()["receipts"]
    assert one["number"] == number
    assert (one["organisation"], one["purpose"], one["mode"]) == (TENGZHOU_CIVIL, "social_assistance", "verify")
    assert (one["how"], one["outcome"]) == ("verified", "complete")
    assert not {"system", "person", "case", "credential"} & set(one)


def test_every_subject_of_a_batch_finds_it(city: City) -> None:
    verify(city, "tengzhou", 3, 4, 5)
    assert [len(traced(city, number)) for number in (3, 4, 5, 6)] == [1, 1, 1, 0]


def test_a_read_of_many_rows_is_found_by_those_in_its_scope_alone(city: City) -> None:
    read(city, "tengzhou")
    assert [how for _, _, how in traced(city, IN_TENGZHOU)] == ["in_scope"]
    assert traced(city, IN_SHIZHONG) == []
    read(city, "civil")
    assert [len(traced(city, number)) for number in (IN_TENGZHOU, IN_SHIZHONG, IN_LAIWU)] == [2, 1, 1]


def test_what_a_filter_or_a_page_chose_among_the_rows_is_told_as_possible(city: City) -> None:
    read(city, "tengzhou", filter="amount > 600")
    read(city, "tengzhou", format="json")
    assert [how for _, _, how in traced(city, IN_TENGZHOU)] == ["possible", "possible"]


def test_a_refusal_a_head_and_a_profile_told_nobody_anything(city: City) -> None:
    city.get(ROWS, "tengzhou", params={"purpose": "own_duty"})
    city.client.head(f"/api/v1{ROWS}?purpose=social_assistance", headers=city.headers("tengzhou"))
    city.get(f"/datasets/{KEY}/quality", "civil")
    assert traced(city, IN_TENGZHOU) == []


def published(city: City, numbers: list[int]) -> Snapshot:
    """Another version, with these people alone."""
    dataset = city.shelf.dataset(KEY)
    verdict = make_verdict(city.shelf.lake, dataset, [low_income()[number] for number in numbers])
    return city.shelf.publish(dataset, replace(verdict, window=verdict.window), NOW)


def test_a_trace_goes_by_the_version_that_was_read(city: City) -> None:
    """Who is in the newest version alone is not told of reads of an older one, and who left it is."""
    read(city, "civil")
    newer = published(city, [30, 31])
    read(city, "civil")
    assert len(traced(city, IN_TENGZHOU)) == 1
    assert len(traced(city, IN_SHIZHONG)) == 2
    city.shelf.withdraw(KEY, newer.version)
    assert len(traced(city, IN_SHIZHONG)) == 2


def token(city: City, number: int) -> str:
    return tokens.of_subject(city.shelf.token_key, "resident_id", person(number))


def test_a_trace_comes_in_pages_and_none_is_told_twice(city: City) -> None:
    for _ in range(3):
        read(city, "tengzhou")
        verify(city, "tengzhou", IN_TENGZHOU)
    found, before = [], None
    for _ in range(9):
        page = trace(city.shelf, token(city, IN_TENGZHOU), before, 2)
        found += [receipt.number for receipt, _ in page.receipts]
        before = page.following
        if before is None:
            break
    assert len(found) == len(set(found)) == 6
    assert before is None


def test_a_large_version_waits_for_the_operator_and_the_trace_says_so(city: City) -> None:
    read(city, "tengzhou")
    mine = token(city, IN_TENGZHOU)
    assert bulk.find(city.shelf, mine, None, 9, small=10) == bulk.Bulk((), 0, (f"{KEY}/1",))
    assert bulk.index(city.shelf) >= 1
    assert bulk.index(city.shelf) == 0
    ((_, how),) = bulk.find(city.shelf, mine, None, 9, small=10).receipts
    assert how == "in_scope"


def altered(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


@pytest.mark.parametrize(
    "spoilt",
    [
        altered,
        lambda text: text[:-1] + ("0" if text[-1] != "0" else "1"),
        lambda text: text[:32] + "ffffffff" + text[40:],
        lambda text: text[:32],
        str.upper,
        lambda text: f"{text}00",
        lambda _: "0" * 64,
    ],
)
def test_a_credential_that_was_altered_lengthened_or_made_up_opens_nothing(
    city: City, spoilt: Callable[[str], str]
) -> None:
    verify(city, "tengzhou", IN_TENGZHOU)
    answer = city.get(f"/ledger/subjects/{spoilt(credential(city, IN_TENGZHOU))}")
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN")


def test_a_credential_opens_its_own_trace_until_it_runs_out_and_nothing_else_ever(city: City) -> None:
    verify(city, "tengzhou", IN_TENGZHOU)
    mine, other = credential(city, IN_TENGZHOU), credential(city, IN_SHIZHONG)
    assert len(city.get(f"/ledger/subjects/{mine}").json()["receipts"]) == 1
    assert city.get(f"/ledger/subjects/{other}").json()["receipts"] == []
    for path in (ROWS, "/ledger/receipts", f"/ledger/subjects/{mine}"):
        assert city.client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {mine}"}).status_code in (200, 401)
    assert city.client.get(f"/api/v1{ROWS}", headers={"Authorization": f"Bearer {mine}"}).status_code == 401
    city.clock.now = NOW + timedelta(days=1)
    assert city.get(f"/ledger/subjects/{mine}").status_code == 404


def test_whoever_holds_the_database_and_the_lake_cannot_ask_with_what_lies_there(city: City) -> None:
    read(city, "tengzhou")
    traced(city, IN_TENGZHOU)
    dataset, snapshot = city.shelf.dataset(KEY), city.shelf.latest(KEY)
    assert snapshot is not None
    told = b"".join(token_file.path_of(city.shelf.lake, KEY, file).read_bytes() for file in snapshot.files)
    plain = tokens.of_subject(city.shelf.token_key, "resident_id", person(IN_TENGZHOU))
    assert tokens.about_subject(plain) in told
    assert bytes.fromhex(plain) not in told
    assert person(IN_TENGZHOU).encode() not in told
    assert token_file.named_by(dataset) == {"person_id": "resident_id"}
