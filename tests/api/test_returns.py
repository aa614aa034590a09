"""Data return 数据返还: who collected rows gets them back without applying, and both sides see how much has come."""

import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from sqlalchemy import event

from catalog.mending import notices
from catalog.returning import collected
from catalog.returning.desk import announce, given_back
from catalog.shelf import Shelf
from schemas.dataset import Dataset, Grade, ScopeRole, Sharing
from schemas.notice import About
from schemas.returning import Return, Way
from tests.api.conftest import LAIWU_CIVIL, City
from tests.api.test_pages import sign_in
from tests.builders import (
    DAY,
    JINAN_LAIWU,
    NOW,
    OLD_LAIWU,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_verdict,
)

KEY = "civil_affairs.visits"
TOWN = "370481101000"


def visits(**told: object) -> Dataset:
    """走访记录: gathered at the city, collected by towns and counties; one item is above what a county may have."""
    base = make_dataset()
    fields = (
        *base.fields,
        make_field("collector", title="采集单位", title_en="Collected by", element="division",
                   scope=ScopeRole.COLLECTED_BY),
        make_field("verdict", title="研判", title_en="Assessment", grade=Grade.IMPORTANT),
    )  # fmt: skip
    return make_dataset(KEY, title="走访记录", title_en="Visits", fields=fields, **told)


def rows_of(number: int) -> list[dict[str, object]]:
    """Of Tengzhou 10 (4 of them by a town of it), of Shizhong 5, of nobody 2, of the city itself 3."""
    places = [TOWN] * 4 + [TENGZHOU] * 6 + [SHIZHONG] * 5 + [None, "not a code"] + [ZAOZHUANG] * 3
    return [low_income_row(number + n, ZAOZHUANG, collector=place, verdict="x") for n, place in enumerate(places)]


def publish(shelf: Shelf, dataset: Dataset, day: int = 0) -> None:
    rows = rows_of(100 * day)
    verdict = make_verdict(shelf.lake, dataset, rows, DAY + timedelta(days=day))
    shelf.publish(dataset, verdict, NOW - timedelta(hours=12) + timedelta(days=day))


@pytest.fixture
def returning(city_on_each: City) -> City:
    publish(city_on_each.shelf, visits())
    announce(city_on_each.shelf, KEY, NOW)
    return city_on_each


