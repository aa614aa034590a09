"""Asks the running API as one of the demo's roles, over HTTP like anybody else."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from demo.seed import Credentials

PAGE = 10_000
RECORDS = 1_000
"""Failing records of one page, at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one ask: rows as texts, how columns were treated, or the problem."""

    status: int
    rows: Sequence[Mapping[str, Any]] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    """Name -> transform."""
    problem: Mapping[str, Any] = field(default_factory=dict)
    receipts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """The demo's roles at the counter."""

    client: httpx.Client
    """Its base_url is the server's."""
    credentials: Credentials = field(repr=False)

    def pages(self, role: str, dataset: str, **words: str) -> Answer:
        """All rows in mode query, page after page, as JSON."""
        rows: list[Mapping[str, Any]] = []
        receipts: list[str] = []
        cursor = ""
        while True:
            more = {"format": "json", "limit": str(PAGE), "mode": "query"} | ({"cursor": cursor} if cursor else {})
            said = self._get(role, f"{dataset}/rows", words | more)
            receipts.append(said.headers.get("Yishu-Receipt", ""))
            if said.status_code != 200:
                return Answer(said.status_code, problem=said.json(), receipts=tuple(receipts))
            told = said.json()
            rows += told["rows"]
            cursor = told["next"] or ""
            if not cursor:
                columns = {column["name"]: column["transform"] for column in told["columns"]}
                return Answer(200, rows, columns, receipts=tuple(receipts))

    def whole(self, role: str, dataset: str, shape: str, **words: str) -> Answer:
        """Everything at once in mode bulk, as `arrow`, `parquet` or `csv`; values as texts."""
        said = self._get(role, f"{dataset}/rows", words | {"format": shape, "mode": "bulk"})
        receipt = (said.headers.get("Yishu-Receipt", ""),)
        if said.status_code != 200:
            return Answer(said.status_code, problem=said.json(), receipts=receipt)
        return Answer(200, _texts(_table(shape, said.content)), receipts=receipt)

    def incidents(self, role: str, dataset: str) -> Sequence[Mapping[str, Any]]:
        """Incidents of a dataset that the role may know of; the demo plants far fewer than a page holds."""
        said = self.client.get(
            "/api/v1/incidents", params={"dataset": dataset, "limit": "200"}, headers=self.credentials.headers(role)
        )
        listed: Sequence[Mapping[str, Any]] = said.json()["incidents"]
        return listed

    def failing(self, role: str, number: int) -> Answer:
        """The failing records of an incident."""
        path, page = f"/api/v1/incidents/{number}/keys", {"limit": str(RECORDS)}
        said = self.client.get(path, params=page, headers=self.credentials.headers(role))
        told, receipt = said.json(), (said.headers.get("Yishu-Receipt", ""),)
        return Answer(said.status_code, rows=told.get("records", ()), problem=told, receipts=receipt)

    def push(self, role: str, dataset: str, key: str, kind: str, body: bytes) -> httpx.Response:
        """Push records under an idempotency key."""
        headers = self.credentials.headers(role) | {"Idempotency-Key": key, "Content-Type": kind}
        return self.client.post(f"/api/v1/datasets/{dataset}/records", content=body, headers=headers)

    def look(self, role: str, path: str) -> Mapping[str, Any]:
        """What an address that was answered tells."""
        told: Mapping[str, Any] = self.client.get(path, headers=self.credentials.headers(role)).json()
        return told

    def access(self, role: str, dataset: str, **words: str) -> Mapping[str, Any]:
        """The decision explained."""
        told: Mapping[str, Any] = self._get(role, f"{dataset}/access", words).json()
        return told

    def _get(self, role: str, path: str, words: Mapping[str, str]) -> httpx.Response:
        headers = self.credentials.headers(role)
        return self.client.get(f"/api/v1/datasets/{path}", params=words, headers=headers)


def _table(shape: str, content: bytes) -> pa.Table:
    if shape == "arrow":
        return pa.ipc.open_stream(content).read_all()
    if shape == "parquet":
        return pq.read_table(BytesIO(content))
    names = next(csv.reader(StringIO(content.decode())))
    types = dict.fromkeys(names, pa.string())
    return pacsv.read_csv(BytesIO(content), convert_options=pacsv.ConvertOptions(column_types=types))


def _texts(table: pa.Table) -> list[Mapping[str, Any]]:
    texts = [column.cast(pa.string()) for column in table.columns]
    rows: list[Mapping[str, Any]] = pa.table(texts, table.column_names).to_pylist()
    return rows
