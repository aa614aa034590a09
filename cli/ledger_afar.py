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
    with httpx.Client(base_url=url.rstrip("/"), timeout=PATIENCE_S) as client:
        try:
            now = opened(_get(client, "/api/v1/ledger/checkpoint").text, key)
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
    asked = {"from": str(before.size), "to": str(now.size)}
    path = _path(_get(client, "/api/v1/ledger/proof/consistency", asked))
    if merkle.extends((before.size, before.root), (now.size, now.root), path):
        return ()
    return (Wrong(before.size - 1, "forked", f"{who} is not one of its past: at or before this receipt it forked"),)


def _path(answer: httpx.Response) -> list[bytes]:
    """The proof of an answer; NotReady where a node answers something else."""
    try:
        return [base64.b64decode(one, validate=True) for one in answer.json()["path"]]
    except (ValueError, KeyError, TypeError) as wrong:
        raise NotReady(f"{answer.url}: found no proof in its answer, expected JSON with `path`") from wrong


def _get(client: httpx.Client, path: str, asked: dict[str, str] | None = None) -> httpx.Response:
    try:
        answer = client.get(path, params=asked)
        answer.raise_for_status()
    except httpx.HTTPError as wrong:
        raise NotReady(f"{client.base_url}: {path} was not answered ({wrong})") from wrong
    return answer
