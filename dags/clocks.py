"""One DAG that looks every hour what the days have brought: who is due soon, who is overdue, who above is told."""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

EVERY = "10 * * * *"

with DAG(
    dag_id="clocks",
    dag_display_name="时限 clocks",
    schedule=CronTriggerTimetable(EVERY, timezone="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    tags=["clocks"],
    doc_md="**时限** Reminders, breaches and what superiors are told of them; each once, however often it runs.",
    default_args={"retries": 1, "retry_delay": timedelta(minutes=1), "execution_timeout": timedelta(hours=1)},
) as dag:

    @task(task_id="sweep")
    def sweep() -> dict[str, int]:
        """Counts of what was told."""
        from dags.tasks import sweep_in

        return sweep_in()

    sweep()
