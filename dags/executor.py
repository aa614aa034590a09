"""Airflow's LocalExecutor, which imports the heavy libraries once, before it forks the workers that need them."""

import importlib
import logging

from airflow.executors import local_executor

HEAVY = (
    "airflow.sdk.execution_time.supervisor",
    "airflow.sdk.execution_time.task_runner",
    "great_expectations",
    "quality.judge",
    "quality.suite",
    "connectors.files.csv_folder",
    "connectors.derived",
    "connectors.inbox",
    "connectors.services.rest",
    "connectors.sql.table",
    "connectors.files.xlsx",
    "dags.tasks",
)
"""What every task would otherwise import anew: Great Expectations alone takes five seconds."""


class LocalExecutor(local_executor.LocalExecutor):
    """The same executor; a forked worker finds its parent's modules already loaded. The name is what Airflow knows."""

    def start(self) -> None:
        """Import, then fork."""
        logging.getLogger("great_expectations").setLevel(logging.WARNING)
        for name in HEAVY:
            importlib.import_module(name)
        super().start()