def lines(city: City, who: str, **query: str) -> list[dict[str, object]]:
    answer = city.get("/returns", who, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["returns"]


def test_a_county_receives_its_own_rows_without_applying(returning: City) -> None:
    (mine,) = lines(returning, "tengzhou")
    assert (mine["dataset"], mine["rows"], mine["coverage"], mine["way"]) == (KEY, 10, 0.0, "api")
    assert mine["left_out"] == ["verdict"], "only the grade withholds an item"
    answer = returning.get(f"/datasets/{KEY}/rows?purpose=data_return&format=parquet", "tengzhou")
    assert answer.status_code == 200
    assert answer.content[:4] == b"PAR1"
    (after,) = lines(returning, "tengzhou")
    assert (after["coverage"], after["lag_days"]) == (1.0, 0)
    taken = after["taken"]
    assert isinstance(taken, dict)
    assert (taken["version"], taken["rows"], taken["whole"]) == (1, 10, True)
    assert taken["receipt"] == answer.headers["Yishu-Receipt"]


def test_the_rows_that_come_back_are_those_collected_within_it_and_nobody_elses(returning: City, tmp_path) -> None:  # type: ignore[no-untyped-def]
    answer = returning.get(f"/datasets/{KEY}/rows?purpose=data_return&format=parquet", "tengzhou")
    file = tmp_path / "back.parquet"
    file.write_bytes(answer.content)
    table = pq.read_table(file)
    assert sorted(table.column("collector").to_pylist()) == sorted([TOWN] * 4 + [TENGZHOU] * 6)
    assert "verdict" not in table.column_names


def test_who_collected_nothing_is_offered_nothing_and_asks_in_vain(returning: City) -> None:
    for who in ("laiwu", "health", "civil", "outsider"):
        assert lines(returning, who) == []
    assert returning.get("/returns").status_code == 401


def test_everybody_is_told_once_a_week_and_not_of_what_he_may_not_have(returning: City) -> None:
    announce(returning.shelf, KEY, NOW)
    publish(returning.shelf, visits(), 1)
    announce(returning.shelf, KEY, NOW + timedelta(days=1))
    with returning.shelf.engine.connect() as connection:
        told = [n for n in notices.inbox(connection, TENGZHOU_CIVIL) if n.about is About.DATA_RETURNED]
        others = [n for n in notices.inbox(connection, LAIWU_CIVIL) if n.about is About.DATA_RETURNED]
    assert [one.body["rows"] for one in told] == [10]
    assert others == []


def test_a_new_version_leaves_a_county_behind_until_it_takes_it_and_pages_add_up(returning: City) -> None:
    returning.get(f"/datasets/{KEY}/rows?purpose=data_return&format=csv", "tengzhou")
    publish(returning.shelf, visits(), 1)
    announce(returning.shelf, KEY, NOW + timedelta(days=1))
    returning.clock.now = NOW + timedelta(days=4)
    (behind,) = lines(returning, "tengzhou")
    assert (behind["version"], behind["coverage"], behind["lag_days"]) == (2, 0.0, 3)
    page = returning.get(f"/datasets/{KEY}/rows?purpose=data_return&format=json&limit=6", "tengzhou").json()
    (half,) = lines(returning, "tengzhou")
    assert half["coverage"] == 0.6
    returning.get(
        f"/datasets/{KEY}/rows", "tengzhou",
        params={"purpose": "data_return", "format": "json", "limit": "6", "cursor": page["next"]},
    )  # fmt: skip
    (whole,) = lines(returning, "tengzhou")
    assert (whole["coverage"], whole["lag_days"]) == (1.0, 0)


@pytest.mark.parametrize("narrowed", [{"filter": "amount > 0"}, {"division": TOWN}])
def test_a_part_that_was_asked_for_is_not_the_whole(returning: City, narrowed: dict[str, str]) -> None:
    told = {"purpose": "data_return", "format": "csv"} | narrowed
    assert returning.get(f"/datasets/{KEY}/rows", "tengzhou", params=told).status_code == 200
    (mine,) = lines(returning, "tengzhou")
    assert (mine["coverage"], mine["taken"]) == (0.0, None)


def test_a_grant_of_the_same_rows_counts_as_no_return(returning: City) -> None:
    returning.get("/datasets/civil_affairs.low_income/rows?purpose=social_assistance&format=csv", "tengzhou")
    (mine,) = lines(returning, "tengzhou")
    assert mine["taken"] is None


def test_the_owner_sees_every_line_and_others_do_not(returning: City) -> None:
    returning.get(f"/datasets/{KEY}/rows?purpose=data_return&format=csv", "tengzhou")
    (line,) = lines(returning, "civil", dataset=KEY)
    assert (line["organisation"], line["coverage"]) == (TENGZHOU_CIVIL, 1.0)
    for who in ("tengzhou", "health"):
        assert returning.get("/returns", who, params={"dataset": KEY}).status_code == 404


def test_a_withheld_dataset_is_nowhere_in_anybodys_list(city_on_each: City) -> None:
    hidden = visits(sharing=Sharing.WITHHELD, withheld_basis="x")
    publish(city_on_each.shelf, hidden)
    (line,) = announce(city_on_each.shelf, KEY, NOW)
    assert line.withheld == "SHARE_CLASS_DENIED"
    assert lines(city_on_each, "tengzhou") == []
    with city_on_each.shelf.engine.connect() as connection:
        assert not [n for n in notices.inbox(connection, TENGZHOU_CIVIL) if n.about is About.DATA_RETURNED]


def test_rows_of_a_retired_code_come_back_to_its_heir(city_on_each: City) -> None:
    province = visits(owner="11370000004000003X", division="370000000000")
    rows = [low_income_row(n, ZAOZHUANG, collector=OLD_LAIWU, verdict="x") for n in range(3)]
    city_on_each.shelf.publish(province, make_verdict(city_on_each.shelf.lake, province, rows), NOW)
    announce(city_on_each.shelf, KEY, NOW)
    (mine,) = lines(city_on_each, "laiwu")
    assert (mine["division"], mine["rows"]) == (JINAN_LAIWU, 3)


def test_counts_are_those_of_the_rows_whether_the_map_tells_or_they_are_read(city: City) -> None:
    expected = {TOWN: 4, TENGZHOU: 6, SHIZHONG: 5, ZAOZHUANG: 3}
    for day, scope in enumerate(("household", "collector")):
        dataset = visits(default_scope=scope, version=f"{day + 1}.0.0")
        city.shelf.register(dataset, NOW)
        publish(city.shelf, dataset, day)
        snapshot = city.shelf.latest(KEY)
        assert snapshot is not None
        assert collected.counted(city.shelf.lake, dataset, snapshot) == expected


def test_a_list_costs_as_many_statements_for_three_datasets_as_for_one(city: City) -> None:
    def cost() -> int:
        seen: list[str] = []
        listener = lambda *told: seen.append(told[2])  # noqa: E731 - removed again below
        event.listen(city.shelf.engine, "before_cursor_execute", listener)
        lines(city, "tengzhou")
        event.remove(city.shelf.engine, "before_cursor_execute", listener)
        return len([one for one in seen if not one.startswith(("PRAGMA", "BEGIN"))])

    publish(city.shelf, visits())
    announce(city.shelf, KEY, NOW)
    lines(city, "tengzhou")
    one = cost()
    for name in ("a", "b"):
        dataset = make_dataset(f"civil_affairs.visits_{name}", fields=visits().fields)
        city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, rows_of(0)), NOW)
        announce(city.shelf, dataset.key, NOW)
    lines(city, "tengzhou")
    assert cost() <= one


