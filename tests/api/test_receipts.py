"""Receipts are for those who are named in them."""

from tests.api.conftest import City


def test_a_receipt_is_shown_to_its_own_organisation_and_to_nobody_else(city: City) -> None:
    answer = city.get("/datasets/civil_affairs.low_income/rows?purpose=social_assistance", "tengzhou")
    path = f"/ledger/receipts/{answer.headers['Yishu-Receipt']}"
    assert city.get(path, "tengzhou").json()["body"]["purpose"] == "social_assistance"
    unknown = city.get("/ledger/receipts/" + "0" * 32, "laiwu").json()
    for who in ("laiwu", "civil", ""):
        other = city.get(path, who)
        assert other.status_code == 404
        assert other.json()["detail"] == unknown["detail"]
