"""Checkpoints of other nodes, kept and countersigned here: none of them can rewrite its log and not be seen."""

import base64
import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from catalog.ledger import merkle
from catalog.ledger.check import Checkpoint, opened
from catalog.ledger.signer import COSIGNED, Signer, cosigned_text, key_hash
from schemas.errors import BadInput

FOLDER = "witnessed"
"""Below the home: a file for each log, a line for each of its checkpoints."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One checkpoint of another log."""

    origin: str
    size: int
    note: str
    """As that log signed it, and countersigned here."""
    at: str
    url: str
    """Where it was fetched."""
    key: str
    """The public key that it was signed for; the first one seen is the only one believed."""
    forked: bool = False
    """Kept as evidence: it does not go on from the one before."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a node told: its checkpoint, and the proof that it goes on from the last one kept here."""

    url: str
    note: str
    key: str
    path: Sequence[bytes] = ()


def logs(folder: Path) -> Iterator[Kept]:
    """The newest kept of each log that is watched."""
    for file in sorted(folder.glob("*.jsonl")):
        told = [one for one in _read(file) if not one.forked]
        if told:
            yield told[-1]


def kept(folder: Path, origin: str, most: int) -> tuple[Kept, ...]:
    """The newest kept of one log, oldest first, evidence of forks too."""
    return tuple(_read(_file(folder, origin)))[-most:]


def keep(folder: Path, seen: Seen, signer: Signer, now: datetime) -> Kept:
    """Keep what a node told, countersigned. BadInput where it is not signed, or does not go on from what is kept.

    Then it is kept all the same, as evidence: two checkpoints under one signature that exclude each other.
    """
    now_there = _signed(seen)
    folder.mkdir(parents=True, exist_ok=True)
    with _file(folder, now_there.origin).open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = [one for one in _read(_file(folder, now_there.origin)) if not one.forked]
        last = told[-1] if told else None
        if last is not None and last.key != seen.key:
            raise BadInput(f"{seen.url}: {last.origin} was signed for {last.key} until now, found {seen.key}")
        fork = _fork(opened(last.note, seen.key), now_there, seen.path) if last else ""
        if last is not None and not fork and last.size == now_there.size:
            return last
        note = seen.note if fork else signer.cosigned(seen.note, int(now.timestamp()))
        one = Kept(now_there.origin, now_there.size, note, now.isoformat(), seen.url, seen.key, bool(fork))
        file.write(json.dumps(asdict(one), ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if fork:
        raise BadInput(f"{seen.url}: {fork}; both checkpoints are kept in {_file(folder, now_there.origin)}")
    return one


def countersigned(note: str, key: str) -> int:
    """The second at which the witness of that public key saw a checkpoint; 0 where it did not sign it."""
    name, _, rest = key.strip().partition("+")
    public = base64.b64decode(rest.partition("+")[2], validate=True)[1:]
    text, _, signatures = note.partition("\n\n")
    for line in signatures.splitlines():
        packed = base64.b64decode(line.rpartition(" ")[2])
        if line.startswith(f"\u2014 {name} ") and packed[:4] == key_hash(name, COSIGNED, public):
            moment = int.from_bytes(packed[4:12], "big")
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(packed[12:], cosigned_text(text, moment))
            except InvalidSignature:
                continue
            return moment
    return 0


def _signed(seen: Seen) -> Checkpoint:
    try:
        return opened(seen.note, seen.key)
    except ValueError as wrong:
        raise BadInput(f"{seen.url}: its checkpoint is not kept: {wrong}") from wrong


def _fork(last: Checkpoint, now: Checkpoint, path: Sequence[bytes]) -> str:
    """What is wrong where the later checkpoint does not go on from the earlier; empty where it does."""
    if now.size < last.size:
        return f"forked: it had {last.size} receipts, and shows a log of {now.size}"
    if last.size and not merkle.extends((last.size, last.root), (now.size, now.root), path):
        return f"forked: its log of {now.size} receipts does not begin with the {last.size} that were kept"
    return ""


def _file(folder: Path, origin: str) -> Path:
    return folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:16]}.jsonl"


def _read(file: Path) -> Iterator[Kept]:
    """Every line that was written whole."""
    if not file.is_file():
        return
    for line in file.read_text(encoding="utf-8").split("\n")[:-1]:
        yield Kept(**json.loads(line))
