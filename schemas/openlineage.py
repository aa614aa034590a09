"""OpenLineage's events as words of ours: what is read of them, and what makes one wrong.

Source: OpenLineage 2-0-2 (Apache-2.0), openlineage.io. The rules here are told in our own words; a test holds them to
the official JSON schema.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from schemas.dataset import Json
from schemas.errors import BadInput
from schemas.journey import SHANGHAI
from schemas.origin import How

TYPES = ("START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER")
MADE = ("COMPLETE", "RUNNING")
"""Types that say that outputs were made of inputs; a run that failed made nothing."""
LONGEST = 250
"""Characters of namespace and name of a dataset together, and of each word of a job."""
MOST = 500
"""Datasets on one side of an event."""
MOST_COLUMNS = 5000


@dataclass(frozen=True, slots=True)
class Named:
    """A dataset under OpenLineage's two names."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class ColumnFrom:
    """A field of an output, and the column of an input that it is made of; without field the whole output is."""

    output: Named
    field: str
    input: Named
    column: str
    how: How


@dataclass(frozen=True, slots=True)
class Event:
    """One event about a run, or about a job by itself, which has no run and no type."""

    at: datetime
    type: str
    run: str
    job: Named
    inputs: tuple[Named, ...]
    outputs: tuple[Named, ...]
    columns: tuple[ColumnFrom, ...]

    @property
    def made(self) -> bool:
        """Whether it says that the outputs were made of the inputs."""
        return not self.run or self.type in MADE


def read_event(told: Json) -> Event | None:
    """The event; None where it is about a dataset alone, which says nothing about where data come from.

    BadInput says where it is wrong, what was found and what was expected.
    """
    body = _object(told, "event")
    at = _moment(body.get("eventTime"), "eventTime")
    for name in ("producer", "schemaURL"):
        _address(body.get(name), name)
    if "dataset" in body and "run" not in body and "job" not in body:
        _dataset(body["dataset"], "dataset")
        return None
    run, kind = _run(body), _type(body)
    job = _object(body.get("job"), "job")
    _facets(job, "job")
    named = Named(_text(job.get("namespace"), "job.namespace"), _text(job.get("name"), "job.name"))
    inputs = [_dataset(one, f"inputs[{n}]") for n, one in enumerate(_list(body.get("inputs", []), "inputs"))]
    told_outputs = _list(body.get("outputs", []), "outputs")
    outputs = [_dataset(one, f"outputs[{n}]") for n, one in enumerate(told_outputs)]
    columns = [c for n, one in enumerate(told_outputs) for c in _columns(one, outputs[n], f"outputs[{n}]")]
    if len(columns) > MOST_COLUMNS:
        raise BadInput(f"outputs: found {len(columns)} edges between columns, expected at most {MOST_COLUMNS}")
    return Event(at, kind, run, named, tuple(inputs), tuple(outputs), tuple(columns))


def _run(body: Mapping[str, Json]) -> str:
    """The run's id; empty for an event about a job by itself."""
    if "run" not in body:
        return ""
    run = _object(body["run"], "run")
    _facets(run, "run")
    told = run.get("runId")
    try:
        return str(UUID(told))
    except (ValueError, AttributeError, TypeError) as wrong:
        raise _wrong("run.runId", told, "a UUID") from wrong


def _type(body: Mapping[str, Json]) -> str:
    told = body.get("eventType", "OTHER" if "run" in body else "")
    if "eventType" in body and told not in TYPES:
        raise _wrong("eventType", told, f"one of {', '.join(TYPES)}")
    return str(told)


def _dataset(told: Json, where: str) -> Named:
    body = _object(told, where)
    found = Named(_text(body.get("namespace"), f"{where}.namespace"), _text(body.get("name"), f"{where}.name"))
    if len(found.namespace) + len(found.name) >= LONGEST:
        raise _wrong(where, f"{found.namespace} {found.name}"[:80], f"fewer than {LONGEST} characters of both names")
    for name in ("facets", "inputFacets", "outputFacets"):
        _facets(body, where, name)
    return found


def _facets(body: Mapping[str, Json], where: str, name: str = "facets") -> None:
    """Every facet says who produced it and by which schema; what else is in it is looked at where it is used."""
    for facet, told in _object(body.get(name, {}), f"{where}.{name}").items():
        at = f"{where}.{name}.{facet}"
        for word in ("_producer", "_schemaURL"):
            _address(_object(told, at).get(word), f"{at}.{word}")
        if not isinstance(told.get("_deleted", False), bool):
            raise _wrong(f"{at}._deleted", told["_deleted"], "true or false")


def _columns(told: Json, output: Named, where: str) -> Iterator[ColumnFrom]:
    facet = told.get("facets", {}).get("columnLineage")
    if facet is None:
        return
    where = f"{where}.facets.columnLineage"
    for field, made in _object(facet.get("fields"), f"{where}.fields").items():
        here = f"{where}.fields.{field}"
        for n, one in enumerate(_list(_object(made, here).get("inputFields"), f"{here}.inputFields")):
            yield _column(one, output, field, f"{here}.inputFields[{n}]")
    for n, one in enumerate(_list(facet.get("dataset", []), f"{where}.dataset")):
        yield _column(one, output, "", f"{where}.dataset[{n}]")


def _column(told: Json, output: Named, field: str, where: str) -> ColumnFrom:
    body = _object(told, where)
    names = [_text(body.get(name), f"{where}.{name}") for name in ("namespace", "name", "field")]
    kinds = [
        (_text(_object(one, where).get("type"), f"{where}.transformations.type"), one.get("subtype"))
        for one in _list(body.get("transformations", []), f"{where}.transformations")
    ]
    how = How.DIRECT if field and all(kind == ("DIRECT", "IDENTITY") for kind in kinds) else How.COMPUTED
    if not field or (kinds and all(kind == "INDIRECT" for kind, _ in kinds)):
        how = How.CONDITION
    return ColumnFrom(output, "" if how is How.CONDITION else field, Named(*names[:2]), names[2], how)


def _object(told: Json, where: str) -> Mapping[str, Json]:
    if not isinstance(told, dict):
        raise _wrong(where, told, "an object")
    return told


def _list(told: Json, where: str) -> list[Json]:
    if not isinstance(told, list) or len(told) > MOST:
        raise _wrong(where, f"{len(told)} of them" if isinstance(told, list) else told, f"a list of at most {MOST}")
    return told


def _text(told: Json, where: str) -> str:
    if not isinstance(told, str) or len(told) > LONGEST or "\0" in told or not told.isprintable():
        raise _wrong(where, told, f"a text of at most {LONGEST} printable characters")
    return told


def _moment(told: Json, where: str) -> datetime:
    try:
        found = datetime.fromisoformat(told)
    except (ValueError, TypeError) as wrong:
        raise _wrong(where, told, "a moment of RFC 3339 with its offset") from wrong
    if found.tzinfo is None:
        raise _wrong(where, told, "a moment of RFC 3339 with its offset")
    return found.astimezone(SHANGHAI)


def _address(told: Json, where: str) -> None:
    if not isinstance(told, str) or not urlsplit(told).scheme:
        raise _wrong(where, told, "a URI")


def _wrong(where: str, told: Json, expected: str) -> BadInput:
    return BadInput(f"{where}: found {str(told)[:80]!r}, expected {expected}")
