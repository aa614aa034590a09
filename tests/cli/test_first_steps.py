"""What a newcomer gets wrong is told with the next step, in one sentence, and never with a secret."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.door import Door
from cli.main import yishu
from connectors.sql.engines import ENGINES
from schemas.errors import YishuError
from schemas.journey import SHANGHAI

NOW = datetime(2026, 11, 20, 1, 30, tzinfo=SHANGHAI)
SECRET = "kept-out-7391"
NEW = ("contract", "new", "civil.relief")


def call(tmp_path: Path, connection: str, *arguments: str) -> Result:
    told = {"AIRFLOW_CONN_DB": connection} if connection else {}
    door = Door({"YISHU_HOME": "home", "YISHU_CONTRACTS": "contracts", **told}, tmp_path, lambda: NOW)
    return CliRunner().invoke(yishu, list(arguments), obj=door, standalone_mode=False)


@pytest.mark.parametrize(
    ("connection", "arguments", "said"),
    [
        ("", ("contract", "lint"), "`yishu contract new` writes the first"),
        ("", ("run", "civil.relief"), "`yishu contract compile` writes them"),
        ("", ("contract", "new", "relief"), "expected <department>.<dataset>"),
        ("", (*NEW, "--from", "db"), "e.g. AIRFLOW_CONN_DB=postgres://login:password@host:5432/database"),
        ("postgres//x", (*NEW, "--from", "db"), "expected a URI that begins with the kind"),
        (
            f"postgres://a:{SECRET}@127.0.0.1:1/x",
            (*NEW, "--from", "db"),
            "at 127.0.0.1:1 nobody listens; is the system",
        ),
        (f"pigeon://a:{SECRET}@loft", (*NEW, "--from", "db"), "found conn_type pigeon, expected one of"),
        ('{"conn_type": "fs", "host": "/nowhere"}', (*NEW, "--from", "db"), "no folder at /nowhere"),
        ("fs:///mnt/drop", (*NEW, "--from", "db"), "connection db: names no folder; expected it as host"),
        ('{"conn_type": "fs", "host": "."}', (*NEW, "--from", "db", "--kind", "sql_table"), "sql_table reads"),
        ('{"conn_type": "fs", "host": "."}', (*NEW, "--from", "db", "--owner", "1", "--kind", "pigeon"), "'pigeon'"),
    ],
)
def test_a_first_mistake_is_told_with_the_next_step(
    tmp_path: Path, connection: str, arguments: tuple[str, ...], said: str
) -> None:
    refused = call(tmp_path, connection, *arguments)
    assert refused.exception is not None
    assert said in str(refused.exception)
    assert SECRET not in str(refused.exception) + refused.output
    assert not (tmp_path / "contracts").exists()


def test_an_unknown_kind_in_a_contract_lists_the_kinds_there_are(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a\n1\n", encoding="utf-8")
    here = json.dumps({"conn_type": "fs", "host": str(tmp_path)})
    assert call(tmp_path, here, *NEW, "--from", "db:x.csv").exception is None
    file = tmp_path / "contracts" / "civil" / "relief.odcs.yaml"
    text = file.read_text(encoding="utf-8").replace("kind: csv_folder", "kind: carrier_pigeon")
    for blank, filled in (("TODO 18 characters", "11370400DEM000014H"), ("TODO 12 digits", "370400000000")):
        text = text.replace(blank, filled)
    file.write_text(text.replace("TODO one of these", "open").replace("TODO ", ""), encoding="utf-8")
    refused = call(tmp_path, here, "contract", "lint").exception
    assert isinstance(refused, YishuError)
    assert "found 'carrier_pigeon', expected one of csv_folder" in str(refused)


def test_an_empty_place_says_so(tmp_path: Path) -> None:
    here = json.dumps({"conn_type": "fs", "host": str(tmp_path)})
    assert "has nothing that this login may see" in call(tmp_path, here, *NEW, "--from", "db").stdout


def test_every_engine_can_tell_what_it_has() -> None:
    assert [kind for kind, engine in ENGINES.items() if not engine.about] == []
