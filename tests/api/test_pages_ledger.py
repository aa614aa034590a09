"""The pages of the ledger: an officer sees the receipts that name the organisation, and how one is verified."""

import html
import re

import pytest

from tests.api.conftest import City
from tests.api.test_pages import sign_in

ROWS = "/datasets/civil_affairs.low_income/rows?purpose="


def numbers(text: str) -> list[str]:
    return re.findall(r"/ledger/([0-9a-f]{32})", text)


def asked(city: City, who: str = "tengzhou", purpose: str = "social_assistance") -> str:
    return str(city.get(f"{ROWS}{purpose}", who).headers["Yishu-Receipt"])


def test_an_officer_sees_what_the_organisation_asked_and_what_others_asked_of_it(city: City) -> None:
    mine, refused = asked(city), asked(city, purpose="own_duty")
    sign_in(city, "tengzhou")
    text = city.client.get("/ledger").text
    assert numbers(text) == [refused, mine]
    assert "滕州市民政局" in text
    assert "社会救助" in text
    assert "拒绝" in text
    assert numbers(city.client.get("/ledger?side=owner").text) == []
    sign_in(city, "civil")
    assert numbers(city.client.get("/ledger").text) == []
    assert numbers(city.client.get("/ledger?side=owner").text) == [refused, mine]
    assert "What others asked of our data" in html.unescape(city.client.get("/ledger?lang=en").text)


def test_the_page_of_a_receipt_shows_its_proof_and_how_it_is_verified(city: City) -> None:
    number = asked(city)
    sign_in(city, "tengzhou")
    text = city.client.get(f"/ledger/{number}").text
    proof = city.get(f"/ledger/proof/inclusion?receipt={number}").json()
    shown = html.unescape(text)
    assert all(one in shown for one in (number, proof["leaf"], proof["root"], *proof["path"]))
    assert "yishu ledger verify receipt.json --public-key city.pub" in shown
    assert "完整送出" in shown


def test_the_owner_sees_no_system_and_an_outsider_nothing(city: City) -> None:
    number = asked(city)
    sign_in(city, "civil")
    assert "滕州市民政局" in city.client.get(f"/ledger/{number}").text
    assert "receipt.json" not in city.client.get(f"/ledger/{number}").text
    unknown = city.client.get(f"/ledger/{'0' * 32}")
    for who in ("laiwu", "outsider"):
        sign_in(city, who)
        other = city.client.get(f"/ledger/{number}")
        assert other.status_code == unknown.status_code == 404
        assert number not in other.text.split("<main")[1]


@pytest.mark.parametrize("query", ["", "?side=owner", "?before=x&side=no", "?before=99999999999999999999"])
def test_the_public_sees_the_checkpoint_and_no_receipt(city: City, query: str) -> None:
    asked(city)
    answer = city.client.get(f"/ledger{query}")
    assert answer.status_code == 200
    assert numbers(answer.text) == []
    assert city.get("/ledger/key").text.strip() in html.unescape(answer.text)
    assert "Yishu-Receipt" not in answer.headers


def test_older_receipts_are_a_page_further(city: City) -> None:
    made = [asked(city) for _ in range(25)]
    sign_in(city, "tengzhou")
    text = city.client.get("/ledger").text
    assert numbers(text) == made[:4:-1]
    older = re.search(r'href="(/ledger\?[^"]*before=[^"]*)"', text)
    assert older is not None
    assert numbers(city.client.get(html.unescape(older[1])).text) == made[4::-1]
