"""The doors over a lake in a bucket: the same answers as over a folder; 503 and when to come back while it is away."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.api.conftest import City, build
from tests.api.test_delta_sharing import files, local, query
from tests.api.test_verify import verify
from tests.catalog.lake.conftest import Site

ROWS = "/datasets/civil_affairs.low_income/rows?purpose=social_assistance"
TENGZHOU_ROWS = 24


@pytest.fixture
def city(site: Site) -> City:
    return build(site.shelf, site.settings.home)


def test_every_door_answers_as_over_a_folder(city: City) -> None:
    for form in ("arrow", "parquet", "csv", "json"):
        answer = city.get(f"{ROWS}&format={form}", "tengzhou")
        assert answer.status_code == 200, answer.text
        assert _rows(form, answer.content) == TENGZHOU_ROWS
    whole = city.get(f"{ROWS}&format=parquet", "tengzhou")
    some = city.client.get(f"/api/v1{ROWS}&format=parquet", headers=city.headers("tengzhou") | {"Range": "bytes=5-99"})
    assert (some.status_code, some.content) == (206, whole.content[5:100])
    assert verify(city).status_code == 200
    (file,) = files(query(city, "tengzhou"))
    assert pq.read_table(io.BytesIO(city.client.get(local(file["url"])).content)).num_rows == TENGZHOU_ROWS
    assert city.client.get("/readyz").status_code == 200


def _rows(form: str, content: bytes) -> int:
    if form == "arrow":
        return int(pa.ipc.open_stream(content).read_all().num_rows)
    if form == "parquet":
        return int(pq.read_table(io.BytesIO(content)).num_rows)
    return content.count(b"\n") - 1 if form == "csv" else len(json.loads(content)["rows"])


def test_while_the_bucket_is_away_every_door_says_when_to_come_back(in_bucket: Site) -> None:
    assert in_bucket.tap is not None
    city = build(in_bucket.shelf, in_bucket.settings.home)
    assert city.get(f"{ROWS}&format=parquet", "tengzhou").status_code == 200
    in_bucket.tap.cut()
    for form in ("parquet", "json"):
        answer = city.get(f"{ROWS}&format={form}", "tengzhou")
        assert (answer.status_code, answer.json()["code"]) == (503, "LAKE_UNREACHABLE")
        assert int(answer.headers["Retry-After"]) > 0
        assert "127.0.0.1" not in answer.text
        assert "s3:" not in answer.text
    assert city.client.get("/readyz").status_code == 503
    assert city.client.get("/healthz").status_code == 200
    in_bucket.tap.mend()
    assert city.get(f"{ROWS}&format=parquet", "tengzhou").status_code == 200
