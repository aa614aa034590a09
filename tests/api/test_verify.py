"""Verify: one subject by its full key, for a case."""

from datetime import timedelta

import pytest

from api.verify import held
from catalog.ledger import tokens
from schemas.access import Mode
from schemas.contract import read_contract
from schemas.settings import SHIPPED_CONTRACTS
from tests.api.conftest import City, low_income
from tests.builders import HEALTH, NOW, SHIZHONG, ZAOZHUANG, make_grant

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
    receipt = city_on_each.shelf.receipts.of(answer.headers["Yishu-Receipt"])
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


ELSEWHERE = str(next(r["person_id"] for r in low_income() if r["household"] == SHIZHONG))
NOBODY = "370481195001010009"


def several(city: City, *keys: str, who: str = "tengzhou", **told: object):  # type: ignore[no-untyped-def]
    body = {"purpose": "social_assistance", "case": "7", "subjects": [{"person_id": k} for k in keys]} | told
    return city.client.post(PATH, headers=city.headers(who), json=body)


def body_of(city: City, answer) -> dict:  # type: ignore[no-untyped-def, type-arg]
    return dict(city.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body)


def test_several_subjects_are_answered_each_in_their_order_under_one_receipt(city_on_each: City) -> None:
    other = str(low_income()[5]["person_id"])
    answer = several(city_on_each, other, NOBODY, MINE, ELSEWHERE, "", columns=["amount"])
    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [(one["allowed"], one.get("found")) for one in results] == [
        (True, True), (True, False), (True, True), (True, False), (False, None)
    ]  # fmt: skip
    assert (results[0]["record"], results[2]["record"]) == ({"amount": "605.00"}, {"amount": "603.00"})
    assert results[4]["code"] == "VERIFY_NEEDS_CASE_AND_SUBJECT"
    body = body_of(city_on_each, answer)
    told = body["subjects"]
    assert (told["asked"], told["refused"]) == (5, {"VERIFY_NEEDS_CASE_AND_SUBJECT": 1})
    assert len(set(told["digests"])) == 5
    assert MINE not in str(body)
    shelf = city_on_each.shelf
    assert len([one for one in shelf.receipts.newest() if one.body["event"] == "asked"]) == 1
    token = tokens.of_key(shelf.token_key, shelf.dataset("civil_affairs.low_income"), {"person_id": MINE})
    assert [r.number for r in shelf.ledger.about(tokens.about_subject(token), None, 5)] == [
        answer.headers["Yishu-Receipt"]
    ]


def test_each_of_several_is_answered_as_it_would_be_alone(city: City) -> None:
    keys = [*(str(row["person_id"]) for row in low_income()[::3]), NOBODY]
    together = several(city, *keys, who="health", purpose="public_health").json()["results"]
    alone = [verify(city, "health", purpose="public_health", subject={"person_id": k}).json() for k in keys]
    assert [(t["found"], t["record"]) for t in together] == [(a["found"], a["record"]) for a in alone]
    assert {t["found"] for t in together} == {True, False}


def test_the_same_subject_twice_is_answered_twice(city: City) -> None:
    one, other = several(city, MINE, MINE).json()["results"]
    assert one == other
    assert one["found"] is True


def test_where_nobody_may_be_asked_about_all_are_refused_with_one_receipt(city: City) -> None:
    answer = several(city, MINE, NOBODY, case=" ")
    assert (answer.status_code, answer.json()["code"]) == (403, "VERIFY_NEEDS_CASE_AND_SUBJECT")
    assert body_of(city, answer)["subjects"]["refused"] == {"VERIFY_NEEDS_CASE_AND_SUBJECT": 2}


def test_several_take_as_many_from_the_pace(city: City) -> None:
    assert several(city, *[MINE] * 60).status_code == 200
    late = several(city, *[MINE] * 60)
    assert (late.status_code, late.headers["Retry-After"]) == (429, "1")
    assert several(city, *[MINE] * 40).status_code == 200


def test_several_take_as_many_from_the_quota_or_none(city: City) -> None:
    grant = make_grant(HEALTH, divisions=(ZAOZHUANG,), purpose="statistics", modes=(Mode.VERIFY,), quota=5)
    number = city.shelf.grant(grant, NOW).number
    told = {"who": "health", "purpose": "statistics", "grant": number}

    def left() -> int | None:
        return next(g.quota for g in city.shelf.grants() if g.number == number)

    assert several(city, MINE, NOBODY, MINE, **told).status_code == 200
    assert left() == 2
    refused = several(city, MINE, NOBODY, MINE, **told)
    assert (refused.status_code, refused.json()["code"]) == (403, "QUOTA_SPENT")
    assert left() == 2
    assert several(city, MINE, NOBODY, **told).status_code == 200
    assert left() == 0


