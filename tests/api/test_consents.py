"""Consents over HTTP: who may record them, what they open and to whom, and that they end at once."""

import io
from datetime import timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.ledger import tokens
from schemas.access import Grant, Mode
from schemas.dataset import ScopeRole
from tests.api.conftest import City
from tests.builders import (
    HEALTH,
    LOW_INCOME_FIELDS,
    NOW,
    SHIZHONG,
    TENGZHOU,
    TENGZHOU_CIVIL,
    ZAOZHUANG,
    low_income_row,
    make_dataset,
    make_field,
    make_grant,
    make_verdict,
)

KEY = "civil_affairs.checkup"
UNTIL = (NOW + timedelta(days=30)).isoformat()
ROWS = [
    low_income_row(n, TENGZHOU if n < 8 else SHIZHONG, collector=TENGZHOU if n < 8 else SHIZHONG) for n in range(12)
]
PEOPLE = [str(row["person_id"]) for row in ROWS]


def opened(organisation: str, key: str, **more: object) -> Grant:
    """The whole city for public health, signed."""
    return make_grant(
        organisation, key, **{"purpose": "public_health", "divisions": (ZAOZHUANG,), "signature": "数审一号"} | more
    )


@pytest.fixture
def asking(city: City) -> City:
    """A dataset that asks for consent, and grants on it to health and to Tengzhou for public health."""
    fields = (*LOW_INCOME_FIELDS, make_field("collector", element="division", scope=ScopeRole.COLLECTED_BY))
    dataset = make_dataset(KEY, consent=True, fields=fields)
    city.shelf.publish(dataset, make_verdict(city.shelf.lake, dataset, ROWS), NOW - timedelta(hours=1))
    modes = (Mode.QUERY, Mode.BULK, Mode.DELTA, Mode.VERIFY)
    for organisation in (HEALTH, TENGZHOU_CIVIL):
        city.shelf.grant(
            make_grant(organisation, KEY, purpose="public_health", modes=modes, divisions=(ZAOZHUANG,), signature="s"),
            NOW,
        )
    return city


def post(city: City, who: str, path: str, body: object, key: str = ""):  # type: ignore[no-untyped-def]
    headers = city.headers(who) | ({"Idempotency-Key": key} if key else {})
    return city.client.post(f"/api/v1/consents{path}", json=body, headers=headers)


def batch(*people: str, **more: object) -> dict[str, object]:
    said = {"dataset": KEY, "recipient": HEALTH, "purpose": "public_health", "until": UNTIL, "evidence": "表-2026-1"}
    return said | {"subjects": [{"person_id": one} for one in people]} | more


def record(city: City, *people: str, who: str = "civil", key: str = "a", **more: object):  # type: ignore[no-untyped-def]
    answer = post(city, who, "", batch(*people, **more), key)
    assert answer.status_code == 201, answer.text
    return answer


def bulk(city: City, who: str = "health", key: str = KEY, **more: str) -> list[str]:
    told = {"purpose": "public_health", "format": "arrow"} | more
    answer = city.get(f"/datasets/{key}/rows", who, params=told)
    if answer.status_code == 403:
        return [answer.json()["code"]]
    assert answer.status_code == 200, answer.text
    return sorted(pa.ipc.open_stream(io.BytesIO(answer.content)).read_all()["person_id"].to_pylist())


def verify(city: City, person: str, who: str = "health"):  # type: ignore[no-untyped-def]
    body = {"purpose": "public_health", "case": "2026-1", "subject": {"person_id": person}}
    return city.client.post(f"/api/v1/datasets/{KEY}/verify", json=body, headers=city.headers(who))


def last(city: City, of: str = "asked") -> dict[str, object]:
    return next(one.body for one in city.shelf.receipts.newest() if one.body.get("event") == of)


