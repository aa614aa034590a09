"""MQTT topics keep what every source keeps; the broker hears of a message when it is on the disk, and not before."""

import shutil
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("paho.mqtt.client", reason="NOT TESTED WITH MQTT: install yishu[mqtt]")

from connectors.landing.landing import land, make_plan
from connectors.protocol import Connector
from connectors.registry import connector_for, option_mistakes
from connectors.sampling import rows_of as rows_first
from connectors.sampling import stream_of
from connectors.streams.hearing import offers
from connectors.streams.link import Address, link
from connectors.streams.mqtt import Mqtt
from connectors.streams.spool import Kept, spool
from schemas.connection import Connection
from schemas.dataset import Dataset, FieldType, Kind, Load, Source
from schemas.errors import NotReady, SourceChanged, SourceUnreachable
from schemas.journey import Landing, Window
from tests.builders import make_field
from tests.connectors.conformance import (
    DAY,
    NOW,
    SECRET,
    Conformance,
    Texts,
    dataset_of,
    landed,
    rejects_of,
    rows_of,
    typed,
)
from tests.connectors.mosquitto import Broker, mosquitto
from tests.connectors.test_kafka import message

OPTIONS = {"topics": ["sensors/#"], "quiet_seconds": 0.3, "timeout": 5}
CLIENT = "yishu-health.conformance"
FIELDS = (make_field("id", key=1), make_field("n", type=FieldType(Kind.INTEGER)))
QUARTER = timedelta(minutes=15)


@pytest.fixture
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    with mosquitto(tmp_path_factory.mktemp("mosquitto")) as running:
        yield running


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spool")


@dataclass
class MqttBench:
    broker: Broker
    disk: Path
    counts = False
    knows_null = True

    def source(self) -> Source:
        return Source("mqtt", "bus", OPTIONS, load=Load.APPEND)

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        self.broker.send([(topic, b"") for topic in self.broker.retained()], retain=True)
        self.broker.forget(CLIENT)
        shutil.rmtree(self.disk / "health.conformance", ignore_errors=True)
        self.connector(dataset_of(self.source())).plan(DAY)
        told = [message({n: row[n] for n in names}) for row in rows]
        told = told or ([] if "person_id" in names else [message(dict.fromkeys(names))])
        self.broker.send([(f"sensors/{n}", one) for n, one in enumerate(told)], retain=True)

    def connector(self, dataset: Dataset) -> Connector:
        return reading(dataset, self.broker, self.disk)

    def state(self) -> object:
        return self.broker.retained()


def reading(dataset: Dataset, broker: Broker, disk: Path, **told: Any) -> Mqtt:
    connection = Connection("bus", "mqtt", "127.0.0.1", broker.port, extra={"spool": str(disk)}, **told)
    made = connector_for(dataset, connection)
    assert isinstance(made, Mqtt)
    return replace(made, now=lambda: NOW)


class TestMqtt(Conformance):
    @pytest.fixture
    def bench(self, broker: Broker, disk: Path) -> MqttBench:
        return MqttBench(broker, disk)


def made(broker: Broker, disk: Path, fields: Sequence[Any] = FIELDS, **options: Any) -> tuple[Dataset, Mqtt]:
    dataset = dataset_of(Source("mqtt", "bus", OPTIONS | options, load=Load.APPEND), fields)
    return dataset, reading(dataset, broker, disk)


def subscribed(broker: Broker, disk: Path, lake: Path, **options: Any) -> tuple[Dataset, Mqtt]:
    """Window 0 has begun the session; it is empty."""
    dataset, connector = made(broker, disk, **options)
    assert landed(dataset, connector, lake, window(0)).read == 0
    return dataset, connector


def numbered(first: int, last: int) -> list[tuple[str, bytes]]:
    return [(f"sensors/{n % 3}", f'{{"id": "{n}", "n": {n}}}'.encode()) for n in range(first, last)]


