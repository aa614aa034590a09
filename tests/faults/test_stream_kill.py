"""kill -9 at random moments while a stream lands: every message is landed, and none of them twice."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

pytest.importorskip("confluent_kafka", reason="NOT TESTED WITH KAFKA: install yishu[kafka]")
pytest.importorskip("paho.mqtt.client", reason="NOT TESTED WITH MQTT: install yishu[mqtt]")

from connectors.landing.landing import read_landing
from schemas.connection import Connection
from tests.connectors.mock_kafka import TOPIC, mock_kafka
from tests.connectors.mosquitto import mosquitto
from tests.faults.stream_child import land_one, stream_dataset, window

KILLS = int(os.environ.get("YISHU_KILLS", "2"))
"""A few in every run of the suite, twenty in `make faults`."""
ROOT = Path(__file__).parents[2]
PATIENCE_S = 120
MANY = 1_000_000

Send = Callable[[range], None]


@dataclass(frozen=True, slots=True)
class Stream:
    """What is landed, and within how many seconds its process dies."""

    kind: str
    options: dict[str, Any]
    connection: Connection
    longest: float


class Sender:
    """Sends numbered messages without a pause until the block is left."""

    def __init__(self, send: Send, at_once: int) -> None:
        self.count = 0
        self._send, self._at_once = send, at_once
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Sender":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        while not self._over.is_set():
            self._send(range(self.count, self.count + self._at_once))
            self.count += self._at_once
            time.sleep(0.02)


def killed(told: dict[str, Any], first: int, chance: random.Random) -> int:
    """One process that lands windows from `first` on and dies in the middle; the window that it died in."""
    command = [sys.executable, "-m", "tests.faults.stream_child", json.dumps(told | {"first": first, "last": MANY})]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        begun = child.stdout.readline()
        if begun != "begun\n":
            pytest.fail(child.stderr.read())
        time.sleep(chance.uniform(0.0, told["longest"]))
        child.send_signal(signal.SIGKILL)
        done = child.stdout.read().splitlines()
        assert child.wait(PATIENCE_S) == -signal.SIGKILL, child.stderr.read()
    return first + len(done)


def ids_landed(lake: Path, last: int) -> list[int]:
    found: list[int] = []
    for number in range(last):
        landing = read_landing(lake, "ecology.killed", window(number))
        if landing is not None:
            found += [n for part in landing.parts for n in pq.read_table(lake / part.path).column("n").to_pylist()]
    return found


def lands_each_once(stream: Stream, sender: Sender, lake: Path) -> None:
    """After a kill the same window is tried again, or left behind for the next one."""
    told = asdict(stream) | {"lake": str(lake)}
    chance, number = random.Random(11), 1
    dataset = stream_dataset(stream.kind, stream.options)
    assert land_one(dataset, stream.connection, lake, 0) == 0
    with sender:
        for _ in range(KILLS):
            number = killed(told, number, chance) + chance.choice((0, 1))
    number += 1
    while land_one(dataset, stream.connection, lake, number):
        number += 1
    found = ids_landed(lake, number + 1)
    assert sender.count > 0
    assert len(found) == len(set(found)), "a message was landed twice"
    assert sorted(found) == list(range(sender.count)), "a message was lost"
    print(json.dumps({"killed": KILLS, "messages": len(found)}))


@pytest.mark.faults
def test_every_message_of_a_topic_is_landed_once(tmp_path: Path) -> None:
    with mock_kafka() as cluster:
        cluster.create(partitions=3)

        def send(numbers: range) -> None:
            for partition in range(3):
                mine = [f'{{"id": "{n}", "n": {n}}}'.encode() for n in numbers if n % 3 == partition]
                cluster.send(mine, partition=partition)

        connection = Connection("bus", "kafka", host=cluster.host, port=cluster.port)
        options = {"topic": TOPIC, "timeout": 10.0, "most_records": 5000}
        lands_each_once(Stream("kafka", options, connection, 4.0), Sender(send, 90), tmp_path)


@pytest.mark.faults
def test_every_message_of_a_broker_is_landed_once(tmp_path: Path) -> None:
    with mosquitto(tmp_path / "broker") as broker, broker.client("sensors") as client:

        def send(numbers: range) -> None:
            told = [client.publish("sensors/1", f'{{"id": "{n}", "n": {n}}}', qos=1) for n in numbers]
            for one in told:
                one.wait_for_publish(PATIENCE_S)

        connection = Connection("bus", "mqtt", "127.0.0.1", broker.port, extra={"spool": str(tmp_path / "spool")})
        options = {"topics": ["sensors/#"], "timeout": 10.0, "quiet_seconds": 0.5, "most_records": 400}
        lands_each_once(Stream("mqtt", options, connection, 4.0), Sender(send, 30), tmp_path / "lake")
