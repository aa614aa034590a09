"""One Kafka cluster at the end of a connection: its topics, messages between two offsets, what a group committed."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from connectors.drivers import driver
from connectors.streams.spans import Partition, Topic
from schemas.certificates import Peer, untrusted
from schemas.connection import Connection
from schemas.errors import NotReady, SourceChanged, SourceUnreachable, YishuError

EXTRA = (
    "bootstrap.servers",
    "security.protocol",
    "sasl.mechanism",
    "ssl.ca.location",
    "ssl.certificate.location",
    "ssl.key.location",
    "ssl.key.password",
    "ssl.endpoint.identification.algorithm",
)
"""librdkafka's own names that a connection's extras may give."""
PEER = Peer(
    "the file that the extra `ssl.ca.location` names; where it stands there, the certificate is for another host"
)
GREETING_S = 1.0
"""After so long without an answer it is looked why."""
PLAIN = "PLAINTEXT"
AT_ONCE = 1000
LOG = logging.getLogger(__name__)
LOG.addHandler(logging.NullHandler())


def settings(connection: Connection) -> dict[str, Any]:
    """How a client reaches the cluster; NotReady names what in the connection is not known or missing."""
    extra = {name.replace("sasl.mechanisms", "sasl.mechanism"): value for name, value in connection.extra.items()}
    if strange := sorted(extra.keys() - set(EXTRA)):
        raise NotReady(f"connection {connection.id!r}: extra {strange[0]!r}; valid ones are {', '.join(EXTRA)}")
    servers = str(extra.pop("bootstrap.servers", "")) or f"{connection.host}:{connection.port or 9092}"
    if not connection.host and servers.startswith(":"):
        raise NotReady(f"connection {connection.id!r}: no host and no bootstrap.servers; kafka needs one of them")
    login = {"sasl.username": connection.login, "sasl.password": connection.password} if connection.login else {}
    if login:
        extra = {"security.protocol": "SASL_SSL", "sasl.mechanism": "SCRAM-SHA-512"} | extra
    elif any(name.startswith("ssl.") for name in extra):
        extra = {"security.protocol": "SSL"} | extra
    named = [name for name, value in extra.items() if name.startswith("ssl.") and value]
    if named and "SSL" not in str(extra["security.protocol"]).upper().split("_"):
        raise NotReady(
            f"connection {connection.id!r}: extra {named[0]!r} is of TLS, and this connection is in the clear; "
            f"expected security.protocol SSL or SASL_SSL, found {extra['security.protocol']}"
        )
    return {"bootstrap.servers": servers, "client.id": "yishu"} | extra | login


@dataclass(slots=True)
class Cluster:
    """Reads with `consumer`; nothing is committed but by `commit`."""

    kafka: ModuleType
    admin: Any
    where: str
    timeout: float
    """Seconds without an answer, or without a message where there is one."""
    errors: list[Any]
    """What the clients are told on the way."""
    consumer: Any = None

    def greet(self) -> None:
        """Waits for a first answer; NotReady at once where login or certificate is refused: every try would count."""
        end = time.monotonic() + self.timeout
        while True:
            try:
                self.admin.list_topics(timeout=min(GREETING_S, self.timeout))
                return
            except self.kafka.KafkaException as failed:
                fault = self._fault(failed.args[0], "logging in")
                if isinstance(fault, NotReady) or time.monotonic() >= end:
                    raise fault from None

    def topics(self) -> dict[str, int]:
        """Every topic that the login may see, but for the cluster's own -> how many partitions it has."""
        with self._told("topics"):
            found = self.admin.list_topics(timeout=self.timeout).topics
        return {name: len(topic.partitions) for name, topic in sorted(found.items()) if not name.startswith("__")}

    def topic(self, name: str) -> Topic:
        """What the cluster tells of a topic; SourceChanged where there is none."""
        kafka = self.kafka
        with self._told(name):
            asked = self.admin.describe_topics(kafka.TopicCollection([name]), request_timeout=self.timeout)
            described = asked[name].result()
            numbers = sorted(part.id for part in described.partitions)
            every = [kafka.TopicPartition(name, number) for number in numbers]
            committed = {one.partition: one.offset for one in self.consumer.committed(every, timeout=self.timeout)}
            marks = {one.partition: self.consumer.get_watermark_offsets(one, timeout=self.timeout) for one in every}
        known = {number: offset if offset >= 0 else None for number, offset in committed.items()}
        parts = (Partition(n, marks[n][0], marks[n][1], known[n]) for n in numbers)
        told = str(described.topic_id or "")
        return Topic(name, "" if not told.strip("A") else told, tuple(parts))

    def messages(self, topic: str, partition: int, low: int, high: int) -> Iterator[Any]:
        """The messages of `[low, high)` that there are; SourceChanged where the first ones have expired."""
        following = low
        if following < high:
            self.consumer.assign([self.kafka.TopicPartition(topic, partition, low)])
        until = time.monotonic() + self.timeout
        while following < high and time.monotonic() < until:
            with self._told(f"{topic}/{partition}"):
                some = self.consumer.consume(min(AT_ONCE, high - following), timeout=0.5)
            for message in some:
                if self._ended(message, high):
                    return
                following = message.offset() + 1
                yield message
            if some:
                until = time.monotonic() + self.timeout
        if following < high:
            raise SourceUnreachable(
                f"{topic}/{partition} at {self.where}: no message for {self.timeout:g} s{self._last()}"
            )

    def commit(self, topic: str, offsets: Mapping[int, int]) -> None:
        """Tells the group's offsets; none goes back."""
        every = [self.kafka.TopicPartition(topic, number) for number in offsets]
        with self._told(topic):
            told = {one.partition: one.offset for one in self.consumer.committed(every, timeout=self.timeout)}
            on = [
                self.kafka.TopicPartition(topic, number, offset)
                for number, offset in offsets.items()
                if offset > told[number]
            ]
            if on:
                self.consumer.commit(offsets=on, asynchronous=False)

    def _ended(self, message: Any, high: int) -> bool:
        wrong = message.error()
        if wrong is None:
            return bool(message.offset() >= high)
        if wrong.code() == self.kafka.KafkaError._PARTITION_EOF:
            if message.offset() < high:
                where = f"{message.topic()}/{message.partition()}"
                raise SourceChanged(f"{where}: it ends at {message.offset()}, planned was up to {high}; plan anew")
            return True
        raise self._fault(wrong, f"{message.topic()}/{message.partition()}")

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except self.kafka.KafkaException as failed:
            raise self._fault(failed.args[0], what) from None

    def _fault(self, wrong: Any, what: str) -> YishuError:
        kinds = self.kafka.KafkaError
        said = f"{what} at {self.where}: {wrong.str()}"
        if wrong.code() in (kinds.UNKNOWN_TOPIC_OR_PART, kinds._UNKNOWN_TOPIC):
            return SourceChanged(f"{said}; is options.topic right?")
        if wrong.code() in (kinds._AUTO_OFFSET_RESET, kinds.OFFSET_OUT_OF_RANGE):
            return SourceChanged(
                f"{what}: planned messages have expired at the source before they were read; plan anew"
            )
        if wrong.code() in [getattr(kinds, f"{name}_AUTHORIZATION_FAILED") for name in ("TOPIC", "GROUP", "CLUSTER")]:
            return SourceChanged(f"{said}; look at login and rights of the connection")
        self.admin.poll(0)
        for one in (wrong, *self.errors):
            if one.code() in (kinds._AUTHENTICATION, kinds.SASL_AUTHENTICATION_FAILED):
                return NotReady(
                    f"{self.where}: {one.str()}; correct login, password or sasl.mechanism of the connection"
                )
            if why := untrusted(one.str(), PEER):
                return NotReady(f"{self.where}: {why}")
        return SourceUnreachable(f"{said}{self._last()}")

    def _last(self) -> str:
        """What the clients were told last."""
        self.admin.poll(0)
        return f" ({self.errors[-1].str()})" if self.errors else ""


