"""Verify: one subject by its full key, for a case."""

import pytest

from api.verify import held
from schemas.contract import read_contract
from schemas.settings import SHIPPED_CONTRACTS
from tests.api.conftest import City, low_income
from tests.builders import SHIZHONG

PATH = "/api/v1/datasets/civil_affairs.low_income/verify"
MINE = str(low_income()[3]["person_id"])


def verify(city: City, who: str = "tengzhou", **told: object):  # type: ignore[no-untyped-def]
    body = {"purpose": "social_assistance", "case": "滕民救〔2026〕7号", "subject": {"person_id": MINE}} | told
    return city.client.post(PATH, headers=city.headers(who), json=body)


def test_one_subject_is_found_with_the_permitted_columns_and_a_receipt(city_on_each: City) -> None:
    answer = verify(city_on_each, columns=["amount", "name"])
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["found"], set(body["record"])) == (True, {"amount", "name"})
    assert body["record"]["amount"] == "603.00"
    assert body["record"]["name"] != "样例0003"
    receipt = city_on_each.shelf.receipt(answer.headers["Yishu-Receipt"])
    assert receipt.body["mode"] == "verify"
    assert "7号" not in str(receipt.body)


def test_nobody_is_told_apart_from_somebody_elsewhere(city: City) -> None:
    elsewhere = str(next(r["person_id"] for r in low_income() if r["household"] == SHIZHONG))
    outside = verify(city, subject={"person_id": elsewhere})
    nobody = verify(city, subject={"person_id": "370481195001010009"})
    assert outside.json() == nobody.json()
    assert outside.json()["found"] is False


def test_without_a_case_it_is_refused_and_on_record(city: City) -> None:
    answer = verify(city, case="")
    assert (answer.status_code, answer.json()["code"]) == (403, "VERIFY_NEEDS_CASE_AND_SUBJECT")
    assert answer.headers["Yishu-Receipt"]


@pytest.mark.parametrize(
    "told",
    [
        {"subject": {}},
        {"subject": {"name": "样例0003"}},
        {"subject": {"person_id": MINE, "name": "x"}},
        {"subject": {"person_id": 7}},
        {"columns": ["salary"]},
        {"purpose": "x"},
        {"organisation": "11370400004305679A"},
    ],
)
def test_a_body_that_does_not_fit_is_refused(city: City, told: dict[str, object]) -> None:
    answer = verify(city, **told)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")


def test_the_public_cannot_verify(city: City) -> None:
    assert verify(city, who="").status_code == 404


def test_a_subject_with_several_records_is_found_and_none_is_shown() -> None:
    one, other = {"record_no": "1"}, {"record_no": "2"}
    by_key = read_contract(SHIPPED_CONTRACTS / "market_regulation" / "enterprise.odcs.yaml")
    by_subject = read_contract(SHIPPED_CONTRACTS / "civil_affairs" / "low_income.odcs.yaml")
    assert by_subject.subject_fields == ("person_id",)
    assert [held(rows, by_subject) for rows in ([], [one], [one, other])] == [(False, None), (True, one), (True, None)]
    assert [held(rows, by_key) for rows in ([], [one], [one, other])] == [(False, None), (True, one), (False, None)]
