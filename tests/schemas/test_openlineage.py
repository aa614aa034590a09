"""What we take for an OpenLineage event is what the official JSON schema takes for one, but for our bounds."""

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from schemas.errors import BadInput
from schemas.openlineage import ColumnFrom, Named, read_event
from schemas.origin import How

SPECS = Path(os.environ.get("YISHU_SPECS") or Path(__file__).parents[3] / "shared" / "specs")
FACET = {"_producer": "https://x.example", "_schemaURL": "https://x.example/s", "more": {"any": [1, None]}}
DATASET = {"namespace": "postgres://db:5432", "name": "city.public.t", "facets": {"schema": FACET}}
EVENT: dict[str, Any] = {
    "eventTime": "2026-11-20T09:30:00.123Z",
    "eventType": "COMPLETE",
    "producer": "https://github.com/apache/airflow",
    "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
    "run": {"runId": "0190b5a8-0000-7000-8000-000000000001", "facets": {"nominalTime": FACET}},
    "job": {"namespace": "airflow", "name": "dag.task", "facets": {"jobType": FACET | {"_deleted": False}}},
    "inputs": [DATASET | {"inputFacets": {"stats": FACET}}, DATASET],
    "outputs": [DATASET | {"outputFacets": {"stats": FACET}}],
}
OF_JOB = {name: value for name, value in EVENT.items() if name not in ("run", "eventType")}
OF_DATASET = {name: EVENT[name] for name in ("eventTime", "producer", "schemaURL")} | {"dataset": DATASET}
WRONG: tuple[Any, ...] = (None, 7, "text", [], {}, [7], True)


def taken(event: Any) -> bool:
    try:
        read_event(event)
    except BadInput:
        return False
    return True


def changed(of: Any, root: Any = None, path: tuple[Any, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The event with one thing in it left out, or replaced by something else, at every place."""
    root = of if root is None else root
    if path:
        for value in (..., *WRONG):
            other = copy.deepcopy(root)
            place = other
            for step in path[:-1]:
                place = place[step]
            if value is ...:
                del place[path[-1]]
            else:
                place[path[-1]] = value
            yield f"{'.'.join(map(str, path))} = {value!r}", other
    if path[-1:] == ("more",):
        return
    for step, inner in of.items() if isinstance(of, dict) else enumerate(of) if isinstance(of, list) else ():
        yield from changed(inner, root, (*path, step))


@pytest.fixture(scope="module")
def official() -> jsonschema.Draft202012Validator:
    file = SPECS / "openlineage" / "OpenLineage.json"
    if not file.is_file():
        pytest.skip(f"NOT TESTED WITH OPENLINEAGE'S SCHEMA: no {file}; YISHU_SPECS names the folder of specifications")
    schema = json.loads(file.read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["uuid"]))


def test_every_small_change_of_an_event_is_judged_as_the_official_schema_judges_it(
    official: jsonschema.Draft202012Validator,
) -> None:
    seen = set()
    for event in (EVENT, OF_JOB, OF_DATASET):
        assert taken(event)
        assert official.is_valid(event)
        for what, other in changed(event):
            if "text" in what and any(name in what for name in ("eventTime", "producer", "schemaURL", "_schemaURL")):
                continue  # formats, which that validator does not look at: the next test does
            assert taken(other) == official.is_valid(other), what
            seen.add((taken(other), what))
    assert len([one for one in seen if one[0]]) > 30
    assert len([one for one in seen if not one[0]]) > 200


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eventTime", "yesterday"),
        ("eventTime", "2026-11-20T09:30:00"),
        ("producer", "no address"),
        ("schemaURL", ""),
        ("eventType", "DONE"),
        ("inputs", [DATASET] * 501),
        ("inputs", [{"namespace": "n" * 200, "name": "n" * 50}]),
        ("outputs", [{"namespace": "a\x00b", "name": "n"}]),
        ("job", {"namespace": "n" * 251, "name": "x"}),
    ],
)
def test_what_no_database_or_reader_could_make_sense_of_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(BadInput, match=name.split("[", maxsplit=1)[0]):
        read_event(EVENT | {name: value})


def test_columns_say_how_they_are_used() -> None:
    def of(*kinds: tuple[str, str | None]) -> dict[str, Any]:
        told = [{"type": kind} | ({"subtype": sub} if sub else {}) for kind, sub in kinds]
        return {"namespace": "n", "name": "t", "field": "c", "transformations": told}

    fields = {
        "same": {"inputFields": [of(("DIRECT", "IDENTITY"))]},
        "made": {"inputFields": [of(("DIRECT", "TRANSFORMATION"))]},
        "both": {"inputFields": [of(("DIRECT", "IDENTITY"), ("INDIRECT", "FILTER"))]},
        "chosen": {"inputFields": [of(("INDIRECT", "JOIN"))]},
        "plain": {"inputFields": [{"namespace": "n", "name": "t", "field": "c"}]},
    }
    facet = FACET | {"fields": fields, "dataset": [of(("INDIRECT", "FILTER"))]}
    event = read_event(EVENT | {"outputs": [DATASET | {"facets": {"columnLineage": facet}}]})
    assert event is not None
    here, there = Named(DATASET["namespace"], DATASET["name"]), Named("n", "t")
    assert event.columns == (
        ColumnFrom(here, "same", there, "c", How.DIRECT),
        ColumnFrom(here, "made", there, "c", How.COMPUTED),
        ColumnFrom(here, "both", there, "c", How.COMPUTED),
        ColumnFrom(here, "", there, "c", How.CONDITION),
        ColumnFrom(here, "plain", there, "c", How.DIRECT),
        ColumnFrom(here, "", there, "c", How.CONDITION),
    )


def test_an_event_about_a_dataset_alone_says_nothing() -> None:
    assert read_event(OF_DATASET) is None