def window(number: int) -> Window:
    return Window(DAY.low + QUARTER * number, DAY.low + QUARTER * (number + 1))


def taken(lake: Path, landing: Landing) -> list[int]:
    return [row["n"] for row in rows_of(lake, landing)]


def test_each_window_takes_what_was_sent_since_the_one_before(broker: Broker, disk: Path, tmp_path: Path) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    broker.send(numbered(0, 100))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == list(range(100))
    broker.send(numbered(100, 103))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(2))) == [100, 101, 102]
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(3))) == []
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(0))) == [], "landed long ago"


def test_a_window_that_was_planned_and_never_landed_leaves_its_segments_to_the_next(
    broker: Broker, disk: Path, tmp_path: Path
) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    broker.send(numbered(0, 5))
    left = make_plan(dataset, connector, window(1), tmp_path)
    broker.send(numbered(5, 8))
    landing = landed(dataset, connector, tmp_path, window(2))
    assert taken(tmp_path, landing) == list(range(8))
    assert {row["_piece"] for row in rows_of(tmp_path, landing)} == {"00000001.jsonl", "00000002.jsonl"}
    with pytest.raises(SourceChanged, match="plan anew"):
        land(dataset, left, connector, tmp_path, NOW)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == []


def test_what_was_not_acknowledged_comes_again_and_what_was_kept_before_is_not_kept_twice(
    broker: Broker, disk: Path, tmp_path: Path
) -> None:
    """As after a kill between the disk and the word to the broker."""
    dataset, connector = subscribed(broker, disk, tmp_path)
    broker.send(numbered(0, 7))
    with link(Address(connector.connection, CLIENT)) as opened, spool(disk / dataset.key) as kept:
        arrived: list[Any] = []
        while len(arrived) < 7:
            arrived += opened.gather(0.1)
        with kept.segment() as segment:
            some = arrived[:4]
            segment.write([Kept(one.topic, NOW.isoformat(), one.payload, mid=one.mid) for one in some])
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == list(range(7))
    broker.send(numbered(7, 9))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(2))) == [7, 8]


def test_a_segment_that_was_torn_off_ends_with_its_last_whole_line(broker: Broker, disk: Path, tmp_path: Path) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    whole = Kept("sensors/1", NOW.isoformat(), b'{"id": "1", "n": 1}', mid=9).line()
    (disk / dataset.key / "00000001.open").write_bytes(whole + whole[:20])
    (disk / dataset.key / "00000002.open").write_bytes(b"")
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [1]


def test_a_session_that_the_broker_forgot_is_refused_until_somebody_says_so(
    broker: Broker, disk: Path, tmp_path: Path
) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    broker.send(numbered(0, 2))
    landed(dataset, connector, tmp_path, window(1))
    broker.forget(CLIENT)
    broker.send(numbered(2, 4))
    for _ in range(2):
        with pytest.raises(SourceChanged, match=r"no longer knows the session .* say options\.epoch: 2"):
            make_plan(dataset, connector, window(2), tmp_path)
    dataset, connector = made(broker, disk, epoch=2)
    assert landed(dataset, connector, tmp_path, window(2)).read == 0
    broker.send(numbered(4, 6))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(3))) == [4, 5]


def test_another_spool_than_the_one_that_was_landed_is_refused(broker: Broker, disk: Path, tmp_path: Path) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    shutil.rmtree(disk / dataset.key)
    with pytest.raises(SourceChanged, match=r"found the spool .*, expected .* say options\.epoch: 2"):
        make_plan(dataset, connector, window(1), tmp_path)
    broker.send(numbered(0, 2))
    dataset, connector = made(broker, disk, epoch=2)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [0, 1]


