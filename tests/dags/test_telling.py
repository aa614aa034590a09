"""Where a collector is set, runs tell OpenLineage what they made of what; without one nobody is called."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import referencing

from dags import steps, telling
from dags.job import Job
from schemas.dataset import Dataset, Severity, Source
from schemas.errors import HeldBack
from schemas.journey import Window
from schemas.openlineage import read_event
from schemas.origin import How, Origin
from schemas.settings import Collector, read_settings
from tests.builders import DAY, NOW, make_dataset, make_verdict
from tests.dags.test_steps import KEY, Home, contract, home

__all__ = ["home"]
SPECS = Path(os.environ.get("YISHU_SPECS") or Path(__file__).parents[3] / "shared" / "specs") / "openlineage"


class Receiver(HTTPServer):
    """A collector that keeps what it is told, and answers with `status`."""

    def __init__(self, status: int = 201) -> None:
        super().__init__(("127.0.0.1", 0), _Hears)
        self.status = status
        self.heard: list[tuple[str, str, Any]] = []


class _Hears(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.heard.append((self.path, self.headers.get("Authorization", ""), body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def listening(status: int = 201) -> Iterator[Receiver]:
    server = Receiver(status)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def told_to(home: Home, server: Receiver, dataset: Dataset) -> Job:
    collector = Collector(f"http://127.0.0.1:{server.server_port}", "secret-key", "city")
    job = home.job(dataset)
    return replace(job, settings=replace(job.settings, openlineage=collector))


@pytest.fixture(scope="module")
def official() -> jsonschema.Draft202012Validator:
    if not SPECS.is_dir():
        pytest.skip(f"NOT TESTED WITH OPENLINEAGE'S SCHEMA: no {SPECS}; YISHU_SPECS names the folder of specifications")
    files = [SPECS / "OpenLineage.json", *sorted((SPECS / "facets").glob("*.json"))]
    schemas = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    known = referencing.Registry().with_contents([(one["$id"], one) for one in schemas])
    return jsonschema.Draft202012Validator(schemas[0], registry=known)


def facets_hold(official: jsonschema.Draft202012Validator, event: dict[str, Any]) -> int:
    """Every facet of the event conforms to the schema that it names; how many there are."""
    places = [event["run"]["facets"], *(one.get(n, {}) for one in event["outputs"] for n in ("facets", "outputFacets"))]
    facets = [(name, facet) for some in places for name, facet in some.items()]
    for name, facet in facets:
        official.evolve(schema={"$ref": facet["_schemaURL"]}).validate({name: facet})
    return len(facets)


def test_a_run_tells_when_it_starts_and_what_it_made(home: Home, official: jsonschema.Draft202012Validator) -> None:
    with listening() as server:
        done = steps.whole_way(told_to(home, server, contract(KEY)), home.drop, NOW)
    assert [(path, key) for path, key, _ in server.heard] == [("/api/v1/lineage", "Bearer secret-key")] * 2
    start, complete = (body for *_, body in server.heard)
    for event in (start, complete):
        official.validate(event)
        assert facets_hold(official, event) >= 2
        assert read_event(event) is not None
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"]["runId"] == complete["run"]["runId"]
    assert complete["inputs"] == [{"namespace": "city-source", "name": "credit_drop", "facets": {}}]
    (output,) = complete["outputs"]
    assert (output["namespace"], output["name"]) == ("city", KEY)
    assert output["outputFacets"]["outputStatistics"]["rowCount"] == done["rows"]
    assert output["facets"]["dataQualityAssertions"]["assertions"]
    assert "hidden-word" not in json.dumps(complete)


def test_a_version_that_is_held_back_and_a_run_that_fails_tell_so_without_the_reason(home: Home) -> None:
    dataset = contract(KEY)
    strict = replace(dataset, rules=tuple(replace(rule, severity=Severity.CRITICAL) for rule in dataset.rules))
    with listening() as server:
        with pytest.raises(HeldBack):
            steps.whole_way(told_to(home, server, replace(strict, contract_hash="c" * 64)), home.drop, NOW)
        steps.record_failure(replace(told_to(home, server, dataset), run="run-2"), "no folder at /drop/secret", NOW)
    held, failed = (body for *_, body in server.heard if body["eventType"] == "FAIL")
    assert held["run"]["facets"]["errorMessage"]["message"].startswith("HELD_BACK")
    assert not all(one["success"] for one in held["outputs"][0]["facets"]["dataQualityAssertions"]["assertions"])
    assert "/drop/secret" not in json.dumps(failed)


@pytest.mark.parametrize("status", [500, 302, None], ids=["fault", "redirect", "nobody"])
def test_a_collector_that_does_not_take_it_stops_no_run(home: Home, status: int | None) -> None:
    with listening(status or 201) as server:
        job = told_to(home, server, contract(KEY))
    if status is not None:
        with listening(status) as server:
            done = steps.whole_way(told_to(home, server, contract(KEY)), home.drop, NOW)
    else:
        done = steps.whole_way(job, home.drop, NOW)
    assert done["version"] == 1


def test_nobody_is_called_where_no_collector_is_set(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[object] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: called.append(address))
    steps.whole_way(home.job(contract(KEY)), home.drop, NOW)
    assert called == []


def test_columns_of_a_derived_dataset_come_back_as_they_are_declared(
    tmp_path: Path, official: jsonschema.Draft202012Validator
) -> None:
    origins = (
        Origin("name", "a.b", "name", How.DIRECT),
        Origin("amount", "a.b", "sum", How.COMPUTED),
        Origin("amount", "a.c", "rate", How.COMPUTED),
        Origin("", "a.c", "place", How.CONDITION),
    )
    dataset = make_dataset(source=Source("derived", "", {}, inputs=("a.b", "a.c")), origins=origins)
    settings = read_settings({"YISHU_HOME": str(tmp_path)}, tmp_path)
    told = telling.event(Job(settings, dataset, Window.of_day(DAY), "r"), "COMPLETE", NOW)
    told["outputs"][0]["facets"]["dataQualityAssertions"] = telling.assertions(make_verdict(tmp_path, dataset, []))
    official.validate(told)
    assert facets_hold(official, told) == 4
    event = read_event(told)
    assert event is not None
    assert [(one.namespace, one.name) for one in event.inputs] == [("yishu", "a.b"), ("yishu", "a.c")]
    assert {Origin(one.field, one.input.name, one.column, one.how) for one in event.columns} == set(origins)