@pytest.mark.parametrize(
    "told",
    [
        {"subjects": []},
        {"subjects": [{"person_id": MINE}] * 101},
        {"subjects": [{"name": "x"}]},
        {"subject": {"person_id": MINE}},
        {"expect": {"amount": "1"}},
        {"expect": [{"amount": "1"}]},
        {"expect": [{"amount": "1"}, {"name": "x"}]},
        {"expect": [{"amount": "1"}] * 2, "columns": ["amount"]},
    ],
)
def test_several_that_do_not_fit_are_refused(city: City, told: dict[str, object]) -> None:
    answer = several(city, MINE, NOBODY, **told)
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")


def test_a_comparison_tells_yes_or_no_and_no_value(city_on_each: City) -> None:
    answer = verify(city_on_each, expect={"amount": "603", "born": "1931-12-13"})
    assert answer.status_code == 200, answer.text
    assert set(answer.json()) == {"dataset", "version", "found", "matches"}
    assert answer.json()["matches"] == {"amount": True, "born": False}
    body = body_of(city_on_each, answer)
    assert body["compared"]["columns"] == ["amount", "born"]
    assert len(body["compared"]["digest"]) == 64
    assert "603" not in str({k: v for k, v in body.items() if k not in ("compared", "subject", "scope", "case")})
    assert "1931" not in str(body)


def test_several_are_compared_each_with_its_own_values(city: City) -> None:
    answer = several(city, MINE, NOBODY, MINE, expect=[{"amount": "603.00"}, {"amount": "603.00"}, {"amount": "604"}])
    assert [one["matches"] for one in answer.json()["results"]] == [{"amount": True}, None, {"amount": False}]
    assert len(body_of(city, answer)["subjects"]["compared"]) == 3


def test_what_is_not_clear_is_not_compared_right_or_wrong(city: City) -> None:
    right, wrong = (verify(city, expect={"name": value}).json() for value in ("样例0003", "x"))
    assert (right.pop("code"), right.pop("status")) == ("FILTER_NOT_ALLOWED", 403)
    assert right["next"] == wrong["next"]
    assert verify(city, expect={"name": "样例0003", "amount": "603.00"}).status_code == 403


def test_what_is_not_granted_is_not_compared(city: City) -> None:
    grant = make_grant(HEALTH, purpose="statistics", columns=("amount",), modes=(Mode.VERIFY,))
    told = {"who": "health", "purpose": "statistics", "grant": city.shelf.grant(grant, NOW).number}
    assert verify(city, expect={"amount": "603.00"}, **told).json()["matches"] == {"amount": True}
    for columns in ({"mobile": "13800000003"}, {"amount": "603.00", "mobile": "13800000003"}):
        assert verify(city, expect=columns, **told).status_code == 403


def test_a_value_of_another_type_is_refused_and_not_repeated(city: City) -> None:
    for column, value in (("amount", 603), ("amount", "6e2"), ("born", "1931-1-1"), ("born", "secret")):
        answer = verify(city, expect={column: value})
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
        assert "secret" not in answer.text
        assert f"expect.{column}" in answer.json()["detail"]


def test_guessing_ends_after_a_few_wrong_values_for_this_subject_and_caller(city: City) -> None:
    wrong = [verify(city, expect={"amount": f"{n}.00"}).json()["matches"] for n in range(5)]
    assert wrong == [{"amount": False}] * 5
    late = verify(city, expect={"amount": "603.00"})
    assert (late.status_code, late.headers["Retry-After"]) == (429, "3600")
    first, other = several(city, MINE, NOBODY, expect=[{"amount": "603.00"}] * 2).json()["results"]
    assert (first["code"], first["allowed"]) == ("TOO_MANY_GUESSES", False)
    assert other == {"allowed": True, "found": False, "matches": None}
    assert verify(city, columns=["amount"]).status_code == 200
    city.clock.now += timedelta(hours=1)
    assert verify(city, expect={"amount": "603.00"}).json()["matches"] == {"amount": True}


def test_right_values_are_no_guesses(city: City) -> None:
    for _ in range(7):
        assert verify(city, expect={"amount": "603.00"}).json()["matches"] == {"amount": True}


def test_a_form_learns_title_element_and_transform_of_each_column(city: City) -> None:
    answer = verify(city, prefill=True, columns=["person_id", "name"]).json()
    assert [f["name"] for f in answer["fields"]] == list(answer["record"])
    told = {f["name"]: (f["title"], f["element"], f["transform"]) for f in answer["fields"]}
    assert told == {"person_id": ("公民身份号码", "resident_id", "clear"), "name": ("姓名", None, "mask")}
    assert several(city, NOBODY, prefill=True, columns=["name"]).json()["fields"][0]["title"] == "姓名"
