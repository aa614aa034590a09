"""Who may push into which inbox, and who may ask what became of a push; every refusal is on record."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from catalog import datasets, receipts
from catalog.access import owns
from catalog.inbox import store
from catalog.ledger import tokens
from catalog.shelf import Shelf
from schemas.access import Subject
from schemas.dataset import Dataset, Json
from schemas.errors import BadInput, Refused, Unidentified, Unknown
from schemas.journey import SHANGHAI
from schemas.push import Push, is_inbox, may_push
from schemas.receipt import Receipt

GATE = "push"
LOOKED_AT = 500
"""Receipts about a dataset, among which refused pushes are counted."""
DENIED = "PUSH_DENIED"
NO_INBOX = "NO_INBOX"
NO_PUSH = "no push of this id in this dataset that you may know of; its sender and the dataset's owner may ask"
NO_CASE = "case: no answered verify of your organisation has this receipt; expected the Yishu-Receipt of one"
_SAID: Mapping[str, tuple[str, str, str]] = {
    DENIED: (
        "合同未列明贵单位可向该数据资源推送记录",
        "the contract names your organisation among neither its owner nor those that may push",
        "请与数源单位协商，由其在合同的 yishu.source.options.senders 中列明 · ask its owner to name you there",
    ),
    NO_INBOX: (
        "该数据资源由系统定期采集，不接收推送",
        "this dataset is collected from its source, nothing is pushed into it",
        "由数源单位将合同的 yishu.source.kind 改为 inbox · its owner makes the source's kind inbox",
    ),
    "DATASET_RETIRED": (
        "该数据资源的目录条目已注销，不再接收推送",
        "this dataset's entry is retired, nothing is pushed into it any more",
        "请联系数源单位 · ask its owner",
    ),
    "SUBJECT_CREDENTIAL_INACTIVE": (
        "凭证已停用",
        "the credential is not active",
        "请联系平台运维人员 · ask the operator",
    ),
    "SUBJECT_ORGANISATION_INACTIVE": (
        "单位已停用",
        "the organisation is not active",
        "请联系平台运维人员 · ask the operator",
    ),
}
"""Code -> what is said in Chinese and English, and what to do next."""


def entrance(shelf: Shelf, subject: Subject, dataset: Dataset, now: datetime, *, chinese: bool) -> None:
    """Nothing, where this caller may push into this dataset; else Refused, and the refusal is on record."""
    if subject.public:
        raise Unidentified("records are pushed by a department's system: send its credential")
    code = _code(shelf, subject, dataset)
    if not code:
        return
    receipt = recorded(shelf, subject, dataset.key, now, {"allowed": False, "code": code, "gate": GATE})
    said, said_en, following = _SAID[code]
    raise Refused(said if chinese else said_en, code=code, gate=GATE, following=following, receipt=receipt.number)


def _code(shelf: Shelf, subject: Subject, dataset: Dataset) -> str:
    """Why this caller may not push; empty where it may."""
    if not subject.credential_active:
        return "SUBJECT_CREDENTIAL_INACTIVE"
    if not subject.organisation_active:
        return "SUBJECT_ORGANISATION_INACTIVE"
    if not may_push(subject, dataset):
        return DENIED
    if not is_inbox(dataset):
        return NO_INBOX
    with shelf.engine.connect() as connection:
        return "DATASET_RETIRED" if datasets.retired(connection, [dataset.key]) else ""


def recorded(shelf: Shelf, subject: Subject, dataset: str, now: datetime, told: Mapping[str, Json]) -> Receipt:
    """The receipt of a push, refused or not: who, into which dataset, how many rows; no value and no key of its own."""
    body = {
        "event": "pushed",
        "system": subject.system,
        "credential": subject.credential,
        "person": subject.person,
        "organisation": subject.organisation,
        "division": subject.division,
        "dataset": dataset,
        "moment": now.astimezone(SHANGHAI).isoformat(),
    }
    about = [tokens.about_dataset(dataset)]
    if not subject.public:
        about.append(tokens.about_organisation(subject.organisation))
    return shelf.ledger.record(dict(told) | body, now, shelf.randomness(16), about)


def find(shelf: Shelf, subject: Subject, dataset: Dataset, id: str) -> Push:
    """A push that this caller sent, or whose dataset it owns; the same Unknown for every other and for none."""
    with shelf.engine.connect() as connection:
        found = store.find(connection, id)
    if found is None or found.dataset != dataset.key or not _concerns(subject, dataset, found):
        raise Unknown(NO_PUSH)
    return found


def _concerns(subject: Subject, dataset: Dataset, push: Push) -> bool:
    if not _active(subject):
        return False
    return owns(subject, dataset) or subject.organisation == push.organisation


def _active(subject: Subject) -> bool:
    return not subject.public and subject.credential_active and subject.organisation_active


def verified(shelf: Shelf, subject: Subject, case: str) -> None:
    """BadInput unless `case` is the receipt of a verify that was answered to the caller's own organisation."""
    found = shelf.receipts.of(case) if case.isascii() and case.isalnum() and len(case) <= 64 else None
    body: Mapping[str, Json] = {} if found is None else found.body
    fits = body.get("event") == "asked" and body.get("mode") == "verify" and body.get("allowed") is True
    if not fits or body.get("organisation") != subject.organisation:
        raise BadInput(NO_CASE)


def digest(shelf: Shelf, what: str, value: Json) -> str:
    """Keyed: only this installation can compare it."""
    return receipts.digest(shelf.token_key, what, value)


def side(subject: Subject, dataset: Dataset) -> str | None:
    """Whose pushes this caller may look at: all (an empty text) for the owner, its own for a sender, or none."""
    if not _active(subject) or not is_inbox(dataset):
        return None
    if owns(subject, dataset):
        return ""
    return subject.organisation if may_push(subject, dataset) else None


def denied(shelf: Shelf, dataset: str) -> Counter[tuple[str, str]]:
    """Organisation and code -> pushes that were refused by right, among the newest receipts about the dataset."""
    about = shelf.ledger.about(tokens.about_dataset(dataset), None, LOOKED_AT)
    bodies = (one.body for one in about if one.body.get("event") == "pushed" and not one.body.get("allowed"))
    return Counter((str(body.get("organisation") or ""), str(body.get("code"))) for body in bodies)
