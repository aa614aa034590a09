"""The application as a whole: what it loads, what it serves, how it breaks off."""

import asyncio
import http.client
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import anyio
import pyarrow as pa
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.types import Message

from api.answers import Held
from catalog.rows.streams import arrow_chunks
from tests.api.conftest import City

HEAVY = (
    "great_expectations",
    "airflow",
    "duckdb",
    "python_calamine",
    "httpx",
    "sqlglot",
    "pyspark",
    "pandas",
    "connectors",
    "quality",
)


def test_the_serving_process_loads_neither_pipeline_nor_drivers() -> None:
    code = f"import sys; from api.app import create_app; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_openapi_document_names_every_path_and_no_dangling_reference(city: City) -> None:
    text = city.client.get("/openapi.json").text
    paths = city.client.get("/openapi.json").json()["paths"]
    assert {"/api/v1/datasets", "/api/v1/datasets/{key}/rows", "/api/v1/datasets/{key}/access", "/healthz"} <= set(
        paths
    )
    assert "#/$defs" not in text
    names = [p["name"] for p in paths["/api/v1/datasets/{key}/rows"]["get"]["parameters"]]
    assert {"key", "purpose", "grant", "columns", "division", "version", "format", "limit", "cursor"} <= set(names)


def test_no_page_and_no_answer_names_another_host(city: City) -> None:
    for path in ("/datasets", "/docs", "/login", "/datasets/credit.penalty", "/static/yishu.css"):
        text = city.client.get(path).text.replace("http://testserver", "").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, path
        assert "<script" not in text
        assert "style=" not in text


@pytest.mark.parametrize(
    "path", ["/datasets", "/api/v1/datasets", "/healthz", "/static/yishu.css", "/nowhere", "/api/v1/no"]
)
def test_every_answer_has_a_strict_policy(city: City, path: str) -> None:
    headers = city.client.get(path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/api/v1/datasets/", "/api//v1/datasets", "/API/v1/datasets", "/api/v1/datasets/x/y/z", "/docs/"]
)
def test_paths_are_taken_to_the_letter(city: City, path: str) -> None:
    assert city.client.get(path, headers=city.headers("civil")).status_code == 404


def test_another_method_is_a_problem_too(city: City) -> None:
    answer = city.client.post("/api/v1/datasets", headers=city.headers("civil"))
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")


def test_live_ready_and_counted(city_on_each: City) -> None:
    client = city_on_each.client
    assert client.get("/healthz").json() == {"status": "alive"}
    assert client.get("/readyz").json()["status"] == "ready"
    city_on_each.get("/datasets/credit.penalty/rows?purpose=open_use")
    text = client.get("/metrics").text
    assert 'yishu_decisions_total{code="OK"} 1' in text
    assert 'yishu_rows_total{format="json"} 10' in text


def test_not_ready_without_the_lake_and_no_path_is_told(city: City) -> None:
    lake = city.shelf.lake
    lake.rename(lake.with_name("elsewhere"))
    answer = city.client.get("/readyz")
    assert answer.status_code == 503
    assert str(lake) not in answer.text
    rows = city.get("/datasets/credit.penalty/rows?purpose=open_use")
    assert (rows.status_code, rows.json()["code"]) == (503, "NOT_READY")
    assert str(lake) not in rows.text


def test_a_database_that_does_not_answer_is_a_503_that_names_nothing(city: City) -> None:
    with city.shelf.engine.begin() as connection:
        connection.exec_driver_sql('ALTER TABLE "grant" RENAME TO elsewhere')
    answer = city.get("/datasets/civil_affairs.low_income/access", "tengzhou")
    assert (answer.status_code, answer.json()["code"]) == (503, "NOT_READY")
    assert "grant" not in answer.text
    assert city.client.get("/healthz").status_code == 200


def test_a_reader_that_stands_still_is_cut_off_and_its_slot_is_free_again() -> None:
    given_back: list[bool] = []

    async def stuck(message: Message) -> None:
        if message.get("body"):
            await asyncio.sleep(60)

    class Impatient(Held):
        patience = 0.05

    answer = Impatient(iter([b"rows"]), lambda: given_back.append(True), headers={}, media_type="text/csv")
    scope = {"type": "http", "asgi": {"spec_version": "2.4"}, "method": "GET", "headers": []}
    with pytest.raises((ClientDisconnect, TimeoutError)):
        asyncio.run(answer(scope, anyio.sleep_forever, stuck))
    assert given_back == [True]


def test_a_fault_in_the_middle_never_looks_like_an_end() -> None:
    given_back: list[bool] = []

    def batches() -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"n": list(range(100_000))})
        raise RuntimeError("the disk went away")

    app = FastAPI()

    @app.get("/")
    def broken() -> Held:
        chunks = arrow_chunks(pa.schema([("n", pa.int64())]), batches(), None)
        return Held(chunks, lambda: given_back.append(True), headers={}, media_type="application/octet-stream")

    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    connection = http.client.HTTPConnection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1])
    connection.request("GET", "/")
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    assert given_back == [True]
    server.should_exit = True
    thread.join(10)
