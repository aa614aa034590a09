"""What a merge kept, replaced and removed stands in the list of versions, for who may see numbers of rows alone."""

import re

import pytest

from tests.api.confirmations_world import GONE, KEY, gone_template, office
from tests.api.conftest import City
from tests.api.test_confirmations import page, post, run
from tests.api.test_pages import sign_in
from tests.dags.parcels import Office, moment

__all__ = ["gone_template", "office"]


@pytest.fixture
def merged(office: City) -> City:
    """Ten rows are gone, two of those that stay are replaced, one is new."""
    home = office.client.app.state.desk.settings.home
    Office(home.parent / "office.db").put(moment(2), [10, 11, 99], area="2.00")
    post(office, GONE, "confirm", "reviewer")
    run(office, anew=True)
    return office


def test_the_owner_is_told_what_each_merge_did_and_that_is_on_record(merged: City) -> None:
    answer = merged.get(f"/datasets/{KEY}/versions", "land")
    newest, first = answer.json()["versions"]
    until = moment(3, 0).isoformat()
    assert newest["merged"] == {"base": 1, "kept": 8, "replaced": 2, "removed": 10, "until": until}
    assert (first["merged"]["base"], first["merged"]["kept"], first["merged"]["removed"]) == (0, 0, 0)
    receipt = merged.shelf.receipts.of(answer.headers["Yishu-Receipt"])
    assert receipt is not None
    assert receipt.body["figures"] == {"merged": [newest["version"], first["version"]]}


def test_to_who_may_not_see_numbers_of_rows_none_is_told(merged: City) -> None:
    for query in ("", "?purpose=emergency"):
        answer = merged.get(f"/datasets/{KEY}/versions{query}", "civil")
        assert [one.keys() & {"merged", "rows"} for one in answer.json()["versions"]] == [set(), set()]
        assert "Yishu-Receipt" not in answer.headers
    sign_in(merged, "stranger")
    assert "增量合并：" not in page(merged, f"/datasets/{KEY}")


@pytest.mark.parametrize(("lang", "said"), [("zh-CN", "增量合并："), ("en", "A merge:")])
def test_the_page_of_the_dataset_shows_it_to_the_owner(merged: City, lang: str, said: str) -> None:
    sign_in(merged, "reviewer")
    text = page(merged, f"/datasets/{KEY}?lang={lang}").split('id="versions"')[1].split("</section>")[0]
    assert said in text
    rows = re.findall(r'<td class="number">([\d–]+)</td>', text)
    assert rows == ["8", "2", "10", "0", "0", "0"]


def test_a_dataset_that_is_not_merged_shows_no_such_columns(city: City) -> None:
    assert "merged" not in city.get("/datasets/civil_affairs.low_income/versions", "civil").json()["versions"][0]
    sign_in(city, "civil")
    assert "增量合并：" not in page(city, "/datasets/civil_affairs.low_income")
