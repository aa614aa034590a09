"""Puts a deed on record before it counts, and tells whether the words that are kept are still those of its receipt."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from catalog import receipts
from catalog.database import writing
from catalog.deeds import book
from catalog.ledger import tokens
from catalog.shelf import Shelf
from schemas.access import Role
from schemas.dataset import Dataset, Json
from schemas.deed import Act, Deed, Done, reason
from schemas.errors import Refused
from schemas.journey import SHANGHAI


def receipted(shelf: Shelf, deed: Deed, now: datetime, about: Sequence[bytes] = ()) -> Done:
    """Its receipt; who calls keeps the words with `book.enter`, in the transaction in which the deed counts.

    BadInput where the reason says nothing: then nothing is on record.
    """
    told = replace(deed, said=reason(deed.said))
    tokens_of = (*about, tokens.about_deeds())
    return Done(told, now, shelf.ledger.record(_body(shelf, told, now), now, shelf.randomness(16), tokens_of).number)


def put(shelf: Shelf, deed: Deed, now: datetime, about: Sequence[bytes] = ()) -> Done:
    """Its receipt, and its words: for deeds that change nothing in the catalogue."""
    done = receipted(shelf, deed, now, about)
    with writing(shelf.engine) as connection:
        book.enter(connection, done)
    return done


def listed(shelf: Shelf, dataset: str | None = None, act: Act | None = None) -> tuple[Done, ...]:
    """The newest deeds, of a dataset or a kind where one is named."""
    with shelf.engine.connect() as connection:
        return book.listed(connection, dataset, act)


def holds(shelf: Shelf, done: Done) -> bool | None:
    """Whether what is kept is what its receipt says, words and all; None where the receipt's body is here no more.

    Receipts before deeds say less, and have the digest under another name.
    """
    found = shelf.ledger.receipt(done.receipt)
    if found is None:
        return None
    told = _body(shelf, done.deed, done.at)
    if "said" in found.body:
        return found.body == told | {name: found.body[name] for name in ("at", "nonce")}
    body = {"said": found.body.get("reason"), **found.body}
    return body["said"] == told["said"] and all(body[name] == told[name] for name in told.keys() & body.keys())


def bare(shelf: Shelf, dataset: str | None = None, limit: int = 1000) -> tuple[str, ...]:
    """Of the newest receipts of deeds those beside which no words are kept (any more), newest first."""
    found = shelf.ledger.about(tokens.about_deeds(), None, limit)
    with shelf.engine.connect() as connection:
        kept = book.kept(connection, [one.number for one in found])
    mine = (one for one in found if dataset is None or one.body.get("dataset") == dataset)
    return tuple(one.number for one in mine if one.number not in kept)


def officer(shelf: Shelf, dataset: Dataset, person: str) -> None:
    """Pass a reviewer of the source; Refused for anybody else: only the owner says what is right at its own system."""
    found = next((one for one in shelf.parties.persons(dataset.owner) if one.id == person), None)
    if found is None or not found.active or Role.SOURCE_REVIEWER not in found.roles:
        raise Refused(
            f"{dataset.key}: {person or 'a system'} is no {Role.SOURCE_REVIEWER} of {dataset.owner_name}, whose data "
            "these are",
            code="NOT_THE_OWNER",
            gate="G3",
            following="let one of the owner decide it; `yishu person list` names them",
        )
    if not shelf.parties.organisation(dataset.owner).active:
        raise Refused(
            f"{dataset.key}: {dataset.owner_name} is switched off, nobody decides for it",
            code="NOT_THE_OWNER",
            gate="G3",
            following="have the operator switch the organisation on again, or the dataset taken over by another owner",
        )


def _body(shelf: Shelf, deed: Deed, now: datetime) -> dict[str, Json]:
    """Of the receipt. A reason may name a person and no receipt is ever changed, so it keeps a digest of the words."""
    return dict(deed.facts) | {
        "event": deed.act.value,
        **asdict(deed.by),
        "dataset": deed.dataset,
        "moment": now.astimezone(SHANGHAI).isoformat(),
        "basis": deed.right.value,
        "said": receipts.digest(shelf.token_key, "said", deed.said),
    }
