"""`yishu ledger witness`: keep and countersign the checkpoints of neighbouring nodes."""

from pathlib import Path

import httpx

from catalog.ledger import witness
from catalog.ledger.check import opened
from catalog.ledger.signer import Signer
from catalog.ledger.witness import Kept, Seen
from cli.door import Door
from cli.ledger_afar import fetched, opened_client, proof
from schemas.errors import BadInput


def watch(door: Door, url: str, key: str, signer: Signer) -> Kept:
    """Fetch the checkpoint of the node at `url`, hold it against the last one kept, keep it. BadInput, NotReady."""
    folder = door.settings.home / witness.FOLDER
    url = url.rstrip("/")
    before = next((one for one in witness.logs(folder) if one.url == url), None)
    if before is not None and key and key.strip() != before.key:
        raise BadInput(f"{url}: signed for {before.key} until now, found another key in --public-key")
    with opened_client(url) as client:
        key = before.key if before else key.strip() or fetched(client, "/api/v1/ledger/key").text.strip()
        note = fetched(client, "/api/v1/ledger/checkpoint").text
        return witness.keep(folder, Seen(url, note, key, _path(client, note, folder)), signer, door.now())


def watched(door: Door) -> tuple[str, ...]:
    """The nodes that are watched."""
    return tuple(one.url for one in witness.logs(door.settings.home / witness.FOLDER))


def _path(client: httpx.Client, note: str, folder: Path) -> list[bytes]:
    """The proof that what is there goes on from what was kept; none where sizes tell by themselves."""
    try:
        there = opened(note, "")
    except ValueError:
        return []
    last = next((one for one in witness.logs(folder) if one.origin == there.origin), None)
    if last is None or not 0 < last.size < there.size:
        return []
    return proof(client, last.size, there.size)


def kept_elsewhere(url: str, origin: str) -> list[str]:
    """The checkpoints of a log that the node at `url` kept."""
    with opened_client(url) as client:
        told = fetched(client, "/api/v1/ledger/witnessed", {"origin": origin})
        try:
            return [str(one["checkpoint"]) for one in told.json()["checkpoints"]]
        except (ValueError, KeyError, TypeError) as wrong:
            raise BadInput(f"{url}: found no list of checkpoints, expected a node of this software") from wrong
