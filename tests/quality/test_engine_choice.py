"""Which engine judges, and what happens where Spark is asked for and cannot run."""

from dataclasses import replace
from pathlib import Path

import pytest

from quality.check import check, read_verdict
from quality.spark.session import missing, settings
from schemas.engine import LOCAL, Cluster, Engine
from schemas.errors import BadInput, NotReady
from schemas.settings import read_settings
from tests.quality.landings import NOW, dataset, field, land, rule

OF = dataset([field("name")], [rule("name.required", "column_values_to_not_be_null", column="name")])


@pytest.mark.parametrize(
    ("wanted", "from_rows", "rows", "judge"),
    [
        (None, 0, 10**9, Engine.DUCKDB),
        (None, 1000, 999, Engine.DUCKDB),
        (None, 1000, 1000, Engine.SPARK),
        (Engine.DUCKDB, 1000, 1000, Engine.DUCKDB),
        (Engine.SPARK, 0, 1, Engine.SPARK),
    ],
)
def test_the_contract_names_the_engine_else_the_size_does(
    wanted: Engine | None, from_rows: int, rows: int, judge: Engine
) -> None:
    assert Cluster(rows=from_rows).judge(wanted, rows) is judge


@pytest.mark.parametrize("more", [{"engine": Engine.SPARK}, {}])
def test_spark_that_cannot_run_is_told_with_what_to_do_and_the_landing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Engine]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    of = replace(OF, **more)
    landing = land(of, [{"name": "甲"}], tmp_path)
    assert "install" in missing()
    with pytest.raises(NotReady, match=r"Spark cannot run here: .*install"):
        check(of, landing, tmp_path, {}, NOW, spark=Cluster(rows=1))
    assert read_verdict(tmp_path, of.key, landing.window) is None
    assert all((tmp_path / part.path).is_file() for part in landing.parts)
    assert check(replace(of, engine=Engine.DUCKDB), landing, tmp_path, {}, NOW).passed == 1


def test_spark_on_this_machine_listens_on_loopback_only_and_elsewhere_as_the_cluster_says(tmp_path: Path) -> None:
    here, there = settings(LOCAL, tmp_path), settings("spark://host:7077", tmp_path)
    assert {here[f"spark.driver.{word}"] for word in ("host", "bindAddress")} == {"127.0.0.1"}
    assert (here["spark.ui.enabled"], there["spark.ui.enabled"]) == ("false", "false")
    assert not [word for word in there if word.startswith("spark.driver")]


def test_settings_say_where_spark_is_and_from_which_size_on(tmp_path: Path) -> None:
    assert read_settings({}, tmp_path).spark == Cluster(LOCAL, 0)
    told = {"YISHU_SPARK_MASTER": "spark://host:7077", "YISHU_SPARK_ROWS": "50000000"}
    assert read_settings(told, tmp_path).spark == Cluster("spark://host:7077", 50_000_000)
    with pytest.raises(BadInput, match="YISHU_SPARK_ROWS: found 'many', expected a number of rows"):
        read_settings({"YISHU_SPARK_ROWS": "many"}, tmp_path)
