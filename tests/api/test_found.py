"""Hits, facets and pages of the catalogue as doors show them: marked and escaped, counted within the asker's rights."""

import re

import pytest

from schemas.dataset import Sharing
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.builders import HEALTH, NOW, make_dataset, make_field

EVIL = '<script>alert("x")</script>'


def enter(city: City, key: str, title: str, **told: object) -> None:
    fields = (make_field("person_id", title="证件<b>号</b>", element="resident_id"), make_field("f2", title="签发机关"))
    facts = {"sharing": Sharing.OPEN, "fields": fields, "default_scope": "", "tags": ("民生",)}
    city.shelf.register(make_dataset(key, title=title, **facts | told), NOW)


def test_a_hit_is_marked_and_what_departments_write_stays_text(city: City) -> None:
    enter(city, "test.evil", f"{EVIL}登记", description=f"说明{EVIL}", tags=(EVIL,))
    text = city.client.get("/datasets?q=登记").text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;<mark>登记</mark></a>" in text
    assert EVIL not in text
    assert EVIL not in city.client.get("/datasets", params={"q": EVIL}).text


def test_a_field_that_is_the_element_is_marked_whatever_it_is_called(city: City) -> None:
    enter(city, "test.a", "甲")
    text = city.client.get("/datasets?q=身份证号").text
    assert re.search(r"<mark>证件&lt;b&gt;号&lt;/b&gt;</mark> <code>person_id</code>", text)
    assert "签发机关" not in text


def test_where_nothing_holds_everything_the_page_says_so(city: City) -> None:
    enter(city, "test.a", "养老机构")
    text = city.client.get("/datasets?q=养老机构 不动产").text
    assert "没有同时包含" in text
    assert "test.a" in text
    told = city.get("/datasets?q=养老机构 不动产").json()
    assert (told["relaxed"], told["total"]) == (True, 1)
    assert "没有同时包含" not in city.client.get("/datasets?q=养老机构").text


def test_the_page_goes_on_at_its_end_and_every_dataset_comes_once(city: City) -> None:
    for number in range(45):
        enter(city, f"many.d{number:02d}", f"第{number}号登记")
    path, seen = "/datasets?q=登记", []
    while path:
        text = city.client.get(path).text
        assert "共 45 项" in text
        seen += re.findall(r"<code>(many\.d\d\d)</code>", text)
        following = re.search(r'href="(/datasets\?[^"]*after=[^"]*)">下一页', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"many.d{number:02d}" for number in range(45)]


@pytest.mark.parametrize("after", ["x", "9", "~", "9~", "-1~a.b", "99999~a.b", "1~\0", "0~" + "x" * 999])
def test_an_end_that_no_page_has_is_the_beginning_or_nothing_but_never_a_fault(city: City, after: str) -> None:
    assert city.client.get("/datasets", params={"after": after}).status_code == 200


def test_facets_lead_on_and_back_and_count_nothing_that_is_hidden(city: City) -> None:
    enter(city, "test.a", "甲", tags=("民生", "养老"))
    enter(city, "test.hidden", "乙", sharing=Sharing.WITHHELD, owner=HEALTH, tags=("绝密主题",), withheld_basis="x")
    text = city.client.get("/datasets").text
    assert "绝密主题" not in text
    chosen = city.client.get("/datasets?topic=养老").text
    assert "共 1 项" in chosen
    assert 'aria-current="true"><span>养老' in chosen
    assert re.search(r'href="/datasets\?lang=zh-CN" aria-current="true"', chosen)
    hidden, absent = (city.client.get(f"/datasets?topic={topic}").text for topic in ("绝密主题", "没有主题"))
    assert hidden.replace("绝密主题", "没有主题") == absent.replace(
        "%E6%B2%A1%E6%9C%89%E4%B8%BB%E9%A2%98", "%E7%BB%9D%E5%AF%86%E4%B8%BB%E9%A2%98"
    )
    told = city.get("/datasets?facets=topic,department,mine").json()["facets"]
    assert {one["value"] for one in told["topic"]} == {"民生", "养老"}
    assert {"value": "test", "count": 1, "name": "枣庄市民政局"} in told["department"]
    assert city.get("/datasets?facets=colour").status_code == 400


def test_a_long_facet_is_cut_and_shown_whole_when_asked(city: City) -> None:
    for number in range(12):
        enter(city, f"dep{number:02d}.a", "甲", owner_name=f"第{number:02d}局")
    text = city.client.get("/datasets").text
    assert len(set(re.findall(r"第\d\d局</span>", text))) == 7  # and the one that was there before
    assert "whole=department" in text
    whole = city.client.get("/datasets?whole=department").text
    assert len(set(re.findall(r"第\d\d局</span><span>", whole))) == 12
    chosen = city.client.get("/datasets?department=dep11").text
    assert 'aria-current="true"><span>第11局' in chosen


def test_conditional_data_of_others_may_be_requested_from_the_list(city: City) -> None:
    sign_in(city, "tengzhou")
    text = city.client.get("/datasets?q=低保").text
    assert "/requests/new?dataset=civil_affairs.low_income" not in text  # a grant is there
    enter(city, "health.visits2", "就诊", sharing=Sharing.CONDITIONAL, owner=HEALTH)
    assert "/requests/new?dataset=health.visits2" in city.client.get("/datasets?q=就诊").text
    mine = city.client.get("/datasets?mine=yes").text
    assert "civil_affairs.low_income" in mine
    assert "health.visits2" not in mine


def test_ckan_counts_topics_and_cuts_where_it_is_told_to(city: City) -> None:
    enter(city, "test.a", "甲", tags=("民生", "养老"))
    enter(city, "test.b", "乙", tags=("民生",))
    asked = '/api/3/action/package_search?facet.field=["tags","quality"]&facet.limit=1&fq=tags:民生&rows=0'
    told = city.client.get(asked).json()["result"]
    assert (told["count"], told["results"], told["facets"]["tags"]) == (2, [], {"民生": 2})
    every = city.client.get(asked.replace("limit=1", "limit=-1")).json()["result"]["facets"]
    assert every["tags"] == {"民生": 2, "养老": 1}


def test_an_element_shows_its_holders_a_page_at_a_time(city: City) -> None:
    for number in range(60):
        enter(city, f"many.d{number:02d}", "甲")
    first = city.client.get("/elements/resident_id").text
    following = re.search(r'href="(/elements/resident_id\?[^"]*after=[^"]*)#uses"', first)
    assert following is not None
    second = city.client.get(following[1].replace("&amp;", "&")).text
    named = [re.findall(r"/datasets/(many\.d\d\d)\?", text) for text in (first, second)]
    assert sorted({*named[0], *named[1]}) == [f"many.d{number:02d}" for number in range(60)]
    assert not {*named[0]} & {*named[1]}
    told = city.get("/elements/resident_id").json()
    rest = city.get(f"/elements/resident_id?used_after={told['used_next']}").json()
    assert len({one["dataset"] for one in (*told["used_by"], *rest["used_by"])}) == told["used_by_datasets"] == 60
    assert rest["used_next"] is None
