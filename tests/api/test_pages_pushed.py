"""The inbox as a page: the owner sees everybody's pushes and who tried in vain, a sender its own, others nothing."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import Connection

from catalog.database import writing
from catalog.inbox import store
from schemas.push import Push
from tests.api.conftest import City
from tests.api.test_pages import sign_in
from tests.api.test_records import inbox, push  # noqa: F401 - a fixture, and how records are pushed
from tests.builders import CIVIL_AFFAIRS, NOW
from tests.pushed import KEY, as_json, record

PAGE = f"/datasets/{KEY}/inbox"


@pytest.fixture
def pushed(inbox: City) -> City:  # noqa: F811 - it is that fixture
    push(inbox, as_json(record(1), record(2, score=9)), "a", who="tengzhou")
    push(inbox, as_json(record(3, paid="-1"), record(4, happened="昨天"), {"colour": "red"}), "b", who="civil")
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
    assert "发生时间：不是声明的类型" in text
    assert "整行：不是该数据资源的记录" in text
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


def test_each_push_has_a_page_that_tells_every_refused_row_to_who_sent_it(inbox: City) -> None:  # noqa: F811
    many = [record(n, score=9) for n in range(1, 131)]
    id = push(inbox, as_json(record(200), *many, record(201, person_id="37048119500101")), "a", "tengzhou").json()["id"]
    sign_in(inbox, "tengzhou")
    assert f'href="{PAGE}/{id}?lang=zh-CN"' in inbox.client.get(PAGE).text
    first = inbox.client.get(f"{PAGE}/{id}").text
    assert "第 2 行" in first
    assert "评分取值须在 1 与 5 之间" in first
    assert "第 101 行" in first
    assert "第 102 行" not in first
    following = html.unescape(re.search(r'href="([^"]*cursor=[^"]*)#refusals"', first)[1])  # type: ignore[index]
    second = inbox.client.get(following).text
    assert "第 102 行" in second
    assert "第 132 行" in second
    assert "14 个字符" in second, "of a sensitive field the length alone"
    assert "37048119500101" not in second
    assert "下一页" not in second
    english = inbox.client.get(f"{PAGE}/{id}?lang=en").text
    assert "Row 2" in english
    assert "Score must be between 1 and 5" in english


def test_older_pushes_are_on_further_pages_each_once_and_of_others_none(inbox: City) -> None:  # noqa: F811
    with writing(inbox.shelf.engine) as connection:
        pushes = [
            booked(connection, number, "11370400004305679A" if number == 60 else CIVIL_AFFAIRS) for number in range(120)
        ]
    sign_in(inbox, "civil")
    seen, path = [], PAGE
    for _ in range(3):
        text = inbox.client.get(path).text
        seen.append(re.findall(rf'href="{PAGE}/([0-9a-f]+)\?', text))
        following = re.search(rf'href="({PAGE}\?before=[^"]*)#newest"', text)
        path = html.unescape(following[1]) if following else ""
    assert path == ""
    assert [len(page) for page in seen] == [50, 50, 20]
    assert [id for page in seen for id in page] == [one.id for one in reversed(pushes)]
    sign_in(inbox, "tengzhou")
    assert inbox.client.get(f"{PAGE}?before={pushes[5].id}").status_code == 404
    assert inbox.client.get(f"{PAGE}?before=nonsense").status_code == 404


def booked(connection: Connection, number: int, organisation: str) -> Push:
    at = NOW + timedelta(seconds=number)
    return store.book(connection, Push(
        id=f"{number:032x}", dataset=KEY, organisation=organisation, system="s", body="b", arrived_at=at, lands_at=at,
        accepted=1, refused=0, rules={}, answer="{}", segment=None, receipt="r",
    ))  # fmt: skip


def test_what_was_answered_in_one_language_is_shown_in_both(inbox: City) -> None:  # noqa: F811
    told = as_json(record(1), record(2, score=9), record(3, happened="12:00"), record(4, place="37040"))
    ids = [push(inbox, told, key, "tengzhou", **{"Accept-Language": key}).json()["id"] for key in ("en", "zh-CN")]
    sign_in(inbox, "tengzhou")
    for id in ids:
        chinese, english = (inbox.client.get(f"{PAGE}/{id}?lang={lang}").text for lang in ("zh-CN", "en"))
        for said in (
            "评分取值须在 1 与 5 之间",
            "时刻，如 2026-11-20T08:00:00+08:00",
            "区划代码，2、4、6、9、12 或 15 位数字",
        ):
            assert said in chinese
            assert said not in english
        for said in (
            "Score must be between 1 and 5",
            "a moment such as 2026-11-20T08:00:00+08:00",
            "a division code of 2",
        ):
            assert said in english
            assert said not in chinese


def test_the_owner_sees_which_rows_were_refused_and_no_value_of_them(inbox: City) -> None:  # noqa: F811
    id = push(inbox, as_json(record(1), record(2, lb="天气")), "a", "tengzhou").json()["id"]
    sign_in(inbox, "civil")
    text = inbox.client.get(f"{PAGE}/{id}").text
    assert "kind.known" in text
    assert "天气" not in text


@pytest.mark.parametrize("who", ["", "health", "laiwu", "outsider"])
def test_nobody_else_sees_a_push(inbox: City, who: str) -> None:  # noqa: F811
    id = push(inbox, as_json(record(1), record(2, score=9)), "a", "tengzhou").json()["id"]
    if who:
        sign_in(inbox, who)
    for path in (f"{PAGE}/{id}", f"/api/v1/datasets/{KEY}/records/{id}/refusals"):
        headers = inbox.headers(who) if who else {}
        assert inbox.client.get(path, headers=headers).status_code == 404
        assert inbox.client.get(path.replace(id, "0" * 32), headers=headers).status_code == 404


def test_a_page_of_one_push_is_no_page_of_another(inbox: City) -> None:  # noqa: F811
    many = [record(n, score=9) for n in range(1, 4)]
    first, second = (push(inbox, as_json(record(9), *many), key).json()["id"] for key in ("a", "b"))
    path = f"/api/v1/datasets/{KEY}/records/{{}}/refusals?limit=2&cursor={{}}"
    cursor = inbox.client.get(path.format(first, ""), headers=inbox.headers("civil")).json()["next"]
    assert inbox.client.get(path.format(first, cursor), headers=inbox.headers("civil")).json()["next"] is None
    answer = inbox.client.get(path.format(second, cursor), headers=inbox.headers("civil"))
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK")


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
