"""The embedded Airflow's folder, secrets and settings."""

import socket
import stat
from pathlib import Path

from cli.airflow_home import environment, free_port, kept_secrets, prepare
from cli.leaks import leaks
from schemas.settings import Settings, read_settings


def settings(tmp_path: Path) -> Settings:
    return read_settings({"YISHU_HOME": "home"}, tmp_path)


def test_secrets_are_generated_once_and_for_their_owner_only(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    home = prepare(ours, 8080)
    first, password = kept_secrets(ours), home.passwords.read_text()
    assert (kept_secrets(ours), prepare(ours, 8081).passwords.read_text()) == (first, password)
    for file in (home.passwords, ours.secrets / "airflow.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(set(first.values())) == 3


def test_airflow_answers_on_the_loopback_only_and_under_absolute_paths(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    env = environment(ours, prepare(ours, 8123), {})
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert env["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8123/execution/"
    assert Path(env["AIRFLOW_HOME"]).is_absolute()
    assert Path(env["AIRFLOW__CORE__DAGS_FOLDER"], "datasets.py").is_file()


def test_what_the_user_exported_wins_for_airflow_and_the_home_is_ours(tmp_path: Path) -> None:
    ours = settings(tmp_path)
    told = {"AIRFLOW__CORE__PARALLELISM": "16", "YISHU_HOME": "home"}
    env = environment(ours, prepare(ours, 8123), told)
    assert (env["AIRFLOW__CORE__PARALLELISM"], env["YISHU_HOME"]) == ("16", str(tmp_path / "home"))


def test_a_port_that_is_taken_is_not_chosen() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port


def test_a_secret_in_a_log_is_found_and_not_repeated(tmp_path: Path) -> None:
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "1.log").write_text("one\nconnecting with hunter2-hunter2\n")
    (tmp_path / "api.log").write_text("nothing\n")
    assert leaks(tmp_path, ["hunter2-hunter2", "absent-secret", ""]) == ("tasks/1.log:2",)
