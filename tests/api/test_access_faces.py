"""Every face answers as `access_table.md` says: who, which sharing class, which mode; rows, columns and values."""

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.testclient import TestClient

from catalog.delivery.files import Counted, Watch, pieces_of
from schemas.access import Ask, Mode
from schemas.subscription import FileFormat
from tests.api.access_world import ASKERS, CLASSES, DATASETS, PLACES, World, build, raw, table
from tests.builders import NOW

MODES = ("bulk", "delta", "query", "verify", "file")
Record = Mapping[str, str | None]


@dataclass(frozen=True)
class Expected:
    """One cell of the page: a code of refusal, or rows and the transform of each column."""

    code: str
    rows: tuple[str, ...] = ()
    columns: tuple[tuple[str, str], ...] = ()


def expected() -> dict[tuple[str, str, str], Expected]:
    """Class, asker and mode -> what the page says; each is said once."""
    found: dict[tuple[str, str, str], Expected] = {}
    for line in table("Answers"):
        refused = line["rows"].startswith("refused ")
        columns = tuple((name, how) for name, _, how in (one.partition("=") for one in line["columns"].split()))
        told = Expected(line["rows"].split()[1]) if refused else Expected("", tuple(line["rows"].split()), columns)
        for who, mode in itertools.product(line["asker"].split(", "), line["mode"].split(", ")):
            assert (line["class"], who, mode) not in found, f"{line['class']}, {who}, {mode}: said twice"
            found[line["class"], who, mode] = told
    return found


EXPECTED = expected()


def test_the_page_says_of_every_class_asker_and_mode_what_comes_out() -> None:
    every = set(itertools.product(CLASSES, ASKERS, MODES))
    assert set(EXPECTED) == every
    assert len(every) == 5 * 7 * 5


LOOKS = {
    ("person_id", "mask"): lambda v: v[:6] + "*" * 8 + v[-2:],
    ("phone", "mask"): lambda v: v[:3] + "*" * 8 + v[-4:],
    ("contact", "mask"): lambda v: v[:3] + "*" * 8 + v[-4:],
    ("name", "mask"): lambda v: v[0] + "**",
    ("born", "bucket"): lambda v: v[:4],
    ("amount", "bucket"): lambda v: {"6": "500.00", "1": "1000.00"}[v[0]],
    ("sum", "bucket"): lambda v: {"6": "500.00", "1": "1000.00"}[v[0]],
    ("bank", "token"): lambda v: "token",
}
"""As the last table of the page has them."""


def text(value: object) -> str | None:
    """A value as every format can be compared by."""
    if value is None or value == "":
        return None
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def due(told: Expected, key: str) -> list[Record]:
    """The records that must come out, as sorted as they can be compared."""
    records = []
    for row in told.rows:
        values = {name: text(value) for name, value in raw(key, row, 2).items()}
        records.append({c: values[c] if t == "clear" else LOOKS[c, t](values[c]) for c, t in told.columns})
    return ordered(records)


def ordered(records: Sequence[Record]) -> list[Record]:
    """Sorted, tokens told as such; no two rows of the world have the same."""
    tokens = [one["bank"] for one in records if re.fullmatch("[0-9a-f]{32}", str(one.get("bank")))]
    assert len(set(tokens)) == len(tokens)
    plain = [{**one, "bank": "token"} if one.get("bank") in tokens else dict(one) for one in records]
    return sorted(plain, key=lambda one: sorted((name, value or "") for name, value in one.items()))


def texts(rows: Sequence[Mapping[str, object]]) -> list[Record]:
    return [{name: text(value) for name, value in row.items()} for row in rows]


READ = {
    "arrow": lambda body: pa.ipc.open_stream(body).read_all().to_pylist(),
    "parquet": lambda body: pq.read_table(io.BytesIO(body)).to_pylist(),
    "csv": lambda body: list(csv.DictReader(io.StringIO(body.decode()))),
    "json": lambda body: json.loads(body)["rows"],
}


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    built = build(sqlite_template, tmp_path_factory.mktemp("tiers"))
    yield built
    built.shelf.ledger.close()
    built.shelf.engine.dispose()


