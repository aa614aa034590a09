"""`/access` explains the decision and gives nothing away."""

from tests.api.conftest import City

PATH = "/datasets/civil_affairs.low_income/access"


def test_an_allowed_ask_is_explained_gate_by_gate(city_on_each: City) -> None:
    told = city_on_each.get(f"{PATH}?purpose=social_assistance&mode=query&lang=en", "tengzhou").json()
    assert told["allowed"] is True
    assert [g["gate"] for g in told["gates"]] == [f"G{n}" for n in range(13)]
    assert (told["basis"], told["grant"]) == ("grant", city_on_each.grants["tengzhou"])
    assert told["rows"]["divisions"] == [{"code": "370481000000", "name": "滕州市"}]
    assert {c["name"]: c["transform"] for c in told["columns"]}["name"] == "mask"


def test_a_refused_ask_shows_the_gate_and_the_next_step_but_no_columns_and_no_rows(city: City) -> None:
    told = city.get(f"{PATH}?purpose=statistics", "tengzhou").json()
    assert (told["allowed"], told["gate"], told["code"]) == (False, "G4", "PURPOSE_MISMATCH")
    assert told["next"]
    assert not {"columns", "rows", "version", "grant"} & set(told)


def test_explaining_leaves_no_receipt(city: City) -> None:
    before = len(city.shelf.receipts.newest())
    city.get(f"{PATH}?purpose=social_assistance", "tengzhou")
    assert len(city.shelf.receipts.newest()) == before


def test_it_is_told_in_chinese_first_and_in_english_on_request(city: City) -> None:
    def said(query: str, accept: str) -> str:
        headers = city.headers("tengzhou") | {"Accept-Language": accept}
        return str(
            city.client.get(f"/api/v1{PATH}?purpose=statistics{query}", headers=headers).json()["gates"][0]["name"]
        )

    assert said("", "") == "主体"
    assert said("", "fr, en;q=0.8, zh;q=0.7") == "Subject"
    assert said("&lang=zh-CN", "en") == "主体"
