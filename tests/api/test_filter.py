"""`filter=` over HTTP: on what a caller has in clear, and no oracle for anything else."""

import json
from dataclasses import replace

import pytest

from schemas.access import Mode
from schemas.dataset import Transform
from tests.api.conftest import City
from tests.builders import HEALTH, TENGZHOU_CIVIL, XUECHENG, ZAOZHUANG, make_field, make_grant

KEY = "civil_affairs.low_income"
ROWS = f"/datasets/{KEY}/rows"
MINE = {"purpose": "social_assistance"}


def ask(city: City, filter: str, who: str = "tengzhou", **told: str):  # type: ignore[no-untyped-def]
    return city.get(ROWS, who, params=MINE | told | {"filter": filter})


def amounts(answer) -> list[str]:  # type: ignore[no-untyped-def]
    return sorted(row["amount"] for row in answer.json()["rows"])


def test_a_filter_narrows_the_rows_in_scope_in_every_format(city: City) -> None:
    assert amounts(ask(city, "amount >= 620.00")) == ["620.00", "621.00", "622.00", "623.00"]
    assert amounts(ask(city, "amount in (601, 630)")) == ["601.00"]  # 630 lies in Shizhong
    for format in ("arrow", "parquet", "csv"):
        answer = ask(city, "amount = 602", format=format, columns="amount")
        assert answer.status_code == 200
        assert b"602" in answer.content or format != "csv"
    whole = ask(city, "amount > 0 or amount <= 0")
    assert len(whole.json()["rows"]) == 24


def test_a_filter_may_use_a_clear_column_that_was_not_asked_for(city: City) -> None:
    rows = ask(city, "amount = 602", columns="household").json()["rows"]
    assert [list(row) for row in rows] == [["household"]]


def test_pages_of_a_filter_follow_each_other_and_a_cursor_keeps_it(city: City) -> None:
    seen, cursor = [], ""
    while cursor is not None:
        body = ask(city, "amount >= 604", limit="7", cursor=cursor).json()
        seen += [row["amount"] for row in body["rows"]]
        cursor = body["next"]
    assert seen == sorted(set(seen))
    assert len(seen) == 20
    first = ask(city, "amount >= 604", limit="7").json()["next"]
    assert ask(city, "amount >= 600", limit="7", cursor=first).status_code == 400


HIDDEN = ["name = '样例0003'", "name like '样%'", "name is null", "amount > 0 or not (name != 'x')"]


@pytest.mark.parametrize("filter", HIDDEN)
def test_a_filter_on_a_masked_column_is_refused_with_what_is_allowed(city: City, filter: str) -> None:
    answer = ask(city, filter, lang="en")
    told = answer.json()
    assert (answer.status_code, told["code"], told["gate"]) == (403, "FILTER_NOT_ALLOWED", "G8")
    assert "amount" in told["next"]
    assert "name" not in told["next"].replace("household", "").split(":")[1]
    body = city.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body
    assert (body["code"], body["allowed"]) == ("FILTER_NOT_ALLOWED", False)


@pytest.mark.parametrize("transform", [Transform.MASK, Transform.TOKEN, Transform.BUCKET, Transform.DROP])
@pytest.mark.parametrize("mode", ["query", "bulk"])
def test_a_column_that_a_grant_transforms_cannot_be_filtered_by(city: City, transform: Transform, mode: str) -> None:
    grant = make_grant(HEALTH, purpose="statistics", divisions=(ZAOZHUANG,), transforms={"born": transform})
    city.shelf.grant(replace(grant, modes=(Mode.QUERY, Mode.BULK)), city.clock())
    told = {"purpose": "statistics", "mode": mode, "format": "json" if mode == "query" else "arrow"}
    assert ask(city, "amount > 0", "health", **told).status_code == 200
    assert ask(city, "born < date '1990-01-01'", "health", **told).json()["code"] == "FILTER_NOT_ALLOWED"


def test_a_column_that_is_not_granted_cannot_be_filtered_by(city: City) -> None:
    grant = make_grant(HEALTH, purpose="statistics", divisions=(ZAOZHUANG,), columns=("amount", "household"))
    city.shelf.grant(grant, city.clock())
    for filter in ("mobile like '199%'", "mobile is not null", "born > date '1900-01-01'"):
        assert ask(city, filter, "health", purpose="statistics").json()["code"] == "FILTER_NOT_ALLOWED"
    assert ask(city, "amount > 0", "health", purpose="statistics").status_code == 200


