"""DCAT-AP over HTTP: who finds what in it, how it is paged, which form a client gets, and what can break a document."""

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from sqlalchemy import event

from api.dcat import routes
from schemas.dataset import Sharing
from schemas.rdf import Literal, iri
from tests.api.conftest import City, open_dataset
from tests.builders import NOW, make_dataset, make_grant

FORMS = ("jsonld", "ttl", "rdf")
EVERYTHING = {"civil_affairs.low_income", "credit.penalty", "health.secret"}


def keys(city: City, who: str, path: str = "/catalog.jsonld") -> set[str]:
    answer = city.client.get(path, headers=city.headers(who))
    assert answer.status_code == 200, answer.text
    return {told(one, "dct:identifier") for one in nodes(answer.text, "dcat:Dataset")}


def nodes(text: str, kind: str) -> list[dict]:  # type: ignore[type-arg]
    return [one for one in json.loads(text)["@graph"] if kind in one.get("@type", ())]


def told(node: dict, name: str) -> str:  # type: ignore[type-arg]
    return str(node[name][0]["@value"])


@pytest.mark.parametrize(
    ("who", "hidden"),
    [
        ("", {"civil_affairs.low_income", "health.secret"}),
        ("outsider", {"civil_affairs.low_income", "health.secret"}),
        ("tengzhou", {"health.secret"}),
        ("health", set()),
    ],
)
def test_the_catalogue_holds_what_its_asker_may_know_of_and_no_trace_of_the_rest(
    city: City, who: str, hidden: set[str]
) -> None:
    assert keys(city, who) == EVERYTHING - hidden
    for form in FORMS:
        text = city.client.get(f"/catalog.{form}", headers=city.headers(who)).text
        assert [key for key in EVERYTHING if key in text] == [key for key in EVERYTHING if key not in hidden]
        for key in EVERYTHING:
            status = city.client.get(f"/datasets/{key}.{form}", headers=city.headers(who)).status_code
            assert status == (404 if key in hidden else 200), (key, form)


def test_an_outsider_finds_what_a_grant_opens_to_its_own_system_alone(city: City) -> None:
    outsider = city.shelf.parties.subject(city.credentials["outsider"], NOW).organisation
    grant = replace(make_grant(outsider, purpose="public_service"), systems=("another",))
    city.shelf.grant(grant, NOW)
    assert "civil_affairs.low_income" not in keys(city, "outsider")
    city.shelf.grant(replace(grant, systems=("outsider",)), NOW)
    assert "civil_affairs.low_income" in keys(city, "outsider")


def test_pages_hold_every_dataset_once_and_hydra_leads_from_one_to_the_next(city: City) -> None:
    for number in range(250):
        city.shelf.register(replace(open_dataset(), key=f"credit.list_{number:03}", contract_hash=f"{number}"), NOW)
    found: list[str] = []
    path = "/catalog.jsonld"
    for _ in range(10):
        text = city.client.get(path, headers=city.headers("tengzhou")).text
        found += [told(one, "dct:identifier") for one in nodes(text, "dcat:Dataset")]
        (view,) = nodes(text, "hydra:PartialCollectionView")
        assert view["@id"].endswith(path)
        assert view["hydra:first"] == [{"@id": "http://testserver/catalog.jsonld"}]
        if "hydra:next" not in view:
            break
        path = view["hydra:next"][0]["@id"].removeprefix("http://testserver")
    assert found == ["civil_affairs.low_income", *(f"credit.list_{n:03}" for n in range(250)), "credit.penalty"]


def test_a_page_costs_as_many_statements_for_a_thousand_datasets_as_for_three(city: City) -> None:
    def statements() -> int:
        seen: list[str] = []
        event.listen(city.shelf.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        keys(city, "tengzhou")
        return len([one for one in seen if one.startswith("SELECT")])

    few = statements()
    for number in range(1000):
        city.shelf.register(replace(open_dataset(), key=f"credit.list_{number}", contract_hash=f"{number}"), NOW)
    assert statements() == few


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        ("text/turtle", "ttl"),
        ("application/ld+json", "jsonld"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.5", "rdf"),
        ("text/html, text/turtle;q=0.9", ""),
        ("text/html,application/xhtml+xml,*/*;q=0.8", ""),
        ("*/*", ""),
        ("", ""),
    ],
)
def test_who_asks_for_rdf_is_led_to_it_and_a_browser_to_the_page(city: City, accept: str, ending: str) -> None:
    one = city.client.get("/datasets/credit.penalty", headers={"Accept": accept})
    every = city.client.get("/catalog", headers={"Accept": accept})
    if ending:
        assert (one.status_code, one.headers["location"]) == (303, f"/datasets/credit.penalty.{ending}")
        assert every.headers["location"] == f"/catalog.{ending}"
    else:
        assert one.status_code == 200
        assert every.headers["location"] == "/datasets"
    assert every.headers["vary"] == "Accept"


def test_a_dataset_that_is_called_like_a_form_has_its_page_and_its_document(city: City) -> None:
    city.shelf.register(replace(open_dataset(), key="credit.ttl", contract_hash="x"), NOW)
    assert city.client.get("/datasets/credit.ttl").headers["content-type"].startswith("text/html")
    assert city.client.get("/datasets/credit.ttl.ttl").headers["content-type"].startswith("text/turtle")


def test_nothing_in_a_contract_breaks_a_document(city: City) -> None:
    odd = 'a"b\\c\n\t<d>&amp;]]>\x00\x0b\ud800é“引号”\r'
    dataset = make_dataset("civil_affairs.odd", title=odd, sharing=Sharing.OPEN, tags=(odd,), purposes=(odd,))
    kept = odd.replace("\x00", "�").replace("\x0b", "�").replace("\ud800", "�")
    statement = ("http://x/<a> b", iri("dct:title"), Literal(dataset.title, "zh-CN"))
    assert json.loads(routes.jsonld([statement]))["@graph"][0]["dct:title"][0]["@value"] == kept
    root = ElementTree.fromstring(routes.xml([statement]))
    assert root[0][0].text == kept
    assert root[0].attrib.popitem()[1] == "http://x/%3Ca%3E%20b"
    assert '"a\\"b\\\\c\\n\\t<d>&amp;]]>' in routes.turtle([statement])


def test_a_parameter_that_is_none_is_refused_and_a_forged_credential_is_not_the_public(city: City) -> None:
    assert city.client.get("/catalog.ttl?after=%00").json()["code"] == "BAD_ASK"
    assert city.client.get("/catalog.ttl?page=2").json()["code"] == "BAD_ASK"
    assert city.client.get("/catalog.ttl", headers={"Authorization": "Bearer ys_0000"}).status_code == 401