def test_a_broker_that_keeps_its_sessions_on_disk_loses_nothing_when_it_is_started_again(
    tmp_path_factory: pytest.TempPathFactory, disk: Path, tmp_path: Path
) -> None:
    folder = tmp_path_factory.mktemp("persistent")
    more = f"persistence true\npersistence_location {folder}/\nuser root"
    with mosquitto(folder, more) as broker:
        dataset, connector = subscribed(broker, disk, tmp_path)
        broker.send(numbered(0, 50))
        broker.stop()
        with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1"):
            make_plan(dataset, connector, window(1), tmp_path)
        broker.start()
        assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == list(range(50))


def test_old_segments_go_after_their_days_and_until_then_their_window_can_land_anew(
    broker: Broker, disk: Path, tmp_path: Path
) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    for number in (1, 2):
        broker.send(numbered(number, number + 1))
        first = landed(dataset, connector, tmp_path, window(number))
        assert connector.done(make_plan(dataset, connector, window(number), tmp_path)) == ()
    folder = (tmp_path / first.parts[0].path).parent
    folder.rename(folder.with_name(f".{folder.name}.0123456789ab.20261121T020000.000000"))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(2))) == [2]
    with spool(disk / dataset.key) as opened:
        opened.sweep(3, days=0)
        assert opened.numbers() == [2], "the newest stays, so that numbers go on"


def test_what_is_no_record_lies_in_the_rejects_and_flags_topic_and_moment_can_be_fields(
    broker: Broker, disk: Path, tmp_path: Path
) -> None:
    fields = (
        *FIELDS,
        make_field("topic"),
        make_field("at", type=FieldType(Kind.TIMESTAMP)),
        make_field("retained", type=FieldType(Kind.BOOLEAN)),
        make_field("again", type=FieldType(Kind.BOOLEAN)),
    )
    beside = {"topic": "topic", "at": "received", "retained": "retained", "again": "duplicate"}
    broker.send([("sensors/last", b'{"id": "1", "n": 1}')], retain=True)
    dataset, connector = made(broker, disk, fields, beside=beside)
    landing = landed(dataset, connector, tmp_path, window(0))
    (row,) = rows_of(tmp_path, landing)
    assert (row["topic"], row["at"], row["retained"], row["again"]) == ("sensors/last", NOW, True, False)
    broker.send([("sensors/1", b"hello"), ("sensors/1", b"\xff"), ("sensors/2", b'{"id": "2", "n": 2}')])
    landing = landed(dataset, connector, tmp_path, window(1))
    assert [(r["n"], r["retained"]) for r in rows_of(tmp_path, landing)] == [(2, False)]
    assert {r["_place"]: r["raw"] for r in rejects_of(tmp_path, landing)} == {1: "hello", 2: "base64:/w=="}


def test_topics_that_the_contract_adds_and_leaves_out_are_followed_in_the_same_session(
    broker: Broker, disk: Path, tmp_path: Path
) -> None:
    subscribed(broker, disk, tmp_path)
    dataset, connector = made(broker, disk, topics=["water/+"])
    landed(dataset, connector, tmp_path, window(1))
    broker.send([*numbered(0, 2), ("water/1", b'{"id": "5", "n": 5}'), ("water/1/deep", b'{"id": "6", "n": 6}')])
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(2))) == [5]


def test_the_older_protocol_does_as_well(broker: Broker, disk: Path, tmp_path: Path) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path, version="3.1.1")
    broker.send(numbered(0, 30))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == list(range(30))


def test_a_login_that_is_refused_and_a_broker_that_is_away_are_told(
    tmp_path_factory: pytest.TempPathFactory, disk: Path
) -> None:
    with mosquitto(tmp_path_factory.mktemp("closed"), anonymous=False) as broker:
        dataset, _ = made(broker, disk)
        connector = reading(dataset, broker, disk, login="yishu", password=SECRET)
        (problem,) = connector.check()
        assert "look at login and rights" in problem.said
        with pytest.raises(NotReady, match="Not authorized; look at login and rights") as refusal:
            connector.plan(DAY)
        assert SECRET not in str(refusal.value) + repr(connector) + problem.said
    (problem,) = connector.check()
    assert problem.code == "SOURCE_UNREACHABLE"


