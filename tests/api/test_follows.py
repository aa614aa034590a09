"""Following: who may know of a dataset hears of it, in the inbox, by mail and by webhook, and nobody else does."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from catalog.database import writing
from catalog.delivery.deliveries import LAST_TRY
from catalog.following import errands, follows, news
from catalog.mending import notices
from connectors.outbox.webhook import Sender, Word
from dags.delivery.errands import send_due
from dags.delivery.post import Post
from schemas.connection import Connection
from schemas.dataset import Sharing
from schemas.errors import BadInput, RecipientUnreachable
from schemas.following import ErrandState, mailbox
from schemas.notice import About
from schemas.targets import ANYWHERE, read_domains, read_targets
from tests.api.conftest import OUTSIDER, City, low_income
from tests.api.test_pages import sign_in
from tests.builders import DAY, HEALTH, NOW, TENGZHOU_CIVIL, make_dataset, make_field, make_verdict
from tests.dags.test_delivery_word import receiving
from tests.smtp_server import Postbox, postbox

KEY = "civil_affairs.low_income"
OF_FOLLOWS = (About.FOLLOWED_NEW, About.FOLLOWED_CONTRACT, About.FOLLOWED_VERSION)


def follow(city: City, who: str, status: int = 201, **told: str) -> dict[str, object]:
    answer = city.client.post("/api/v1/follows", json=told, headers=city.headers(who))
    assert answer.status_code == status, answer.text
    found: dict[str, object] = answer.json()
    return found


def heard(city: City, organisation: str) -> list[tuple[str, str]]:
    with city.shelf.engine.connect() as connection:
        found = notices.inbox(connection, organisation)
    return [(one.about.value, one.dataset) for one in found if one.about in OF_FOLLOWS]


def publish(city: City, days: int = 1) -> None:
    dataset = city.shelf.dataset(KEY)
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, low_income(), DAY + timedelta(days=days)), NOW)


def test_a_dataset_an_element_and_a_department_are_followed_each_in_its_way(city_on_each: City) -> None:
    city = city_on_each
    follow(city, "tengzhou", dataset=KEY)
    follow(city, "health", element="身份证号")
    follow(city, "laiwu", department="civil_affairs")
    publish(city)
    city.shelf.register(make_dataset("civil_affairs.more"), NOW)
    city.shelf.register(make_dataset("civil_affairs.more", version="1.1.0", description="x"), NOW)
    city.shelf.register(make_dataset("education.pupils", fields=(make_field("no", key=1),)), NOW)
    assert heard(city, TENGZHOU_CIVIL) == [("followed_version", KEY)]
    both = [("followed_contract", "civil_affairs.more"), ("followed_new", "civil_affairs.more")]
    assert heard(city, HEALTH) == both
    assert heard(city, "11370116004000001L") == both


def test_nobody_hears_of_what_the_catalogue_does_not_show_him(city: City) -> None:
    follow(city, "outsider", element="resident_id")
    follow(city, "outsider", department="health")
    follow(city, "tengzhou", department="health")
    follow(city, "outsider", dataset=KEY, status=404)
    follow(city, "tengzhou", dataset="health.secret", status=404)
    follow(city, "tengzhou", dataset="health.never", status=404)
    city.shelf.register(make_dataset("health.hidden", sharing=Sharing.WITHHELD, withheld_basis="x", owner=HEALTH), NOW)
    city.shelf.register(make_dataset("health.shared", owner=HEALTH), NOW)
    assert heard(city, OUTSIDER) == []
    assert heard(city, TENGZHOU_CIVIL) == [("followed_new", "health.shared")]


def test_the_same_is_told_once_however_many_follows_it_falls_under(city: City) -> None:
    first = follow(city, "tengzhou", dataset=KEY)
    assert follow(city, "tengzhou", dataset=KEY)["id"] == first["id"]
    follow(city, "tengzhou", department="civil_affairs")
    follow(city, "tengzhou", element="mobile")
    city.shelf.register(replace(city.shelf.dataset(KEY), version="1.1.0", contract_hash="a" * 64), NOW)
    assert heard(city, TENGZHOU_CIVIL) == [("followed_contract", KEY)]


def test_what_has_ended_hears_of_nothing_and_others_follows_are_not_there(city: City) -> None:
    number = follow(city, "tengzhou", dataset=KEY)["id"]
    assert city.client.delete(f"/api/v1/follows/{number}", headers=city.headers("health")).status_code == 404
    assert city.get("/follows", "health").json() == {"follows": []}
    assert city.client.delete(f"/api/v1/follows/{number}", headers=city.headers("tengzhou")).status_code == 204
    publish(city)
    assert heard(city, TENGZHOU_CIVIL) == []
    assert city.get("/follows").status_code == 401


@pytest.mark.parametrize("told", [{}, {"dataset": KEY, "element": "mobile"}, {"dataset": KEY, "email": "a@b.cn"}])
def test_a_follow_of_nothing_of_two_things_or_by_mail_where_there_is_none_is_refused(
    city: City, told: dict[str, str]
) -> None:
    follow(city, "tengzhou", status=422, **told)
    assert follow(city, "tengzhou", status=404, element="no such element")["code"] == "UNKNOWN"


@pytest.mark.parametrize(
    "text",
    ["a@evil.example", "a@gov.cn", "x", "a@b@zz.gov.cn", "a\n@zz.gov.cn", "<a@zz.gov.cn>", "a@zz.gov.cn, b@zz.gov.cn"],
)
def test_mail_goes_to_plain_addresses_of_the_domains_of_the_setting_alone(text: str) -> None:
    domains = read_domains("*.gov.cn, zz.example")
    assert mailbox("a.b@zz.gov.cn", domains) == "a.b@zz.gov.cn"
    with pytest.raises(BadInput):
        mailbox(text, domains)
    with pytest.raises(BadInput):
        read_domains("gov.cn/x")


@pytest.fixture
def box() -> Iterator[Postbox]:
    with postbox() as running:
        yield running


def mailing(city: City, box: Postbox) -> Post:
    """The same city where mail may go to zz.gov.cn and webhooks to this machine."""
    desk = city.client.app.state.desk
    settings = replace(desk.settings, targets=read_targets("127.0.0.0/8"), mail_domains=("zz.gov.cn",))
    city.client.app.state.desk = replace(desk, settings=settings)
    extra = {"from_email": "yishu@zz.gov.cn", "disable_ssl": True, "disable_tls": True}
    server = Connection("yishu_smtp", "smtp", "127.0.0.1", box.port, extra=extra)
    return Post(city.shelf, lambda _: server, Sender(settings.targets), city.clock)


def states(city: City, number: object) -> ErrandState | None:
    with city.shelf.engine.connect() as connection:
        found = errands.last(connection, int(str(number)))
    return found.state if found else None


def test_a_letter_names_the_dataset_and_no_value_and_comes_once(city: City, box: Postbox) -> None:
    post = mailing(city, box)
    number = follow(city, "tengzhou", dataset=KEY, email="guan@zz.gov.cn")["id"]
    publish(city)
    assert send_due(post) == [{"follow": number, "dataset": KEY, "state": "sent"}]
    assert send_due(post) == []
    (letter,) = box.letters
    assert (letter["To"], letter["From"]) == ("guan@zz.gov.cn", "yishu@zz.gov.cn")
    assert letter["Subject"] == "城乡低保对象：已发布第 2 版"
    assert f"/datasets/{KEY}" in letter.get_content()
    assert "样例" not in letter.get_content()


def test_a_server_that_refuses_is_asked_again_later_and_not_for_ever(city: City, box: Postbox) -> None:
    post = mailing(city, box)
    number = follow(city, "tengzhou", dataset=KEY, email="guan@zz.gov.cn")["id"]
    publish(city)
    box.answer = "451 not now"
    for _ in range(LAST_TRY):
        assert len(send_due(post)) == 1
        assert send_due(post) == [], "not before its pause is over"
        city.clock.now += timedelta(days=2)
    assert send_due(post) == []
    assert states(city, number) is ErrandState.FAILED
    assert box.letters == []


def test_a_webhook_is_signed_is_the_same_word_when_it_comes_again_and_ends_with_410(city: City, box: Postbox) -> None:
    post = mailing(city, box)
    with receiving() as receiver:
        made = follow(city, "tengzhou", dataset=KEY, webhook=receiver.url)
        key = base64.b64decode(str(made["secret"]).removeprefix("whsec_"))
        publish(city)
        receiver.status = 500
        assert send_due(post)[0]["state"] == "waiting"
        city.clock.now += timedelta(days=2)
        receiver.status = 410
        assert send_due(post)[0]["state"] == "sent"
        (_, first, body), (_, second, again) = receiver.got
    assert first["webhook-id"] == second["webhook-id"]
    assert json.loads(body)["data"]["dataset"] == KEY
    for headers, said in ((first, body), (second, again)):
        text = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + said
        mac = base64.b64encode(hmac.digest(key, text, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{mac}"
    assert city.get("/follows", "tengzhou").json() == {"follows": []}, "410: wants no more"


def test_a_word_on_its_way_is_dropped_when_the_dataset_is_withheld_meanwhile(city: City, box: Postbox) -> None:
    post = mailing(city, box)
    number = follow(city, "tengzhou", dataset=KEY, email="guan@zz.gov.cn")["id"]
    publish(city)
    withheld = replace(
        city.shelf.dataset(KEY), sharing=Sharing.WITHHELD, withheld_basis="x", version="2.0.0", contract_hash="b" * 64
    )
    city.shelf.register(withheld, NOW)
    assert [one["state"] for one in send_due(post)] == ["dropped"]
    assert states(city, number) is ErrandState.DROPPED
    assert box.letters == []


def test_two_who_send_at_once_send_each_word_once(city_on_each: City, box: Postbox) -> None:
    mailing(city_on_each, box)
    follow(city_on_each, "tengzhou", dataset=KEY, email="guan@zz.gov.cn")
    publish(city_on_each)
    with writing(city_on_each.shelf.engine) as connection:
        taken = errands.take(connection, NOW)
    with writing(city_on_each.shelf.engine) as connection:
        assert errands.take(connection, NOW) is None
    assert taken is not None
    assert taken.tries == 1


def test_two_ways_of_one_follow_are_refused_and_one_that_fails_stops_no_other(city: City, box: Postbox) -> None:
    post = mailing(city, box)
    with receiving() as receiver:
        follow(city, "tengzhou", status=422, dataset=KEY, email="guan@zz.gov.cn", webhook=receiver.url)
        follow(city, "tengzhou", dataset=KEY, webhook=receiver.url)
        follow(city, "tengzhou", dataset=KEY, email="guan@zz.gov.cn")
        publish(city)
        receiver.status = 500
        assert sorted(str(one["state"]) for one in send_due(post)) == ["sent", "waiting"]
    assert len(box.letters) == 1


def test_an_organisation_that_is_switched_off_may_know_of_nothing(city: City) -> None:
    follow(city, "tengzhou", dataset=KEY)
    city.shelf.parties.set_active(organisation=TENGZHOU_CIVIL, active=False)
    with city.shelf.engine.connect() as connection:
        assert not news.may_know(connection, TENGZHOU_CIVIL, city.shelf.dataset(KEY))
    publish(city)
    assert heard(city, TENGZHOU_CIVIL) == []


def test_the_page_follows_from_a_button_and_ends_it(city: City) -> None:
    sign_in(city, "tengzhou")
    page = city.client.get(f"/datasets/{KEY}").text
    token = page.split('action="/follows', 1)[1].split('name="token" value="', 1)[1].split('"', 1)[0]
    assert city.client.post("/follows", data={"token": token, "dataset": KEY}).status_code == 303
    text = city.client.get("/follows").text
    assert KEY in text
    with city.shelf.engine.connect() as connection:
        (one,) = follows.of_organisation(connection, TENGZHOU_CIVIL)
    assert city.client.post(f"/follows/{one.id}/end", data={"token": "other"}).status_code == 400
    assert city.client.post(f"/follows/{one.id}/end", data={"token": token}).status_code == 303
    assert "Following" in city.client.get("/follows?lang=en").text


def test_a_name_that_no_host_can_have_is_no_reason_to_keep_other_words_waiting() -> None:
    """The resolver says UnicodeError for a label of more than 63 characters."""
    with pytest.raises(RecipientUnreachable):
        Sender(ANYWHERE).send(f"https://{'a' * 64}.example/x", Word("msg_1", b"{}"), {})
