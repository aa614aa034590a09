"""The file of one version at the recipient's place: decide, record, send, rename, mark; in this order."""

import hashlib
import json
import re
import secrets
from collections.abc import Iterator

from catalog.database import writing
from catalog.delivery import deliveries
from catalog.delivery.files import Counted, Watch, pieces_of
from connectors.outbox.cipher import encrypted, key_of
from connectors.outbox.place import Place, open_place
from dags.delivery.post import Facts, Outcome, Try
from schemas.access import Decision
from schemas.errors import Refused
from schemas.subscription import Cipher, DeliveryState, FileDrop, Subscription

LONGEST_MARK = 64 << 10
"""Bytes of a marker that are read."""
KEPT = ("receipt", "rows", "bytes", "sha256")
"""What is kept of a delivered file."""
SHA256 = re.compile("[0-9a-f]{64}")


def file_delivered(this: Try, drop: FileDrop) -> Outcome:
    """Put it there, unless an earlier try has. Refused, RecipientUnreachable, NotReady as it comes."""
    path = path_of(this.subscription, drop, this.begun.version)
    with open_place(this.connection(drop.connection)) as place:
        facts = _marked(place, path, this) or _sent(this, drop, place, path)
    kept = {name: facts[name] for name in KEPT}
    with writing(this.post.shelf.engine) as connection:
        deliveries.close(connection, this.begun, DeliveryState.DELIVERED, this.post.now(), said="", **kept)
    return DeliveryState.DELIVERED, kept | {"path": path}


def path_of(one: Subscription, drop: FileDrop, version: int) -> str:
    """Where the file of a version is put, below the connection's folder; no two subscriptions share one."""
    name = f"{one.dataset}.v{version}.s{one.id}.{drop.format.ending}"
    sealed = "" if drop.cipher is Cipher.NONE else ".yse"
    return "/".join(filter(None, (drop.folder, one.dataset, f"v{version}", name + sealed)))


def _marked(place: Place, path: str, this: Try) -> Facts | None:
    """What the marker says of a file that an earlier try put there whole; None where there is none of ours.

    It lies with the recipient, who may have put anything there.
    """
    if not this.begun.receipt:
        return None
    try:
        found = json.loads(place.read(f"{path}.ok", LONGEST_MARK) or b"null")
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("receipt") != this.begun.receipt:
        return None
    counts = [found.get(name) for name in ("rows", "bytes")]
    counted = all(isinstance(one, int) and 0 <= one < 1 << 63 for one in counts)
    return found if counted and SHA256.fullmatch(str(found.get("sha256"))) else None


def _sent(this: Try, drop: FileDrop, place: Place, path: str) -> Facts:
    key = b"" if drop.cipher is Cipher.NONE else key_of(this.connection(drop.key), drop.cipher)
    decision = this.decided()
    receipt = _recorded(this, drop, decision)
    counted, left, outcome = Counted(), Left(), "aborted"
    try:
        watch = Watch(decision, this.decided, this.post.clock)
        pieces = pieces_of(this.post.shelf.open_rows(decision), drop.format, watch, counted)
        if key:
            pieces = encrypted(pieces, drop.cipher, key, secrets.token_bytes(32))
        place.put(path, left.counted(pieces))
        outcome = "complete"
    finally:
        facts: Facts = {"rows": counted.rows, "bytes": left.bytes, "sha256": left.digest.hexdigest()}
        this.post.shelf.receipts.served(receipt, facts | {"outcome": outcome}, this.post.now())
        this.post.shelf.enter(decision.grant, this.post.now())
    facts["receipt"] = receipt
    place.put(f"{path}.ok", iter([_marker(this, drop, path, facts)]))
    return facts


def _recorded(this: Try, drop: FileDrop, decision: Decision) -> str:
    """The receipt's number, once it is on disk and the delivery knows it; Refused after a refusal is on record."""
    begun = this.begun
    extra = {
        "delivery": [begun.subscription, begun.version],
        "format": drop.format.value,
        "cipher": drop.cipher.value,
        "to": drop.connection,
    }
    number = this.post.shelf.record(decision, extra).number
    if not decision.allowed:
        following = decision.following_en
        raise Refused(decision.code, code=decision.code, gate=decision.gate, following=following, receipt=number)
    with writing(this.post.shelf.engine) as connection:
        deliveries.receipted(connection, begun, number)
    return number


class Left:
    """What has left so far."""

    def __init__(self) -> None:
        self.bytes = 0
        self.digest = hashlib.sha256()

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The same pieces."""
        for piece in pieces:
            yield piece
            self.bytes += len(piece)
            self.digest.update(piece)


def _marker(this: Try, drop: FileDrop, path: str, facts: Facts) -> bytes:
    """What lies beside the file once it is whole: whoever fetches it waits for this."""
    snapshot = this.due.snapshot
    said = {
        "file": path.rpartition("/")[2],
        "dataset": snapshot.dataset,
        "version": snapshot.version,
        "window": snapshot.window.key,
        "subscription": this.subscription.id,
        "format": drop.format.value,
        "cipher": drop.cipher.value,
        "key": drop.key,
    }
    return json.dumps(said | facts, ensure_ascii=False, indent=2).encode() + b"\n"
