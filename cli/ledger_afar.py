"""Checks a running node from outside: its checkpoint is signed, and begins with the one that was kept earlier."""

import base64

import httpx

from catalog.ledger import merkle
from catalog.ledger.check import Checkpoint, Wrong, opened
from schemas.errors import BadInput, NotReady

PATIENCE_S = 30


def verify_afar(url: str, key: str, since: str) -> tuple[Wrong, ...]:
    """What is wrong with what a node at `url` says of its ledger; NotReady where it says nothing."""
    with httpx.Client(base_url=url.rstrip("/"), timeout=PATIENCE_S) as client:
        try:
            now = opened(_get(client, "/api/v1/ledger/checkpoint").text, key)
        except ValueError as wrong:
            return (Wrong(0, "changed", f"the checkpoint: {wrong}"),)
        if not since:
            return ()
        try:
            before = opened(since, key)
        except ValueError as wrong:
            raise BadInput(f"--since: {wrong}") from wrong
        return _extends(client, before, now)


def _extends(client: httpx.Client, before: Checkpoint, now: Checkpoint) -> tuple[Wrong, ...]:
    if before.size > now.size:
        return (Wrong(now.size, "missing", f"an earlier checkpoint counted {before.size}, there are {now.size}"),)
    if before.size == 0:
        return ()
    asked = {"from": str(before.size), "to": str(now.size)}
    told = _get(client, "/api/v1/ledger/proof/consistency", asked).json()
    path = [base64.b64decode(one) for one in told["path"]]
    if merkle.extends((before.size, before.root), (now.size, now.root), path):
        return ()
    return (Wrong(before.size - 1, "changed", f"the first {before.size} are not those of the earlier checkpoint"),)


def _get(client: httpx.Client, path: str, asked: dict[str, str] | None = None) -> httpx.Response:
    try:
        answer = client.get(path, params=asked)
        answer.raise_for_status()
    except httpx.HTTPError as wrong:
        raise NotReady(f"{client.base_url}: {path} was not answered ({wrong})") from wrong
    return answer
