"""The inbox as a page: the owner sees everybody's pushes and who tried in vain, a sender its own, others nothing."""

import pytest

from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.api.test_records import inbox, push  # noqa: F401 - a fixture, and how records are pushed
from tests.pushed import KEY, as_json, record

PAGE = f"/datasets/{KEY}/inbox"


@pytest.fixture
def pushed(inbox: City) -> City:  # noqa: F811 - it is that fixture
    push(inbox, as_json(record(1), record(2, score=9)), "a", who="tengzhou")
    push(inbox, as_json(record(3, paid="-1")), "b", who="civil")
    push(inbox, as_json(record(4)), "c", who="health")
    return inbox


def test_the_owner_sees_who_pushed_what_was_refused_why_and_who_had_no_right(pushed: City) -> None:
    sign_in(pushed, "civil")
    text = pushed.client.get(PAGE).text
    assert "滕州市民政局" in text
    assert "枣庄市民政局" in text
    assert '<code class="small">score.range</code>' in text
    assert '<code class="small">paid.range</code>' in text
    assert "评分取值须在 1 与 5 之间" in text
    assert "PUSH_DENIED" in text
    assert "枣庄市卫生健康委员会" in text
    assert "已接收" in text
    assert f'href="{PAGE}?lang=zh-CN"' in pushed.client.get(f"/datasets/{KEY}").text
    english = pushed.client.get(f"{PAGE}?lang=en").text
    assert "Refused for want of a right" in english
    assert "Received" in english


def test_a_sender_sees_its_own_pushes_alone(pushed: City) -> None:
    sign_in(pushed, "tengzhou")
    text = pushed.client.get(PAGE).text
    assert "score.range" in text
    assert "paid.range" not in text
    assert "PUSH_DENIED" not in text
    assert "枣庄市卫生健康委员会" not in text


@pytest.mark.parametrize("who", ["", "health", "laiwu", "outsider"])
def test_nobody_else_sees_an_inbox(pushed: City, who: str) -> None:
    if who:
        sign_in(pushed, who)
    assert pushed.client.get(PAGE).status_code == 404
    assert PAGE not in pushed.client.get(f"/datasets/{KEY}").text


def test_a_dataset_that_is_collected_has_no_inbox(pushed: City) -> None:
    sign_in(pushed, "civil")
    assert pushed.client.get("/datasets/civil_affairs.low_income/inbox").status_code == 404


def test_no_value_of_a_row_stands_on_the_page(pushed: City) -> None:
    sign_in(pushed, "civil")
    text = pushed.client.get(PAGE).text
    assert not [value for value in ("TS1", "暖气", "11010119900307002X") if value in text]
