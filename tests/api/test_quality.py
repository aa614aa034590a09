"""Quality beyond one version: trends, departments side by side, what is overdue, and what broke by our fault."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.answering import answering
from api.pages.quality import line
from catalog.shelf import Shelf
from catalog.versions import Version
from schemas.dataset import Dataset, Dimension
from schemas.errors import HeldBack, NotReady, Refused
from tests.api.conftest import City, low_income
from tests.builders import DAY, NOW, make_verdict

CIVIL, PENALTY, HIDDEN = "civil_affairs.low_income", "credit.penalty", "health.secret"


def publish(shelf: Shelf, dataset: Dataset, days: int, score: float, *blocked: str) -> None:
    """Another version, `days` after the first, with one score."""
    verdict = make_verdict(shelf.lake, dataset, low_income()[: 30 + days], DAY + timedelta(days=days), blocked)
    verdict = replace(verdict, scores={Dimension.COMPLETENESS: score, Dimension.ACCURACY: 1.0})
    shelf.publish(dataset, verdict, NOW + timedelta(days=days))


def departments(city: City, who: str) -> dict[str, Any]:
    return {one["department"]: one for one in city.get("/quality/departments", who).json()["departments"]}


def test_a_trend_goes_from_the_oldest_version_to_the_newest_those_held_back_with_it(city_on_each: City) -> None:
    city = city_on_each
    dataset = city.shelf.dataset(CIVIL)
    publish(city.shelf, dataset, 1, 0.8)
    with pytest.raises(HeldBack):
        publish(city.shelf, dataset, 2, 0.2, "table.size")
    publish(city.shelf, dataset, 3, 0.9)
    told = city.get(f"/datasets/{CIVIL}/quality/trend", "tengzhou").json()
    assert told["dataset"] == CIVIL
    assert [(one["version"], one["state"], one["score"]) for one in told["points"]] == [
        (1, "published", 1.0),
        (2, "published", 0.9),
        (3, "held_back", 0.6),
        (4, "published", 0.95),
    ]
    assert told["points"][1]["scores"] == {"completeness": 0.8, "accuracy": 1.0}


def test_a_trend_of_what_is_hidden_looks_like_one_that_is_not_there(city: City) -> None:
    hidden, absent = (city.get(f"/datasets/{key}/quality/trend", "tengzhou") for key in (HIDDEN, "health.absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.content.replace(HIDDEN.encode(), b"health.absent") == absent.content


def test_departments_are_those_that_the_caller_may_know_of(city_on_each: City) -> None:
    assert list(departments(city_on_each, "")) == ["credit"]
    assert list(departments(city_on_each, "tengzhou")) == ["civil_affairs", "credit"]
    assert list(departments(city_on_each, "health")) == ["civil_affairs", "credit", "health"]


def test_departments_come_in_pages_without_a_gap(city: City) -> None:
    every = list(departments(city, "health"))
    pages, after = [], ""
    while True:
        told = city.get(f"/quality/departments?limit=1&after={after}", "health").json()
        pages += [one["department"] for one in told["departments"]]
        after = told["next"]
        if after is None:
            break
    assert pages == every


def test_two_organisations_of_one_department_answer_each_for_its_own_data(city: City) -> None:
    penalty = city.shelf.dataset(PENALTY)
    theirs = replace(penalty, key="credit.profile", owner="11370400CTY000002F", owner_name="枣庄市大数据局")
    city.shelf.register(theirs, NOW)
    told = city.get("/quality/departments").json()["departments"]
    assert {(one["department"], one["name"], one["datasets"]) for one in told} == {
        ("credit", penalty.owner_name, 1),
        ("credit", theirs.owner_name, 1),
    }


def test_a_department_s_scores_are_means_and_timeliness_counts_what_is_overdue(city: City) -> None:
    civil = departments(city, "tengzhou")["civil_affairs"]
    assert (civil["name"], civil["datasets"], civil["published"], civil["overdue"]) == ("枣庄市民政局", 1, 1, 0)
    assert civil["scores"] == {"completeness": 1.0, "timeliness": 1.0}
    city.clock.now = NOW + timedelta(days=2)
    late = departments(city, "tengzhou")["civil_affairs"]
    assert (late["overdue"], late["scores"]["timeliness"]) == (1, 0.0)
    publish(city.shelf, city.shelf.dataset(CIVIL), 2, 0.5)
    fresh = departments(city, "tengzhou")["civil_affairs"]
    assert (fresh["overdue"], fresh["scores"]) == (0, {"completeness": 0.5, "accuracy": 1.0, "timeliness": 1.0})
    assert fresh["score"] == pytest.approx(2.5 / 3, abs=0.001)


def test_to_publish_the_same_window_once_more_makes_data_no_newer(city: City) -> None:
    dataset = city.shelf.dataset(CIVIL)
    came = city.shelf.newest()[CIVIL].came
    verdict = make_verdict(city.shelf.lake, dataset, low_income()[:5])
    city.shelf.publish(dataset, verdict, NOW + timedelta(days=9))
    assert (city.shelf.newest()[CIVIL].came, city.shelf.newest()[CIVIL].version) == (came, 2)


def test_list_and_dataset_say_until_when_data_are_in_time(city: City) -> None:
    def told() -> list[tuple[str | None, bool]]:
        listed = {one["key"]: one for one in city.get("/datasets", "tengzhou").json()["datasets"]}[CIVIL]
        one = city.get(f"/datasets/{CIVIL}", "tengzhou").json()
        return [(where["due"], where["overdue"]) for where in (listed, one)]

    assert told() == [("2026-11-21T00:00:00+08:00", False)] * 2
    city.clock.now = NOW + timedelta(days=1)
    assert told() == [("2026-11-21T00:00:00+08:00", True)] * 2


def test_a_refusal_is_an_answer_and_a_break_by_our_fault_is_not(city: City) -> None:
    asked = f"/datasets/{CIVIL}/rows?purpose=social_assistance"
    assert "accessibility" not in departments(city, "tengzhou")["civil_affairs"]["scores"]
    assert city.get(asked, "tengzhou").status_code == 200
    assert city.get(f"/datasets/{CIVIL}/rows?purpose=statistics", "tengzhou").status_code == 403
    assert departments(city, "tengzhou")["civil_affairs"]["scores"]["accessibility"] == 1.0
    for file in (city.shelf.lake / "datasets" / CIVIL).rglob("*.parquet"):
        file.unlink()
    for way in ("&format=csv", "&format=arrow"):  # pages may come from what is at hand
        assert city.get(asked + way, "tengzhou").status_code == 503
    newest = city.shelf.receipts.newest()[0]
    assert (newest.body["event"], newest.body["dataset"], newest.body["code"]) == ("failed", CIVIL, "BROKEN_OFF")
    assert city.shelf.receipts.of(newest.body["of"]).body["event"] == "asked"
    assert not {"system", "person", "organisation"} & set(newest.body)
    assert departments(city, "tengzhou")["civil_affairs"]["scores"]["accessibility"] == 0.5
    assert city.shelf.receipts.verify() == ()
    city.clock.now = NOW + timedelta(days=31)
    assert "accessibility" not in departments(city, "tengzhou")["civil_affairs"]["scores"]


def test_what_the_asker_brings_about_is_no_fault_of_ours(city: City) -> None:
    desk = city.client.app.state.desk
    before = len(city.shelf.receipts.newest())
    for error in (Refused("ended", code="GRANT_NOT_IN_FORCE", gate="G6", following=""), GeneratorExit()):
        with pytest.raises(type(error)), answering(desk, "0" * 32, CIVIL):
            raise error
    assert len(city.shelf.receipts.newest()) == before
    with pytest.raises(NotReady), answering(desk, "0" * 32, CIVIL):
        raise NotReady("the lake is away")
    assert len(city.shelf.receipts.newest()) == before + 1


def test_the_pages_show_departments_overdue_and_the_trend(city: City) -> None:
    page = city.client.get("/quality?lang=zh-CN").text
    assert "山东省信用中心" in page
    assert "可访问性" in page
    assert "枣庄市民政局" not in page
    assert "逾期" not in page
    assert "逾期" not in city.client.get("/datasets").text
    assert "<polyline" not in city.client.get(f"/datasets/{PENALTY}").text
    penalty = city.shelf.dataset(PENALTY)
    row = {"number": "n", "amount": 1, "decided": NOW, "place": None}
    second = make_verdict(city.shelf.lake, penalty, [row], DAY + timedelta(days=1))
    city.shelf.publish(penalty, second, NOW)
    city.clock.now = NOW + timedelta(days=5)
    assert "逾期 1 项" in city.client.get("/quality").text
    assert "逾期" in city.client.get("/datasets").text
    shown = city.client.get(f"/datasets/{PENALTY}").text
    assert "逾期" in shown
    assert '<polyline points="8.0,8.0 592.0,8.0"/>' in shown
    assert "Overdue" in city.client.get(f"/datasets/{PENALTY}?lang=en").text


def test_the_line_lies_within_its_drawing_whatever_the_scores_are() -> None:
    def version(number: int, score: float, state: str = "published") -> Version:
        scores = {"completeness": score}
        return Version(CIVIL, number, state, "2026-11-19", "c", 1, NOW, "", scores, ())

    assert line([]) is None
    assert line([version(1, 1.0)]) is None
    drawn = line([version(n, score) for n, score in enumerate((0.0, 1.0, 0.5, 0.99, 0.31))])
    assert drawn is not None
    assert drawn["floor"] == "0%"
    assert all(0 <= one["x"] <= 600 and 0 <= one["y"] <= 120 for one in drawn["points"])
    assert [one["y"] for one in drawn["points"]][-1] == 112.0
    flat = line([version(2, 1.0), version(1, 1.0, "held_back")])
    assert flat is not None
    assert [(one["y"], one["held"]) for one in flat["points"]] == [(8.0, True), (8.0, False)]