def test_coverage_and_lag_of_a_line() -> None:
    line = Return(visits(), TENGZHOU_CIVIL, TENGZHOU, 2, 0, NOW, Way.API)
    assert (line.coverage, line.lag(NOW + timedelta(days=9))) == (1.0, timedelta(0)), "nothing collected: nothing lags"


def test_pages_of_both_sides(returning: City) -> None:
    sign_in(returning, "tengzhou")
    text = returning.client.get("/returns").text
    assert "走访记录" in text
    assert "研判" in text, "what the grade withholds is named"
    assert "1 项尚未取回最新版本" in text
    sign_in(returning, "civil")
    text = returning.client.get(f"/returns?dataset={KEY}&lang=en").text
    assert "滕州市民政局" in text
    assert "0%" in text or "0.0%" in text
    assert returning.client.get("/returns?dataset=health.secret").status_code == 404


def test_the_owners_page_of_given_lines_counts_them(returning: City) -> None:
    assert [one.rows for one in given_back(returning.shelf, visits(), NOW)] == [10]


def test_a_page_that_is_read_twice_comes_back_once(returning: City) -> None:
    told = {"purpose": "data_return", "format": "json", "limit": "6"}
    for _ in range(2):
        assert returning.get(f"/datasets/{KEY}/rows", "tengzhou", params=told).status_code == 200
    (mine,) = lines(returning, "tengzhou")
    assert mine["coverage"] == 0.6


def test_an_answer_without_a_body_brings_nothing_back(returning: City) -> None:
    url = f"/api/v1/datasets/{KEY}/rows?purpose=data_return&format=csv"
    assert returning.client.head(url, headers=returning.headers("tengzhou")).status_code in (200, 405)
    assert lines(returning, "tengzhou")[0]["coverage"] == 0.0


def test_links_of_delta_sharing_are_no_return_until_the_files_were_fetched(returning: City) -> None:
    department, name = KEY.split(".")
    url = f"/delta-sharing/for/data_return/shares/yishu/schemas/{department}/tables/{name}/query"
    answer = returning.client.post(url, json={}, headers=returning.headers("tengzhou"))
    assert answer.status_code == 200, answer.text
    assert lines(returning, "tengzhou")[0]["coverage"] == 0.0
    for line in answer.text.splitlines():
        if "file" in (told := json.loads(line)):
            assert returning.client.get(told["file"]["url"]).status_code == 200
    assert lines(returning, "tengzhou")[0]["coverage"] == 1.0
