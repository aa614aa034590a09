"""The compiled contracts: one JSON file per department, which DAG files read with nothing but `json`.

`{"hash": sha256 of the datasets, "datasets": {key: {…every word of Dataset…}}}`; one dataset a line, keys sorted,
the same bytes for the same contracts. Who writes one is seen whole or not at all.
"""

import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.dataset import Dataset, Json
from schemas.errors import BadInput, NotReady, Unknown
from schemas.record import from_json, to_json


def write_index(datasets: Iterable[Dataset], folder: Path) -> tuple[Path, ...]:
    """Write one `<department>.json` per department and remove those without a contract; the files written."""
    departments: dict[str, dict[str, Json]] = defaultdict(dict)
    for dataset in sorted(datasets, key=lambda d: d.key):
        if dataset.key in departments[dataset.department]:
            raise BadInput(f"{dataset.key}: found in two contracts, expected each key once")
        departments[dataset.department][dataset.key] = json.loads(to_json(dataset))
    folder.mkdir(parents=True, exist_ok=True)
    written = tuple(_write(folder / f"{name}.json", stored) for name, stored in sorted(departments.items()))
    for stale in set(folder.glob("*.json")) - set(written):
        stale.unlink(missing_ok=True)
    return written


def read_index(folder: Path) -> Mapping[str, Dataset]:
    """Key -> dataset of every department, sorted by key; NotReady where nothing was ever compiled."""
    if not folder.is_dir():
        raise NotReady(f"{folder}: no compiled contracts here; run `yishu contract compile`")
    return {
        key: _dataset(stored, f"{file.name}: {key}")
        for file in sorted(folder.glob("*.json"))
        for key, stored in sorted(_datasets(file).items())
    }


def read_dataset(folder: Path, key: str) -> Dataset:
    """One dataset from its department's file; Unknown where there is none of that key."""
    file = folder / f"{key.split('.', 1)[0]}.json"
    stored = _datasets(file).get(key) if _safe(key) and file.is_file() else None
    if stored is None:
        raise Unknown(
            f"no dataset {key!r} among the compiled contracts in {folder}; `yishu contract compile` writes them"
        )
    return _dataset(stored, f"{file.name}: {key}")


def _safe(key: str) -> bool:
    return key.replace("_", "a").replace(".", "a").isalnum() and key.isascii()


def _write(file: Path, stored: Mapping[str, Json]) -> Path:
    lines = (f"{json.dumps(key)}: {json.dumps(one, ensure_ascii=False, sort_keys=True)}" for key, one in stored.items())
    body = "{\n" + ",\n".join(lines) + "\n}"
    text = f'{{"hash": "{hashlib.sha256(body.encode()).hexdigest()}", "datasets": {body}}}\n'
    if file.is_file() and file.read_bytes() == text.encode():
        return file
    fresh = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    with fresh.open("w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(file)
    return file


def _datasets(file: Path) -> Mapping[str, Json]:
    try:
        whole = json.loads(file.read_bytes())
        stored: Mapping[str, Json] = whole["datasets"]
    except (ValueError, KeyError, TypeError) as wrong:
        raise NotReady(f"{file}: found no compiled contracts; run `yishu contract compile` again: {wrong}") from wrong
    return stored


def _dataset(stored: Json, where: str) -> Dataset:
    return from_json(Dataset, json.dumps(stored), where=where)
