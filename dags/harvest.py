"""One DAG that reads the catalogues of other nodes, once a day before people come."""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

with DAG(
    dag_id="harvest",
    dag_display_name="外部目录汇聚 harvest",
    schedule=CronTriggerTimetable("30 5 * * *", timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["harvest"],
    doc_md="**外部目录** Entries of other nodes' catalogues (DCAT, CKAN), found here and marked as foreign.",
    default_args={"retries": 1, "retry_delay": timedelta(minutes=10), "execution_timeout": timedelta(hours=2)},
) as dag:

    @task(task_id="harvest")
    def harvest() -> list[dict[str, Any]]:
        """A catalogue that could not be read keeps its entries, and says so in `yishu harvest list`."""
        from dags.tasks import harvest_in

        return harvest_in()

    harvest()
