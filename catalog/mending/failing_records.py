"""The records that broke rules, by key and value, taken from quarantine for their own department alone."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from catalog.lake import named
from catalog.lake.where import Lake, desk
from catalog.rows.writer import sha256_of
from schemas import lake as places
from schemas.dataset import Dataset
from schemas.errors import BadInput
from schemas.journey import PIECE, PLACE, Verdict

SCHEMA = pa.schema([("rule", pa.string()), ("key", pa.string()), ("values", pa.string()),
                    ("piece", pa.string()), ("place", pa.int64())])  # fmt: skip
"""`key` and `values` are JSON objects of texts: the record's key fields, the columns that its rule is about."""
RULES = "_rules"
MISFITS = "quarantine-misfits.parquet"
"""Rows that did not fit their types: they lie there as texts, the row as JSON."""
BATCH = 10_000
LEFT_BEHIND = timedelta(days=1)
MOST = 100_000
"""Records of one rule that are kept; of a rule that more have broken, all keys are never known."""


@dataclass(frozen=True, slots=True)
class Record:
    """One failing record of one rule."""

    key: Mapping[str, str | None]
    values: Mapping[str, str | None]
    piece: str
    """The file, table or page that it came from."""
    place: int
    """Its 1-based number there."""


def digest_of(verdict: Verdict) -> str:
    """What a verdict shows of broken rules: the same again has the same digest."""
    told = [verdict.contract, verdict.window.key]
    told += [f"{one.rule} {one.failed} {one.success}" for one in verdict.findings]
    told += [part.sha256 for part in verdict.quarantine]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()


def keep(dataset: Dataset, verdict: Verdict, lake: Lake, chance: bytes) -> Mapping[str, int]:
    """Put the failing records of a verdict beside the lake's versions; rule -> how many are kept.

    Written whole under a name of `chance` and then put in its place: the same verdict again writes the same file.
    """
    name = places.failing(dataset.key, digest_of(verdict))
    counts: dict[str, int] = {}
    if not verdict.quarantine:
        return counts
    part = (desk(lake) / name).with_name(f".{chance.hex()}")
    part.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(part, SCHEMA) as writer:
        for rows in _batches(dataset, verdict, desk(lake)):
            kept = [row for row in rows if _counted(counts, row["rule"])]
            writer.write_table(pa.Table.from_pylist(kept, schema=SCHEMA))
    named.put(lake, name, part)
    return counts


def sweep(lake: Lake, dataset: str, wanted: Collection[str], now: datetime) -> None:
    """Remove what no incident speaks of any more: names of persons are not kept for nothing.

    What is younger than a day may belong to a version that is being published.
    """
    named.sweep(lake, str(PurePosixPath(places.failing(dataset, "")).parent), wanted, now - LEFT_BEHIND)


def records(lake: Lake, dataset: str, seen: str, rule: str, limit: int) -> tuple[Record, ...]:
    """The first `limit` failing records of a rule."""
    found: list[Record] = []
    for row in _kept(lake, dataset, seen, rule):
        if len(found) == limit:
            break
        found.append(Record(json.loads(row["key"]), json.loads(row["values"]), row["piece"], row["place"]))
    return tuple(found)


def keys(lake: Lake, dataset: str, seen: str, rule: str, failed: int) -> frozenset[str] | None:
    """Keys of all the `failed` records that broke a rule; None where they are not all known."""
    found = [row["key"] for row in _kept(lake, dataset, seen, rule)]
    return frozenset(found) if len(found) == failed and all(key != "{}" for key in found) else None


def _kept(lake: Lake, dataset: str, seen: str, rule: str) -> Iterator[dict[str, Any]]:
    file = named.source(lake, places.failing(dataset, seen))
    if file is None:
        return
    with pq.ParquetFile(file) as opened:
        for batch in opened.iter_batches(BATCH):
            yield from batch.filter(pc.equal(batch.column("rule"), rule)).to_pylist()


def _counted(counts: dict[str, int], rule: str) -> bool:
    if counts.get(rule, 0) >= MOST:
        return False
    counts[rule] = counts.get(rule, 0) + 1
    return True


def _batches(dataset: Dataset, verdict: Verdict, lake: Path) -> Iterator[list[dict[str, Any]]]:
    about = {one.rule: one.columns for one in verdict.findings}
    for part in verdict.quarantine:
        raw, file = part.path.endswith(MISFITS), lake / part.path
        if not file.is_file() or sha256_of(file) != part.sha256:
            raise BadInput(f"{file}: not the file that the verdict names (digest {part.sha256[:12]}); validate again")
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(BATCH):
                rows = [_texts(row["raw"]) | _about(row) for row in batch.to_pylist()] if raw else batch.to_pylist()
                yield [told for row in rows for told in _told(dataset, about, row)]


def _about(row: Mapping[str, Any]) -> dict[str, Any]:
    """What we say of a misfit, whatever its record calls its own members."""
    return {name: row[name] for name in (RULES, PIECE, PLACE)}


def _texts(raw: str) -> dict[str, Any]:
    """The row of a misfit; nothing where it could not even be told apart into fields."""
    try:
        told = json.loads(raw)
        return {name: _text(value) for name, value in told.items()} if isinstance(told, dict) else {}
    except (ValueError, RecursionError):
        return {}


def _told(dataset: Dataset, about: Mapping[str, tuple[str, ...]], row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """One row of quarantine, once for each rule that it broke."""
    key = {name: _text(row.get(name)) for name in dataset.key_fields}
    for rule in row[RULES]:
        values = {name: _text(row.get(name)) for name in about.get(rule, ()) if name not in key}
        yield {"rule": rule, "key": _json(key), "values": _json(values), "piece": row[PIECE], "place": row[PLACE]}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _json(told: Mapping[str, str | None]) -> str:
    return json.dumps(told, ensure_ascii=False, sort_keys=True)
