"""`yishu source sample` shows messages of a stream without taking one from whoever reads it."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

pytest.importorskip("confluent_kafka", reason="NOT TESTED WITH KAFKA: install yishu[kafka]")
pytest.importorskip("paho.mqtt.client", reason="NOT TESTED WITH MQTT: install yishu[mqtt]")

from cli.door import Door
from cli.main import yishu
from connectors.landing.landing import make_plan
from connectors.protocol import Connector, Follows
from connectors.registry import connector_for
from schemas.connection import Connection
from schemas.contract import read_contract
from schemas.errors import BadInput, SourceChanged
from schemas.index import read_dataset, write_index
from schemas.journey import SHANGHAI, Window
from tests.connectors.conformance import DAY, landed, rows_of
from tests.connectors.mock_kafka import MockKafka, start
from tests.connectors.mosquitto import Broker, mosquitto

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: ecology.air
name: 空气
version: 1.0.0
status: active
description: {{purpose: 一条读数, usage: 监测}}
customProperties:
  - {{property: yishu.title_en, value: "Air"}}
  - property: yishu.owner
    value: {{credit_code: "11370400DEM000014H", name: 枣庄市生态环境局（演示）, division: "370400000000"}}
  - {{property: yishu.sharing, value: {{class: unconditional}}}}
  - {{property: yishu.update_cycle, value: P1D}}
  - property: yishu.source
    value: {{kind: {kind}, connection: bus, load: append, schedule: "*/15 * * * *", options: {options}}}
schema:
  - name: air
    properties:
      - {{name: id, businessName: 编号, logicalType: string, primaryKey: true}}
      - {{name: n, businessName: 读数, logicalType: integer}}
"""


class Bus:
    """One stream, as the command and as a run reach it."""

    def __init__(self, folder: Path, connection: Connection, options: str) -> None:
        self.folder, self.connection = folder, connection
        file = folder / "contracts" / "ecology" / "air.odcs.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(CONTRACT.format(kind=connection.kind, options=options), encoding="utf-8")
        write_index([read_contract(file)], folder / "home" / "registry")
        self.dataset = read_dataset(folder / "home" / "registry", "ecology.air")

    def connector(self) -> Connector:
        return connector_for(self.dataset, self.connection)

    def call(self, *words: str) -> Result:
        of = self.connection
        told: dict[str, Any] = {"conn_type": of.kind, "host": of.host, "port": of.port, "extra": dict(of.extra)}
        environment = {"YISHU_HOME": "home", "AIRFLOW_CONN_BUS": json.dumps(told)}
        door = Door(environment, self.folder, lambda: datetime.now(SHANGHAI))
        return CliRunner().invoke(yishu, ["source", *words], obj=door, standalone_mode=False)

    def shown(self, rows: int = 10) -> list[str]:
        result = self.call("sample", "ecology.air", "--json", "--rows", str(rows))
        assert result.exception is None, result.exception
        return [row["n"] for row in json.loads(result.stdout)["rows"]]

    def taken(self, days: int = 0) -> list[int]:
        """What a run takes, of the first window or of one some days later."""
        connector, lake = self.connector(), self.folder / "lake"
        window = Window(DAY.low + timedelta(days), DAY.high + timedelta(days))
        landing = landed(self.dataset, connector, lake, window)
        assert isinstance(connector, Follows)
        assert connector.done(make_plan(self.dataset, connector, window, lake)) == ()
        return [row["n"] for row in rows_of(lake, landing)]


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    running = start()
    yield running
    running.close()


@pytest.fixture
def kafka(cluster: MockKafka, tmp_path: Path) -> Bus:
    cluster.create(partitions=2)
    return Bus(tmp_path, Connection("bus", "kafka", cluster.host, cluster.port), "{topic: sensors, timeout: 5}")


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def mqtt(broker: Broker, tmp_path: Path) -> Bus:
    of = Connection("bus", "mqtt", "127.0.0.1", broker.port, extra={"spool": str(tmp_path / "spool")})
    return Bus(tmp_path, of, '{topics: ["sensors/#"], quiet_seconds: 0.3, timeout: 5}')


def readings(low: int, high: int) -> list[bytes]:
    return [f'{{"id": "{n}", "n": {n}}}'.encode() for n in range(low, high)]


def test_of_a_topic_whose_group_has_committed_the_last_messages_are_shown(cluster: MockKafka, kafka: Bus) -> None:
    cluster.send(readings(0, 60))
    cluster.send(readings(100, 103), partition=1)
    assert len(kafka.taken()) == 63
    with pytest.raises(SourceChanged, match="nothing has landed here, but the group has committed"):
        kafka.connector().plan(DAY)
    cluster.send(readings(60, 62))
    assert kafka.shown(4) == ["60", "61", "101", "102"]
    assert kafka.shown(8) == ["57", "58", "59", "60", "61", "100", "101", "102"]
    assert kafka.taken(1) == [60, 61], "the group stands where it stood"


def test_a_sample_of_a_broker_begins_no_session_and_takes_nothing_from_one(broker: Broker, mqtt: Bus) -> None:
    broker.send([("sensors/1", one) for one in readings(7, 8)], retain=True)
    assert mqtt.shown() == ["7"]
    assert not (mqtt.folder / "spool").exists()
    assert mqtt.taken() == [7]
    broker.send([("sensors/2", one) for one in readings(0, 3)])
    kept = sorted((mqtt.folder / "spool").rglob("*"))
    assert mqtt.shown() == ["7"]
    assert sorted((mqtt.folder / "spool").rglob("*")) == kept
    assert mqtt.taken(1) == [0, 1, 2], "they waited for the run"


def test_a_stream_without_messages_and_a_window_of_one_are_told(mqtt: Bus) -> None:
    assert mqtt.call("sample", "ecology.air").stdout.endswith("no messages are there now\n")
    refused = mqtt.call("sample", "ecology.air", "--window", "2026-11-20").exception
    assert isinstance(refused, BadInput)
    assert "expected none: a stream shows what it has now" in str(refused)


def test_no_change_of_a_stream_waits_to_be_accepted_and_accept_does_not_touch_it(mqtt: Bus) -> None:
    refused = mqtt.call("accept", "ecology.air", "--person", "reviewer", "--reason", "看过").exception
    assert isinstance(refused, BadInput)
    assert "names no types of columns" in str(refused)
    assert "options.epoch" in str(refused)
    assert not (mqtt.folder / "spool").exists()