def test_only_rows_of_those_who_consented_leave_in_every_mode(asking: City) -> None:
    assert bulk(asking) == ["CONSENT_MISSING"]
    record(asking, PEOPLE[0], PEOPLE[9])
    assert bulk(asking) == sorted([PEOPLE[0], PEOPLE[9]])
    assert bulk(asking, format="arrow", limit="5") == sorted([PEOPLE[0], PEOPLE[9]])
    page = asking.get(f"/datasets/{KEY}/rows", "health", params={"purpose": "public_health", "format": "parquet"})
    assert pq.read_table(io.BytesIO(page.content)).num_rows == 2
    assert bulk(asking, since="1") == []


def test_a_consent_opens_nothing_to_another_organisation_or_for_another_purpose(asking: City) -> None:
    record(asking, PEOPLE[0])
    assert bulk(asking, "tengzhou") == ["CONSENT_MISSING"]
    asking.shelf.grant(make_grant(HEALTH, KEY, purpose="statistics", divisions=(ZAOZHUANG,), signature="s"), NOW)
    assert bulk(asking, purpose="statistics") == ["CONSENT_MISSING"]


def test_verify_answers_alike_of_whom_it_does_not_know_and_of_whom_did_not_consent(asking: City) -> None:
    record(asking, PEOPLE[0])
    assert verify(asking, PEOPLE[0]).json()["found"] is True
    known, nobody = verify(asking, PEOPLE[1]), verify(asking, "370402199001019999")
    assert (known.status_code, nobody.status_code) == (403, 403)
    for answer in (known, nobody):
        assert answer.json()["code"] == "CONSENT_MISSING"
    told = [{k: v for k, v in one.json().items() if k != "instance"} for one in (known, nobody)]
    assert told[0] == told[1]


def test_several_subjects_are_each_held_to_their_own_consent(asking: City) -> None:
    record(asking, PEOPLE[0], PEOPLE[1])
    subjects = [{"person_id": one} for one in PEOPLE[:4]]
    body = {"purpose": "public_health", "case": "2026-1", "subjects": subjects}
    answer = asking.client.post(f"/api/v1/datasets/{KEY}/verify", json=body, headers=asking.headers("health"))
    assert [one.get("found", one.get("code")) for one in answer.json()["results"]] == [
        True, True, "CONSENT_MISSING", "CONSENT_MISSING",
    ]  # fmt: skip
    assert last(asking)["subjects"]["consents"] == 2  # type: ignore[index]


def test_a_withdrawal_counts_from_the_next_decision_on(asking: City) -> None:
    record(asking, PEOPLE[0], PEOPLE[1])
    assert len(bulk(asking)) == 2
    assert post(asking, "civil", "/withdraw", {"subject": {"person_id": PEOPLE[0]}, "dataset": KEY}).json() == {
        "withdrawn": 1
    }
    assert bulk(asking) == [PEOPLE[1]]
    assert verify(asking, PEOPLE[0]).json()["code"] == "CONSENT_MISSING"
    number = asking.get("/consents", "civil").json()["consents"][0]["id"]
    assert post(asking, "civil", f"/{number}/withdraw", {}).json() == {"withdrawn": 1}
    assert bulk(asking) == ["CONSENT_MISSING"]


def test_a_consent_begins_and_ends_at_its_moments(asking: City) -> None:
    begins, ends = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    record(asking, PEOPLE[0], **{"from": begins.isoformat()}, until=ends.isoformat())
    record(asking, PEOPLE[1], key="b")
    seen = []
    for moment in (NOW, begins, ends - timedelta(microseconds=1), ends, NOW):
        asking.clock.now = moment
        seen.append(len(bulk(asking)))
    assert seen == [1, 2, 2, 1, 1]


def test_a_consent_to_a_purpose_opens_every_dataset_of_the_owner_and_no_other(asking: City) -> None:
    record(asking, dataset="", subjects=[{"resident_id": PEOPLE[3]}])
    assert bulk(asking) == [PEOPLE[3]]
    other = make_dataset("health.visits", consent=True, owner="11370400MB2000001X")
    asking.shelf.publish(
        other,
        make_verdict(
            asking.shelf.lake,
            other,
            ROWS[:5],
        ),
        NOW,
    )
    asking.shelf.grant(
        make_grant(HEALTH, other.key, purpose="public_health", divisions=(ZAOZHUANG,), signature="s"), NOW
    )
    assert bulk(asking, key=other.key) == ["CONSENT_MISSING"]


