"""Receipts are for those who are named in them."""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx

from api.served import LARGE, Answer
from catalog.ledger import check, merkle, reading
from catalog.ledger.check import opened
from catalog.ledger.signer import signer
from tests.api.conftest import City
from tests.builders import TENGZHOU_CIVIL

ROWS = "/datasets/civil_affairs.low_income/rows"


def pair(city: City, answer: httpx.Response) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was put on record before an answer and after it."""
    told = city.get(f"/ledger/receipts/{answer.headers['Yishu-Receipt']}", "tengzhou").json()
    return told["body"], told["served"]["body"]


def test_a_receipt_is_shown_to_who_asked_and_to_nobody_else_but_the_owner(city: City) -> None:
    answer = city.get("/datasets/civil_affairs.low_income/rows?purpose=social_assistance", "tengzhou")
    path = f"/ledger/receipts/{answer.headers['Yishu-Receipt']}"
    assert city.get(path, "tengzhou").json()["body"]["purpose"] == "social_assistance"
    unknown = city.get("/ledger/receipts/" + "0" * 32, "laiwu").json()
    for who in ("laiwu", "outsider", ""):
        other = city.get(path, who)
        assert other.status_code == 404
        assert other.json()["detail"] == unknown["detail"]


def test_the_owner_sees_who_asked_for_its_data_and_nobody_within_that_organisation(city: City) -> None:
    """Refusals, too; what others own, and what is asked of the public, is not the owner's."""
    answer = city.get(f"{ROWS}?purpose=social_assistance", "tengzhou")
    city.get(f"{ROWS}?purpose=own_duty", "tengzhou")
    city.get("/datasets/credit.penalty/rows?purpose=open_use", "tengzhou")
    told = city.get("/ledger/receipts?side=owner", "civil").json()["receipts"]
    assert [(one["body"]["organisation"], one["body"]["allowed"]) for one in told] == [
        (TENGZHOU_CIVIL, False),
        (TENGZHOU_CIVIL, True),
    ]
    one = city.get(f"/ledger/receipts/{answer.headers['Yishu-Receipt']}", "civil").json()
    assert one["body"]["purpose"] == "social_assistance"
    assert one["served"]["body"]["outcome"] == "complete"
    assert "sha256" not in one["served"]["body"]
    for body in (one["body"], *(each["body"] for each in told)):
        assert not {"system", "person", "credential", "case", "subject", "nonce"} & set(body)
    for who in ("laiwu", "health", "outsider"):
        assert city.get("/ledger/receipts?side=owner", who).json()["receipts"] == []
    pages = [city.get(f"/ledger/receipts?side=owner&limit=1{more}", "civil").json() for more in ("", "&before=999999")]
    assert [one["receipts"] for one in pages] == [told[:1], told[:1]]
    assert city.get("/ledger/receipts?side=owner").status_code == 401


def test_an_answer_leaves_a_second_receipt_with_its_rows_bytes_and_digest(city: City) -> None:
    for form in ("json", "csv", "arrow", "parquet"):
        path = f"/api/v1{ROWS}?purpose=social_assistance&format={form}&limit=5"
        answer = city.client.get(path, headers=city.headers("tengzhou") | {"Accept-Encoding": "identity"})
        asked, served = pair(city, answer)
        assert (asked["event"], served["event"]) == ("asked", "served")
        assert served["of"] == answer.headers["Yishu-Receipt"]
        assert served["sha256"] == hashlib.sha256(answer.content).hexdigest()
        assert (served["bytes"], served["outcome"], served["status"]) == (len(answer.content), "complete", 200)
        assert served["rows"] == 5


def test_a_file_that_is_sent_again_has_the_same_digest_on_record(city: City) -> None:
    path = f"/api/v1{ROWS}?purpose=social_assistance&format=parquet"
    for _ in range(2):
        answer = city.client.get(path, headers=city.headers("tengzhou"))
        assert pair(city, answer)[1]["sha256"] == hashlib.sha256(answer.content).hexdigest()
    part = city.client.get(path, headers=city.headers("tengzhou") | {"Range": "bytes=0-9"})
    assert pair(city, part)[1]["sha256"] == hashlib.sha256(answer.content[:10]).hexdigest()


