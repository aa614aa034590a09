"""Reads a Kafka topic in micro-batches: a plan fixes the offsets of each partition before a message is read."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from connectors.exploring import Offer, Sign
from connectors.headers import extra_columns, fingerprint
from connectors.options import Options, read_options
from connectors.protocol import Batch, Claims, Connector, ConnectorKind, Inputs, Problem, Stream
from connectors.records import Seen
from connectors.streams.cluster import Cluster, cluster
from connectors.streams.kafka_about import signs
from connectors.streams.message import Reader, message_mistakes, moment_text
from connectors.streams.spans import Piece, Start, Wanted, last, spans
from schemas.connection import Connection
from schemas.dataset import Dataset
from schemas.errors import NotReady, SourceFault
from schemas.journey import Plan, Window

BESIDE = ("key", "timestamp", "offset", "partition", "tombstone")
"""What stands beside a message's value and may be a field; a header is named `header:NAME`."""
PATIENCE_S = 15.0
SAMPLE = 20
"""Messages a partition, from the ends of them all, that are looked at by `check` and `discover`."""


class KafkaOptions(Options):
    """Which topic, where to begin, and how much to take at once."""

    topic: str = Field(min_length=1)
    group: str = ""
    """Consumer group whose offsets tell the cluster what has landed; empty: `yishu-` and the dataset's key."""
    start: Start = "earliest"
    """Where the very first window begins."""
    epoch: int = Field(default=1, ge=1)
    """Raised by one to go on where messages were lost: expired before they were read, or a topic made again."""
    partitions: int = Field(default=0, ge=0)
    """How many partitions the topic has been given; only needed once it was given more."""
    most_records: int = Field(default=1_000_000, ge=1)
    """A window takes at most so many; the rest is for the next."""
    record: str = ""
    """Dotted path of the record inside the value, e.g. `payload.after`; empty where the value is the record."""
    beside: dict[str, str] = Field(default_factory=dict)
    """Field -> `key`, `timestamp`, `offset`, `partition`, `tombstone` or `header:NAME`."""
    optional: tuple[str, ...] = ()
    """Fields that a record may leave out; they are NULL then."""
    timeout: float = Field(default=30.0, gt=0)
    """Seconds without an answer."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """One topic of one cluster."""

    dataset: Dataset
    connection: Connection
    options: KafkaOptions

    def check(self) -> tuple[Problem, ...]:
        """The topic is there and may be read, and its last records have the contract's fields."""
        try:
            extra = self._sample().untaken(self.options.topic, self.options.optional)
        except (SourceFault, NotReady) as fault:
            return (Problem(fault.code, str(fault), "look at the connection and the topic, or ask the department"),)
        return extra_columns(self.options.topic, extra)

    def discover(self) -> tuple[Stream, ...]:
        """The names in the last records and what JSON calls their values."""
        return (Stream(self.options.topic, self._sample().columns()),)

    def plan(self, window: Window) -> Plan:
        """As `follow` where nothing has landed yet."""
        return self.follow(window, Claims())

    def follow(self, window: Window, claims: Claims) -> Plan:
        """Fixes for each partition the offsets from the end of the last landing to the end that there is now."""
        options = self.options
        wanted = Wanted(options.start, options.epoch, options.partitions, options.most_records)
        with self._cluster() as opened:
            pieces = spans(opened.topic(options.topic), wanted, claims)
        shown = fingerprint(f.source_name for f in self.dataset.fields)
        return Plan(self.dataset.key, self.dataset.contract_hash, window, pieces, shown)

    def read(self, plan: Plan) -> Iterator[Batch]:
        """Partition after partition in the order of offsets; a row's place is its offset and one."""
        reader = self._reader()
        with self._cluster() as opened:
            yield from self._batches(opened, reader, plan.pieces)
        reader.seen.untaken(self.options.topic, self.options.optional)

    def show(self, most: int) -> Iterator[Batch]:
        """The last messages of the partitions, wherever the group is; it is told nothing."""
        with self._cluster() as opened:
            yield from self._batches(opened, self._reader(), last(opened.topic(self.options.topic), most))

    def done(self, plan: Plan) -> tuple[Problem, ...]:
        """Commits the plan's ends for the group, so that the cluster's own tools show no lag; nothing relies on it."""
        ends = {piece["partition"]: piece["high"] for piece in plan.pieces}
        try:
            with self._cluster() as opened:
                opened.commit(self.options.topic, ends)
        except (SourceFault, NotReady) as fault:
            return (Problem("NOT_COMMITTED", str(fault), "the next window commits again", warning=True),)
        return ()

    def _cluster(self) -> Any:
        return cluster(self.connection, _group(self.dataset, self.options), self.options.timeout)

    def _reader(self) -> Reader:
        options = self.options
        return Reader(self.dataset, options.record, options.optional, options.beside)

    def _batches(self, opened: Cluster, reader: Reader, pieces: Sequence[Piece]) -> Iterator[Batch]:
        for piece in pieces:
            for message in opened.messages(self.options.topic, piece["partition"], piece["low"], piece["high"]):
                reader.take(message.offset() + 1, message.value(), _beside(message))
                if reader.full:
                    yield reader.batch(piece["name"])
            if reader.waiting:
                yield reader.batch(piece["name"])

    def _sample(self) -> Seen:
        """What the last messages of each partition show."""
        reader = self._reader()
        with self._cluster() as opened:
            topic = opened.topic(self.options.topic)
            for _ in self._batches(opened, reader, last(topic, SAMPLE * len(topic.partitions))):
                pass
        return reader.seen


def _beside(message: Any) -> Mapping[str, bytes | str | None]:
    kind, moment = message.timestamp()
    told: dict[str, bytes | str | None] = {
        "key": message.key(),
        "timestamp": moment_text(moment) if kind else None,
        "offset": str(message.offset()),
        "partition": str(message.partition()),
        "tombstone": "true" if message.value() is None else "false",
    }
    for name, value in message.headers() or ():
        told.setdefault(f"header:{name}", value)
    return told


def _group(dataset: Dataset, options: KafkaOptions) -> str:
    return options.group or f"yishu-{dataset.key}"


def _signs(dataset: Dataset, connection: Connection, _now: Callable[[], datetime]) -> Iterator[Sign]:
    options = read_options(KafkaOptions, dataset)
    return signs(connection, options.topic, _group(dataset, options), options.timeout)


def _mistakes(dataset: Dataset, options: BaseModel) -> tuple[str, ...]:
    if not isinstance(options, KafkaOptions):
        return ()
    return message_mistakes(dataset, options.beside, options.optional, BESIDE, headers=True)


def build(dataset: Dataset, connection: Connection | None, _inputs: Inputs) -> Connector:
    """The connector of one contract."""
    if connection is None:
        raise NotReady(f"{dataset.key}: no connection {dataset.source.connection!r}; kafka needs one")
    return Kafka(dataset, connection, read_options(KafkaOptions, dataset))


def offers(connection: Connection, name: str) -> tuple[Offer, ...]:
    """The topics of the cluster, or the one that is named."""
    with cluster(connection, "yishu-looks", PATIENCE_S) as opened:
        found = opened.topics()
    return tuple(
        Offer(topic, "topic", "kafka", {"topic": topic}, comment=f"{partitions} partitions")
        for topic, partitions in found.items()
        if name in ("", topic)
    )


KIND = ConnectorKind("kafka", KafkaOptions, build, _mistakes, ("kafka",), offers, _signs, stream=True)
