"""The pages without a browser: they are whole without JavaScript, and show each visitor what they may see."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.credentials import Bearer
from catalog.persons import Person
from schemas.access import GrantState, Mode, Role
from tests.api.conftest import City
from tests.builders import CIVIL_AFFAIRS, HEALTH, NOW, TENGZHOU_CIVIL, make_grant

KEY = "civil_affairs.low_income"


def sign_in(city: City, who: str, **headers: str) -> int:
    """Log in as a browser would; the client keeps the cookie."""
    token = re.search(r'name="token" value="([^"]+)"', city.client.get("/login").text.split("<main")[1])
    assert token is not None
    told = {"credential": city.credentials.get(who, who), "token": token[1]}
    return int(city.client.post("/login", data=told, headers=headers).status_code)


def test_the_public_sees_the_open_data_with_facets(city_on_each: City) -> None:
    text = city_on_each.client.get("/datasets").text
    assert '<html lang="zh-CN">' in text
    assert "行政处罚信息" in text
    assert "城乡低保对象" not in text
    assert "山东省信用中心" in text
    assert "枣庄市卫生健康委员会" not in text


def test_signed_in_the_same_page_shows_more(city: City) -> None:
    assert sign_in(city, "tengzhou") == 303
    text = city.client.get("/datasets?lang=en").text
    assert "Recipients of subsistence allowances" in text
    assert "滕州市民政局" in text


def test_a_person_signed_in_sees_their_post_beside_the_organisation(city: City) -> None:
    city.shelf.parties.add_person(Person("x", TENGZHOU_CIVIL, "需求经办岗", frozenset({Role.REQUESTER})))
    assert sign_in(city, city.shelf.parties.issue_credential(Bearer("tengzhou", "x"), NOW)) == 303
    assert '<span class="who">滕州市民政局 · 需求经办岗</span>' in city.client.get("/datasets").text


def test_a_hit_shows_which_field_matched(city: City) -> None:
    sign_in(city, "tengzhou")
    assert "<mark>联系电话</mark>" in city.client.get("/datasets?q=联系电话").text


def test_every_field_shows_what_this_visitor_sees_for_this_purpose(city: City) -> None:
    sign_in(city, "tengzhou")
    allowed = city.client.get(f"/datasets/{KEY}?purpose=social_assistance").text
    assert allowed.count('class="badge clear"') == 5
    assert allowed.count('class="badge mask"') == 1
    refused = city.client.get(f"/datasets/{KEY}?purpose=statistics").text
    assert refused.count('class="badge drop"') == 6
    assert "不能取用" in refused


def test_the_why_page_lists_the_gates_and_the_next_step(city: City) -> None:
    sign_in(city, "tengzhou")
    text = city.client.get(f"/datasets/{KEY}/access?purpose=statistics").text
    assert "PURPOSE_MISMATCH" in text
    assert "下一步" in text
    assert text.count("<li><b>G") == 13


@pytest.mark.parametrize("tail", ["", "/access"])
def test_what_is_withheld_looks_like_what_is_not_there(city: City, tail: str) -> None:
    sign_in(city, "tengzhou")
    hidden, absent = (city.client.get(f"/datasets/{key}{tail}") for key in ("health.secret", "health.absent"))
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("health.secret", "health.absent") == absent.text


def test_pages_take_no_bearer_and_the_api_takes_no_cookie(city: City) -> None:
    assert "城乡低保对象" not in city.client.get("/datasets", headers=city.headers("tengzhou")).text
    sign_in(city, "tengzhou")
    assert KEY not in city.client.get("/api/v1/datasets").text


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_holds_no_credential(city: City) -> None:
    sign_in(city, "tengzhou")
    cookie = city.client.cookies.get("yishu_session")
    token = re.search(r'name="token" value="([^"]+)"', city.client.get("/login").text.split("<main")[1])
    assert token is not None
    answer = city.client.post("/login", data={"credential": city.credentials["civil"], "token": token[1]})
    told = answer.headers["set-cookie"].lower()
    assert "httponly" in told
    assert "samesite=lax" in told
    assert city.credentials["civil"] not in told
    assert city.client.cookies.get("yishu_session") != cookie


@pytest.mark.parametrize("credential", ["", "x", "ys_aaaaaaaaaaaa_b_00000000"])
def test_a_wrong_credential_does_not_sign_in(city: City, credential: str) -> None:
    assert sign_in(city, credential) == 401
    assert "yishu_session" not in city.client.cookies


def test_a_form_from_another_site_is_refused(city: City) -> None:
    assert sign_in(city, "tengzhou", Origin="https://elsewhere.example") == 400
    assert sign_in(city, "tengzhou", **{"Sec-Fetch-Site": "cross-site"}) == 400
    forged = city.client.post("/login", data={"credential": city.credentials["tengzhou"], "token": "x.y"})
    assert forged.status_code == 401


def test_signing_out_ends_the_session_on_the_server(city: City) -> None:
    sign_in(city, "tengzhou")
    cookie = city.client.cookies.get("yishu_session")
    token = re.search(
        r'"/logout[^"]*"><input type="hidden" name="token" value="([^"]+)"', city.client.get("/datasets").text
    )
    assert token is not None
    assert city.client.post("/logout", data={"token": "wrong"}).status_code == 400
    assert city.client.post("/logout", data={"token": token[1]}).status_code == 303
    city.client.cookies.set("yishu_session", str(cookie))
    assert "滕州市民政局" not in city.client.get("/datasets").text


def test_a_session_ends_when_idle_when_old_and_with_its_credential(city: City) -> None:
    def signed_in() -> bool:
        return "滕州市民政局" in city.client.get("/datasets").text

    sign_in(city, "tengzhou")
    for minutes in range(20, 12 * 60, 20):
        city.clock.now = NOW + timedelta(minutes=minutes)
        assert signed_in()
    city.clock.now = NOW + timedelta(hours=12, minutes=1)
    assert not signed_in()
    sign_in(city, "tengzhou")
    city.clock.now += timedelta(minutes=31)
    assert not signed_in()
    sign_in(city, "tengzhou")
    city.shelf.parties.revoke(city.shelf.parties.credentials("tengzhou")[0].id, city.clock.now)
    assert not signed_in()


def test_a_revoked_grant_shows_at_the_next_look(city: City) -> None:
    sign_in(city, "tengzhou")
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    assert "不能取用" in city.client.get(f"/datasets/{KEY}?purpose=social_assistance").text


def test_texts_of_departments_are_escaped(city: City) -> None:
    sign_in(city, "tengzhou")
    text = city.client.get("/datasets", params={"q": "<script>alert(1)</script>"}).text
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


def test_nobody_reads_of_numbers_of_rows_who_does_not_see_the_rows(city: City) -> None:
    sign_in(city, "tengzhou")
    assert "检查行数" not in city.client.get(f"/datasets/{KEY}").text
    city.client.cookies.clear()
    sign_in(city, "civil")
    assert "检查行数" in city.client.get(f"/datasets/{KEY}").text


def test_home_leads_to_the_catalogue(city: City) -> None:
    assert city.client.get("/?lang=en").headers["location"] == "/datasets?lang=en"


@pytest.mark.parametrize("path", ["/datasets?path=x", "/datasets?lang=en&path=x&self=1", "/nowhere?path=x"])
def test_a_parameter_of_any_name_does_no_harm(city: City, path: str) -> None:
    assert city.client.get(path).status_code in (200, 404)


def test_no_link_leads_to_another_host_whatever_the_path_looks_like(city: City) -> None:
    told = city.client.get("http://testserver//elsewhere.example/x")
    assert told.status_code == 404
    assert 'href="//' not in told.text
    assert 'href="/elsewhere.example/x' in told.text


def test_who_may_query_only_sees_what_a_query_gives_and_a_sample_that_works(city: City) -> None:
    city.shelf.set_grant_state(city.grants["tengzhou"], GrantState.REVOKED)
    city.shelf.grant(make_grant(modes=(Mode.QUERY,)), NOW)
    sign_in(city, "tengzhou")
    text = city.client.get(f"/datasets/{KEY}?purpose=social_assistance").text
    assert text.count('class="badge drop"') == 0
    assert "limit=1000" in text
    number = city.shelf.grants()[-1].number
    bulk = city.client.get(f"/datasets/{KEY}/access?purpose=social_assistance&mode=bulk&grant={number}").text
    assert "不得以“批量 bulk”方式获取" in bulk
    assert "查询 query" in bulk


def test_a_sample_shows_a_credential_unless_the_read_stands_on_openness(city: City) -> None:
    assert "Bearer ys_" not in city.client.get("/datasets/credit.penalty").text
    city.shelf.grant(make_grant(dataset="credit.penalty", purpose="credit_supervision", divisions=(), scope=None), NOW)
    sign_in(city, "tengzhou")
    assert "Bearer ys_" in city.client.get(f"/datasets/{KEY}").text
    assert "Bearer ys_" in city.client.get("/datasets/credit.penalty?purpose=credit_supervision").text


def test_english_pages_call_organisations_by_their_registered_english_name(city: City) -> None:
    civil = replace(city.shelf.parties.organisation(CIVIL_AFFAIRS), name_en="Zaozhuang Civil Affairs Bureau")
    health = replace(city.shelf.parties.organisation(HEALTH), name_en="")
    for one in (civil, health):
        city.shelf.parties.add_organisation(one)
    sign_in(city, "civil")
    for path in ("/datasets", "/datasets/civil_affairs.low_income", "/elements/resident_id"):
        english, chinese = (city.client.get(f"{path}?lang={lang}").text for lang in ("en", "zh-CN"))
        assert "Zaozhuang Civil Affairs Bureau" in english, path
        assert "枣庄市民政局" not in english, path
        assert "枣庄市民政局" in chinese, path
        assert "Zaozhuang Civil Affairs Bureau" not in chinese, path
    sign_in(city, "health")
    assert "枣庄市卫生健康委员会" in city.client.get("/datasets?lang=en").text
