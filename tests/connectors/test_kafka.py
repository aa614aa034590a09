"""A Kafka topic keeps what every source keeps; offsets stand in the plan, and nothing is lost or doubled in silence."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("confluent_kafka", reason="NOT TESTED WITH KAFKA: install yishu[kafka]")

from connectors.exploring import Weight
from connectors.landing.landing import land, make_plan
from connectors.protocol import Claims, Connector
from connectors.records import Number
from connectors.registry import connector_for, option_mistakes
from connectors.sampling import offers, stream_of
from connectors.sampling import rows_of as rows_first
from connectors.streams.cluster import settings
from connectors.streams.kafka import KIND, Kafka
from connectors.streams.spans import Wanted, spans
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
from tests.connectors.mock_kafka import TOPIC, MockKafka, start
from tests.connectors.sasl_front import sasl_front

NUMBERS = ("amount", "precise")
FIELDS = (make_field("id", key=1), make_field("n", type=FieldType(Kind.INTEGER)))
QUARTER = timedelta(minutes=15)


def message(row: Mapping[str, Any]) -> bytes:
    """JSON in which the numbers stand as numbers."""
    said = ", ".join(
        f"{json.dumps(name)}: {value if name in NUMBERS and value else json.dumps(value, ensure_ascii=False)}"
        for name, value in row.items()
    )
    return f"{{{said}}}".encode()


@dataclass
class KafkaBench:
    cluster: MockKafka
    filled: bool = False
    counts = False
    knows_null = True

    def source(self) -> Source:
        return Source("kafka", "bus", {"topic": TOPIC, "timeout": 5}, load=Load.APPEND)

    def fill(self, names: Sequence[str], rows: Sequence[Texts]) -> None:
        if self.filled:
            self.cluster.delete()
        self.filled = True
        self.cluster.create()
        told = [message({n: row[n] for n in names}) for row in rows]
        self.cluster.send(told or ([] if "person_id" in names else [message(dict.fromkeys(names))]))

    def connector(self, dataset: Dataset) -> Connector:
        return reading(dataset, self.cluster)

    def state(self) -> object:
        with self.connector(dataset_of(self.source()))._cluster() as opened:  # type: ignore[attr-defined] # what groups committed
            return opened.topic(TOPIC)


def reading(dataset: Dataset, cluster: MockKafka) -> Kafka:
    made = connector_for(dataset, Connection("bus", "kafka", host=cluster.host, port=cluster.port))
    assert isinstance(made, Kafka)
    return made


class TestKafka(Conformance):
    @pytest.fixture
    def bench(self, cluster: MockKafka) -> KafkaBench:
        return KafkaBench(cluster)


@pytest.fixture
def cluster() -> Iterator[MockKafka]:
    running = start()
    yield running
    running.close()


def made(cluster: MockKafka, fields: Sequence[Any] = FIELDS, **options: Any) -> tuple[Dataset, Kafka]:
    source = Source("kafka", "bus", {"topic": TOPIC, "timeout": 5} | options, load=Load.APPEND)
    dataset = dataset_of(source, fields)
    return dataset, reading(dataset, cluster)


def numbered(first: int, last: int) -> list[bytes]:
    return [message({"id": str(n), "n": Number(n)}) for n in range(first, last)]


def window(number: int) -> Window:
    return Window(DAY.low + QUARTER * number, DAY.low + QUARTER * (number + 1))


def taken(lake: Path, landing: Landing) -> list[int]:
    return [row["n"] for row in rows_of(lake, landing)]


def spans_of(plan: Any) -> list[tuple[int, int]]:
    return [(piece["low"], piece["high"]) for piece in plan.pieces]


def test_each_window_goes_on_where_the_one_before_ended_and_the_offsets_stand_in_its_plan(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create(partitions=2)
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 5))
    cluster.send(numbered(100, 103), partition=1)
    first = landed(dataset, connector, tmp_path, window(0))
    cluster.send(numbered(5, 7))
    second = landed(dataset, connector, tmp_path, window(1))
    third = landed(dataset, connector, tmp_path, window(2))
    assert sorted(taken(tmp_path, first)) == [0, 1, 2, 3, 4, 100, 101, 102]
    assert (taken(tmp_path, second), taken(tmp_path, third)) == ([5, 6], [])
    assert spans_of(make_plan(dataset, connector, window(1), tmp_path)) == [(5, 7), (3, 3)]
    assert {(row["_piece"], row["_place"]) for row in rows_of(tmp_path, second)} == {("sensors/0", 6), ("sensors/0", 7)}


def test_a_window_that_was_planned_and_never_landed_leaves_its_messages_to_the_next(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 5))
    left = make_plan(dataset, connector, window(0), tmp_path)
    assert spans_of(left) == [(0, 5)]
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [0, 1, 2, 3, 4]
    with pytest.raises(SourceChanged, match=r"to be read from 0 to 5, but the window .* has landed 0 to 5; plan anew"):
        land(dataset, left, connector, tmp_path, NOW)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(0))) == []


def test_an_older_window_takes_nothing_that_a_later_one_has_landed(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create()
    dataset, connector = made(cluster, start="latest")
    cluster.send(numbered(0, 5))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(5))) == []
    cluster.send(numbered(5, 8))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(6))) == [5, 6, 7]
    dataset, connector = made(cluster)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [0, 1, 2, 3, 4]


def test_a_window_between_two_landings_is_empty_whatever_has_expired_or_was_committed_since(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    for number in (0, 2):
        cluster.send(numbered(number, number + 2))
        landed(dataset, connector, tmp_path, window(number))
        connector.done(make_plan(dataset, connector, window(number), tmp_path))
    cluster.expire(3)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == []


def test_a_window_that_lands_anew_takes_its_own_messages_again_and_keeps_them_meanwhile(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 3))
    first = landed(dataset, connector, tmp_path, window(0))
    folder = (tmp_path / first.parts[0].path).parent
    folder.rename(folder.with_name(f".{folder.name}.0123456789ab.20261121T020000.000000"))
    cluster.send(numbered(3, 6))
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [3, 4, 5]
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(0))) == [0, 1, 2]


def test_the_group_is_told_after_the_landing_and_only_forward(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 5))

    def committed() -> int | None:
        with connector._cluster() as opened:
            return opened.topic(TOPIC).partitions[0].committed

    landed(dataset, connector, tmp_path, window(0))
    assert committed() is None
    older = make_plan(dataset, connector, window(0), tmp_path)
    assert connector.done(older) == ()
    assert committed() == 5
    cluster.send(numbered(5, 9))
    landed(dataset, connector, tmp_path, window(1))
    connector.done(make_plan(dataset, connector, window(1), tmp_path))
    connector.done(older)
    assert committed() == 9


def test_a_commit_that_fails_is_a_warning(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create()
    dataset, connector = made(cluster, timeout=1)
    landed(dataset, connector, tmp_path, window(0))
    cluster.down()
    (problem,) = connector.done(make_plan(dataset, connector, window(0), tmp_path))
    assert (problem.code, problem.warning) == ("NOT_COMMITTED", True)


def test_messages_that_expired_before_they_were_read_are_told_and_gone_on_without_by_a_new_epoch(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 5))
    landed(dataset, connector, tmp_path, window(0))
    cluster.send(numbered(5, 20))
    cluster.expire(12)
    said = r"sensors/0: messages 5 to 11 expired at the source .* say options\.epoch: 2"
    with pytest.raises(SourceChanged, match=said):
        make_plan(dataset, connector, window(1), tmp_path)
    dataset, connector = made(cluster, epoch=2)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == list(range(12, 20))


def test_messages_that_expire_between_plan_and_landing_are_told(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 20))
    plan = make_plan(dataset, connector, window(0), tmp_path)
    cluster.expire(7)
    with pytest.raises(SourceChanged, match="planned messages have expired"):
        land(dataset, plan, connector, tmp_path, NOW)


def test_a_topic_that_was_made_again_is_refused_even_when_it_has_grown_past_the_last_landing(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 5))
    landed(dataset, connector, tmp_path, window(0))
    cluster.delete()
    cluster.create()
    cluster.send(numbered(50, 70))
    with pytest.raises(SourceChanged, match=r"deleted and made again .* say options\.epoch: 2"):
        make_plan(dataset, connector, window(1), tmp_path)
    dataset, connector = made(cluster, epoch=2)
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == list(range(50, 70))
    dataset, connector = made(cluster)
    with pytest.raises(SourceChanged, match=r"found options\.epoch 1, expected at least the landed 2"):
        make_plan(dataset, connector, window(2), tmp_path)


def test_partitions_that_were_added_are_read_from_their_beginning_once_the_contract_names_them(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 5))
    plan = make_plan(dataset, connector, window(0), tmp_path)
    land(dataset, plan, connector, tmp_path, NOW)
    with connector._cluster() as opened:
        topic = opened.topic(TOPIC)
    more = replace(topic, partitions=(*topic.partitions, replace(topic.partitions[0], number=1, latest=3)))
    with pytest.raises(SourceChanged, match=r"found 2 partitions, expected the 1 .* options\.partitions: 2"):
        spans(more, Wanted(), Claims(before=plan))
    both = spans(more, Wanted(partitions=2), Claims(before=plan))
    assert [(piece["low"], piece["high"]) for piece in both] == [(5, 5), (0, 3)]


def test_a_group_that_somebody_else_moved_is_refused(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    cluster.send(numbered(0, 9))
    with connector._cluster() as opened:
        opened.commit(TOPIC, {0: 4})
    with pytest.raises(SourceChanged, match="nothing has landed here, but the group has committed up to 4"):
        make_plan(dataset, connector, window(0), tmp_path)
    dataset, connector = made(cluster, start="committed")
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(0))) == [4, 5, 6, 7, 8]
    with connector._cluster() as opened:
        opened.commit(TOPIC, {0: 30})
    with pytest.raises(SourceChanged, match="the last landing ended at 9, but the group has committed up to 30"):
        make_plan(dataset, connector, window(1), tmp_path)


def test_a_window_takes_no_more_than_the_contract_says_and_the_next_takes_the_rest(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create(partitions=2)
    dataset, connector = made(cluster, most_records=4)
    cluster.send(numbered(0, 5))
    cluster.send(numbered(100, 101), partition=1)
    assert sorted(taken(tmp_path, landed(dataset, connector, tmp_path, window(0)))) == [0, 1, 2, 100]
    assert taken(tmp_path, landed(dataset, connector, tmp_path, window(1))) == [3, 4]


def test_what_is_no_record_lies_in_the_rejects_as_it_came(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create()
    dataset, connector = made(cluster)
    good = numbered(7, 8)
    cluster.send([b"sensor 4 says hello", b"\xff\xfe\x00", b"[1, 2]", *good, b'{"id": "8"}', None, b'{"n": 8, "n": 9}'])
    landing = landed(dataset, connector, tmp_path)
    assert taken(tmp_path, landing) == [7]
    found = {row["_place"]: (row["reason"].split(":")[0], row["raw"]) for row in rejects_of(tmp_path, landing)}
    assert found == {
        1: ("no JSON", "sensor 4 says hello"),
        2: ("no JSON", "base64://4A"),
        3: ("found an array, expected an object of JSON", "[1, 2]"),
        5: ("the record has no 'n'", '{"id": "8"}'),
        6: ("a tombstone (no value)", ""),
        7: ("no JSON", '{"n": 8, "n": 9}'),
    }


def test_key_timestamp_headers_and_tombstones_can_be_fields_and_paths_lead_into_a_record(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    fields = (
        make_field("device"),
        make_field("at", type=FieldType(Kind.TIMESTAMP)),
        make_field("site"),
        make_field("gone", type=FieldType(Kind.BOOLEAN)),
        make_field("pm25", source_name="reading.pm25", type=FieldType(Kind.DECIMAL, 9, 3)),
    )
    beside = {"device": "key", "at": "timestamp", "site": "header:site", "gone": "tombstone"}
    dataset, connector = made(cluster, fields, beside=beside, record="payload.after")
    cluster.send([b'{"payload": {"after": {"reading": {"pm25": 35.120}}}}', None], key="枣庄-1".encode())
    first, second = typed(dataset, connector).drop_columns(["_row", "_piece", "_place"]).to_pylist()
    assert first["at"].isoformat() == "2026-11-20T00:00:00+00:00"
    assert (first["device"], first["site"], first["gone"], str(first["pm25"])) == (
        "枣庄-1",
        "zaozhuang",
        False,
        "35.120",
    )
    assert (second["device"], second["gone"], second["pm25"]) == ("枣庄-1", True, None)


def test_a_cluster_that_does_not_answer_and_a_topic_that_is_not_there_are_told(cluster: MockKafka) -> None:
    dataset, connector = made(cluster)
    (problem,) = connector.check()
    assert problem.code == "SOURCE_CHANGED"
    assert "is options.topic right?" in problem.said
    soon = connector.options.model_copy(update={"timeout": 1.0})
    gone = Kafka(dataset, Connection("bus", "kafka", host="127.0.0.1", port=9), soon)
    with pytest.raises(SourceUnreachable, match=r"127\.0\.0\.1:9"):
        gone.plan(DAY)


def test_a_cluster_offers_its_topics_and_says_how_far_the_group_is(cluster: MockKafka, tmp_path: Path) -> None:
    cluster.create(partitions=2)
    cluster.send(numbered(0, 5))
    connection = Connection("bus", "kafka", host=cluster.host, port=cluster.port)
    assert [(one.name, one.options) for one in offers(connection)] == [(TOPIC, {"topic": TOPIC})]
    (offer,) = offers(connection, TOPIC)
    stream = stream_of(offer, connection)
    assert [column.name for column in stream.columns] == ["id", "n"]
    assert [row["id"] for row in rows_first(offer, connection, stream, NOW)] == ["0", "1", "2", "3", "4"]
    dataset, connector = made(cluster)
    before = [sign.said for sign in KIND.signs(dataset, connection, lambda: NOW)]  # type: ignore[misc] # it has them
    assert before[1].startswith("5 messages are there; the group yishu-health.conformance has landed none")
    landed(dataset, connector, tmp_path)
    connector.done(make_plan(dataset, connector, DAY, tmp_path))
    cluster.send(numbered(5, 7))
    after = [sign.said for sign in KIND.signs(dataset, connection, lambda: NOW)]  # type: ignore[misc] # it has them
    assert "7 messages are there, 2 came since" in after[1]
    nobody = replace(connection, port=9)
    dataset, _ = made(cluster, timeout=1)
    (sign,) = KIND.signs(dataset, nobody, lambda: NOW)  # type: ignore[misc] # it has them
    assert (sign.about, sign.weight) == ("reach", Weight.PROBLEM)


def test_the_connection_says_how_to_log_in_and_its_secrets_stay_out_of_sight() -> None:
    connection = Connection(
        "bus", "kafka", "b1", 9094, "yishu", SECRET, extra={"ssl.ca.location": "/etc/ca.pem", "sasl.mechanism": "PLAIN"}
    )
    told = settings(connection)
    assert told["bootstrap.servers"] == "b1:9094"
    assert (told["security.protocol"], told["sasl.mechanism"], told["sasl.password"]) == ("SASL_SSL", "PLAIN", SECRET)
    assert SECRET not in repr(connection)
    with pytest.raises(NotReady, match=r"extra 'enable\.auto\.commit'; valid ones are bootstrap\.servers"):
        settings(replace(connection, extra={"enable.auto.commit": "true"}))


def test_a_login_is_shown_to_the_cluster_and_one_that_is_refused_is_not_tried_again_and_again(
    cluster: MockKafka, tmp_path: Path
) -> None:
    cluster.create()
    cluster.send(numbered(0, 5))
    dataset, connector = made(cluster, timeout=20)
    plain = {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN"}
    with sasl_front(cluster.port, "yishu", SECRET) as front:
        known = Connection("bus", "kafka", "127.0.0.1", front.port, "yishu", SECRET, extra=plain)
        assert landed(dataset, replace(connector, connection=known), tmp_path).read == 5
        front.tried.clear()
        begun = time.monotonic()
        with pytest.raises(
            NotReady, match=r"wrong user or password.*; correct login, password or sasl\.mechanism"
        ) as no:
            replace(connector, connection=replace(known, password="another-word")).plan(DAY)
        assert "another-word" not in str(no.value)
        assert 1 <= len(front.tried) <= 5
        assert time.monotonic() - begun < 10, "it is not waited for the end of the timeout"
        other = replace(known, extra={**plain, "sasl.mechanism": "SCRAM-SHA-512"})
        with pytest.raises(NotReady, match=r"supported mechanisms: PLAIN.*correct login"):
            replace(connector, connection=other).plan(DAY)
        (problem,) = replace(connector, connection=other).check()
        assert problem.code == "NOT_READY"
        (sign,) = KIND.signs(dataset, other, lambda: NOW)  # type: ignore[misc] # it has them
        assert (sign.about, sign.weight) == ("login", Weight.PROBLEM)


def test_mistakes_of_the_options_are_told_against_the_fields() -> None:
    options = {"topic": TOPIC, "beside": {"n": "colour", "nobody": "key"}, "optional": ["nothing"]}
    said = "\n".join(option_mistakes(dataset_of(Source("kafka", "bus", options), FIELDS)))
    assert "options.beside.n: found 'colour', expected one of key, timestamp" in said
    assert "options.beside: found 'nobody'" in said
    assert "options.optional: found 'nothing'" in said
    assert "expected append" in said