def test_receipts_say_how_many_and_never_whose(asking: City) -> None:
    record(asking, *PEOPLE[:3])
    told = last(asking, "consent")
    assert (told["action"], told["consents"], told["recipient"]) == ("recorded", 3, HEALTH)
    bulk(asking)
    assert last(asking)["consents"] == 3
    asking.shelf.ledger.settle()
    everything = str([one.body for one in asking.shelf.receipts.newest()])
    assert not any(person in everything for person in PEOPLE)


def test_no_key_of_a_subject_lies_in_the_database(asking: City, tmp_path) -> None:  # type: ignore[no-untyped-def]
    record(asking, *PEOPLE[:3])
    asking.shelf.engine.dispose()
    raw = b"".join(one.read_bytes() for one in (tmp_path / "home").glob("catalogue.db*"))
    assert HEALTH.encode() in raw
    assert not any(person.encode() in raw for person in PEOPLE)
    plain = tokens.of_subject(asking.shelf.token_key, "resident_id", PEOPLE[0])
    assert plain.encode() not in raw
    assert bytes.fromhex(plain) not in raw


def test_a_batch_sent_twice_is_recorded_once(asking: City) -> None:
    first = record(asking, PEOPLE[0], PEOPLE[0], PEOPLE[1], key="k")
    again = record(asking, PEOPLE[0], PEOPLE[0], PEOPLE[1], key="k")
    assert first.json() == again.json()
    assert first.json()["recorded"] == 2
    assert len(asking.get("/consents", "civil").json()["consents"]) == 2
    other = post(asking, "civil", "", batch(PEOPLE[2]), "k")
    assert (other.status_code, other.json()["code"]) == (422, "BAD_INPUT")
    assert post(asking, "civil", "", batch(PEOPLE[2])).json()["code"] == "BAD_ASK"


def test_who_neither_owns_nor_collected_records_nothing(asking: City) -> None:
    refused = post(asking, "health", "", batch(PEOPLE[0]), "k")
    assert (refused.status_code, refused.json()["code"]) == (403, "NOT_THE_OWNER")
    assert post(asking, "", "", batch(PEOPLE[0]), "k").status_code == 401
    hidden = [post(asking, "health", "", batch(PEOPLE[0], dataset=key), "k") for key in ("health.secret2", "no.such")]
    hidden.append(post(asking, "outsider", "", batch(PEOPLE[0]), "k"))
    assert {one.status_code for one in hidden} == {404}
    assert len({one.json()["detail"] for one in hidden}) == 1
    assert asking.get("/consents/count", "civil").json() == {"in_force": []}


def test_a_department_records_for_those_whose_rows_it_collected_and_for_nobody_else(asking: City) -> None:
    record(asking, PEOPLE[0], PEOPLE[1], who="tengzhou")
    assert bulk(asking) == sorted(PEOPLE[:2])
    for strangers in ((PEOPLE[9],), (PEOPLE[2], PEOPLE[9]), ("370402199001019999",)):
        answer = post(asking, "tengzhou", "", batch(*strangers), "other")
        assert (answer.status_code, answer.json()["code"]) == (422, "BAD_INPUT"), answer.text
    assert bulk(asking) == sorted(PEOPLE[:2])
    assert post(asking, "tengzhou", "", batch(PEOPLE[0], dataset=""), "x").json()["code"] == "BAD_ASK"
    body = {"subject": {"resident_id": PEOPLE[0]}}
    assert post(asking, "tengzhou", "/withdraw", body).json() == {"withdrawn": 1}