@contextmanager
def cluster(connection: Connection, group: str, timeout: float) -> Iterator[Cluster]:
    """Opened for one check, plan, read or commit."""
    kafka, admin = driver("confluent_kafka", "kafka"), driver("confluent_kafka.admin", "kafka")
    errors: list[Any] = []
    told = settings(connection)
    reached = told | {"error_cb": errors.append, "logger": LOG, "reconnect.backoff.ms": 500}
    reads = {
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "auto.offset.reset": "error",
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "queued.max.messages.kbytes": 16 * 1024,
        "check.crcs": True,
    }
    asks = _client(kafka, connection, admin.AdminClient, reached)
    opened = Cluster(kafka, asks, str(told["bootstrap.servers"]), timeout, errors)
    if told.get("security.protocol", PLAIN) != PLAIN:
        opened.greet()
    opened.consumer = _client(kafka, connection, kafka.Consumer, reached | reads)
    try:
        yield opened
    finally:
        opened.consumer.close()


def _client(
    kafka: ModuleType, connection: Connection, make: Callable[[dict[str, Any]], Any], told: dict[str, Any]
) -> Any:
    try:
        return make(told)
    except kafka.KafkaException as wrong:
        raise NotReady(f"connection {connection.id!r}: {wrong.args[0].str()}") from None