@dataclass(frozen=True)
class Asked:
    """One asker before one dataset."""

    world: World
    who: str
    cls: str

    @property
    def key(self) -> str:
        return CLASSES[self.cls]["dataset"]

    @property
    def purpose(self) -> str:
        return CLASSES[self.cls]["purpose"]

    def get(self, path: str, **told: str) -> Any:
        params = {"purpose": self.purpose, **told}
        return self.world.client.get(
            f"/api/v1/datasets/{self.key}/{path}", params=params, headers=self.world.headers(self.who)
        )

    def post(self, path: str, body: object) -> Any:
        return self.world.client.post(path, json=body, headers=self.world.headers(self.who))


Seen = str | list[Record]
"""What a face answered: a code, or records."""


def rows(asked: Asked, format: str, **told: str) -> Seen:
    """`/rows`; of a delta every row is one that changed, for every amount of money did."""
    answer = asked.get("rows", format=format, **told)
    if answer.status_code != 200:
        return str(answer.json()["code"])
    found = texts(READ[format](answer.content))
    if "since" in told:
        assert {one["_change"] for one in found} == {"changed"}
        found = [{name: value for name, value in one.items() if name != "_change"} for one in found]
    return ordered(found)


def explained(asked: Asked, mode: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    told = asked.get("access", mode=mode).json()
    columns = told.get("columns", ()) if told["code"] == "OK" else ()
    code = "" if told["code"] == "OK" else str(told["code"])
    return code, tuple((one["name"], one["transform"]) for one in columns if one["transform"] != "drop")


def delta_sharing(asked: Asked, mode: str) -> Seen:
    department, _, name = asked.key.partition(".")
    path = f"/delta-sharing/for/{asked.purpose}/shares/yishu/schemas/{department}/tables/{name}"
    headers = asked.world.headers(asked.who)
    if mode == "bulk":
        answer = asked.post(f"{path}/query", {})
    else:
        answer = asked.world.client.get(f"{path}/changes", params={"startingVersion": 2}, headers=headers)
    if answer.status_code != 200:
        return str(answer.json()["code"])
    found = []
    for line in map(json.loads, answer.text.splitlines()):
        if {"file", "cdf"} & set(line):
            link = urlsplit(next(iter(line.values()))["url"])
            found += READ["parquet"](asked.world.client.get(f"{link.path}?{link.query}").content)
    assert {one.pop("_change_type", "") for one in found} == {"" if mode == "bulk" else "update_postimage"}
    return ordered(texts(found))


def ckan(asked: Asked) -> Seen:
    body = asked.post("/api/3/action/datastore_search", {"resource_id": asked.key, "purpose": asked.purpose}).json()
    return ordered(texts(body["result"]["records"])) if body["success"] else str(body["error"]["code"])


def verified(asked: Asked) -> Seen:
    dataset = DATASETS[asked.key]
    (name,) = dataset.subject_fields
    subjects = [{name: raw(asked.key, row, 2)[name]} for row in PLACES]
    body = {"purpose": asked.purpose, "case": "2026-17", "subjects": subjects}
    answer = asked.post(f"/api/v1/datasets/{asked.key}/verify", body)
    if answer.status_code != 200:
        return str(answer.json()["code"])
    found = [one for one in answer.json()["results"] if one["found"]]
    return ordered(texts([one["record"] for one in found]))


def delivered(asked: Asked, format: FileFormat) -> Seen:
    """The file that a delivery to an SFTP server or a bucket would carry; where it goes has tests of its own."""
    shelf, world = asked.world.shelf, asked.world
    subject = shelf.parties.subject(world.credentials[asked.who], NOW)
    decision = shelf.decide(Ask(subject, asked.key, Mode.FILE, asked.purpose, NOW))
    if not decision.allowed:
        return decision.code
    watch = Watch(decision, lambda: decision, lambda: 0.0)
    body = b"".join(pieces_of(shelf.open_rows(decision), format, watch, Counted()))
    return ordered(texts(READ[format.value](body)))


def every_face(asked: Asked, mode: str) -> Iterator[tuple[str, Seen]]:
    """Name of the face and its answer."""
    if mode == "bulk":
        yield from ((one, rows(asked, one, mode=mode)) for one in ("arrow", "parquet", "csv"))
        yield "Delta Sharing", delta_sharing(asked, mode)
    elif mode == "delta":
        yield from ((one, rows(asked, one, since="1")) for one in ("arrow", "parquet", "csv", "json"))
        yield "Delta Sharing", delta_sharing(asked, mode)
    elif mode == "query":
        yield from ((one, rows(asked, one, mode=mode)) for one in ("arrow", "parquet", "csv", "json"))
        yield "CKAN", ckan(asked)
    elif mode == "verify":
        yield "verify", verified(asked)
    else:
        yield from ((f"file as {one.value}", delivered(asked, one)) for one in FileFormat)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cls", CLASSES)
def test_every_face_answers_every_asker_as_the_page_says(world: World, cls: str, mode: str) -> None:
    for who in ASKERS:
        told, asked = EXPECTED[cls, who, mode], Asked(world, who, cls)
        hidden = told.code == "UNKNOWN"
        wanted: Seen = told.code or due(told, asked.key)
        for face, seen in every_face(asked, mode):
            # the rule itself has no word for what the counter hides
            assert seen == ("SHARE_CLASS_DENIED" if hidden and face.startswith("file") else wanted), (who, face)


@pytest.mark.parametrize("cls", CLASSES)
def test_the_explanation_names_the_same_columns_and_codes(world: World, cls: str) -> None:
    for who, mode in itertools.product(ASKERS, MODES):
        told, asked = EXPECTED[cls, who, mode], Asked(world, who, cls)
        if told.code == "UNKNOWN":
            assert asked.get("access", mode=mode).status_code == 404
        elif told.code != "DELTA_NEEDS_KEY":  # is a matter of the asked columns, and told by the delta itself
            case = "VERIFY_NEEDS_CASE_AND_SUBJECT" if mode == "verify" and not told.code else told.code
            columns = () if case else told.columns
            assert explained(asked, mode) == (case, columns), (who, mode)


@pytest.mark.parametrize("cls", CLASSES)
def test_delta_sharing_lists_the_tables_that_may_be_taken_and_no_other(world: World, cls: str) -> None:
    for who in ASKERS:
        told, mine = CLASSES[cls], EXPECTED[cls, who, "bulk"]
        path = f"/delta-sharing/for/{told['purpose']}/shares/yishu/all-tables"
        listed = world.client.get(path, headers=world.headers(who)).json()["items"]
        assert (told["dataset"] in [f"{one['schema']}.{one['name']}" for one in listed]) is (not mine.code), who


def test_pages_show_who_may_know_the_dataset_and_no_row_of_it(world: World) -> None:
    secrets = [str(raw("civil.low_income", row, 2)[name]) for row in PLACES for name in ("person_id", "phone", "bank")]
    for who in ASKERS:
        client = TestClient(world.client.app, follow_redirects=False)
        token = re.search(r'name="token" value="([^"]+)"', client.get("/login").text.split("<main")[1])
        assert token is not None
        signed_in = client.post("/login", data={"credential": world.credentials[who], "token": token[1]})
        assert signed_in.status_code == 303
        for cls, told in CLASSES.items():
            page = client.get(f"/datasets/{told['dataset']}", params={"purpose": told["purpose"]})
            hidden = all(EXPECTED[cls, who, mode].code == "UNKNOWN" for mode in MODES)
            assert page.status_code == (404 if hidden else 200), (who, cls)
            assert not [one for one in secrets if one in page.text], (who, cls)