def test_the_owner_alone_lists_and_counts(asking: City) -> None:
    record(asking, *PEOPLE[:3])
    listed = asking.get("/consents", "civil", params={"limit": 2}).json()
    assert len(listed["consents"]) == 2
    rest = asking.get("/consents", "civil", params={"limit": 2, "cursor": listed["next"]}).json()
    assert (len(rest["consents"]), rest["next"]) == (1, None)
    assert "person" not in str(listed["consents"][0].keys())
    told = {"dataset": KEY, "recipient": HEALTH, "purpose": "public_health", "persons": 3}
    assert asking.get("/consents/count", "civil").json() == {"in_force": [told]}
    for who in ("health", "tengzhou", "outsider"):
        assert asking.get("/consents", who).json()["consents"] == []
        assert asking.get("/consents/count", who).json() == {"in_force": []}
    assert asking.get("/consents").status_code == 401


def test_nobody_takes_back_what_is_not_theirs(asking: City) -> None:
    record(asking, PEOPLE[0])
    number = asking.get("/consents", "civil").json()["consents"][0]["id"]
    for who in ("health", "tengzhou", "outsider"):
        answers = [post(asking, who, f"/{one}/withdraw", {}) for one in (number, 999, "x")]
        answers.append(post(asking, who, "/withdraw", {"subject": {"resident_id": PEOPLE[0]}}))
        assert {one.status_code for one in answers} == {404}
        assert len({one.json()["detail"] for one in answers}) == 1
    assert bulk(asking) == [PEOPLE[0]]


def test_a_citizen_sees_and_takes_back_their_own(asking: City) -> None:
    record(asking, PEOPLE[0], PEOPLE[1])
    plain = tokens.of_subject(asking.shelf.token_key, "resident_id", PEOPLE[0].lower())
    token = tokens.credential(asking.shelf.token_key, plain, NOW + timedelta(days=1))
    mine = asking.get(f"/consents/subjects/{token}").json()["consents"]
    assert [(one["recipient"], one["state"]) for one in mine] == [(HEALTH, "in_force")]
    assert asking.get(f"/consents/subjects/{'0' * 32}").status_code == 404
    assert post(asking, "", f"/subjects/{'0' * 32}/withdraw", {}).status_code == 404
    assert post(asking, "", f"/subjects/{token}/withdraw", {"id": mine[0]["id"]}).json() == {"withdrawn": 1}
    assert bulk(asking) == [PEOPLE[1]]
    assert asking.get(f"/consents/subjects/{token}").json()["consents"][0]["state"] == "withdrawn"


MISFITS: tuple[tuple[dict[str, object], str], ...] = (
    ({"purpose": "open_use"}, "purpose"),
    ({"purpose": "x"}, "purpose"),
    ({"recipient": "nobody"}, "recipient"),
    ({"until": NOW.isoformat()}, "end after"),
    ({"subjects": [{"name": "x"}]}, "person_id"),
    ({"subjects": [{"person_id": " "}]}, "full key"),
    ({"subjects": []}, "subjects"),
    ({"dataset": "civil_affairs.low_income"}, "nobody's consent"),
    ({"until": "2026-12-01T00:00:00"}, "until"),
)


def test_what_does_not_fit_is_refused_whole(asking: City) -> None:
    for more, word in MISFITS:
        answer = post(asking, "civil", "", batch(PEOPLE[0], **more), "k")
        assert answer.status_code in (400, 422), more
        assert word in answer.json()["detail"]
    assert asking.get("/consents/count", "civil").json() == {"in_force": []}


def test_the_mark_of_an_answer_changes_with_the_consents(asking: City) -> None:
    record(asking, PEOPLE[0])
    told = {"purpose": "public_health", "format": "arrow"}
    first = asking.get(f"/datasets/{KEY}/rows", "health", params=told).headers["ETag"]
    assert asking.get(f"/datasets/{KEY}/rows", "health", params=told).headers["ETag"] == first
    record(asking, PEOPLE[1], key="b")
    assert asking.get(f"/datasets/{KEY}/rows", "health", params=told).headers["ETag"] != first