def test_a_refusal_has_no_second_receipt(city: City) -> None:
    answer = city.get(f"{ROWS}?purpose=own_duty", "tengzhou")
    assert answer.status_code == 403
    assert city.get(f"/ledger/receipts/{answer.headers['Yishu-Receipt']}", "tengzhou").json()["served"] is None


def test_an_answer_that_was_broken_off_says_so() -> None:
    answer = Answer()
    headers = [(b"yishu-receipt", b"0" * 32)]
    answer.take({"type": "http.response.start", "status": 200, "headers": headers})
    answer.take({"type": "http.response.body", "body": b"half", "more_body": True})
    assert (answer.told(3)["outcome"], answer.told(3)["bytes"], answer.told(3)["rows"]) == ("aborted", 4, 3)


def test_a_known_file_that_was_broken_off_is_told_as_the_whole_it_was_of() -> None:
    answer = Answer()
    answer.known = "f" * 64
    answer.take({"type": "http.response.start", "status": 200, "headers": [(b"yishu-receipt", b"0" * 32)]})
    answer.take({"type": "http.response.body", "body": b"half", "more_body": True})
    told = answer.told(3)
    assert (told["outcome"], told["bytes"], told["sha256_whole"]) == ("aborted", 4, "f" * 64)
    assert "sha256" not in told


def test_a_piece_that_was_hashed_and_did_not_leave_is_not_in_the_digest() -> None:
    large, never = b"a" * LARGE, b"b" * LARGE

    async def sent() -> Answer:
        answer = Answer()
        answer.take({"type": "http.response.start", "status": 200, "headers": [(b"yishu-receipt", b"0" * 32)]})
        for piece in (large, b"small", large):
            message = {"type": "http.response.body", "body": piece, "more_body": True}
            await answer.settle()
            answer.take(message, answer.hashing(message))
        await answer.settle()
        hashing = answer.hashing({"type": "http.response.body", "body": never})
        assert hashing is not None
        assert (await hashing).digest() == hashlib.sha256(left + never).digest()
        await answer.settle()
        return answer

    left = large + b"small" + large
    told = asyncio.run(sent()).told(3)
    assert (told["sha256"], told["bytes"]) == (hashlib.sha256(left).hexdigest(), len(left))


def test_an_organisation_lists_its_own_receipts_alone(city: City) -> None:
    numbers = [city.get(f"{ROWS}?purpose=social_assistance", "tengzhou").headers["Yishu-Receipt"] for _ in range(3)]
    city.get(f"{ROWS}?purpose=public_health", "health")
    told = city.get("/ledger/receipts?limit=2", "tengzhou").json()
    assert [one["number"] for one in told["receipts"]] == numbers[:0:-1]
    rest = city.get(f"/ledger/receipts?before={told['next']}", "tengzhou").json()
    assert [one["number"] for one in rest["receipts"]] == numbers[:1]
    assert city.get("/ledger/receipts").status_code == 401


def test_a_receipt_is_proven_to_be_under_a_checkpoint_that_begins_with_an_earlier_one(city: City) -> None:
    key = city.get("/ledger/key").text
    first = city.get(f"{ROWS}?purpose=social_assistance", "tengzhou").headers["Yishu-Receipt"]
    city.shelf.ledger.settle()
    before = opened(city.get("/ledger/checkpoint").text, key)
    for _ in range(5):
        city.get(f"{ROWS}?purpose=social_assistance", "tengzhou")
    city.shelf.ledger.settle()
    after = opened(city.get("/ledger/checkpoint").text, key)
    assert after.size == before.size + 10
    told = city.get(f"/ledger/proof/inclusion?receipt={first}&size={after.size}").json()
    leaf = base64.b64decode(told["leaf"])
    assert leaf.hex() == city.get(f"/ledger/receipts/{first}", "tengzhou").json()["hash"]
    path = [base64.b64decode(one) for one in told["path"]]
    assert merkle.includes(leaf, told["index"], after.size, path, after.root)
    told = city.get(f"/ledger/proof/consistency?from={before.size}&to={after.size}").json()
    path = [base64.b64decode(one) for one in told["path"]]
    assert merkle.extends((before.size, before.root), (after.size, after.root), path)


