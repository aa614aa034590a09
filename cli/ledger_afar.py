"""Checks a running node from outside: its checkpoint is signed, and begins with the one that was kept earlier."""

import base64
from collections.abc import Sequence

import httpx

from catalog.ledger import merkle
from catalog.ledger.check import Checkpoint, Found, Wrong, opened
from schemas.errors import BadInput, NotReady

PATIENCE_S = 30


def look_afar(url: str, key: str, since: Sequence[str]) -> Found:
    """What is wrong with what a node at `url` says of its ledger; NotReady where it says nothing."""
    with opened_client(url) as client:
        try:
            now = opened(fetched(client, "/api/v1/ledger/checkpoint").text, key)
        except ValueError as wrong:
            return Found((Wrong(0, "changed", f"the checkpoint: {wrong}"),), 0, 0, 0)
        found = tuple(one for note in since for one in _extends(client, _opened(note, key), now))
        return Found(found, now.size, 0, now.size)


def _opened(note: str, key: str) -> Checkpoint:
    try:
        return opened(note, key)
    except ValueError as wrong:
        raise BadInput(f"--since: {wrong}") from wrong


def _extends(client: httpx.Client, before: Checkpoint, now: Checkpoint) -> tuple[Wrong, ...]:
    who = f"the checkpoint of {before.size} receipts that {before.by + ' kept' if before.by else 'was kept earlier'}"
    if before.origin != now.origin:
        return (Wrong(0, "unreadable", f"{who} is that of another log, {before.origin}"),)
    if before.size > now.size:
        return (Wrong(now.size, "missing", f"{who} counts more than there are, {now.size}"),)
    if before.size == 0:
        return ()
    path = proof(client, before.size, now.size)
    if merkle.extends((before.size, before.root), (now.size, now.root), path):
        return ()
    return (Wrong(before.size - 1, "forked", f"{who} is not one of its past: at or before this receipt it forked"),)


def opened_client(url: str) -> httpx.Client:
    """A client of the node at `url`."""
    return httpx.Client(base_url=url.rstrip("/"), timeout=PATIENCE_S)


def proof(client: httpx.Client, old: int, new: int) -> list[bytes]:
    """The node's proof that its first `new` receipts begin with the first `old`; NotReady where it tells none."""
    answer = fetched(client, "/api/v1/ledger/proof/consistency", {"from": str(old), "to": str(new)})
    try:
        return [base64.b64decode(one, validate=True) for one in answer.json()["path"]]
    except (ValueError, KeyError, TypeError) as wrong:
        raise NotReady(f"{answer.url}: found no proof in its answer, expected JSON with `path`") from wrong


def fetched(client: httpx.Client, path: str, asked: dict[str, str] | None = None) -> httpx.Response:
    """What the node answers; NotReady where it does not."""
    try:
        answer = client.get(path, params=asked)
        answer.raise_for_status()
    except httpx.HTTPError as wrong:
        raise NotReady(f"{client.base_url}: {path} was not answered ({wrong})") from wrong
    return answer
