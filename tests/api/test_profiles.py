"""The profile at the door: its figures are about all rows, so they go to those who may take all rows."""

import re

import pytest

from schemas.access import Mode
from schemas.dataset import Transform
from tests.api.conftest import City
from tests.api.profiles import ROWS, publish
from tests.api.test_pages import sign_in
from tests.builders import HEALTH, NOW, TENGZHOU, make_grant

KEY = "civil_affairs.low_income"
PATH = f"/datasets/{KEY}/profile"
FIGURES = re.compile(r"least-|greatest-|top-|字9-|0077|0,077|4077|4,077|\b77\b")
NOTHING = {"version": None, "window": None, "rows": None, "columns": []}


def whole(city: City, organisation: str = HEALTH, **told: object) -> str:
    """A grant over every row, for statistics."""
    modes = (Mode.QUERY, Mode.BULK)
    grant = make_grant(organisation, divisions=(), scope=None, purpose="statistics", modes=modes, **told)
    return city.shelf.grant(grant, NOW).number


def names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [one["name"] for one in answer["columns"]]


def test_the_owner_sees_every_column_and_of_persons_only_counts(city_on_each: City) -> None:
    dataset = publish(city_on_each)
    answer = city_on_each.get(f"{PATH}?purpose=own_duty", "civil").json()
    assert (answer["version"], answer["window"], answer["rows"]) == (2, "2026-11-20", ROWS)
    assert names(answer) == [f.name for f in dataset.fields]
    counts = {"nulls": 77, "distinct": 4_077}
    open_ones = [one for one in answer["columns"] if not one["masked"]]
    assert [one["name"] for one in open_ones] == ["amount"]
    assert open_ones[0]["top"][0] == {"value": "top-amount", "rows": 60_077}
    assert open_ones[0]["quantiles"]["0.5"] == "2-amount"
    masked = [one for one in answer["columns"] if one["masked"]]
    assert masked == [{"name": one["name"], "masked": True} | counts for one in masked]
    assert answer["linkage"]["told_apart"] == ["born", "household"]


@pytest.mark.parametrize(
    ("who", "query"),
    [
        ("tengzhou", "purpose=social_assistance"),
        ("laiwu", "purpose=social_assistance"),
        ("health", "purpose=public_health"),
        ("health", "purpose=statistics"),
        ("health", ""),
        ("civil", "purpose=statistics"),
        ("civil", f"purpose=own_duty&division={TENGZHOU}"),
        ("civil", "purpose=own_duty&mode=query"),
        ("civil", "purpose=own_duty&mode=verify"),
    ],
)
def test_who_may_not_take_every_row_is_told_nothing(city: City, who: str, query: str) -> None:
    publish(city)
    answer = city.get(f"{PATH}?{query}", who)
    assert answer.status_code == 200
    assert answer.json() == NOTHING


def test_a_grant_over_every_row_shows_its_clear_columns_and_no_other(city: City) -> None:
    publish(city)
    number = whole(city, columns=("name", "amount", "household", "mobile"), transforms={"mobile": Transform.MASK})
    answer = city.get(f"{PATH}?purpose=statistics&grant={number}", "health")
    assert names(answer.json()) == ["amount", "household"]
    assert "linkage" not in answer.json()
    assert not re.search(r"person_id|born|name-|mobile", answer.text.replace('"name"', ""))
    narrowed = city.get(f"{PATH}?purpose=statistics&grant={number}&columns=household", "health").json()
    assert names(narrowed) == ["household"]
    assert narrowed["columns"][0] == {"name": "household", "nulls": 77, "distinct": 4_077, "masked": True}


def test_a_county_with_such_a_grant_is_held_to_its_own_subtree_and_told_nothing(city: City) -> None:
    publish(city)
    laiwu = whole(city, "11370116004000001L")
    assert city.get(f"{PATH}?purpose=statistics&grant={laiwu}", "laiwu").json() == NOTHING


def test_bucketed_amounts_leave_no_amount(city: City) -> None:
    publish(city)
    number = whole(city, transforms={"amount": Transform.BUCKET})
    answer = city.get(f"{PATH}?purpose=statistics&grant={number}", "health").json()
    assert "amount" not in names(answer)


@pytest.mark.parametrize("who", ["", "outsider"])
def test_a_hidden_dataset_has_no_profile_nor_has_an_absent_one(city: City, who: str) -> None:
    publish(city)
    hidden, absent = (city.get(f"/datasets/{key}/profile", who) for key in (KEY, "civil_affairs.absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json()["detail"] == absent.json()["detail"]


def test_open_data_show_theirs_to_everybody(city: City) -> None:
    publish(city, "credit.penalty")
    answer = city.get("/datasets/credit.penalty/profile").json()
    assert names(answer) == ["number", "amount", "decided", "place"]
    assert not any(one["masked"] for one in answer["columns"])
    assert "linkage" not in answer


def test_a_version_without_a_profile_says_nothing(city: City) -> None:
    assert city.get(f"{PATH}?purpose=own_duty", "civil").json() == NOTHING


def test_an_unknown_purpose_is_refused(city: City) -> None:
    assert city.get(f"{PATH}?purpose=curiosity", "civil").status_code == 400


@pytest.mark.parametrize(
    ("who", "query"),
    [
        ("tengzhou", "purpose=social_assistance"),
        ("health", "purpose=public_health"),
        ("health", "purpose=statistics"),
        ("civil", "purpose=own_duty&mode=query"),
    ],
)
def test_the_page_draws_nothing_for_who_may_not(city: City, who: str, query: str) -> None:
    publish(city)
    sign_in(city, who)
    text = city.client.get(f"/datasets/{KEY}?{query}").text
    section = text.split('id="profile"')[1].split("</section>")[0]
    assert "只有可批量取用全部行" in section
    assert not FIGURES.search(section)
    assert "least-" not in text
    assert "<svg" not in section


def test_the_page_draws_what_the_owner_may_see(city: City) -> None:
    publish(city)
    sign_in(city, "civil")
    section = city.client.get(f"/datasets/{KEY}?lang=en").text.split('id="profile"')[1].split("</section>")[0]
    assert "70,077 rows" in section
    assert "least-amount – 2-amount – greatest-amount" in section
    assert "top-amount" in section
    assert "&lt;b&gt;amount" in section
    assert section.count("counts only") == 5
    assert 'class="lengths"' in section
    assert "Linkage risk" in section
    assert "least-born" not in section
