"""Tells an OpenLineage collector, where one is set, when a run starts and how it ends; a run never fails by it.

Source: OpenLineage 2-0-2. The output is the dataset, with its schema, column lineage, what the rules found and how many
rows were published; the inputs are those of a derived dataset, or the source system by its connection's name.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from connectors.outbox.collector import tell
from dags.job import Job
from schemas.dataset import Dataset, Json
from schemas.errors import RecipientUnreachable
from schemas.journey import Snapshot, Verdict
from schemas.origin import How, Origin

LOG = logging.getLogger(__name__)
PRODUCER = "urn:yishu:dags"
EVENT = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
FACETS = "https://openlineage.io/spec/facets"
Facets = dict[str, Json]
KINDS: Mapping[How, tuple[str, str]] = {
    How.DIRECT: ("DIRECT", "IDENTITY"),
    How.COMPUTED: ("DIRECT", "TRANSFORMATION"),
    How.CONDITION: ("INDIRECT", "FILTER"),
}


def started(job: Job, now: datetime) -> None:
    """The run begins, or is tried again."""
    _tell(job, event(job, "START", now))


def completed(job: Job, verdict: Verdict, snapshot: Snapshot, now: datetime) -> None:
    """A version was published, or found published."""
    rows = _facet("OutputStatisticsOutputDatasetFacet", "1-0-2") | {"rowCount": snapshot.rows}
    told = event(job, "COMPLETE", now, {"dataQualityAssertions": assertions(verdict)})
    told["outputs"][0]["outputFacets"] = {"outputStatistics": rows}
    _tell(job, told)


def failed(job: Job, code: str, now: datetime, verdict: Verdict | None = None) -> None:
    """The run came to nothing. The reason stands in the catalogue: it may name a path or a value."""
    told = event(job, "FAIL", now, {"dataQualityAssertions": assertions(verdict)} if verdict else {})
    said = {"message": f"{code}: the reason stands in the catalogue's run {job.run}", "programmingLanguage": "PYTHON"}
    told["run"]["facets"]["errorMessage"] = _facet("ErrorMessageRunFacet", "1-0-1") | said
    _tell(job, told)


def event(job: Job, kind: str, now: datetime, more: Facets | None = None) -> dict[str, Json]:
    """One event about this run; the same run has the same id in all of them."""
    space, dataset = job.settings.openlineage.namespace, job.dataset
    period = {"nominalStartTime": job.window.low.isoformat(), "nominalEndTime": job.window.high.isoformat()}
    facets: Facets = {"schema": schema(dataset)} | (more or {})
    if dataset.origins:
        facets["columnLineage"] = columns(dataset, space)
    return {
        "eventType": kind,
        "eventTime": now.isoformat(),
        "producer": PRODUCER,
        "schemaURL": EVENT,
        "run": {
            "runId": str(uuid5(NAMESPACE_URL, f"urn:yishu:run:{space}:{dataset.key}:{job.run}")),
            "facets": {"nominalTime": _facet("NominalTimeRunFacet", "1-0-1") | period},
        },
        "job": {"namespace": space, "name": dataset.key, "facets": {}},
        "inputs": [{"namespace": n, "name": name, "facets": {}} for n, name in _inputs(dataset, space)],
        "outputs": [{"namespace": space, "name": dataset.key, "facets": facets}],
    }


def schema(dataset: Dataset) -> Facets:
    """Its fields."""
    fields = [{"name": f.name, "type": str(f.type), "description": f.title} for f in dataset.fields]
    return _facet("SchemaDatasetFacet", "1-2-0") | {"fields": fields}


def columns(dataset: Dataset, space: str) -> Facets:
    """Which columns its fields are made of; those that only choose rows bear on the whole dataset."""
    fields: dict[str, Json] = {}
    whole = []
    for one in dataset.origins:
        if one.field:
            fields.setdefault(one.field, {"inputFields": []})["inputFields"].append(_origin(one, space))
        else:
            whole.append(_origin(one, space))
    return _facet("ColumnLineageDatasetFacet", "1-2-0") | {"fields": fields, "dataset": whole}


def _origin(one: Origin, space: str) -> Json:
    kind, subtype = KINDS[one.how]
    told = [{"type": kind, "subtype": subtype}]
    return {"namespace": space, "name": one.dataset, "field": one.column, "transformations": told}


def assertions(verdict: Verdict) -> Facets:
    """Each rule and whether it was kept; no value of any row."""
    told = [
        {
            "assertion": one.expectation,
            "name": one.rule,
            "success": one.success,
            "severity": one.severity.value,
            "actual": f"{one.failed} of {one.checked}",
        }
        | ({"column": one.columns[0]} if len(one.columns) == 1 else {})
        for one in verdict.findings
    ]
    return _facet("DataQualityAssertionsDatasetFacet", "1-1-0") | {"assertions": told}


def _inputs(dataset: Dataset, space: str) -> list[tuple[str, str]]:
    if dataset.source.inputs:
        return [(space, key) for key in dataset.source.inputs]
    return [(f"{space}-source", dataset.source.connection or dataset.source.kind)]


def _facet(name: str, version: str) -> Facets:
    return {"_producer": PRODUCER, "_schemaURL": f"{FACETS}/{version}/{name}.json"}


def _tell(job: Job, told: Mapping[str, Json]) -> None:
    if not job.settings.openlineage.url:
        return
    try:
        tell(job.settings.openlineage, told)
    except RecipientUnreachable as wrong:
        LOG.warning("%s: %s; the run goes on", job.dataset.key, wrong)