def test_one_receipt_is_verified_elsewhere_with_one_file_and_the_key(city: City, tmp_path: Path) -> None:
    number = city.get(f"{ROWS}?purpose=social_assistance", "tengzhou").headers["Yishu-Receipt"]
    for _ in range(5):
        city.get(f"{ROWS}?purpose=social_assistance", "tengzhou")
    copied, file, key = tmp_path / "check.py", tmp_path / "receipt.json", tmp_path / "key.pub"
    copied.write_bytes(Path(str(check.__file__)).read_bytes())
    key.write_text(city.get("/ledger/key").text)
    whole = city.get(f"/ledger/receipts/{number}/proof", "tengzhou").text
    index = json.loads(json.loads(whole)["receipt"])["#"]

    def said(text: str) -> str:
        file.write_text(text, encoding="utf-8")
        command = [sys.executable, "-I", str(copied), str(file), "--public-key", str(key)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == bool(done.stdout)
        return done.stdout.split("\t")[1] if done.stdout else ""

    told = json.loads(whole)
    assert said(whole) == ""
    assert said(whole.replace("social_assistance", "public_health")) == "changed"
    assert said(json.dumps(told | {"path": told["path"][1:]})) == "changed"
    assert said(json.dumps(told | {"path": told["path"][::-1]})) == "changed"
    moved = told["receipt"].replace(f'"#":{index},', f'"#":{index + 1},')
    assert said(json.dumps(told | {"receipt": moved})) == "changed"
    assert said(json.dumps(told | {"checkpoint": signer(b"x" * 32).note(9, b"r" * 32)})) == "changed"
    assert said('{"receipt": 3}') == "unreadable"
    key.write_text(signer(b"x" * 32).public_text)
    assert said(whole) == "changed"


def test_the_proof_of_a_receipt_is_for_its_own_organisation_alone(city: City) -> None:
    number = city.get(f"{ROWS}?purpose=social_assistance", "tengzhou").headers["Yishu-Receipt"]
    unknown = city.get(f"/ledger/receipts/{'0' * 32}/proof", "laiwu").json()
    for who in ("laiwu", "civil", "outsider", ""):
        other = city.get(f"/ledger/receipts/{number}/proof", who)
        assert (other.status_code, other.json()["detail"]) == (404, unknown["detail"])


def test_what_cannot_be_proven_is_refused(city: City) -> None:
    for path in ("inclusion?index=99999", "inclusion", "inclusion?index=0&size=9999", "consistency?from=99999"):
        assert city.get(f"/ledger/proof/{path}").status_code == 400, path
    assert city.get("/ledger/proof/inclusion?receipt=" + "f" * 32).status_code == 404


def test_a_server_that_stops_writes_what_is_queued_first(city: City) -> None:
    with city.client:
        city.get(f"{ROWS}?purpose=social_assistance", "tengzhou")
    assert reading.receipts(city.shelf.ledger.engine, None, 1)[0].body["event"] == "served"


def test_the_ledger_reads_its_query_strictly(city: City) -> None:
    for path in (
        "receipts?limit=1&limit=2",
        "receipts?before=99999999999999999999999",
        "receipts?limit=0",
        "receipts?offset=1",
        "proof/inclusion?index=0&index=1",
        "proof/inclusion?index=99999999999999999999999",
        "proof/consistency?from=1&from=2",
        "proof/consistency?to=2",
    ):
        answer = city.get(f"/ledger/{path}", "tengzhou")
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_ASK"), path
