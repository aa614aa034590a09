"""One DAG that keeps an edition of each list, once a day after midnight."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

with DAG(
    dag_id="lists",
    dag_display_name="清单 lists",
    schedule=CronTriggerTimetable("30 0 * * *", timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["lists"],
    doc_md="**清单** Keeps the lists of sharing as they are today, with their digests on the ledger.",
    default_args={"retries": 1, "retry_delay": timedelta(minutes=5), "execution_timeout": timedelta(hours=2)},
) as dag:

    @task(task_id="keep")
    def keep() -> list[dict[str, Any]]:
        """Again on the same day finds what was kept, where nothing has changed."""
        from dags.tasks import keep_lists_in

        return keep_lists_in()

    keep()
