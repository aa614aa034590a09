"""The asks of a soak, one function for each mode: each reads its answer to the end and knows whether it is whole."""

import http.client
import io
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.serving_server import DATASET

TOLD_TO_WAIT = 429
BY_HOME, BY_STAY = "social_assistance", "public_health"
"""Purposes of the grant on households, which is spliced, and on residence, which is read row by row."""
ROWS = f"/api/v1/datasets/{DATASET}/rows"
TABLE = f"/delta-sharing/for/{BY_HOME}/shares/yishu/schemas"


class Wait(Exception):
    """The server says when to come back."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"{seconds} s")
        self.seconds = seconds


class Wrong(Exception):
    """An answer that should not have come, or came broken."""


@dataclass(slots=True)
class Asker:
    """One client with its connection, its credential and its chance."""

    port: int
    credential: str
    keys: tuple[str, ...]
    chance: Random
    rows: dict[str, int] = field(default_factory=dict)
    """Purpose -> rows that its answers have: the same every time, in every format."""
    _wire: http.client.HTTPConnection | None = None

    def ask(self, path: str, body: object = None, **headers: str) -> tuple[bytes, Mapping[str, str]]:
        """The content of a 200 or 206; Wait for 429, Wrong for anything else."""
        wire = self._wire = self._wire or http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        told = {"Authorization": f"Bearer {self.credential}"} | {n.replace("_", "-"): v for n, v in headers.items()}
        text = None if body is None else json.dumps(body)
        told |= {} if text is None else {"Content-Type": "application/json"}
        wire.request("GET" if text is None else "POST", path, text, told)
        answer = wire.getresponse()
        content = answer.read()
        if answer.status == TOLD_TO_WAIT:
            raise Wait(float(answer.headers.get("Retry-After", "1")))
        if answer.status not in (200, 206):
            raise Wrong(f"{path}: {answer.status} {content[:200]!r}")
        return content, {name.lower(): value for name, value in answer.headers.items()}

    def drop(self) -> None:
        """The connection, at once."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None

    def same(self, purpose: str, rows: int) -> None:
        """Wrong where an ask for all rows gives another number than before."""
        if self.rows.setdefault(purpose, rows) != rows:
            raise Wrong(f"{purpose}: {rows} rows, before {self.rows[purpose]}")


def _arrow(one: Asker, purpose: str) -> None:
    content, _ = one.ask(f"{ROWS}?purpose={purpose}&format=arrow")
    with pa.ipc.open_stream(content) as stream:
        one.same(purpose, stream.read_all().num_rows)


def _parquet(one: Asker, purpose: str) -> None:
    content, _ = one.ask(f"{ROWS}?purpose={purpose}&format=parquet")
    one.same(purpose, pq.read_metadata(io.BytesIO(content)).num_rows)


def _csv(one: Asker) -> None:
    content, _ = one.ask(f"{ROWS}?purpose={BY_HOME}&format=csv&compress=gzip")
    reader = zlib.decompressobj(wbits=31)
    lines = reader.decompress(content).count(b"\n")
    if not reader.eof:
        raise Wrong("a .csv.gz without its end")
    one.same(BY_HOME, lines - 1)


def _part_of_a_file(one: Asker) -> None:
    content, told = one.ask(f"{ROWS}?purpose={BY_HOME}&format=parquet", Range="bytes=0-3")
    if content != b"PAR1" or not told["content-range"].startswith("bytes 0-3/"):
        raise Wrong(f"a range of four bytes: {content!r}")


def _pages(one: Asker) -> None:
    start = f"{ROWS}?purpose={one.chance.choice((BY_HOME, BY_STAY))}&limit=500"
    path = start
    for _ in range(3):
        content, _ = one.ask(path)
        following = json.loads(content)["next"]
        if following is None:
            return
        path = f"{start}&cursor={following}"


def _filtered(one: Asker) -> None:
    least = one.chance.randrange(9_000)
    one.ask(f"{ROWS}?purpose={BY_STAY}&format=arrow&columns=number,status&filter=number%20%3C%20{least}")


def _verify(one: Asker) -> None:
    many = one.chance.choice((1, 1, 1, 5))
    subjects = [{"person_id": one.chance.choice(one.keys)} for _ in range(many)]
    told = {"purpose": BY_HOME, "case": "soak"} | ({"subject": subjects[0]} if many == 1 else {"subjects": subjects})
    one.ask(f"/api/v1/datasets/{DATASET}/verify", told)


def _delta_sharing(one: Asker) -> None:
    schema, name = DATASET.split(".")
    lines, _ = one.ask(f"{TABLE}/{schema}/tables/{name}/query", {})
    files = [told["file"] for told in map(json.loads, lines.splitlines()) if "file" in told]
    for file in files:
        content, _ = one.ask("/" + file["url"].split("/", 3)[3])
        if len(content) != file["size"] or content[-4:] != b"PAR1":
            raise Wrong(f"a file of {len(content)} bytes, told were {file['size']}")


def _catalogue(one: Asker) -> None:
    one.ask(one.chance.choice(("/api/v1/datasets", f"/api/v1/datasets/{DATASET}", "/datasets", "/healthz", "/metrics")))


def _dropped(one: Asker) -> None:
    """A reader that goes away in the middle: its slot has to come back by itself."""
    one.drop()
    wire = http.client.HTTPConnection("127.0.0.1", one.port, timeout=300)
    form = one.chance.choice(("arrow", "csv", "parquet"))
    told = {"Authorization": f"Bearer {one.credential}"}
    wire.request("GET", f"{ROWS}?purpose={BY_STAY}&format={form}", headers=told)
    answer = wire.getresponse()
    answer.read(4_096)
    status, wait = answer.status, float(answer.headers.get("Retry-After", "1"))
    wire.close()
    if status == TOLD_TO_WAIT:
        raise Wait(wait)


MODES: Mapping[str, Callable[[Asker], Any]] = {
    "rows as Arrow": lambda one: _arrow(one, BY_HOME),
    "rows as Arrow, row by row": lambda one: _arrow(one, BY_STAY),
    "rows as Parquet, spliced": lambda one: _parquet(one, BY_HOME),
    "rows as Parquet, made": lambda one: _parquet(one, BY_STAY),
    "rows as CSV, packed": _csv,
    "rows, a filter": _filtered,
    "a range of a file": _part_of_a_file,
    "pages of JSON": _pages,
    "verify": _verify,
    "Delta Sharing": _delta_sharing,
    "catalogue and pages": _catalogue,
    "a reader that goes away": _dropped,
}
