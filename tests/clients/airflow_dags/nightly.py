"""A DAG of somebody else's Airflow: one task that copies a dataset of ours into a table of its department."""

from datetime import UTC, datetime
from typing import Any

from airflow.providers.common.compat.openlineage.facet import Dataset
from airflow.providers.openlineage.extractors import OperatorLineage
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG


class Copy(PythonOperator):
    """Says what it read and wrote, in the way of Airflow's OpenLineage provider."""

    def get_openlineage_facets_on_complete(self, _: Any) -> OperatorLineage:
        """Input and output of the run."""
        return OperatorLineage(
            inputs=[Dataset("yishu", "civil_affairs.low_income")],
            outputs=[Dataset("postgres://tengzhou:5432", "civil.public.low_income")],
        )


with DAG("nightly", schedule=None, start_date=datetime(2026, 1, 1, tzinfo=UTC)):
    Copy(task_id="copy", python_callable=lambda: None)
