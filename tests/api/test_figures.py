"""Figures that come from rows are on record before they leave; answers without figures leave nothing."""

from datetime import timedelta

import pytest

from api.figures import Views
from tests.api.conftest import City
from tests.api.profiles import publish
from tests.api.test_pages import sign_in
from tests.api.test_profiles import whole
from tests.builders import NOW

KEY = "civil_affairs.low_income"


def newest(city: City) -> dict[str, object]:
    receipt = next(one for one in city.shelf.receipts.newest(limit=2) if one.body["event"] == "asked")
    return {**receipt.body, "number": receipt.number}


def count(city: City) -> int:
    return len(city.shelf.receipts.newest(limit=1000))


def test_a_profile_is_on_record_with_its_columns(city_on_each: City) -> None:
    publish(city_on_each)
    number = whole(city_on_each, columns=("amount", "household"))
    answer = city_on_each.get(f"/datasets/{KEY}/profile?purpose=statistics&grant={number}", "health")
    body = newest(city_on_each)
    assert answer.headers["Yishu-Receipt"] == body["number"]
    assert answer.headers["Yishu-Version"] == "2"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert body["figures"] == {"profile": 2, "of": ["amount", "household"]}
    assert (body["grant"], body["allowed"], body["purpose"]) == (number, True, "statistics")
    assert city_on_each.shelf.receipts.verify() == ()


def test_numbers_of_rows_of_quality_are_on_record(city_on_each: City) -> None:
    answer = city_on_each.get(f"/datasets/{KEY}/quality", "civil")
    body = newest(city_on_each)
    assert answer.headers["Yishu-Receipt"] == body["number"]
    assert (body["figures"], body["basis"], body["allowed"]) == ({"quality": 1}, "owner", True)


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("health", f"/datasets/{KEY}/profile?purpose=public_health"),
        ("health", f"/datasets/{KEY}/quality?purpose=public_health"),
        ("tengzhou", f"/datasets/{KEY}/quality"),
        ("civil", f"/datasets/{KEY}/access"),
        ("civil", f"/datasets/{KEY}"),
    ],
)
def test_an_answer_without_figures_leaves_no_receipt(city: City, who: str, path: str) -> None:
    publish(city)
    before = count(city)
    answer = city.get(path, who)
    assert answer.status_code == 200
    assert "Yishu-Receipt" not in answer.headers
    assert "checked" not in answer.text
    assert count(city) == before


def test_who_may_take_every_row_for_a_purpose_is_told_numbers_for_it_alone(city: City) -> None:
    whole(city)
    path = f"/datasets/{KEY}/quality?purpose="
    assert city.get(path + "statistics", "health").json()["findings"][0]["checked"] == 40
    assert "checked" not in city.get(path, "health").json()["findings"][0]


def test_figures_take_nothing_off_a_quota(city_on_each: City) -> None:
    publish(city_on_each)
    number = whole(city_on_each, quota=2)
    for _ in range(3):
        city_on_each.get(f"/datasets/{KEY}/profile?purpose=statistics&grant={number}", "health")
    (held,) = [g for g in city_on_each.shelf.grants() if g.number == number]
    assert held.quota == 2


def test_without_a_ledger_no_figure_is_told(city: City) -> None:
    publish(city)
    with city.shelf.ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE log_leaf")
    client = city.client
    answer = client.get(f"/api/v1/datasets/{KEY}/profile?purpose=own_duty", headers=city.headers("civil"))
    assert answer.status_code == 503
    assert "least-" not in answer.text


def test_a_page_loaded_again_is_the_same_view_until_ten_minutes_have_passed(city: City) -> None:
    publish(city)
    sign_in(city, "civil")
    before = count(city)
    first = city.client.get(f"/datasets/{KEY}")
    again = city.client.get(f"/datasets/{KEY}?lang=en")
    assert first.headers["Yishu-Receipt"] == again.headers["Yishu-Receipt"] == newest(city)["number"]
    assert first.headers["Yishu-Receipt"] in first.text
    assert count(city) == before + 1
    city.clock.now = NOW + timedelta(minutes=10)
    later = city.client.get(f"/datasets/{KEY}")
    assert later.headers["Yishu-Receipt"] != first.headers["Yishu-Receipt"]
    assert count(city) == before + 2


def test_another_version_or_session_is_another_view(city: City) -> None:
    sign_in(city, "civil")
    first = city.client.get(f"/datasets/{KEY}").headers["Yishu-Receipt"]
    publish(city)
    second = city.client.get(f"/datasets/{KEY}").headers["Yishu-Receipt"]
    sign_in(city, "civil")
    third = city.client.get(f"/datasets/{KEY}").headers["Yishu-Receipt"]
    assert len({first, second, third}) == 3


def test_a_page_without_figures_leaves_no_receipt(city: City) -> None:
    publish(city)
    sign_in(city, "health")
    before = count(city)
    answer = city.client.get(f"/datasets/{KEY}?purpose=public_health")
    assert "Yishu-Receipt" not in answer.headers
    assert count(city) == before


def test_views_are_forgotten_oldest_first() -> None:
    views = Views()
    for number in range(views.REMEMBERED + 1):
        views.keep(number, NOW, f"r{number}")
    assert views.receipt(0, NOW) == ""
    assert views.receipt(1, NOW) == "r1"