def test_what_is_said_of_a_hidden_column_does_not_depend_on_its_values(city: City) -> None:
    """Byte for byte, but for the number of the receipt."""

    def said(value: str) -> tuple[int, str, list[str]]:
        answer = ask(city, f"name = '{value}'")
        number = answer.headers["Yishu-Receipt"]
        return answer.status_code, answer.text.replace(number, ""), sorted(answer.headers)

    assert said("样例0003") == said("样例9999") == said("")


def test_rows_out_of_scope_leave_no_trace_in_a_filtered_answer(city: City) -> None:
    """A filter that only rows out of scope pass is answered like one that no row passes at all."""
    elsewhere, nowhere = ask(city, "amount = 630"), ask(city, "amount = 99999")
    for answer in (elsewhere, nowhere):
        assert answer.status_code == 200
        assert answer.json()["rows"] == []
        assert answer.json()["next"] is None
    assert len(elsewhere.content) == len(nowhere.content)


def test_a_grants_own_filter_stays_whatever_the_caller_adds(city: City) -> None:
    poor = {"column": "amount", "op": "<", "value": "603"}
    number = city.shelf.grant(make_grant(TENGZHOU_CIVIL, purpose="statistics", row_filter=poor), city.clock()).number
    told = {"purpose": "statistics", "grant": number}
    assert amounts(ask(city, "amount > 0 or amount < 0", **told)) == ["600.00", "601.00", "602.00"]
    assert amounts(ask(city, "not (amount < 603)", **told)) == []


def test_a_receipt_tells_the_form_of_a_filter_and_none_of_its_values(city: City) -> None:
    answer = ask(city, "mobile = '19900000007' and (born < date '1961-03-04' or amount in (601, 607.50))")
    assert answer.status_code == 200
    body = city.shelf.receipts.of(answer.headers["Yishu-Receipt"]).body
    assert body["filter_outline"] == {
        "and": [
            {"column": "mobile", "op": "="},
            {"or": [{"column": "born", "op": "<"}, {"column": "amount", "op": "in", "values": 2}]},
        ]
    }
    text = json.dumps(body, ensure_ascii=False)
    assert not any(value in text for value in ("19900000007", "1961", "607.5"))
    again = ask(city, "mobile = '19900000008' and (born < date '1961-03-04' or amount in (601, 607.50))")
    other = city.shelf.receipts.of(again.headers["Yishu-Receipt"]).body
    assert (other["filter_outline"], len(body["filter"])) == (body["filter_outline"], 64)
    assert other["filter"] != body["filter"]


def test_a_mistake_in_a_filter_is_a_bad_ask_that_says_where(city: City) -> None:
    answer = ask(city, "amount >= 'many'")
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
    assert "at character 11" in answer.json()["detail"]


def test_whoever_is_refused_anyway_learns_nothing_from_a_filter(city: City) -> None:
    assert ask(city, "amount = 601", purpose="statistics").json()["code"] == "PURPOSE_MISMATCH"
    assert ask(city, "amount = 601", division=XUECHENG).json()["code"] == "NO_ROWS_IN_SCOPE"
    hidden = city.get("/datasets/health.secret/rows", "tengzhou", params=MINE | {"filter": "no such thing"})
    missing = city.get("/datasets/health.nothing/rows", "tengzhou", params=MINE | {"filter": "no such thing"})
    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_a_version_of_other_columns_cannot_be_filtered_and_that_is_no_fault_of_ours(city: City) -> None:
    held = city.shelf.dataset(KEY)
    wider = replace(held, fields=(*held.fields, make_field("ward")), version="2.0.0", contract_hash="2" * 64)
    assert city.shelf.register(wider, city.clock())
    for filter in ("ward = 'x'", "amount = 602"):
        answer = ask(city, filter)
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")
        assert "version 1" in answer.json()["detail"]
    assert city.get(ROWS, "tengzhou", params=MINE).status_code == 200
