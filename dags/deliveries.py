"""One DAG that sends what subscriptions are due: every five minutes it asks the catalogue, which mostly says nothing.

By the clock rather than by assets: the events of a partitioned run reach partitioned DAGs alone, and what failed must
be tried again later anyway.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

EVERY = "*/5 * * * *"

with DAG(
    dag_id="deliveries",
    dag_display_name="送达 deliveries",
    schedule=CronTriggerTimetable(EVERY, timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["deliveries"],
    doc_md="**送达** New versions to the systems that subscribed to them, as files and as signed webhooks.",
    default_args={"retries": 1, "retry_delay": timedelta(minutes=1), "execution_timeout": timedelta(hours=6)},
) as dag:

    @task(task_id="deliver")
    def deliver() -> list[dict[str, Any]]:
        """Tries that failed are the catalogue's to repeat: they fail no run."""
        from dags.tasks import deliver_in

        return deliver_in()

    deliver()
