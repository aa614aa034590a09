"""Runs inside the environment of openlineage-python: sends events as its arguments say, prints how that went.

`openlineage_teller.py URL CREDENTIAL`, with `{"inputs": […], "output": […], "columns": {…}, "kinds": […], "gzip": …}`
on standard input; names are pairs of namespace and name.
"""

import json
import sys
from datetime import UTC, datetime

from openlineage.client import OpenLineageClient  # type: ignore[import-not-found]
from openlineage.client.event_v2 import (  # type: ignore[import-not-found]
    InputDataset,
    Job,
    OutputDataset,
    Run,
    RunEvent,
    RunState,
)
from openlineage.client.facet_v2 import column_lineage_dataset, schema_dataset  # type: ignore[import-not-found]
from openlineage.client.transport.http import (  # type: ignore[import-not-found]
    ApiKeyTokenProvider,
    HttpCompression,
    HttpConfig,
    HttpTransport,
)
from openlineage.client.uuid import generate_new_uuid  # type: ignore[import-not-found]

PRODUCER = "https://example.org/nightly"


def main() -> None:
    """Send one run, event by event."""
    url, credential = sys.argv[1:]
    asked = json.load(sys.stdin)
    packed = HttpCompression.GZIP if asked["gzip"] else None
    config = HttpConfig(url=url, auth=ApiKeyTokenProvider({"api_key": credential}), compression=packed)
    client = OpenLineageClient(transport=HttpTransport(config))
    run, job = Run(runId=str(generate_new_uuid())), Job(namespace="teller", name="nightly.load")
    said = []
    for kind in asked["kinds"]:
        event = RunEvent(
            eventType=RunState(kind),
            eventTime=datetime.now(UTC).isoformat(),
            run=run,
            job=job,
            inputs=[InputDataset(*names) for names in asked["inputs"]],
            outputs=[OutputDataset(*asked["output"], facets=facets(asked))],
            producer=PRODUCER,
        )
        try:
            client.emit(event)
            said.append("taken")
        except Exception as wrong:  # noqa: BLE001 - whatever the client raises is what the test looks at
            said.append(f"{type(wrong).__name__}: {wrong}"[:500])
    print(json.dumps(said))


def facets(asked: dict) -> dict:
    """The output's schema, and which columns each field is made of."""
    fields = {
        field: column_lineage_dataset.Fields(
            inputFields=[
                column_lineage_dataset.InputField(
                    *origin,
                    transformations=[column_lineage_dataset.Transformation(type="DIRECT", subtype="IDENTITY")],
                )
            ]
        )
        for field, origin in asked["columns"].items()
    }
    named = [schema_dataset.SchemaDatasetFacetFields(name=field, type="string") for field in asked["columns"]]
    return {
        "schema": schema_dataset.SchemaDatasetFacet(fields=named),
        "columnLineage": column_lineage_dataset.ColumnLineageDatasetFacet(fields=fields),
    }


if __name__ == "__main__":
    main()