def test_a_connection_without_a_spool_is_not_ready(broker: Broker, disk: Path) -> None:
    _, connector = made(broker, disk)
    bare = replace(connector, connection=replace(connector.connection, extra={}))
    with pytest.raises(NotReady, match="extra 'spool' names no folder"):
        bare.plan(DAY)
    (problem,) = bare.check()
    assert problem.code == "NOT_READY"
    strange = replace(connector, connection=replace(connector.connection, extra={"spool": str(disk), "tls": True}))
    with pytest.raises(NotReady, match="extra 'tls'; valid ones are spool, ca"):
        strange.plan(DAY)


def test_mistakes_of_the_options_are_told() -> None:
    options = {"topics": ["a", "$share/g/a"], "beside": {"n": "header:x"}}
    said = "\n".join(option_mistakes(dataset_of(Source("mqtt", "bus", options), FIELDS)))
    assert "options.beside.n: found 'header:x', expected one of topic, received, retained, duplicate" in said
    assert "load: found snapshot, expected append" in said
    merged = dataset_of(Source("mqtt", "bus", {"topics": ["a"]}, load=Load.MERGE), FIELDS)
    assert "load: found merge, expected append" in "\n".join(option_mistakes(merged))
    assert "options.topics: found '$share/g/a', a shared subscription, expected the topics themselves" in said
    assert offers(Connection("bus", "mqtt", "127.0.0.1"), "$share/g/a") == ()


def test_checking_does_not_touch_what_waits_for_us(broker: Broker, disk: Path, tmp_path: Path) -> None:
    dataset, connector = subscribed(broker, disk, tmp_path)
    broker.send(numbered(0, 3))
    assert connector.check() == ()
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [0, 1, 2]


def test_an_empty_spool_has_nothing_to_read(broker: Broker, disk: Path) -> None:
    dataset, connector = made(broker, disk)
    assert typed(dataset, connector).num_rows == 0


def test_topics_that_come_by_are_listed_and_their_fields_are_told_without_a_session(broker: Broker, disk: Path) -> None:
    connection = Connection("bus", "mqtt", "127.0.0.1", broker.port, extra={"spool": str(disk)})
    broker.send([("city/1/air", b'{"site": "a", "pm25": 12}')], retain=True)
    with sending(broker, [(f"city/{n % 2}/water", b'{"level": 1.5}') for n in range(100)]):
        found = {one.name: one.comment for one in offers(connection, "", 1.0)}
        assert list(found) == ["city/0/water", "city/1/air", "city/1/water"]
        assert found["city/1/air"] == "one retained"
        assert found["city/0/water"].endswith(" messages within 1 s")
        (offer,) = offers(connection, "city/+/water")
        assert offer.options == {"topics": ["city/+/water"]}
        stream = stream_of(offer, connection)
        assert [(column.name, column.type) for column in stream.columns] == [("level", "number")]
        assert list(rows_first(offer, connection, stream, NOW)) == []
    assert list(disk.iterdir()) == [], "no session has begun"


def test_more_retained_messages_than_a_broker_sends_unheard_are_looked_at(broker: Broker, disk: Path) -> None:
    broker.send([(f"sensors/{n}", f'{{"id": "1", "n{n % 50}": 1}}'.encode()) for n in range(80)], retain=True)
    _, connector = made(broker, disk)
    (stream,) = connector.discover()
    assert len(stream.columns) == 51


@contextmanager
def sending(broker: Broker, messages: Sequence[tuple[str, bytes]]) -> Iterator[None]:
    """Some of them every tenth of a second, until the block is left."""
    stopped = threading.Event()

    def send() -> None:
        while not stopped.wait(0.1):
            broker.send(messages)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()
